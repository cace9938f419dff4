/** A byte stream to a server of the container, as the preview's HTTP client needs it. */
import { Errno } from '../../base/errno.ts';
import { OUTPUT_CHUNK_BYTES } from '../../base/limits.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import type { Cancel } from '../../protocol/wait-async.ts';
import { whenReady } from '../pipes/pump.ts';

export interface Connection {
  /** The next bytes; undefined at the end. Rejects with ConnectionReset. One read at a time. */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Resolves when the bytes are in the pipe: false when the server takes no more. One write at a time. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Calls once when there is something to read: bytes or the end. Not together with a read. */
  onReadable(listener: () => void): Cancel;
  /** No more bytes will be written; reading goes on. */
  end(): void;
  close(): void;
}

export class ConnectionReset extends Error {}

/** → a connection to the server on a port, or a negative errno. */
export type Dial = (port: number) => Connection | number;

export class RingConnection implements Connection {
  readonly #input: PipeRing;
  readonly #output: PipeRing;
  readonly #release: (side: 'input' | 'output') => void;
  readonly #waits = new Set<() => void>();
  #reading = true;
  #writing = true;

  /** `release` lets an end of ours go; called once a side. */
  constructor(input: PipeRing, output: PipeRing, release: (side: 'input' | 'output') => void) {
    this.#input = input;
    this.#output = output;
    this.#release = release;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const ring = this.#input;
    while (this.#reading) {
      const chunk = new Uint8Array(Math.min(OUTPUT_CHUNK_BYTES, Math.max(1, ring.length)));
      const count = ring.tryRead(chunk);
      if (count > 0) return count === chunk.length ? chunk : chunk.slice(0, count);
      if (count === 0) return undefined;
      if (count !== -Errno.EAGAIN) throw new ConnectionReset('the connection was reset');
      await this.#wait(ring, ring.readWord, () => ring.readable);
    }
    return undefined;
  }

  async write(chunk: Uint8Array): Promise<boolean> {
    const ring = this.#output;
    for (let offset = 0; offset < chunk.length;) {
      if (!this.#writing) return false;
      const count = ring.tryWrite(chunk.subarray(offset));
      if (count > 0) offset += count;
      else if (count !== -Errno.EAGAIN) return false;
      else await this.#wait(ring, ring.writeWord, () => ring.writable);
    }
    return true;
  }

  onReadable(listener: () => void): Cancel {
    const ring = this.#input;
    return whenReady(ring, ring.readWord, () => ring.readable, listener);
  }

  end(): void {
    if (!this.#writing) return;
    this.#writing = false;
    this.#release('output');
  }

  close(): void {
    this.end();
    if (!this.#reading) return;
    this.#reading = false;
    for (const wake of [...this.#waits]) wake();
    this.#release('input');
  }

  #wait(ring: PipeRing, word: number, ready: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel.close();
        this.#waits.delete(done);
        resolve();
      };
      const cancel = whenReady(ring, word, ready, done);
      this.#waits.add(done);
    });
  }
}
