/** A process on the external runtime, behind the descriptors, the terminal and the signals of one here. */
import { Signal, signalName, signalNumber } from '../../base/signals.ts';
import type { ProcessType, SpawnOptions } from '../../protocol/runtime/processes.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { RemoteError } from '../../remote/errors.ts';
import { attachRemote, spawnRemote, type RemoteProcess, type RemoteSpawn } from '../../remote/process.ts';
import { BrokenPipe, type HostedIo } from '../hosted/io.ts';
import type { HostedStart } from '../hosted/start.ts';
import type { Kernel } from '../kernel.ts';
import type { ExitInfo } from '../process/process.ts';
import { Outage } from './outage.ts';
import { NOT_CONNECTED } from './runtime.ts';
import { foreground, RemoteTerminal, say } from './terminal.ts';

/** As a shell does for a command that it cannot run. */
const NOT_RUN = 126;
const NOT_FOUND = 127;

export interface RemoteProgram {
  readonly processType: ProcessType;
  readonly command: string;
  readonly args: readonly string[];
  /** Why it runs there. */
  readonly reason: string;
  /** It was asked for by name, rather than chosen. */
  readonly explicit: boolean;
  /** Says which process it is there, when it has started: for what was asked for by type. */
  readonly announced?: 'Process' | 'Shell';
  /** Default: a terminal if standard input and output are one. */
  readonly tty?: boolean;
}

/** Runs it to its end, with the project carried over before, after and while it runs. */
export async function runRemote(
  kernel: Kernel,
  io: HostedIo,
  start: HostedStart,
  program: RemoteProgram,
): Promise<ExitInfo> {
  const { remote } = kernel;
  const name = start.argv[0] ?? program.command;
  const refusal = await refuse(kernel, start, program);
  if (refusal !== undefined) {
    await io.write(2, `${name}: ${refusal}\n`);
    return { code: NOT_FOUND, signal: 0 };
  }
  const runtime = remote.connected;
  const cwd = runtime.paths.folderOf(start.cwd);
  await remote.sync();
  const terminal = new RemoteTerminal(kernel, io);
  const tty = program.tty ?? io.terminal !== undefined;
  const options: SpawnOptions = {
    cwd: cwd ?? runtime.paths.folder,
    env: runtime.paths.variables(start.env),
    tty,
    ...(tty ? terminal.size : {}),
  };
  const spawn: RemoteSpawn = {
    processType: program.processType,
    command: runtime.paths.word(program.command),
    args: program.args.map((word) => runtime.paths.word(word)),
    options,
  };
  if (io.isTerminal(2) && !program.explicit) {
    const where = cwd === undefined ? `, in the project folder: ${start.cwd} is not there` : '';
    await say(io, `${name}: runs on the external runtime at ${runtime.connection.url.host}${where}`);
  }
  using _live = remote.keepInSync();
  const exit = await converse(kernel, io, runtime.connection, tty ? terminal : undefined, (output) =>
    spawnRemote(runtime.connection, spawn, output).then(async (process) => {
      remote.owns(process.pid);
      await announce(io, program, process.pid, spawn.command ?? '');
      kernel.emit({
        type: 'offload',
        pid: io.process.pid,
        remotePid: process.pid,
        argv: [...start.argv],
        reason: program.reason,
      });
      return process;
    }),
  );
  if (remote.isConnected) await remote.sync();
  return exit;
}

async function announce(
  io: HostedIo,
  { announced }: RemoteProgram,
  pid: number,
  command: string,
): Promise<void> {
  if (announced === undefined) return;
  const what = announced === 'Shell' || command === '' ? '' : `: ${command}`;
  await say(io, `[Runtime ${announced} ${pid}] Started${what}`, false);
}

