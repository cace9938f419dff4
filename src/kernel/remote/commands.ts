/** The shell's commands for the external runtime. */
import { PipeWord, TtyFlag } from '../../protocol/ipc-layout.ts';
import type { RemoteSyncReport, SyncDirection } from '../../protocol/remote.ts';
import { DEFAULT_PORT } from '../../protocol/runtime.ts';
import type { ProcessEntry, ProcessType } from '../../protocol/runtime/processes.ts';
import { RemoteError } from '../../remote/errors.ts';
import type { HostedIo } from '../hosted/io.ts';
import type { HostedProgram } from '../hosted/programs.ts';
import type { HostedStart } from '../hosted/start.ts';
import type { Kernel } from '../kernel.ts';
import type { ExitInfo } from '../process/process.ts';
import { attachTo, runRemote } from './run.ts';

const DEFAULT_URL = `ws://localhost:${DEFAULT_PORT}`;
const USAGE_STATUS = 2;
const BY_REQUEST = 'it was asked to run on the external runtime';

const done: ExitInfo = { code: 0, signal: 0 };
const failed: ExitInfo = { code: 1, signal: 0 };

/** A command line that makes no sense: what would. */
async function usage(io: HostedIo, text: string): Promise<ExitInfo> {
  await io.write(2, `Usage: ${text}\n`);
  return { code: USAGE_STATUS, signal: 0 };
}

const RUNTIME_USAGE = `runtime status
       runtime connect [url] [--folder name]
       runtime disconnect
       runtime list
       runtime spawn node|python|workerd|shell|openclaw [file] [argument …]
       runtime kill pid [signal]
       runtime attach pid`;

export const runtimeCommand: HostedProgram = (kernel) => async (io, start) => {
  const [action, ...args] = start.argv.slice(1);
  switch (action) {
    case 'status':
      return status(kernel, io);
    case 'connect':
      return connect(kernel, io, start, args);
    case 'disconnect':
      kernel.remote.disconnect();
      return done;
    case 'list':
      return list(kernel, io);
    case 'spawn':
      return spawn(kernel, io, start, args);
    case 'kill':
      return kill(kernel, io, args);
    case 'attach': {
      const pid = Number(args[0]);
      return Number.isInteger(pid) && pid > 0 ? attachTo(kernel, io, pid) : usage(io, RUNTIME_USAGE);
    }
    default:
      return usage(io, RUNTIME_USAGE);
  }
};

async function status(kernel: Kernel, io: HostedIo): Promise<ExitInfo> {
  const { state, url, workspace, folder, server, sandbox, features, offload } = kernel.remote.status();
  if (url === undefined) {
    await io.write(1, `disconnected\noffload: ${offload}\n`);
    return failed;
  }
  await io.write(
    1,
    `${state}: ${url}
server: ${server?.name} ${server?.version}, Node ${server?.node}, ${server?.platform}
sandbox: ${sandbox?.mode}${sandbox?.landlock ? ` (Landlock ABI ${sandbox.landlock})` : ''}
features: ${features?.join(' ')}
folder: ${workspace}${folder ? `/${folder}` : ''}
offload: ${offload}
`,
  );
  return done;
}

async function connect(
  kernel: Kernel,
  io: HostedIo,
  start: HostedStart,
  args: readonly string[],
): Promise<ExitInfo> {
  const words = [...args];
  const flag = words.indexOf('--folder');
  const folder = flag >= 0 ? words.splice(flag, 2)[1] : undefined;
  const [url = DEFAULT_URL, ...rest] = words;
  if (rest.length > 0 || (flag >= 0 && folder === undefined)) return usage(io, RUNTIME_USAGE);
  const settings = { url, ...(folder === undefined ? {} : { folder: folder === '.' ? '' : folder }) };
  const given = start.env
    .find((entry) => entry.startsWith('OAC_REMOTE_TOKEN='))
    ?.slice('OAC_REMOTE_TOKEN='.length);
  const token = given ?? (kernel.remote.knowsToken(url) ? undefined : await askToken(kernel, io, url));
  await kernel.remote.connect(token === undefined ? settings : { ...settings, token });
  const said = '[Runtime] Connected to external runtime';
  const text = io.isTerminal(1) ? `\x1b[32m${said}\x1b[0m` : said;
  await io.write(1, `${text} at ${kernel.remote.status().url}\n`);
  return done;
}

