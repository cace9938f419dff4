/**
 * Streams between a process's pipes and its port to the page. Output flows while the page has granted credit; input is
 * acknowledged chunk by chunk as it enters the pipe. So a side that does not read stops the other, not the kernel.
 */
import { Errno } from '../../base/errno.ts';
import { LOCK_RETRY_MS, OUTPUT_CHUNK_BYTES } from '../../base/limits.ts';
import type { FromProcessPort, OutputStream } from '../../protocol/container.ts';
import { PipeFlag } from '../../protocol/ipc-layout.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import { type Cancel, whenWord } from '../../protocol/wait-async.ts';

type Post = (message: FromProcessPort, transfer?: Transferable[]) => void;

/** Waits by the ring's word; a lock that another thread holds just now changes no word, so that is tried by time. */
export function whenReady(ring: PipeRing, word: number, ready: () => boolean, then: () => void): Cancel {
  if (!ready()) return whenWord(ring.words, word, ready, then);
  const timer = setTimeout(then, LOCK_RETRY_MS);
  return { close: () => clearTimeout(timer) };
}

export class OutputPump {
  readonly #ring: PipeRing;
  readonly #stream: OutputStream;
  readonly #post: Post;
  readonly #ended: () => void;
  readonly #transform: ((chunk: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) | undefined;
  #credit = 0;
  #waiting: Cancel | undefined;
  #open = true;
  #held = false;

  /** `ended` lets the kernel's reading end go. */
  constructor(
    ring: PipeRing,
    stream: OutputStream,
    post: Post,
    ended: () => void,
    transform?: (chunk: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  ) {
    this.#ring = ring;
    this.#stream = stream;
    this.#post = post;
    this.#ended = ended;
    this.#transform = transform;
  }

  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#waiting === undefined) this.#flow();
  }

  /** A terminal's output that is held stays in its pipe, and holds up who writes. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held && this.#waiting === undefined) this.#flow();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waiting?.close();
    this.#ended();
  }

  #flow(): void {
    this.#waiting = undefined;
    const ring = this.#ring;
    while (this.#open && this.#credit > 0 && !this.#held) {
      const wanted = Math.min(OUTPUT_CHUNK_BYTES, this.#credit, Math.max(1, ring.length));
      const chunk = new Uint8Array(wanted);
      const count = ring.tryRead(chunk);
      if (count === -Errno.EAGAIN) {
        this.#waiting = whenReady(
          ring,
          ring.readWord,
          () => ring.readable,
          () => this.#flow(),
        );
        return;
      }
      if (count <= 0) {
        this.#post({ type: 'output-end', stream: this.#stream });
        this.close();
        return;
      }
      this.#credit -= count;
      const read = count === wanted ? chunk : chunk.slice(0, count);
      const filled = this.#transform?.(read) ?? read;
      this.#post({ type: 'output', stream: this.#stream, chunk: filled }, [filled.buffer]);
    }
  }
}

export class InputPump {
  readonly #ring: PipeRing;
  readonly #post: Post;
  readonly #ended: () => void;
  readonly #queue: Uint8Array[] = [];
  #offset = 0;
  #ending = false;
  #waiting: Cancel | undefined;
  #readersGone: Cancel | undefined;
  #open = true;

  constructor(ring: PipeRing, post: Post, ended: () => void) {
    this.#ring = ring;
    this.#post = post;
    this.#ended = ended;
  }

  push(chunk: Uint8Array): void {
    if (!this.#open) return;
    this.#queue.push(chunk);
    if (this.#waiting === undefined) this.#flow();
  }

  end(): void {
    this.#ending = true;
    if (this.#queue.length === 0) this.close();
  }

  /**
   * The process it was made for has exited: once nobody else reads either, the kernel's end is let go. Before that a
   * write would find out; after the exit the page writes no more.
   */
  endWithReaders(): void {
    if (!this.#open) return;
    const ring = this.#ring;
    const unread = (): boolean => (ring.flags & PipeFlag.noReaders) !== 0;
    if (unread()) this.close();
    else this.#readersGone = whenWord(ring.words, ring.writeWord, unread, () => this.close());
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waiting?.close();
    this.#readersGone?.close();
    this.#queue.length = 0;
    this.#post({ type: 'input-closed' });
    this.#ended();
  }

  #flow(): void {
    this.#waiting = undefined;
    const ring = this.#ring;
    for (let chunk = this.#queue[0]; chunk !== undefined && this.#open; chunk = this.#queue[0]) {
      const count = ring.tryWrite(chunk.subarray(this.#offset));
      if (count === -Errno.EAGAIN) {
        this.#waiting = whenReady(
          ring,
          ring.writeWord,
          () => ring.writable,
          () => this.#flow(),
        );
        return;
      }
      if (count < 0) {
        this.close();
        return;
      }
      this.#offset += count;
      if (this.#offset < chunk.length) continue;
      this.#offset = 0;
      this.#queue.shift();
      this.#post({ type: 'input-taken' });
    }
    if (this.#ending) this.close();
  }
}
