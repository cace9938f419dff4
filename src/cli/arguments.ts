import path from 'node:path';
import { type Allowed, parseAllow } from './allow.ts';
import { Failure } from './failure.ts';
import type { PortForward } from './forward.ts';

export interface Mount {
  hostDir: string;
  guestDir: string;
}

export interface RunArguments {
  action: 'run';
  mounts: Mount[];
  env: Record<string, string>;
  cwd: string | undefined;
  timeoutSeconds: number | undefined;
  json: boolean;
  sync: boolean;
  remote: { url: string; token: string } | undefined;
  /** The store that the container lives in. */
  persist: string | undefined;
  /** Undefined: everything. */
  allow: Allowed | undefined;
  ports: PortForward[];
  command: string;
  args: string[];
}

export interface ServeArguments {
  action: 'serve';
  port: number;
}

export interface CheckArguments {
  action: 'fsck';
  store: string;
  json: boolean;
}

export type Arguments =
  RunArguments | ServeArguments | CheckArguments | { action: 'help' } | { action: 'version' };

export const USAGE = `Usage: oac [options] -- command [argument …]
       oac ports guest[:host] … [options] -- command [argument …]
       oac fsck [--json] store
       oac serve [--port number]

Runs a command in a container in headless Chromium, with this terminal's stdin, stdout, stderr and signals.

  --mount host[:guest]  copy a folder of this machine into the container; guest is the working directory if left out
  --env NAME=VALUE      set a variable of the command's environment
  --cwd folder          where in the container the command starts (default: the first mount, else the home folder)
  --timeout seconds     end the command after so long (exit code 124)
  --sync                copy what the command changed in the mounted folders back to this machine
  --persist store       keep the container's files on this machine under that name, and find them again
  --allow what          let the command reach only what is named, in as many of these as needed: fetch, websocket, tcp (each
                        also as fetch=example.org,*.example.net), listen, spawn[=node,sh], env=NAME,…, none, and of the
                        container's files read[=src,/mnt], write[=dist] (default: everything)
  --remote URL          connect the external runtime there, for what a browser cannot run (python, workerd, …)
  --remote-token TOKEN  the token that it printed at its start (default: the variable OAC_REMOTE_TOKEN)
  --json                print one JSON object {exitCode, signal, stdout, stderr, durationMs} instead of passing streams through
  --help, --version

oac ports               run a command whose servers answer on this machine: connections to the host port (the same
                        number if left out) lead to the port in the container
oac fsck                look at a store that --persist has made, change nothing, and say what is wrong: exit code 0 when it
                        is sound, 1 when the end of its log is lost (the next run drops it), 4 when it is damaged
oac serve               serve the playground on this machine and print its address

Exit codes: the command's own; 128 + n when signal n ended it; 124 timed out; 125 oac itself failed;
126 not executable; 127 no such command.
`;

/** Where mounts go when no guest folder is named: the container's working directory. */
export const GUEST_WORKDIR = '/home/project';

function usage(message: string): Failure {
  return new Failure('ERR_USAGE', `${message} (oac --help)`);
}

function parseMount(text: string): Mount {
  // The last colon that is followed by an absolute path: Windows drives have a colon of their own.
  const split = /^(.+?):(\/.*)$/.exec(text);
  const hostDir = path.resolve(split?.[1] ?? text);
  return { hostDir, guestDir: split?.[2] ?? GUEST_WORKDIR };
}

function parseNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > max)
    throw usage(`${name} wants a number, not '${text}'.`);
  return value;
}

function parseServe(args: readonly string[]): ServeArguments {
  const [flag, value, ...rest] = args;
  if (flag === undefined) return { action: 'serve', port: 0 };
  if (flag !== '--port' || value === undefined || rest.length > 0)
    throw usage(`oac serve does not know '${flag}'.`);
  return { action: 'serve', port: parseNumber('--port', value, 65535) };
}

