import { Readable, Writable } from 'node:stream';
import { COMMAND_LINE_INPUT_WINDOW_BYTES, COMMAND_LINE_OUTPUT_WINDOW_BYTES } from '../base/limits.ts';
import { encodeData } from '../protocol/command-line.ts';
import type { StreamNumber } from '../protocol/command-line.ts';
import type { Link } from './link.ts';

/** What a run's output becomes on this side: bytes are credited back as their reader takes them. */
export class OutputStream extends Readable {
  readonly #credit: (bytes: number) => void;
  #uncredited = 0;
  #finished = false;

  constructor(credit: (bytes: number) => void) {
    super({ highWaterMark: COMMAND_LINE_OUTPUT_WINDOW_BYTES });
    this.#credit = credit;
  }

  arrive(data: Uint8Array): void {
    if (this.#finished) return;
    this.#uncredited += data.length;
    if (this.push(data)) this._read();
  }

  /** The end, once: what comes after it is dropped. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.push(null);
  }

  /** Called when there is room below the high-water mark: what has arrived so far was taken. */
  override _read(): void {
    if (this.#uncredited === 0) return;
    const bytes = this.#uncredited;
    this.#uncredited = 0;
    this.#credit(bytes);
  }
}

/** A run's input: a write completes when it is within the window of what the command has taken. */
export class InputStream extends Writable {
  readonly #link: Link;
  readonly #run: number;
  #inFlight = 0;
  #waiting: (() => void) | undefined;
  #closed = false;

  constructor(link: Link, run: number) {
    super({ highWaterMark: COMMAND_LINE_INPUT_WINDOW_BYTES });
    this.#link = link;
    this.#run = run;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#closed) {
      done();
      return;
    }
    const stream: StreamNumber = 0;
    this.#link.sendBinary(encodeData(this.#run, stream, chunk));
    this.#inFlight += chunk.length;
    if (this.#inFlight < COMMAND_LINE_INPUT_WINDOW_BYTES) done();
    else this.#waiting = () => done();
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#closed) this.#link.send({ type: 'end-input', run: this.#run });
    done();
  }

  credited(bytes: number): void {
    this.#inFlight -= bytes;
    if (this.#inFlight < COMMAND_LINE_INPUT_WINDOW_BYTES) this.#release();
  }

  /** The command reads no more: what is still written goes nowhere. */
  closeByReader(): void {
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }
}
