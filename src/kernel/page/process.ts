/** A process that the page started: its three pipes, or its terminal, wired to one MessagePort. */
import { Errno } from '../../base/errno.ts';
import { PAGE_OUTPUT_SPAN } from '../../base/limits.ts';
import { Signal } from '../../base/signals.ts';
import type {
  FromProcessPort,
  Outcome,
  PageSpawn,
  SpawnedProcess,
  TerminalSize,
  ToProcessPort,
} from '../../protocol/container.ts';
import type { DescriptorGrant, PipeEnds } from '../../protocol/process.ts';
import { type Program, resolveProgram } from '../process/exec.ts';
import type { Kernel } from '../kernel.ts';
import { INIT_PID, type Process } from '../process/process.ts';
import { InputPump, OutputPump } from '../pipes/pump.ts';
import { kill } from '../process/signals.ts';
import { startProcess } from '../process/start.ts';
import type { Terminal } from '../tty/terminals.ts';
import { environmentOf } from '../process/environment.ts';

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** What a spawn has opened so far, and how its port's messages are answered. */
class Wiring {
  readonly #kernel: Kernel;
  readonly #port: MessagePort;
  readonly #closers: (() => void)[] = [];
  readonly outputs = new Map<number, OutputPump>();
  readonly descriptors: (DescriptorGrant | null)[] = [];
  input: { push(chunk: Uint8Array): void; end(): void; endWithReaders?(): void } | undefined;
  terminal: Terminal | undefined;
  /** Bytes of output that may still come, and what happens then. */
  outputLeft = Infinity;
  outputExceeded: (() => void) | undefined;

  constructor(kernel: Kernel, port: MessagePort) {
    this.#kernel = kernel;
    this.#port = port;
  }

  post = (message: FromProcessPort, transfer: Transferable[] = []): void => {
    if (message.type !== 'output') {
      this.#port.postMessage(message, transfer);
      return;
    }
    const { chunk } = message;
    // Posting takes the chunk's bytes away.
    const { length } = chunk;
    if (length <= this.outputLeft) this.#port.postMessage(message, transfer);
    else if (this.outputLeft > 0)
      this.#port.postMessage({ ...message, chunk: chunk.slice(0, this.outputLeft) });
    this.outputLeft -= length;
    if (this.outputLeft < 0) this.outputExceeded?.();
  };

  /** Three pipes. → 0 or -errno */
  pipes(): number {
    const input = this.#ring('output');
    if (typeof input === 'number') return input;
    this.input = new InputPump(input.ring, this.post, input.leave);
    this.descriptors.push({ kind: 'stream', input: input.ring.id });
    for (const stream of [1, 2] as const) {
      const opened = this.#ring('input');
      if (typeof opened === 'number') return opened;
      this.outputs.set(stream, new OutputPump(opened.ring, stream, this.post, opened.leave));
      this.descriptors.push({ kind: 'stream', output: opened.ring.id });
    }
    return 0;
  }

  /** A terminal as descriptors 0–2. → 0 or -errno */
  openTerminal(size: TerminalSize): number {
    const { books, holdings, terminals } = this.#kernel;
    const terminal = terminals.create(holdings, size, (input, output) => {
      const leave = (): void => {
        books.drop(holdings, { output: input.id });
        if (this.terminal) terminals.forget(this.terminal);
      };
      const deliver = new InputPump(input, () => undefined, leave);
      const pump = new OutputPump(
        output,
        1,
        this.post,
        () => {
          books.drop(holdings, { input: output.id });
          deliver.close();
        },
        (chunk) => this.terminal?.mapOutput(chunk) ?? chunk,
      );
      this.outputs.set(1, pump);
      return {
        echo: (bytes) => this.post({ type: 'output', stream: 1, chunk: new Uint8Array(bytes) }),
        deliver,
        hold: (held) => pump.hold(held),
      };
    });
    if (typeof terminal === 'number') return terminal;
    this.terminal = terminal;
    this.input = {
      push: (chunk) => {
        terminal.discipline.receive(chunk);
        this.post({ type: 'input-taken' });
      },
      end: () => terminal.hangUp(),
    };
    for (let fd = 0; fd < 3; fd++) this.descriptors.push({ kind: 'stream', ...terminal.slave });
    this.post({ type: 'output-end', stream: 2 });
    return 0;
  }

