/** What a spawn request runs: program, arguments, environment and folder, by process type. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { BridgeError } from '../errors.ts';
import { NODE_HEAP_SHARE } from '../limits.ts';
import type { ClientMessage, MessageOf } from '../protocol/runtime.ts';
import type { ProcessType } from '../protocol/runtime/processes.ts';
import { inWorkspace } from '../sandbox/paths.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Settings } from '../settings.ts';
import { findProgram, programFolders } from './programs.ts';

export type SpawnRequest = MessageOf<ClientMessage, 'spawn'>;

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `NAME=value` in the environment of everything that this process starts, on all bridges of the machine alone. */
  readonly cookie: string;
}

/** Variables of the bridge's own environment that its processes get too: how to reach the network, which registry. */
const INHERITED =
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(https?|no|all)_proxy|npm_config_(registry|cafile)|PIP_((EXTRA_)?INDEX_URL|TRUSTED_HOST|CERT)|TZ)$/i;
/** Options of a program, given in place of a script (`node -e …`, `python3 -m …`). */
const isOption = (command: string): boolean => command.startsWith('-');

const COOKIE_NAME = 'MHNOS_PROCESS';
const BRIDGE_ID = randomBytes(12).toString('hex');
const cookieValue = (pid: number): string => `${BRIDGE_ID}-${pid}`;

export function homeOf(settings: Settings): string {
  return join(settings.workspace, '.home');
}

/** Addons are built against the headers of the Node that runs them: its own where it came with them, else node-gyp downloads them. */
function nodeHeaders(): Record<string, string> {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}

function environment(
  request: SpawnRequest,
  settings: Settings,
  sandbox: Sandbox,
  pid: number,
): Record<string, string> {
  const home = homeOf(settings);
  const venv = join(settings.workspace, '.venv');
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => INHERITED.test(entry[0]) && entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    USER: 'mhnos',
    LOGNAME: 'mhnos',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    TMPDIR: settings.temporary,
    PATH: programFolders(home, venv, (path) => sandbox.reads(path)).join(delimiter),
    npm_config_prefix: join(home, '.npm-global'),
    ...nodeHeaders(),
    MHNOS_VENV: venv,
    ...request.options.env,
    MHNOS_PID: String(pid),
    [COOKIE_NAME]: cookieValue(pid),
  };
}

/** A script must lie in the workspace; an empty command with arguments, or an option, goes to the program as it is. */
function script(request: SpawnRequest, settings: Settings, cwd: string): string[] {
  const { command, args } = request;
  if (command === '') return args;
  if (isOption(command)) return [command, ...args];
  return [inWorkspace(settings.workspace, join(command.startsWith('/') ? '' : cwd, command)), ...args];
}

type Build = (request: SpawnRequest, settings: Settings, cwd: string) => [name: string, args: string[]];

const BUILDERS: Readonly<Record<ProcessType, Build>> = {
  node: (request, settings, cwd) => {
    const heapMegabytes = Math.floor((settings.maxMemoryBytes / 2 ** 20) * NODE_HEAP_SHARE);
    return ['node', [`--max-old-space-size=${heapMegabytes}`, ...script(request, settings, cwd)]];
  },
  python: (request, settings, cwd) => ['python3', ['-u', ...script(request, settings, cwd)]],
  workerd: (request, settings, cwd) => {
    if (request.command === '')
      throw new BridgeError('EINVAL', 'workerd needs the path of its configuration.');
    if (request.command === 'serve' || isOption(request.command)) {
      return ['workerd', [request.command, ...request.args]];
    }
    return ['workerd', ['serve', ...script(request, settings, cwd)]];
  },
  // Not a login shell: /etc/profile would put the system's PATH in the place of ours.
  shell: (request) => [request.command === '' ? 'bash' : request.command, request.args],
  openclaw: (request, settings) => {
    if (!settings.allowOpenclaw) {
      throw new BridgeError(
        'EPERM',
        'OpenClaw is off in this runtime: start it with MHNOS_ALLOW_OPENCLAW=true.',
      );
    }
    return ['openclaw', [request.command === '' ? 'gateway' : request.command, ...request.args]];
  },
};

/** Programs that a shell may be asked for, and that have a type of their own. */
const TYPE_OF_PROGRAM: readonly (readonly [RegExp, ProcessType])[] = [
  [/^(python|pip)[0-9.]*$/, 'python'],
  [/^(node|npm|npx)$/, 'node'],
  [/^workerd$/, 'workerd'],
];

/** What it is to whoever lists it: a shell's command by the program that it is, `sh -c text name` by that name. */
export function listedType({ processType, command, args }: SpawnRequest): ProcessType {
  if (processType !== 'shell') return processType;
  const named = /^(ba)?sh$/.test(command) && args[0] === '-c' ? (args[2] ?? '') : command;
  const program = basename(named);
  return TYPE_OF_PROGRAM.find(([pattern]) => pattern.test(program))?.[1] ?? 'shell';
}

/** Throws EACCES (a path outside the workspace), ENOENT (no such program), EPERM, EINVAL. */
export function programOf(request: SpawnRequest, settings: Settings, sandbox: Sandbox, pid: number): Program {
  const cwd = inWorkspace(settings.workspace, request.options.cwd ?? '');
  if (!existsSync(cwd))
    throw new BridgeError('ENOENT', `${request.options.cwd}: no such folder in the workspace.`);
  const env = environment(request, settings, sandbox, pid);
  const [name, args] = BUILDERS[request.processType](request, settings, cwd);
  const cookie = `${COOKIE_NAME}=${cookieValue(pid)}`;
  return { file: findProgram(name, env['PATH'] ?? '', cwd), args, env, cwd, cookie };
}
