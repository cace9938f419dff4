/**
 * A pipe in shared memory: a ring (of PIPE_BUFFER_BYTES, if nothing else is said) with any number of readers and writers in any worker.
 * Readers hold one lock, writers another, so one of each copies at the same time; a copy becomes visible by the
 * single store of `tail` or `head`. A thread that dies between leaves the ring whole: only its lock must be broken.
 *
 * Nothing here blocks but `lock` in a process; waiting for data or room is the caller's: take a ticket, try, wait on
 * the ticket's word while it is unchanged.
 */
import { Errno } from '../base/errno.ts';
import {
  atomicAdd,
  atomicAnd,
  atomicCompareExchange,
  atomicExchange,
  atomicLoad,
  atomicOr,
  atomicStore,
  bytesAllocate,
  bytesLength,
  bytesSet,
  bytesView,
  notifyAll,
} from '../base/intrinsics.ts';
import { LOCK_SPINS, PIPE_ATOMIC_BYTES, PIPE_BUFFER_BYTES } from '../base/limits.ts';
import { ringDoorbell } from './doorbell.ts';
import {
  controlBlock,
  ControlWord,
  type IpcMemory,
  LOCK_CONTENDED,
  PIPE_HEADER_BYTES,
  PIPE_STRIDE_BYTES,
  pipeByteOffset,
  PipeFlag,
  PipeWord,
  TtyFlag,
} from './ipc-layout.ts';

const NEWLINE = 10;

/** Blocks the calling thread while `words[index]` is `value`; may wake early; throws when the process is over. */
export type Block = (words: Int32Array, index: number, value: number) => void;

export class PipeRing {
  readonly id: number;
  readonly words: Int32Array;
  /** Index of the header's first word. */
  readonly base: number;
  readonly #data: Uint8Array;
  readonly #capacity: number;
  readonly #owner: number;
  readonly #block: Block | undefined;

  /** `block` absent: the thread may not block, and a lock that stays taken makes a try answer -EAGAIN. */
  constructor(memory: IpcMemory, id: number, owner: number, block?: Block) {
    const start = pipeByteOffset(id);
    const head = memory.covering(start + PIPE_STRIDE_BYTES).words;
    this.id = id;
    this.base = start >> 2;
    this.#capacity = atomicLoad(head, this.base + PipeWord.capacity) || PIPE_BUFFER_BYTES;
    const end = start + PIPE_HEADER_BYTES + this.#capacity;
    const { words, bytes } = memory.covering(end);
    this.words = words;
    this.#data = bytesView(bytes, start + PIPE_HEADER_BYTES, end);
    this.#owner = owner;
    this.#block = block;
  }

  get readWord(): number {
    return this.base + PipeWord.readSequence;
  }
  get writeWord(): number {
    return this.base + PipeWord.writeSequence;
  }

  /** Taken before a try: a wait for the word to leave this value misses nothing that came after. */
  readTicket(): number {
    return this.word(PipeWord.readSequence);
  }
  writeTicket(): number {
    return this.word(PipeWord.writeSequence);
  }

  word(name: number): number {
    return atomicLoad(this.words, this.base + name);
  }
  setWord(name: number, value: number): void {
    atomicStore(this.words, this.base + name, value);
  }

  /** Bytes that can wait to be read at most. */
  get capacity(): number {
    return this.#capacity;
  }
  /** Bytes that wait to be read. */
  get length(): number {
    return (this.word(PipeWord.head) - this.word(PipeWord.tail)) >>> 0;
  }
  get flags(): number {
    return this.word(PipeWord.flags);
  }

  /** True when a read would answer something other than -EAGAIN. */
  get readable(): boolean {
    return (
      this.length > 0 ||
      (this.flags & (PipeFlag.noWriters | PipeFlag.hangup | PipeFlag.reset)) !== 0 ||
      this.word(PipeWord.eofCount) > 0
    );
  }
  /** The connection whose one direction this is was reset. */
  get isReset(): boolean {
    return (this.flags & PipeFlag.reset) !== 0;
  }
  get writable(): boolean {
    const { flags } = this;
    if (flags & PipeFlag.connecting) return false;
    return (
      this.#capacity - this.length >= PIPE_ATOMIC_BYTES ||
      (flags & (PipeFlag.noReaders | PipeFlag.hangup | PipeFlag.reset)) !== 0
    );
  }