  abandon(): void {
    for (const close of this.#closers) close();
    for (const pump of this.outputs.values()) pump.close();
  }

  listen(process: Process): void {
    const { table } = this.#kernel;
    this.#port.onmessage = ({ data }: MessageEvent<ToProcessPort>) => {
      switch (data.type) {
        case 'input':
          this.input?.push(data.chunk);
          return;
        case 'input-end':
          this.input?.end();
          return;
        case 'credit':
          this.outputs.get(data.stream)?.grant(data.bytes);
          return;
        case 'kill':
          if (process.state !== 'exited') kill(table, undefined, process.pid, data.signal);
          return;
        case 'kill-group':
          table.signalGroup(process.pgid, data.signal);
          return;
        case 'resize':
          this.terminal?.resize(data.size);
      }
    };
    process.onExit = ({ code, signal }) => {
      this.terminal?.discipline.release();
      this.post({ type: 'exit', code, signal });
      this.input?.endWithReaders?.();
    };
  }

  /** A ring of which the kernel holds one side. */
  #ring(side: 'input' | 'output') {
    const { books, holdings } = this.#kernel;
    const id = books.allocate(side === 'input' ? PAGE_OUTPUT_SPAN : 1);
    if (id < 0) return id;
    const ends: PipeEnds = { [side]: id };
    books.hold(holdings, ends);
    let held = true;
    const leave = (): void => {
      if (held) books.drop(holdings, ends);
      held = false;
    };
    this.#closers.push(leave);
    return { ring: books.ring(id), leave };
  }
}

export function spawnForPage(kernel: Kernel, request: PageSpawn, port: MessagePort): Outcome<SpawnedProcess> {
  const failed = (errno: number): Outcome<SpawnedProcess> => {
    port.close();
    return { ok: false, errno, syscall: 'spawn', path: request.command };
  };
  const { files } = kernel;
  if (!kernel.isFolder(request.cwd, kernel.trees.page)) {
    port.close();
    return { ok: false, errno: -Errno.ENOENT, syscall: 'chdir', path: request.cwd };
  }
  const env = environmentOf(kernel.options.workdir, request.cwd, request.env, {
    terminal: request.terminal !== null,
  });
  const args = [request.command, ...request.args];
  const program: Program | number =
    request.runtime === 'remote'
      ? { kind: 'hosted', name: 'remote-command', identity: args[0] ?? '', execPath: '', argv: args, env }
      : resolveProgram(kernel.programFiles, { file: request.command, args, env, cwd: request.cwd });
  if (typeof program === 'number') return refuse(kernel, request, port, program);
  const wiring = new Wiring(kernel, port);
  const { outputBytes = Infinity } = kernel.options.limits;
  wiring.outputLeft = Math.min(outputBytes, request.bounds?.outputBytes ?? Infinity);
  const opened = request.terminal ? wiring.openTerminal(request.terminal) : wiring.pipes();
  const { uid, gid, groups, umask } = files.credentials;
  const process =
    opened < 0
      ? opened
      : startProcess(kernel, {
          program,
          cwd: request.cwd,
          descriptors: wiring.descriptors,
          ppid: INIT_PID,
          terminal: wiring.terminal?.input.id ?? null,
          credentials: { uid, gid, groups: [...groups], umask },
          ...(request.bounds ? { bounds: request.bounds } : {}),
          ...(request.capabilities ? { capabilities: request.capabilities } : {}),
        });
  if (typeof process === 'number') {
    wiring.abandon();
    return failed(process);
  }
  wiring.terminal?.lead(process);
  wiring.outputExceeded = () => {
    wiring.outputExceeded = undefined;
    kernel.emit({ type: 'limit', limit: 'outputBytes', pid: process.pid });
    // Its children write to the same pipes.
    kernel.table.signalGroup(process.pgid, Signal.SIGKILL);
  };
  wiring.listen(process);
  return { ok: true, value: { pid: process.pid, runtime: process.runtime } };
}

/** As a shell does: a message, and 127 or 126 as the exit code of a process that never was. */
function refuse(
  kernel: Kernel,
  { command, terminal }: PageSpawn,
  port: MessagePort,
  errno: number,
): Outcome<SpawnedProcess> {
  const [code, reason] =
    errno === -Errno.ENOENT
      ? command.includes('/')
        ? [NOT_FOUND, 'No such file or directory']
        : [NOT_FOUND, 'command not found']
      : errno === -Errno.ENOEXEC
        ? [NOT_EXECUTABLE, 'cannot execute: required interpreter not found']
        : errno === -Errno.ELOOP
          ? [NOT_EXECUTABLE, 'Too many levels of symbolic links']
          : [NOT_EXECUTABLE, 'Permission denied'];
  const post = (message: FromProcessPort): void => port.postMessage(message);
  const stream = terminal ? 1 : 2;
  const chunk = new TextEncoder().encode(`${command}: ${reason}${terminal ? '\r\n' : '\n'}`);
  post({ type: 'output', stream, chunk });
  post({ type: 'output-end', stream: 1 });
  post({ type: 'output-end', stream: 2 });
  post({ type: 'input-closed' });
  post({ type: 'exit', code, signal: 0 });
  return { ok: true, value: { pid: kernel.table.nextPid(), runtime: 'browser' } };
}