/** Joins a process that runs already, until it ends. */
export async function attachTo(kernel: Kernel, io: HostedIo, pid: number): Promise<ExitInfo> {
  const { connection } = kernel.remote.connected;
  const { processes } = await connection.request({ type: 'list' }, 'processList');
  const tty = processes.find((process) => process.pid === pid)?.tty === true && io.terminal !== undefined;
  const terminal = tty ? new RemoteTerminal(kernel, io) : undefined;
  return converse(kernel, io, connection, terminal, async (output) => {
    const process = await attachRemote(connection, pid, output);
    void terminal?.fit(process);
    return process;
  });
}

async function refuse(
  { remote }: Kernel,
  start: HostedStart,
  { reason, explicit }: RemoteProgram,
): Promise<string | undefined> {
  if (remote.policy === 'never')
    return `${reason}, and this container never offloads (remote.offload is 'never').`;
  if (!remote.isConnected) return `${reason}, and ${NOT_CONNECTED}`;
  if (remote.policy === 'ask' && !explicit && !(await remote.ask(start.argv, reason)))
    return `${reason}, and that was not allowed.`;
  return undefined;
}

type Output = (channel: 'stdout' | 'stderr', bytes: Uint8Array) => Promise<void>;

async function converse(
  kernel: Kernel,
  io: HostedIo,
  connection: RemoteConnection,
  terminal: RemoteTerminal | undefined,
  open: (output: Output) => Promise<RemoteProcess>,
): Promise<ExitInfo> {
  let remote: RemoteProcess | undefined;
  let broken = false;
  let isTold = false;
  const kill = (signal: string): void => void remote?.kill(signal).catch(() => undefined);
  const output: Output = async (channel, bytes) => {
    if (broken) {
      // What ignores SIGPIPE, as python and node do, would learn it by EPIPE, which there it cannot get.
      if (!isTold) kill('SIGTERM');
      isTold = true;
      return;
    }
    try {
      await io.write(channel === 'stdout' ? 1 : 2, bytes);
    } catch (error) {
      if (!(error instanceof BrokenPipe)) throw error;
      broken = true;
      kill('SIGPIPE');
    }
  };
  try {
    remote = await open(output);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    await io.write(2, `${error.message}\n`);
    return { code: error.code === 'ENOENT' ? NOT_FOUND : NOT_RUN, signal: 0 };
  }
  if (io.process.state === 'exited') kill('SIGKILL');
  const process = remote;
  using outage = new Outage(connection, {
    began: () => {
      terminal?.restore();
      if (io.isTerminal(2)) void say(io, '[Runtime] The connection is cut; it is made again. ^C gives up.');
    },
    ended: () => {
      if (io.isTerminal(2)) void say(io, '[Runtime] Connected again');
      terminal?.makeRaw();
      void terminal?.redraw(process);
    },
  });
  io.process.takeSignal = (signal) => {
    if (signal === Signal.SIGWINCH) void terminal?.fit(process);
    else if (signal !== Signal.SIGCHLD) kill(signalName(signal) ?? 'SIGTERM');
    // While nothing can be reached there, the signal ends what waits here; the program there gets it when it can.
    return !outage.isOn;
  };
  terminal?.makeRaw();
  let isOver = false;
  void forwardInput(kernel, io, process, () => !isOver);
  try {
    const { code, signal, message } = await process.exit;
    isOver = true;
    await terminal?.drained();
    terminal?.giveBack(process.untaken);
    if (message !== undefined) await io.write(2, `${message}\n`).catch(() => undefined);
    if (broken) return { code: 0, signal: Signal.SIGPIPE };
    return signal === null ? { code: code ?? 1, signal: 0 } : { code: 0, signal: signalNumber(signal) ?? 1 };
  } finally {
    isOver = true;
    terminal?.restore();
  }
}

async function forwardInput(
  kernel: Kernel,
  io: HostedIo,
  process: RemoteProcess,
  wanted: () => boolean,
): Promise<void> {
  try {
    while (foreground(kernel, io)) {
      const bytes = await io.read(wanted);
      if (bytes === null) break;
      await process.write(bytes);
    }
    if (foreground(kernel, io)) process.end();
  } catch {
    // it has ended, or was detached from: nobody takes input any more
  }
}