/** From the keyboard, unseen; or the first line of a file or pipe. */
async function askToken(kernel: Kernel, io: HostedIo, url: string): Promise<string> {
  const input = io.isTerminal(0) ? io.process.terminal : null;
  const ring = input === null ? undefined : kernel.books.ring(input);
  const modes = ring?.word(PipeWord.ttyFlags) ?? 0;
  if (ring !== undefined && input !== null) {
    await io.write(2, `Token of ${url} (the runtime printed it at its start): `);
    ring.setWord(PipeWord.ttyFlags, modes & ~TtyFlag.echo);
    kernel.terminals.changed(input, 'modes');
  }
  let line = '';
  try {
    const decoder = new TextDecoder();
    while (!line.includes('\n')) {
      const bytes = await io.read();
      if (bytes === null) break;
      line += decoder.decode(bytes, { stream: true });
    }
  } finally {
    if (ring !== undefined && input !== null) {
      ring.setWord(PipeWord.ttyFlags, modes);
      kernel.terminals.changed(input, 'modes');
      await io.write(2, '\n');
    }
  }
  const [token = ''] = line.split('\n');
  if (token.trim() === '') throw new RemoteError('EACCES', `No token was given for ${url}.`);
  return token.trim();
}

async function processesOf(kernel: Kernel): Promise<ProcessEntry[]> {
  return (await kernel.remote.connected.connection.request({ type: 'list' }, 'processList')).processes;
}

/** `sh -c text name …` goes by the name that it was given: the text is how it is started. */
const wordsOf = (command: string, args: readonly string[]): readonly string[] =>
  command === 'sh' && args[0] === '-c' && args[2] !== undefined ? args.slice(2) : [command, ...args];

