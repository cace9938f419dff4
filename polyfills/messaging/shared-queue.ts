/**
 * One direction of a channel between threads, in shared memory: its reader finds what was sent even while it is inside
 * synchronous code, where no event of the browser arrives (`receiveMessageOnPort` after `Atomics.wait`).
 *
 *     [ words below | entries from head to tail ]      entry: [ length | kind | bytes, padded to 4 ]
 */
import {
  atomicCompareExchange,
  atomicExchange,
  atomicLoad,
  atomicStore,
  futexWait,
  notifyAll,
} from '../../src/base/intrinsics.ts';
import { MESSAGE_LOCK_MAX_MS, MESSAGE_QUEUE_BYTES, MESSAGE_QUEUE_MAX_BYTES } from '../../src/base/limits.ts';
import { copyBytes, copyWithin, max, min, setBytes } from '../text/captured.ts';

/**
 * `announced`: the reader has been told that something came, and has not looked since.
 * `reader`: the id of the thread that reads, plus one.
 */
const Word = { lock: 0, head: 1, tail: 2, announced: 3, reader: 4 } as const;
const HEADER_BYTES = 32;
const ENTRY_HEADER_BYTES = 8;
const Lock = { free: 0, held: 1, contended: 2 } as const;

export const EntryKind = {
  /** The message's own bytes. */
  bytes: 1,
  /** Stands for a message that comes by the browser's channel: keeps the order. */
  native: 2,
  /** The other end was closed. */
  close: 3,
} as const;

export interface QueuedEntry {
  kind: number;
  bytes: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array(0);
const padded = (length: number): number => (length + 3) & ~3;

export class SharedQueue {
  readonly memory: SharedArrayBuffer;
  /** Both follow the memory's growth. */
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(
    memory = new SharedArrayBuffer(MESSAGE_QUEUE_BYTES, { maxByteLength: MESSAGE_QUEUE_MAX_BYTES }),
  ) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#bytes = new Uint8Array(memory);
  }

  /** False when there is no room. */
  push(kind: number, bytes: Uint8Array = NOTHING): boolean {
    const needed = ENTRY_HEADER_BYTES + padded(bytes.length);
    this.#acquire();
    const at = this.#room(needed);
    if (at >= 0) {
      atomicStore(this.#words, at >> 2, bytes.length);
      atomicStore(this.#words, (at >> 2) + 1, kind);
      setBytes(this.#bytes, bytes, at + ENTRY_HEADER_BYTES);
      // Last: an entry that its thread did not finish does not exist.
      atomicStore(this.#words, Word.tail, at - HEADER_BYTES + needed);
    }
    this.#release();
    return at >= 0;
  }

  /** The kind of the first entry, 0 when there is none. */
  get first(): number {
    this.#acquire();
    const head = atomicLoad(this.#words, Word.head);
    const empty = head === atomicLoad(this.#words, Word.tail);
    const kind = empty ? 0 : atomicLoad(this.#words, ((HEADER_BYTES + head) >> 2) + 1);
    this.#release();
    return kind;
  }

  shift(): QueuedEntry | undefined {
    this.#acquire();
    const head = atomicLoad(this.#words, Word.head);
    const tail = atomicLoad(this.#words, Word.tail);
    let entry: QueuedEntry | undefined;
    if (head !== tail) {
      const at = HEADER_BYTES + head;
      const length = atomicLoad(this.#words, at >> 2);
      const start = at + ENTRY_HEADER_BYTES;
      entry = {
        kind: atomicLoad(this.#words, (at >> 2) + 1),
        bytes: copyBytes(this.#bytes, start, start + length),
      };
      const next = head + ENTRY_HEADER_BYTES + padded(length);
      atomicStore(this.#words, Word.head, next === tail ? 0 : next);
      if (next === tail) atomicStore(this.#words, Word.tail, 0);
    }
    this.#release();
    return entry;
  }

  /** True when the reader has to be told: it has looked since it was told last. */
  announce(): boolean {
    return atomicExchange(this.#words, Word.announced, 1) === 0;
  }

  get reader(): number {
    return atomicLoad(this.#words, Word.reader) - 1;
  }
  set reader(threadId: number) {
    atomicStore(this.#words, Word.reader, threadId + 1);
  }

  heard(): void {
    atomicStore(this.#words, Word.announced, 0);
  }

  /** Byte offset at which `needed` bytes can be written, -1 where there is no room for them. */
  #room(needed: number): number {
    const head = atomicLoad(this.#words, Word.head);
    let tail = atomicLoad(this.#words, Word.tail);
    const { byteLength } = this.memory;
    if (HEADER_BYTES + tail + needed <= byteLength) return HEADER_BYTES + tail;
    if (head > 0) {
      copyWithin(this.#bytes, HEADER_BYTES, HEADER_BYTES + head, HEADER_BYTES + tail);
      tail -= head;
      atomicStore(this.#words, Word.head, 0);
      atomicStore(this.#words, Word.tail, tail);
    }
    const wanted = HEADER_BYTES + tail + needed;
    if (wanted > MESSAGE_QUEUE_MAX_BYTES) return -1;
    if (wanted > byteLength) this.memory.grow(min(MESSAGE_QUEUE_MAX_BYTES, max(wanted, byteLength * 2)));
    return HEADER_BYTES + tail;
  }

  #acquire(): void {
    if (atomicCompareExchange(this.#words, Word.lock, Lock.free, Lock.held) === Lock.free) return;
    while (atomicExchange(this.#words, Word.lock, Lock.contended) !== Lock.free) {
      const waited = futexWait(this.#words, Word.lock, Lock.contended, MESSAGE_LOCK_MAX_MS);
      if (waited === 'timed-out') return;
    }
  }

  #release(): void {
    if (atomicExchange(this.#words, Word.lock, Lock.free) === Lock.contended) {
      notifyAll(this.#words, Word.lock);
    }
  }
}