function parseCheck(args: readonly string[]): CheckArguments {
  const names = args.filter((word) => word !== '--json');
  const [store, ...rest] = names;
  if (store === undefined || store === '' || store.startsWith('-') || rest.length > 0)
    throw usage('oac fsck wants the name of one store.');
  return { action: 'fsck', store, json: names.length < args.length };
}

function parsePorts(words: string[]): PortForward[] {
  const ports: PortForward[] = [];
  words.shift();
  while (/^\d+(:\d+)?$/.test(words[0] ?? '')) {
    const [guest = '', host = guest] = words.shift()?.split(':') ?? [];
    ports.push({
      guestPort: parseNumber('oac ports', guest, 65535),
      hostPort: parseNumber('oac ports', host, 65535),
    });
  }
  if (ports.length === 0) throw usage('oac ports wants port numbers, such as 3000 or 3000:8080.');
  return ports;
}

function parseEnv(env: Record<string, string>, text: string): void {
  const equals = text.indexOf('=');
  if (equals < 1) throw usage(`--env wants NAME=VALUE, not '${text}'.`);
  env[text.slice(0, equals)] = text.slice(equals + 1);
}

function parseRemote(url: string | undefined, given: string | undefined): RunArguments['remote'] {
  const token = given ?? process.env['OAC_REMOTE_TOKEN'];
  if (url === undefined) {
    if (given !== undefined) throw usage('--remote-token wants a --remote.');
    return undefined;
  }
  if (token === undefined || token === '')
    throw usage('--remote wants a token: --remote-token, or the variable OAC_REMOTE_TOKEN.');
  return { url, token };
}

const SECONDS_MAX = 31 * 24 * 3600;
const ACTIONS = new Set(['serve', 'fsck', 'ports']);
const HELP = new Set(['--help', '-h']);

/** Throws ERR_USAGE. */
export function parseArguments(argv: readonly string[]): Arguments {
  const words = [...argv];
  if (words.length === 0 || HELP.has(words[0] ?? '')) return { action: 'help' };
  if (words[0] === '--version') return { action: 'version' };
  if (ACTIONS.has(words[0] ?? '') && HELP.has(words[1] ?? '')) return { action: 'help' };
  if (words[0] === 'serve') return parseServe(words.slice(1));
  if (words[0] === 'fsck') return parseCheck(words.slice(1));
  const ports = words[0] === 'ports' ? parsePorts(words) : [];
  const result: RunArguments = {
    action: 'run',
    mounts: [],
    env: {},
    cwd: undefined,
    timeoutSeconds: undefined,
    json: false,
    sync: false,
    remote: undefined,
    persist: undefined,
    allow: undefined,
    ports,
    command: '',
    args: [],
  };
  let remoteUrl: string | undefined;
  let remoteToken: string | undefined;
  const withValue: Record<string, (value: string) => void> = {
    '--mount': (value) => result.mounts.push(parseMount(value)),
    '--env': (value) => parseEnv(result.env, value),
    '--cwd': (value) => (result.cwd = value),
    '--persist': (value) => (result.persist = value),
    '--allow': (value) => (result.allow = parseAllow(result.allow, value)),
    '--remote': (value) => (remoteUrl = value),
    '--remote-token': (value) => (remoteToken = value),
    '--timeout': (value) => (result.timeoutSeconds = parseNumber('--timeout', value, SECONDS_MAX)),
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') break;
    if (!word.startsWith('-')) {
      words.unshift(word);
      break;
    }
    if (word === '--json') result.json = true;
    else if (word === '--sync') result.sync = true;
    else {
      const [name = word, ...inline] = word.split('=');
      const take = withValue[name];
      if (take === undefined) throw usage(`There is no option '${word}'.`);
      const value = inline.length > 0 ? inline.join('=') : words.shift();
      if (value === undefined) throw usage(`${name} wants a value.`);
      take(value);
    }
  }
  const [command, ...args] = words;
  if (command === undefined) throw usage('There is no command to run.');
  if (result.persist === '') throw usage('--persist wants a name.');
  if (result.sync && result.mounts.length === 0) throw usage('--sync wants a --mount.');
  return { ...result, remote: parseRemote(remoteUrl, remoteToken), command, args };
}
