/** A process on the external runtime, behind the descriptors, the terminal and the signals of one here. */
import { Signal, signalName, signalNumber } from '../../base/signals.ts';
import { PipeWord } from '../../protocol/ipc-layout.ts';
import type { ProcessType, SpawnOptions } from '../../protocol/runtime/processes.ts';
import { RemoteError } from '../../remote/errors.ts';
import { attachRemote, spawnRemote, type RemoteProcess, type RemoteSpawn } from '../../remote/process.ts';
import { BrokenPipe, type HostedIo } from '../hosted/io.ts';
import type { HostedStart } from '../hosted/start.ts';
import type { Kernel } from '../kernel.ts';
import type { ExitInfo } from '../process.ts';
import { NOT_CONNECTED } from './runtime.ts';

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
    await io.write(
      2,
      `\x1b[2m${name}: runs on the external runtime at ${runtime.connection.url.host}${where}\x1b[0m\n`,
    );
  }
  using _live = remote.keepInSync();
  const exit = await converse(kernel, io, tty ? terminal : undefined, (output) =>
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
  await io.write(2, `[Runtime ${announced} ${pid}] Started${what}\n`).catch(() => undefined);
}

/** Joins a process that runs already, until it ends. */
export async function attachTo(kernel: Kernel, io: HostedIo, pid: number): Promise<ExitInfo> {
  const { connection } = kernel.remote.connected;
  const { processes } = await connection.request({ type: 'list' }, 'processList');
  const tty = processes.find((process) => process.pid === pid)?.tty === true && io.terminal !== undefined;
  const terminal = tty ? new RemoteTerminal(kernel, io) : undefined;
  return converse(kernel, io, terminal, async (output) => {
    const process = await attachRemote(connection, pid, output);
    if (terminal !== undefined)
      void process.resize(terminal.size.cols, terminal.size.rows).catch(() => undefined);
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
  terminal: RemoteTerminal | undefined,
  open: (output: Output) => Promise<RemoteProcess>,
): Promise<ExitInfo> {
  let remote: RemoteProcess | undefined;
  let broken = false;
  const kill = (signal: string): void => void remote?.kill(signal).catch(() => undefined);
  const output: Output = async (channel, bytes) => {
    if (broken) return;
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
  io.process.takeSignal = (signal) => {
    if (signal === Signal.SIGWINCH && terminal !== undefined) {
      void process.resize(terminal.size.cols, terminal.size.rows).catch(() => undefined);
    } else if (signal !== Signal.SIGCHLD && signal !== Signal.SIGWINCH) kill(signalName(signal) ?? 'SIGTERM');
    return true;
  };
  terminal?.makeRaw();
  void forwardInput(kernel, io, process);
  try {
    const { code, signal, message } = await process.exit;
    if (message !== undefined) await io.write(2, `${message}\n`).catch(() => undefined);
    if (broken) return { code: 0, signal: Signal.SIGPIPE };
    return signal === null ? { code: code ?? 1, signal: 0 } : { code: 0, signal: signalNumber(signal) ?? 1 };
  } finally {
    terminal?.restore();
  }
}

async function forwardInput(kernel: Kernel, io: HostedIo, process: RemoteProcess): Promise<void> {
  try {
    while (foreground(kernel, io)) {
      const bytes = await io.read();
      if (bytes === null) break;
      await process.write(bytes);
    }
    if (foreground(kernel, io)) process.end();
  } catch {
    // it has ended, or was detached from: nobody takes input any more
  }
}

/** A terminal's input belongs to the group in its foreground. */
function foreground(kernel: Kernel, io: HostedIo): boolean {
  if (!io.isTerminal(0) || io.process.terminal === null) return true;
  return kernel.books.ring(io.process.terminal).word(PipeWord.foreground) === io.process.pgid;
}

/** The terminal here, whose keys and screen are those of the terminal there while a program runs in it. */
class RemoteTerminal {
  readonly #kernel: Kernel;
  readonly #input: number | undefined;
  readonly #io: HostedIo;
  #modes: number | undefined;

  constructor(kernel: Kernel, io: HostedIo) {
    this.#kernel = kernel;
    this.#input = io.terminal;
    this.#io = io;
  }

  get size(): { cols: number; rows: number } {
    if (this.#input === undefined) return { cols: 80, rows: 24 };
    const ring = this.#kernel.books.ring(this.#input);
    return { cols: Math.max(1, ring.word(PipeWord.columns)), rows: Math.max(1, ring.word(PipeWord.rows)) };
  }

  makeRaw(): void {
    if (this.#input === undefined || !foreground(this.#kernel, this.#io)) return;
    this.#modes = this.#kernel.books.ring(this.#input).word(PipeWord.ttyFlags);
    this.#set(0);
  }

  restore(): void {
    if (this.#modes !== undefined) this.#set(this.#modes);
    this.#modes = undefined;
  }

  #set(modes: number): void {
    if (this.#input === undefined || !this.#kernel.books.exists(this.#input)) return;
    this.#kernel.books.ring(this.#input).setWord(PipeWord.ttyFlags, modes);
    this.#kernel.terminals.changed(this.#input, 'modes');
  }
}
