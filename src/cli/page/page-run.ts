import { COMMAND_LINE_OUTPUT_WINDOW_BYTES, OUTPUT_LINGER_MS } from '../../base/limits.ts';
import { encodeData } from '../../protocol/command-line.ts';
import type { FromPage, RunRequest, StreamNumber, TerminalSize } from '../../protocol/command-line.ts';
import type { ContainerProcess, OpenAgentsContainer } from '../../../container-api/index.ts';

export interface Wire {
  send(message: FromPage): void;
  sendBytes(frame: Uint8Array<ArrayBuffer>): void;
}

/** Bytes that may be sent before the other side has passed on what it has; `take` waits for room. */
export class Credit {
  #left = COMMAND_LINE_OUTPUT_WINDOW_BYTES;
  #waiting: (() => void) | undefined;

  async take(bytes: number): Promise<void> {
    while (this.#left <= 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
    this.#left -= bytes;
  }

  give(bytes: number): void {
    this.#left += bytes;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}

/** One command in the container, its streams moved to and from the wire. */
export class PageRun {
  /** When the command has exited and its output has ended. */
  readonly done: Promise<void>;
  readonly #process: ContainerProcess<Uint8Array>;
  readonly #request: RunRequest;
  readonly #wire: Wire;
  readonly #credits = new Map<StreamNumber, Credit>();
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  /** Chunks that were read and are not sent yet: the other side is slow. */
  #held = 0;
  #chunks = 0;
  /** Ends the wait for children's output. Set once the command has exited. */
  #cut: (() => void) | undefined;

  private constructor(process: ContainerProcess<Uint8Array>, request: RunRequest, wire: Wire) {
    this.#process = process;
    this.#request = request;
    this.#wire = wire;
    this.#input = process.input.getWriter();
    this.#input.closed.catch(() => wire.send({ type: 'input-closed', run: request.run }));
    const outputs =
      request.terminal === undefined
        ? [this.#pump(process.stdout, 1), this.#pump(process.stderr, 2)]
        : [this.#pump(process.output, 1)];
    this.done = this.#finish(outputs);
  }

  static async start(container: OpenAgentsContainer, request: RunRequest, wire: Wire): Promise<PageRun> {
    const process = await container.spawn(request.command, [...request.args], {
      env: request.env,
      encoding: 'bytes',
      ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
      ...(request.files === undefined ? {} : { capabilities: { filesystem: request.files } }),
      ...(request.terminal === undefined
        ? { stdio: 'pipe' as const }
        : { stdio: 'pty' as const, terminal: request.terminal }),
    });
    return new PageRun(process, request, wire);
  }

  input(data: Uint8Array): void {
    const { run } = this.#request;
    const taken = (): void => this.#wire.send({ type: 'credit', run, stream: 0, bytes: data.length });
    // A closed pipe is told once, by `closed`.
    this.#input.write(data).then(taken, () => undefined);
  }

  endInput(): void {
    this.#input.close().catch(() => undefined);
  }

  /** Of a command that has exited, and whose children still hold its output, it ends the wait for them. */
  kill(signal: string): void {
    if (this.#cut === undefined) this.#process.kill(signal);
    else this.#cut();
  }

  resize(size: TerminalSize): void {
    this.#process.resize(size);
  }

  credit(stream: StreamNumber, bytes: number): void {
    this.#credits.get(stream)?.give(bytes);
  }

  async #pump(output: ReadableStream<Uint8Array>, stream: StreamNumber): Promise<void> {
    const credit = new Credit();
    this.#credits.set(stream, credit);
    const { run } = this.#request;
    for await (const chunk of output) {
      this.#chunks++;
      this.#held++;
      await credit.take(chunk.length);
      this.#held--;
      this.#wire.sendBytes(encodeData(run, stream, chunk));
    }
    this.#wire.send({ type: 'end-output', run, stream });
  }

  async #finish(outputs: Promise<void>[]): Promise<void> {
    const code = await this.#process.exit;
    const cut = new Promise<void>((resolve) => (this.#cut = resolve));
    const stop = new AbortController();
    await Promise.race([Promise.allSettled(outputs), this.#quiet(stop.signal), cut]);
    stop.abort();
    this.#wire.send({ type: 'exit', run: this.#request.run, code, signal: this.#process.signal });
  }

  /** Resolves when nothing has come for a while and nothing waits to be sent. */
  async #quiet(stopped: AbortSignal): Promise<void> {
    let seen = -1;
    while (!stopped.aborted && (this.#held > 0 || seen !== this.#chunks)) {
      seen = this.#chunks;
      await new Promise((resolve) => setTimeout(resolve, OUTPUT_LINGER_MS));
    }
  }
}
