import { encodeData } from '../../protocol/command-line.ts';
import type { StreamNumber } from '../../protocol/command-line.ts';
import type { ContainerConnection } from '../../../container-api/index.ts';
import { Credit, type Wire } from './page-run.ts';

/** A connection to a server of the container, its bytes moved to and from the wire as those of a run. */
export class PageConnection {
  /** When both sides have ended. */
  readonly done: Promise<void>;
  readonly #run: number;
  readonly #wire: Wire;
  readonly #credit = new Credit();
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;

  constructor({ readable, writable }: ContainerConnection, run: number, wire: Wire) {
    this.#run = run;
    this.#wire = wire;
    this.#input = writable.getWriter();
    this.#output = readable.getReader();
    const inputEnded = this.#input.closed.catch(() => wire.send({ type: 'input-closed', run }));
    this.done = Promise.allSettled([inputEnded, this.#pump()]).then(() =>
      wire.send({ type: 'exit', run, code: 0, signal: null }),
    );
  }

  input(data: Uint8Array): void {
    const taken = (): void =>
      this.#wire.send({ type: 'credit', run: this.#run, stream: 0, bytes: data.length });
    // A server that reads no more is told once, by `closed`.
    this.#input.write(data).then(taken, () => undefined);
  }

  endInput(): void {
    this.#input.close().catch(() => undefined);
  }

  /** The client has gone. */
  kill(): void {
    this.#input.abort().catch(() => undefined);
    this.#output.cancel().catch(() => undefined);
  }

  resize(): void {
    // A connection has no size.
  }

  credit(_stream: StreamNumber, bytes: number): void {
    this.#credit.give(bytes);
  }

  async #pump(): Promise<void> {
    for (let next = await this.#output.read(); !next.done; next = await this.#output.read()) {
      await this.#credit.take(next.value.length);
      this.#wire.sendBytes(encodeData(this.#run, 1, next.value));
    }
    this.#wire.send({ type: 'end-output', run: this.#run, stream: 1 });
  }
}
