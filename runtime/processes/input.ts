/**
 * What clients write to a process. Each session counts its own bytes, so that a resend after a cut is recognised
 * and a gap is an error; what the process has not taken is bounded for all sessions together.
 */
import { BridgeError } from '../errors.ts';
import { INPUT_ACK_BYTES, SESSIONS_PER_PROCESS_MAX } from '../limits.ts';
import { WINDOW_BYTES } from '../protocol/runtime.ts';

interface Writer {
  received: number;
  consumed: number;
  acknowledged: number;
}

export interface InputSink {
  /** Calls back when the process (or the kernel's pipe to it) took the bytes. */
  write(bytes: Uint8Array, taken: () => void): void;
  end(): void;
}

export class ProcessInput {
  readonly #sink: InputSink;
  readonly #writers = new Map<string, Writer>();
  readonly #acknowledge: (session: string, offset: number) => void;
  #pending = 0;
  #ended = false;

  constructor(sink: InputSink, acknowledge: (session: string, offset: number) => void) {
    this.#sink = sink;
    this.#acknowledge = acknowledge;
  }

  /** Bytes of this session that arrived: where it resumes after a cut. */
  received(session: string): number {
    return this.#writers.get(session)?.received ?? 0;
  }

  /** `offset` undefined: a client that does not count. Throws EPIPE, EAGAIN, EPROTO; then nothing was taken. */
  write(session: string, bytes: Uint8Array, offset?: number): void {
    if (this.#ended) throw new BridgeError('EPIPE', 'The input of this process was closed.');
    const writer = this.#writer(session);
    const known = offset === undefined ? 0 : writer.received - offset;
    if (known < 0) {
      throw new BridgeError('EPROTO', `Input from ${offset} on leaves out bytes after ${writer.received}.`);
    }
    const fresh = bytes.subarray(Math.min(known, bytes.length));
    if (fresh.length === 0) return;
    if (this.#pending + fresh.length > WINDOW_BYTES) {
      throw new BridgeError(
        'EAGAIN',
        `The process has ${this.#pending} bytes of input that it did not read.`,
      );
    }
    writer.received += fresh.length;
    this.#pending += fresh.length;
    this.#sink.write(fresh, () => this.#taken(session, writer, fresh.length));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.end();
  }

  /** The process closed its end, or is gone. */
  close(): void {
    this.#ended = true;
  }

  #writer(session: string): Writer {
    const known = this.#writers.get(session);
    if (known !== undefined) return known;
    if (this.#writers.size >= SESSIONS_PER_PROCESS_MAX) {
      const [oldest] = this.#writers.keys();
      if (oldest !== undefined) this.#writers.delete(oldest);
    }
    const writer: Writer = { received: 0, consumed: 0, acknowledged: 0 };
    this.#writers.set(session, writer);
    return writer;
  }

  #taken(session: string, writer: Writer, length: number): void {
    this.#pending -= length;
    writer.consumed += length;
    const due = writer.consumed - writer.acknowledged >= INPUT_ACK_BYTES;
    if (!due && writer.consumed !== writer.received) return;
    writer.acknowledged = writer.consumed;
    this.#acknowledge(session, writer.consumed);
  }
}
