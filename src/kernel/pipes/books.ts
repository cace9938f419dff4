/**
 * Who holds which end of which ring. A ring whose last reader (writer) has gone tells the other side; a ring that
 * nobody holds is given out again.
 */
import { Errno } from '../../base/errno.ts';
import { PIPE_BUFFER_BYTES, PIPES_MAX } from '../../base/limits.ts';
import { type IpcMemory, KERNEL_OWNER, PipeFlag, PipeWord } from '../../protocol/ipc-layout.ts';
import { PipeRing } from '../../protocol/pipe.ts';
import type { PipeEnds } from '../../protocol/process.ts';

interface Ring {
  readers: number;
  writers: number;
  /** It takes the place of so many. */
  span: number;
}

/** One process's (or the kernel's own) references: `+id` reads, `-id - 1` writes. */
export class Holdings {
  readonly counts = new Map<number, number>();
}

const readKey = (id: number): number => id;
const writeKey = (id: number): number => -id - 1;

/** A ring's last reader has gone, leaving `unread` bytes; or nobody holds the ring any more. */
export type ReleaseListener = (ring: number, side: 'reader' | 'all', unread: number) => void;

/** Rings to be given out again: one keeps its size, because processes may have it mapped. */
class FreeRings {
  readonly #bySpan = new Map<number, number[]>();

  take(span: number): number | undefined {
    return this.#bySpan.get(span)?.pop();
  }
  give(id: number, span: number): void {
    const rings = this.#bySpan.get(span);
    if (rings) rings.push(id);
    else this.#bySpan.set(span, [id]);
  }
}

export class PipeBooks {
  readonly #memory: IpcMemory;
  readonly #rings = new Map<number, Ring>();
  readonly #free = new FreeRings();
  /** Rings freed while a killed thread may still touch them: given out again when none such is left. */
  #limbo: { id: number; span: number }[] = [];
  #dyingThreads = 0;
  #next = 0;
  readonly #onRelease: ReleaseListener[] = [];

  constructor(memory: IpcMemory) {
    this.#memory = memory;
  }

  onRelease(listener: ReleaseListener): void {
    this.#onRelease.push(listener);
  }

  /** → a new ring that nobody holds yet, or -ENFILE. `span`: how many times PIPE_BUFFER_BYTES it buffers, a power of two. */
  allocate(span = 1): number {
    const id = this.#free.take(span) ?? this.#fresh(span);
    if (id < 0) return -Errno.ENFILE;
    this.ring(id).reset(span * PIPE_BUFFER_BYTES);
    this.#rings.set(id, { readers: 0, writers: 0, span });
    return id;
  }

  /** Of rings that follow each other, the first is the one that is used. */
  #fresh(span: number): number {
    const id = this.#next;
    if (id + span > PIPES_MAX || !this.#memory.ensurePipe(id + span - 1)) return -1;
    this.#next += span;
    return id;
  }

  /** The kernel's own hold on a ring: it never blocks on its locks. */
  ring(id: number): PipeRing {
    return new PipeRing(this.#memory, id, KERNEL_OWNER);
  }

  holds(holdings: Holdings, ends: PipeEnds): boolean {
    return (
      (ends.input === undefined || holdings.counts.has(readKey(ends.input))) &&
      (ends.output === undefined || holdings.counts.has(writeKey(ends.output)))
    );
  }

  hold(holdings: Holdings, ends: PipeEnds): void {
    if (ends.input !== undefined) this.#add(holdings, readKey(ends.input), 1);
    if (ends.output !== undefined) this.#add(holdings, writeKey(ends.output), 1);
  }

  drop(holdings: Holdings, ends: PipeEnds): void {
    if (ends.input !== undefined) this.#add(holdings, readKey(ends.input), -1);
    if (ends.output !== undefined) this.#add(holdings, writeKey(ends.output), -1);
  }

  dropAll(holdings: Holdings): void {
    for (const [key, count] of [...holdings.counts]) this.#add(holdings, key, -count);
  }

  exists(id: number): boolean {
    return this.#rings.has(id);
  }
  count(id: number): { readers: number; writers: number } {
    const ring = this.#rings.get(id);
    return { readers: ring?.readers ?? 0, writers: ring?.writers ?? 0 };
  }

  /** A named pipe that one side had left is open again: its side is no longer gone. */
  revive(id: number): void {
    const { readers, writers } = this.count(id);
    const ring = this.ring(id);
    ring.setWord(
      PipeWord.flags,
      (readers > 0 ? 0 : PipeFlag.noReaders) | (writers > 0 ? 0 : PipeFlag.noWriters),
    );
    ring.wakeAll();
  }

  threadDying(): void {
    this.#dyingThreads++;
  }

  /** After the end of a thread that was killed: its locks are broken, and limbo may empty. */
  threadEnded(owner: number): void {
    for (const id of this.#rings.keys()) this.ring(id).breakLocks(owner);
    if (--this.#dyingThreads === 0) {
      for (const { id, span } of this.#limbo) this.#free.give(id, span);
      this.#limbo = [];
    }
  }

  #add(holdings: Holdings, key: number, change: number): void {
    const id = key >= 0 ? key : -key - 1;
    const before = holdings.counts.get(key) ?? 0;
    const ring = this.#rings.get(id);
    const delta = Math.max(change, -before);
    if (ring === undefined || delta === 0) return;
    if (before + delta === 0) holdings.counts.delete(key);
    else holdings.counts.set(key, before + delta);
    if (key >= 0) ring.readers += delta;
    else ring.writers += delta;
    if (delta < 0) this.#released(id, ring, key >= 0);
  }

  #released(id: number, ring: Ring, reader: boolean): void {
    const unread = reader && ring.readers === 0 ? this.ring(id).length : 0;
    if (ring.readers === 0 && ring.writers === 0) {
      for (const listener of this.#onRelease) listener(id, 'all', unread);
      this.ring(id).raise(PipeFlag.noReaders | PipeFlag.noWriters);
      this.#rings.delete(id);
      if (this.#dyingThreads > 0) this.#limbo.push({ id, span: ring.span });
      else this.#free.give(id, ring.span);
    } else if (reader && ring.readers === 0) {
      for (const listener of this.#onRelease) listener(id, 'reader', unread);
      this.ring(id).raise(PipeFlag.noReaders);
    } else if (!reader && ring.writers === 0) {
      this.ring(id).raise(PipeFlag.noWriters);
    }
  }
}