  /** → bytes read, 0 at the end, -EAGAIN when empty. */
  tryRead(into: Uint8Array): number {
    const wanted = bytesLength(into);
    if (wanted === 0) return 0;
    if (!this.#lock(PipeWord.readLock)) return -Errno.EAGAIN;
    // A writer's last bytes are published before `noWriters` is set: flags first, then the length.
    const flags = this.flags;
    const tail = this.word(PipeWord.tail);
    const available = (this.word(PipeWord.head) - tail) >>> 0;
    const marks = this.word(PipeWord.eofCount);
    if (marks > 0 && (available === 0 || this.word(PipeWord.eofAt) === tail)) {
      this.setWord(PipeWord.eofCount, marks - 1);
      this.#unlock(PipeWord.readLock);
      return 0;
    }
    let count = available < wanted ? available : wanted;
    if (count === 0) {
      this.#unlock(PipeWord.readLock);
      if (flags & PipeFlag.reset) return -Errno.ECONNRESET;
      return flags & (PipeFlag.noWriters | PipeFlag.hangup) ? 0 : -Errno.EAGAIN;
    }
    if (this.word(PipeWord.ttyFlags) & TtyFlag.canonical) count = this.#lineLength(tail, count);
    if (this.word(PipeWord.passedCount) > 0) {
      // A read does not go beyond bytes that a descriptor came with, so that it is known which it belongs to.
      const ahead = (this.word(PipeWord.passedAt) - tail) | 0;
      if (ahead > 0 && ahead < count) count = ahead;
    }
    this.#copyOut(count < wanted ? bytesView(into, 0, count) : into, tail);
    this.setWord(PipeWord.tail, (tail + count) | 0);
    this.#unlock(PipeWord.readLock);
    this.#bump(PipeWord.writeSequence);
    if (count < available) this.#bump(PipeWord.readSequence);
    return count;
  }

  /** True when the next byte to be read came with a descriptor. */
  get carriesDescriptor(): boolean {
    return (
      this.word(PipeWord.passedCount) > 0 &&
      ((this.word(PipeWord.passedAt) - this.word(PipeWord.tail)) | 0) <= 0
    );
  }

  /**
   * One record, whole, though others read from the same ring: a head of fixed size, and as many bytes as `lengthOf`
   * finds in it. A record is written as a whole. → the bytes, or what a read of nothing answers.
   */
  tryReadRecord(head: Uint8Array, lengthOf: (head: Uint8Array) => number): Uint8Array<ArrayBuffer> | number {
    if (!this.#lock(PipeWord.readLock)) return -Errno.EAGAIN;
    const tail = this.word(PipeWord.tail);
    const isEmpty = this.word(PipeWord.head) === tail;
    let body = bytesAllocate(0);
    if (!isEmpty) {
      const headLength = bytesLength(head);
      this.#copyOut(head, tail);
      body = bytesAllocate(lengthOf(head));
      this.#copyOut(body, tail + headLength);
      this.setWord(PipeWord.tail, (tail + headLength + bytesLength(body)) | 0);
    }
    const more = this.length > 0;
    const { flags } = this;
    this.#unlock(PipeWord.readLock);
    if (isEmpty) return flags & (PipeFlag.noWriters | PipeFlag.hangup) ? 0 : -Errno.EAGAIN;
    this.#bump(PipeWord.writeSequence);
    if (more) this.#bump(PipeWord.readSequence);
    return body;
  }

  #copyOut(into: Uint8Array, position: number): void {
    const count = bytesLength(into);
    const at = position & (this.#capacity - 1);
    const first = this.#capacity - at < count ? this.#capacity - at : count;
    bytesSet(into, bytesView(this.#data, at, at + first), 0);
    if (first < count) bytesSet(into, bytesView(this.#data, 0, count - first), first);
  }

  /** → bytes written (all of them up to PIPE_ATOMIC_BYTES, perhaps fewer above), -EAGAIN when full, -EPIPE. */
  tryWrite(from: Uint8Array): number {
    const wanted = bytesLength(from);
    if (this.flags & (PipeFlag.noReaders | PipeFlag.hangup | PipeFlag.connecting)) return this.#deadEnd();
    if (wanted === 0) return 0;
    if (!this.#lock(PipeWord.writeLock)) return -Errno.EAGAIN;
    const head = this.word(PipeWord.head);
    const room = this.#capacity - ((head - this.word(PipeWord.tail)) >>> 0);
    const count = room < wanted ? room : wanted;
    if (count === 0 || (wanted <= PIPE_ATOMIC_BYTES && count < wanted)) {
      this.#unlock(PipeWord.writeLock);
      return -Errno.EAGAIN;
    }
    const at = head & (this.#capacity - 1);
    const first = this.#capacity - at < count ? this.#capacity - at : count;
    bytesSet(this.#data, bytesView(from, 0, first), at);
    if (first < count) bytesSet(this.#data, bytesView(from, first, count), 0);
    this.setWord(PipeWord.head, (head + count) | 0);
    this.#unlock(PipeWord.writeLock);
    this.#bump(PipeWord.readSequence);
    return count;
  }

  /** Makes one side gone: readers then see the end, writers EPIPE. */
  raise(flag: number): void {
    atomicOr(this.words, this.base + PipeWord.flags, flag);
    this.#bump(PipeWord.readSequence);
    this.#bump(PipeWord.writeSequence);
  }

  /** Takes a flag back, and wakes every waiter. */
  lower(flag: number): void {
    atomicAnd(this.words, this.base + PipeWord.flags, ~flag);
    this.wakeAll();
  }

  /** Wakes every waiter without a change of state (after a mode change, a kill). */
  wakeAll(): void {
    this.#bump(PipeWord.readSequence);
    this.#bump(PipeWord.writeSequence);
  }

  /** ^D in canonical mode: one read of nothing once what is buffered has been read. */
  markEnd(): void {
    if (this.word(PipeWord.eofCount) === 0) this.setWord(PipeWord.eofAt, this.word(PipeWord.head));
    atomicAdd(this.words, this.base + PipeWord.eofCount, 1);
    this.#bump(PipeWord.readSequence);
  }

  /** Kernel only, after the thread of `owner` has ended. */
  breakLocks(owner: number): void {
    for (let name = PipeWord.writeLock; name <= PipeWord.readLock; name++) {
      if ((this.word(name) & ~LOCK_CONTENDED) === owner) {
        this.setWord(name, 0);
        notifyAll(this.words, this.base + name);
      }
    }
  }

  /** Kernel only: a ring that nobody holds is made new. A capacity is for those that open the ring afterwards. */
  reset(capacity = 0): void {
    for (let name = 0; name < PIPE_HEADER_BYTES / 4; name++) {
      // Sequences go on counting, so that a waiter of an earlier life is not deceived.
      if (name !== PipeWord.readSequence && name !== PipeWord.writeSequence) this.setWord(name, 0);
    }
    this.setWord(PipeWord.capacity, capacity);
    this.wakeAll();
  }

  #deadEnd(): number {
    const { flags } = this;
    if (flags & PipeFlag.connecting) return -Errno.EAGAIN;
    return flags & PipeFlag.hangup ? -Errno.EIO : -Errno.EPIPE;
  }

  #lineLength(tail: number, limit: number): number {
    const mask = this.#capacity - 1;
    for (let i = 0; i < limit; i++) if (this.#data[(tail + i) & mask] === NEWLINE) return i + 1;
    return limit;
  }

  #bump(name: number): void {
    atomicAdd(this.words, this.base + name, 1);
    notifyAll(this.words, this.base + name);
    const poller = this.word(PipeWord.poller);
    if (poller !== 0) {
      const wake = controlBlock(poller - 1) + ControlWord.wake;
      atomicAdd(this.words, wake, 1);
      notifyAll(this.words, wake);
    }
    const isRead = name === PipeWord.readSequence;
    const watcher = this.word(isRead ? PipeWord.readWatcher : PipeWord.writeWatcher);
    if (watcher === 0) return;
    const rungAt = this.base + (isRead ? PipeWord.readRungAt : PipeWord.writeRungAt);
    ringDoorbell(this.words, watcher - 1, this.id, rungAt);
  }

  #lock(name: number): boolean {
    const index = this.base + name;
    if (atomicCompareExchange(this.words, index, 0, this.#owner) === 0) return true;
    for (let spin = 0; spin < LOCK_SPINS; spin++) {
      if (
        atomicLoad(this.words, index) === 0 &&
        atomicCompareExchange(this.words, index, 0, this.#owner) === 0
      ) {
        return true;
      }
    }
    if (this.#block === undefined) return false;
    for (;;) {
      const held = atomicLoad(this.words, index);
      if (held === 0) {
        // Others may sleep on the word: keep it marked so that our release wakes them.
        if (atomicCompareExchange(this.words, index, 0, this.#owner | LOCK_CONTENDED) === 0) return true;
        continue;
      }
      const marked = held | LOCK_CONTENDED;
      if (held === marked || atomicCompareExchange(this.words, index, held, marked) === held) {
        this.#block(this.words, index, marked);
      }
    }
  }

  #unlock(name: number): void {
    const index = this.base + name;
    if (atomicExchange(this.words, index, 0) & LOCK_CONTENDED) notifyAll(this.words, index);
  }
}
