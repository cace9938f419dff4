/** A process as the page sees it. */
import { Signal, signalName, signalNumber } from '../src/base/signals.ts';
import type { FromProcessPort, ToProcessPort } from '../src/protocol/container.ts';
import { check } from './arguments/check.ts';
import * as accepted from './arguments/container.ts';
import { ContainerError } from './errors.ts';
import type { SpawnOptions, TerminalDimensions } from './options.ts';
import { bytesConverter, type Converter, Outlet, OutputHub, textConverter } from './output-hub.ts';

type Data = string | Uint8Array;

/**
 * `T` is string, or Uint8Array for `encoding: 'bytes'`. Asking for a stream is what makes it wait for its reader: a
 * process whose output nobody asked for is never held up, and only the newest of it is kept.
 */
export class ContainerProcess<T extends Data = string> {
  /** Set before the caller of spawn gets the process. */
  pid = 0;
  /** The exit code; 128 + n for a process that signal n ended. */
  readonly exit: Promise<number>;
  readonly input: WritableStream<T>;
  /** Where it runs: in this browser, or on the external runtime. */
  runtime: 'browser' | 'remote' = 'browser';
  /** @internal It has exited and no output can come any more. */
  readonly closed: Promise<void>;
  readonly #port: MessagePort;
  readonly #hubs: { 1: OutputHub; 2: OutputHub };
  readonly #newConverter: () => Converter<T>;
  readonly #streams = new Map<'output' | 'stdout' | 'stderr', ReadableStream<T>>();
  readonly #merges: boolean;
  #signal: string | null = null;
  #inputTaken: (() => void) | undefined;
  #inputClosed = false;
  #finished = false;

  /** @internal */
  constructor(port: MessagePort, { encoding, output }: Pick<SpawnOptions, 'encoding' | 'output'>) {
    this.#merges = output !== false;
    this.#port = port;
    this.#newConverter = (encoding === 'bytes' ? () => bytesConverter : textConverter) as () => Converter<T>;
    const grant = (stream: 1 | 2) => (bytes: number) => this.#post({ type: 'credit', stream, bytes });
    this.#hubs = { 1: new OutputHub(1, grant(1)), 2: new OutputHub(2, grant(2)) };
    this.input = this.#makeInput();
    const ended = Promise.withResolvers<void>();
    this.closed = ended.promise;
    this.exit = new Promise((resolve) => {
      port.onmessage = ({ data }: MessageEvent<FromProcessPort>) => {
        this.#receive(data, resolve);
        if (this.#finished && this.#hubs[1].ended && this.#hubs[2].ended) {
          port.close();
          ended.resolve();
        }
      };
    });
  }

  /** Standard output and standard error together, in the order in which they arrived. */
  get output(): ReadableStream<T> {
    return this.#stream('output', this.#merges ? [1, 2] : []);
  }
  get stdout(): ReadableStream<T> {
    return this.#stream('stdout', [1]);
  }
  get stderr(): ReadableStream<T> {
    return this.#stream('stderr', [2]);
  }
  /** Name of the signal that ended the process; null while it runs and when it exited by itself. */
  get signal(): string | null {
    return this.#signal;
  }

  /** Default: SIGTERM. SIGKILL always ends it. Throws ERR_UNKNOWN_SIGNAL. */
  kill(signal: string | number = 'SIGTERM'): void {
    check('kill', accepted.signal, signal);
    const number = signalNumber(signal);
    if (number === undefined) throw new ContainerError('ERR_UNKNOWN_SIGNAL', `Unknown signal: ${signal}`);
    if (!this.#finished) this.#post({ type: 'kill', signal: number });
  }

  resize(size: TerminalDimensions): void {
    check('resize', accepted.size, size);
    const { cols, rows } = size;
    this.#post({ type: 'resize', size: { columns: cols, rows } });
  }

  /** @internal SIGKILL to it and to what it has started, which may live on when it has exited. */
  killGroup(): void {
    this.#post({ type: 'kill-group', signal: Signal.SIGKILL });
  }

  /** @internal The container is gone: nothing more will come. */
  abandon(): void {
    this.#port.onmessage?.(
      new MessageEvent('message', {
        data: { type: 'exit', code: 0, signal: Signal.SIGKILL } satisfies FromProcessPort,
      }),
    );
    this.#hubs[1].end();
    this.#hubs[2].end();
    this.#closeInput();
    this.#port.close();
  }

  #stream(name: 'output' | 'stdout' | 'stderr', sources: (1 | 2)[]): ReadableStream<T> {
    const known = this.#streams.get(name);
    if (known) return known;
    const outlet = new Outlet<T>(sources.length, this.#newConverter());
    for (const source of sources) this.#hubs[source].attach(outlet);
    this.#streams.set(name, outlet.stream);
    return outlet.stream;
  }

  #receive(message: FromProcessPort, exited: (code: number) => void): void {
    switch (message.type) {
      case 'output':
        this.#hubs[message.stream].push(message.chunk);
        return;
      case 'output-end':
        this.#hubs[message.stream].end();
        return;
      case 'input-taken':
        this.#inputTaken?.();
        return;
      case 'input-closed':
        this.#closeInput();
        return;
      case 'exit':
        if (this.#finished) return;
        this.#finished = true;
        this.#signal = message.signal === 0 ? null : (signalName(message.signal) ?? `SIG${message.signal}`);
        this.#closeInput();
        exited(message.signal === 0 ? message.code : 128 + message.signal);
    }
  }

  /** Input that nobody will read is dropped, as a terminal drops what is typed after a program. */
  #closeInput(): void {
    this.#inputClosed = true;
    this.#inputTaken?.();
  }

  #makeInput(): WritableStream<T> {
    return new WritableStream<T>({
      write: (data) =>
        new Promise((resolve) => {
          check('input.write', accepted.chunk, data);
          if (this.#inputClosed) {
            resolve();
            return;
          }
          this.#inputTaken = resolve;
          const chunk = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
          this.#post({ type: 'input', chunk }, [chunk.buffer]);
        }),
      close: () => this.#post({ type: 'input-end' }),
      abort: () => this.#post({ type: 'input-end' }),
    });
  }

  #post(message: ToProcessPort, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
