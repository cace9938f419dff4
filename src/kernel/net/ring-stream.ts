/** The kernel's end of a connection as promises of bytes. Nothing is read ahead, and a full ring holds the writer up. */
import { Errno } from '../../base/errno.ts';
import { LOCK_RETRY_MS, OUTPUT_CHUNK_BYTES } from '../../base/limits.ts';
import { PipeFlag } from '../../protocol/ipc-layout.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import { whenWord } from '../../protocol/wait-async.ts';
import type { Holdings, PipeBooks } from '../pipes/books.ts';

export class RingStream {
  readonly #books: PipeBooks;
  readonly #holdings: Holdings;
  readonly #input: PipeRing;
  readonly #output: PipeRing;
  #open = true;
  #outputOpen = true;

  /** Takes over the holdings' references to both rings. */
  constructor(books: PipeBooks, holdings: Holdings, input: number, output: number) {
    this.#books = books;
    this.#holdings = holdings;
    this.#input = books.ring(input);
    this.#output = books.ring(output);
  }

  /** The other side reads no more: nothing that is written now arrives. */
  get abandoned(): boolean {
    return !this.#open || (this.#output.flags & (PipeFlag.noReaders | PipeFlag.reset)) !== 0;
  }

  /** → bytes, or undefined at the end (also when the other side was reset). */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const ring = this.#input;
    while (this.#open) {
      const chunk = new Uint8Array(Math.min(OUTPUT_CHUNK_BYTES, Math.max(1, ring.length)));
      const count = ring.tryRead(chunk);
      if (count > 0) return count === chunk.length ? chunk : chunk.slice(0, count);
      if (count !== -Errno.EAGAIN) return undefined;
      await ready(ring, ring.readWord, () => !this.#open || ring.readable);
    }
    return undefined;
  }

  /** → false when the other side is gone. */
  async write(bytes: Uint8Array): Promise<boolean> {
    const ring = this.#output;
    for (let done = 0; done < bytes.length;) {
      if (!this.#outputOpen) return false;
      const count = ring.tryWrite(bytes.subarray(done));
      if (count >= 0) done += count;
      else if (count !== -Errno.EAGAIN) return false;
      else await ready(ring, ring.writeWord, () => !this.#open || ring.writable);
    }
    return this.#outputOpen;
  }

  /** Resolves when the other side reads no more, or this end was closed. */
  async whenAbandoned(): Promise<void> {
    const ring = this.#output;
    await ready(ring, ring.writeWord, () => this.abandoned);
  }

  /** No more will be written; reading goes on. */
  end(): void {
    if (!this.#outputOpen) return;
    this.#outputOpen = false;
    this.#books.drop(this.#holdings, { output: this.#output.id });
  }

  close(): void {
    if (!this.#open) return;
    this.end();
    this.#open = false;
    this.#books.drop(this.#holdings, { input: this.#input.id });
    this.#input.wakeAll();
    this.#output.wakeAll();
  }

  /** The other side sees ECONNRESET. */
  reset(): void {
    if (this.#outputOpen) this.#output.raise(PipeFlag.reset);
    this.close();
  }
}

/** A ring that is ready although the try said no has its lock held by another thread for a moment. */
async function ready(ring: PipeRing, word: number, isReady: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    if (isReady()) setTimeout(resolve, LOCK_RETRY_MS);
    else whenWord(ring.words, word, isReady, resolve);
  });
}
