/** The streams that the event loop waits for. The loop asks for those that are ready, as it asks epoll in libuv. */
import { arrayPush, atomicCompareExchange, atomicLoad, SafeMap } from '../../base/intrinsics.ts';
import type { Watch } from '../../../polyfills/system.ts';
import { doorbellWord, takeRings } from '../../protocol/doorbell.ts';
import { PipeWord } from '../../protocol/ipc-layout.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import { type Wait, whenWord } from '../../protocol/wait-async.ts';
import type { Gate } from '../gate.ts';

export type Direction = 'read' | 'write';

class StreamWatch implements Watch {
  readonly ring: PipeRing | undefined;
  readonly direction: Direction;
  /** Another watch of the same ring. */
  next: StreamWatch | undefined;
  open = true;
  readonly #ready: () => void;
  readonly #closed: (watch: StreamWatch) => void;

  constructor(
    ring: PipeRing | undefined,
    direction: Direction,
    ready: () => void,
    closed: (watch: StreamWatch) => void,
  ) {
    this.ring = ring;
    this.direction = direction;
    this.#ready = ready;
    this.#closed = closed;
  }

  get isReady(): boolean {
    const { ring } = this;
    return ring === undefined || (this.direction === 'read' ? ring.readable : ring.writable);
  }
  get rungAt(): number {
    const { ring } = this;
    return ring?.word(this.direction === 'read' ? PipeWord.readRungAt : PipeWord.writeRungAt) ?? 0;
  }
  readonly run = (): void => {
    if (!this.open) return;
    this.open = false;
    this.#ready();
  };
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.#closed(this);
  }
}

export class Readiness {
  readonly #gate: Gate;
  readonly #enqueue: (callback: () => void) => void;
  /** Not looked at yet. */
  #fresh: StreamWatch[] = [];
  /** Those that wait, by ring. */
  readonly #waiting = new SafeMap<number, StreamWatch>();
  /** Those of rings that another process watches already: each waits by itself. */
  readonly #others = new SafeMap<StreamWatch, Wait>();
  /** Of the rings that rang, what is ready: in the order in which they rang once all are known. */
  readonly #rung: StreamWatch[] = [];
  #seen = 0;
  #found = false;

  constructor(gate: Gate, enqueue: (callback: () => void) => void) {
    this.#gate = gate;
    this.#enqueue = enqueue;
  }

  /** Calls `ready` once, in the loop's poll phase; it is looked at when the loop comes there. No ring is always ready. */
  watch(ring: PipeRing | undefined, direction: Direction, ready: () => void): Watch {
    const watch = new StreamWatch(ring, direction, ready, this.#close);
    arrayPush(this.#fresh, watch);
    return watch;
  }

  /** Those that are ready say so now, before anything that happens after this. → whether there was one */
  collect(): boolean {
    this.#found = false;
    const fresh = this.#fresh;
    if (fresh.length > 0) {
      this.#fresh = [];
      for (let i = 0; i < fresh.length; i++) {
        const watch = fresh[i];
        if (watch?.open) this.#begin(watch);
      }
    }
    const { words } = this.#gate.memory;
    const rung = atomicLoad(words, doorbellWord(this.#gate.slot));
    if (rung !== this.#seen) {
      this.#seen = rung;
      takeRings(words, this.#gate.slot, this.#lookAt);
      this.#deliverRung();
    }
    this.#others.forEach((wait) => void wait.look());
    return this.#found;
  }

  #begin(watch: StreamWatch): void {
    const { ring } = watch;
    if (ring === undefined) return this.#deliver(watch);
    const { owner } = this.#gate;
    const holder = atomicCompareExchange(ring.words, watcherWord(watch, ring), 0, owner);
    // It is looked at only now that every change is told: none is missed.
    if (watch.isReady) return this.#deliver(watch);
    if (holder === 0 || holder === owner) {
      watch.next = this.#waiting.get(ring.id);
      this.#waiting.set(ring.id, watch);
      return;
    }
    const word = watch.direction === 'read' ? ring.readWord : ring.writeWord;
    const wait = whenWord(
      ring.words,
      word,
      () => watch.isReady,
      () => {
        this.#others.delete(watch);
        this.#deliver(watch);
      },
    );
    this.#others.set(watch, wait);
  }

  readonly #lookAt = (ring: number): void => {
    let watch = this.#waiting.get(ring);
    if (watch === undefined) return;
    this.#waiting.delete(ring);
    while (watch !== undefined) {
      const { next }: StreamWatch = watch;
      if (watch.open) {
        if (watch.isReady) this.#place(watch);
        else {
          watch.next = this.#waiting.get(ring);
          this.#waiting.set(ring, watch);
        }
      }
      watch = next;
    }
  };

  /** Counts wrap round: later is what is a little more. */
  #place(watch: StreamWatch): void {
    const rung = this.#rung;
    arrayPush(rung, watch);
    for (let at = rung.length - 1; at > 0; at--) {
      const before = rung[at - 1];
      if (before === undefined || ((watch.rungAt - before.rungAt) | 0) >= 0) return;
      rung[at] = before;
      rung[at - 1] = watch;
    }
  }

  #deliverRung(): void {
    const rung = this.#rung;
    for (let i = 0; i < rung.length; i++) {
      const watch = rung[i];
      if (watch !== undefined) this.#deliver(watch);
    }
    rung.length = 0;
  }

  #deliver(watch: StreamWatch): void {
    if (!watch.open || this.#gate.over) return;
    this.#found = true;
    this.#enqueue(watch.run);
  }

  /** The ring is left to others that may want it. A watch that was delivered is likely to come again, and keeps it. */
  readonly #close = (watch: StreamWatch): void => {
    this.#others.get(watch)?.close();
    this.#others.delete(watch);
    const { ring } = watch;
    if (ring === undefined) return;
    let rest: StreamWatch | undefined;
    let isWatched = false;
    for (let other = this.#waiting.get(ring.id); other !== undefined; other = rest) {
      if (other.open && other.direction === watch.direction) isWatched = true;
      rest = other.next;
    }
    if (!isWatched) atomicCompareExchange(ring.words, watcherWord(watch, ring), this.#gate.owner, 0);
  };
}

function watcherWord(watch: StreamWatch, ring: PipeRing): number {
  return ring.base + (watch.direction === 'read' ? PipeWord.readWatcher : PipeWord.writeWatcher);
}