async function list(kernel: Kernel, io: HostedIo): Promise<ExitInfo> {
  const rows = (await processesOf(kernel)).map(
    ({ pid, type, status: state, code, signal, command, args }) => [
      String(pid),
      type,
      state === 'running' ? state : `exited ${signal ?? code ?? ''}`.trim(),
      wordsOf(command, args).join(' ').trim(),
    ],
  );
  const table = [['PID', 'TYPE', 'STATUS', 'COMMAND'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  await io.write(1, `${lines.join('\n')}\n`);
  return done;
}

const TYPES: Readonly<Record<string, ProcessType>> = {
  node: 'node',
  python: 'python',
  workerd: 'workerd',
  shell: 'shell',
  openclaw: 'openclaw',
};

async function spawn(
  kernel: Kernel,
  io: HostedIo,
  start: HostedStart,
  [type = '', command = '', ...args]: readonly string[],
): Promise<ExitInfo> {
  const processType = TYPES[type];
  if (processType === undefined) return usage(io, RUNTIME_USAGE);
  const announced = processType === 'shell' ? 'Shell' : 'Process';
  return runRemote(kernel, io, start, {
    processType,
    command,
    args,
    reason: BY_REQUEST,
    explicit: true,
    announced,
  });
}

async function kill(
  kernel: Kernel,
  io: HostedIo,
  [pid = '', signal = 'SIGTERM']: readonly string[],
): Promise<ExitInfo> {
  const number = Number(pid);
  if (!Number.isInteger(number) || number < 1) return usage(io, RUNTIME_USAGE);
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
  await kernel.remote.connected.connection.request({ type: 'kill', pid: number, signal: name }, 'killed');
  return done;
}

export const rshell: HostedProgram = (kernel) => async (io, start) =>
  runRemote(kernel, io, start, {
    processType: 'shell',
    command: '',
    args: start.argv.slice(1),
    reason: BY_REQUEST,
    explicit: true,
    announced: 'Shell',
  });

/** `workerd app.capnp` serves it; anything else is workerd's own command line. */
export const workerd: HostedProgram = (kernel) => async (io, start) => {
  const [command = '--help', ...args] = start.argv.slice(1);
  const own = /^(serve|compile|test|fuzzilli|-.*)$/.test(command);
  return runRemote(kernel, io, start, {
    processType: own && command !== 'serve' ? 'shell' : 'workerd',
    command: own && command !== 'serve' ? 'workerd' : command,
    args: own && command !== 'serve' ? [command, ...args] : args,
    reason: 'workerd does not run in a browser',
    explicit: false,
    tty: false,
  });
};

const OPENCLAW_USAGE = 'openclaw status|start|attach';

export const openclaw: HostedProgram = (kernel) => async (io, start) => {
  const [action = '', ...args] = start.argv.slice(1);
  const running = async (): Promise<ProcessEntry | undefined> =>
    (await processesOf(kernel)).find(({ type, status: state }) => type === 'openclaw' && state === 'running');
  if (action === 'status') {
    const features = kernel.remote.status().features ?? [];
    const process = kernel.remote.isConnected ? await running() : undefined;
    const text =
      process !== undefined
        ? `running (pid ${process.pid})`
        : features.includes('openclaw')
          ? 'available, not running'
          : 'not available: the runtime was started without MHNOS_ALLOW_OPENCLAW=true, or none is connected';
    await io.write(1, `openclaw: ${text}\n`);
    return process !== undefined || features.includes('openclaw') ? done : failed;
  }
  if (action === 'attach') {
    const process = await running();
    if (process === undefined) throw new RemoteError('ESRCH', 'OpenClaw is not running: `openclaw start`.');
    return attachTo(kernel, io, process.pid);
  }
  if (action === '') return usage(io, OPENCLAW_USAGE);
  const program = { processType: 'openclaw' as const, reason: BY_REQUEST, explicit: true };
  if (action !== 'start' || args.length > 0) {
    return runRemote(kernel, io, start, { ...program, command: action === 'start' ? '' : action, args });
  }
  const { named, token } = withGatewayToken(start);
  const isThere = kernel.remote.status().features?.includes('openclaw') === true;
  if (token !== undefined && isThere) await io.write(2, `[Runtime] The gateway's token: ${token}\n`);
  return runRemote(kernel, io, named, { ...program, command: '', args: GATEWAY_OPTIONS });
};

/** Without a configuration of the user's, reachable by what runs beside it only: its port comes here through the runtime. */
const GATEWAY_OPTIONS = ['--allow-unconfigured', '--bind', 'loopback'];
const GATEWAY_TOKEN_BYTES = 32;

/** The gateway takes nobody without a token (or password): one is made unless there is one. */
function withGatewayToken(start: HostedStart): { named: HostedStart; token: string | undefined } {
  if (start.env.some((entry) => /^OPENCLAW_GATEWAY_(TOKEN|PASSWORD)=./.test(entry)))
    return { named: start, token: undefined };
  const bytes = crypto.getRandomValues(new Uint8Array(GATEWAY_TOKEN_BYTES));
  const token = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { named: { ...start, env: [...start.env, `OPENCLAW_GATEWAY_TOKEN=${token}`] }, token };
}

/** The page opens the window: what it shows is its own affair. */
export const term: HostedProgram = (kernel) => async (io, start) => {
  const [flag, value, ...rest] = start.argv.slice(1);
  const pid = Number(value ?? 1);
  if ((flag !== undefined && flag !== '--runtime') || rest.length > 0 || !Number.isInteger(pid) || pid < 1)
    return usage(io, 'term [--runtime [pid]]');
  const attached = value === undefined ? ['/usr/bin/rshell'] : ['/usr/bin/runtime', 'attach', value];
  const command = flag === undefined ? ['/bin/sh'] : attached;
  kernel.emit({ type: 'terminal-wanted', command, cwd: start.cwd });
  return done;
};

const FSYNC_DIRECTIONS: Readonly<Record<string, SyncDirection>> = {
  push: 'push',
  pull: 'pull',
  sync: 'both',
};

export const fsync: HostedProgram = (kernel) => async (io, start) => {
  const [action = ''] = start.argv.slice(1);
  if (action === 'status') return syncStatus(kernel, io);
  const direction = FSYNC_DIRECTIONS[action];
  if (direction === undefined) return usage(io, 'fsync status|push|pull|sync');
  const report = await kernel.remote.sync(direction);
  await io.write(1, reportText(report));
  return report.errors.length === 0 ? done : failed;
};

async function syncStatus(kernel: Kernel, io: HostedIo): Promise<ExitInfo> {
  const { connection, paths } = kernel.remote.connected;
  const remote = await connection.request({ type: 'syncStatus', root: paths.folder }, 'syncStatus');
  const differing = await kernel.remote.differences();
  await io.write(
    1,
    `${connection.url.href} ${remote.root === '' ? 'workspace' : remote.root}: ${remote.files} files, ${remote.bytes} bytes
to push: ${differing.push.length}, to pull: ${differing.pull.length}, conflicts: ${differing.conflicts.length}
`,
  );
  return done;
}

function reportText({ pushed, pulled, conflicts, errors, bytes }: RemoteSyncReport): string {
  const lines = [`pushed ${pushed.length}, pulled ${pulled.length}, ${bytes} bytes`];
  for (const { path, keptAs } of conflicts) lines.push(`conflict: ${path}: the other version is ${keptAs}`);
  for (const { path, code, message } of errors) lines.push(`error: ${path}: ${code} ${message}`);
  return `${lines.join('\n')}\n`;
}
