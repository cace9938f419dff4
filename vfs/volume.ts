import { PATH_MAX_BYTES, SYMLINKS_MAX } from '../src/base/limits.ts';
import type { Credentials } from './file-system.ts';
import {
  atomicAdd,
  atomicCompareExchange,
  atomicLoad,
  atomicStore,
  atomicWait,
  bufferOfMemory,
  Bytes,
  dateNow,
  floor,
  growMemory,
  max,
  Words,
} from './intrinsics.ts';
import { Listings } from './listings.ts';
import { LAYOUT_VERSION, MAGIC, PAGE_BYTES, SECONDS_MIN, Slot, SlotState, Super, TWO_32 } from './layout.ts';

/** Growth step of the memory: a grown memory makes every worker refresh its views, so not too small. */
const GROW_PAGES = 256;

/**
 * One path walk: the path's bytes and where the walk ended. Kept and reused so that a walk allocates nothing.
 * `bytes` holds the path as given; a symbolic link's expansion goes to `expansion` (swapped with `spare`).
 */
export class Walk {
  bytes: Uint8Array = new Bytes(PATH_MAX_BYTES);
  length = 0;
  expansion: Uint8Array = new Bytes(2 * PATH_MAX_BYTES);
  spare: Uint8Array = new Bytes(2 * PATH_MAX_BYTES);
  /** Directory of the last component, 0 when the path ends in none (`/`, `.`, `..`). */
  parent = 0;
  /** The buffer that holds the last component, and where. */
  nameBytes: Uint8Array = this.bytes;
  nameAt = 0;
  nameLength = 0;
  hash = 0;
  /** Entry of the last component, 0 when there is none. */
  entry = 0;
  /** Last component: LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT. */
  last = 0;
  trailingSlash = false;
  /** Removal sequence at which the walk was right. */
  sequence = 0;
  /**
   * The directory that the first `directoryEnd` bytes of the absolute path lead to without a symbolic link, at the
   * volume's `directorySequence`: most paths begin like the one before. 0: none is known.
   */
  directoryEnd = 0;
  directory = 0;
  directorySequence = 0;
  /** Where a mount point ended the walk: its inode, and what remains of the path. */
  mount = 0;
  restAt = 0;
  restEnd = 0;
}

/**
 * One worker's hold on the shared memory: views, its process record, its credentials, and the state of the
 * operation under way. The functions of this folder take it as their first argument.
 */
export class Volume {
  readonly memory: WebAssembly.Memory;
  buffer: SharedArrayBuffer;
  words: Int32Array;
  bytes: Uint8Array;
  readonly slot: number;
  readonly slotAt: number;
  readonly root: number;
  readonly device: number;
  readonly undoAt: number;
  readonly undoCapacity: number;
  readonly blockMapAt: number;
  readonly hashDirectoryAt: number;
  readonly canWait: boolean;
  readonly now: () => number;
  readonly gone: () => never;

  uid = 0;
  gid = 0;
  groups: readonly number[] = [];
  umask = 0o022;
  /** Symbolic links that one walk follows before it is ELOOP. */
  readonly linksMax: number;

  /** The working directory: an inode that this process pins. */
  cwd: number;
  /** Record of the process whose working directory this is too: of a thread beside a main one. 0: its own. */
  leaderAt = 0;
  readonly walk = new Walk();
  readonly walk2 = new Walk();
  readonly listings = new Listings();
  /** Mirror of the undo count while this worker holds the lock. */
  undone = 0;
  /** This worker holds the lock (also after an exception tore a transaction apart: the next one cleans up). */
  locked = false;
  /** The time of the operation under way, as two words of an inode (see `timeEpoch`), set by `stamp`. */
  timeLow = 0;
  timeHigh = 0;
  /** This worker is the storage worker: it serves itself. */
  isStorage = false;
  load: ((inode: number, index: number) => number) | undefined = undefined;
  evict: ((blocks: number) => number) | undefined = undefined;
  sync: ((inode: number) => number) | undefined = undefined;
  /** Events to raise when the transaction has committed. */
  readonly events: PendingEvent[] = [];

  constructor(memory: WebAssembly.Memory, options: AttachSettings) {
    this.memory = memory;
    this.buffer = bufferOfMemory(memory);
    this.words = new Words(this.buffer);
    this.bytes = new Bytes(this.buffer);
    const { words } = this;
    if (atomicLoad(words, Super.magic) !== MAGIC || words[Super.version] !== LAYOUT_VERSION) {
      throw new Error('attach: the memory holds no file system of this version');
    }
    this.slot = options.processSlot ?? freeSlot(words);
    this.slotAt = get(words, Super.slotsAt) + this.slot * Slot.words;
    if (this.slot >= get(words, Super.slotCount) || this.slot < 0)
      throw new Error('attach: no such process slot');
    this.root = get(words, Super.root);
    this.device = get(words, Super.device);
    this.undoAt = get(words, Super.undoAt);
    this.undoCapacity = get(words, Super.undoCapacity);
    this.blockMapAt = get(words, Super.blockMapAt);
    this.hashDirectoryAt = get(words, Super.hashDirectoryAt);
    this.cwd = this.root;
    this.linksMax = options.followsLinks === false ? 0 : SYMLINKS_MAX;
    this.now = options.now ?? dateNow;
    this.gone = options.gone ?? processGone;
    this.canWait = mayWait(words, this.slotAt + Slot.sleep);
    atomicStore(words, this.slotAt + Slot.state, SlotState.attached);
  }
}

/** A change of `name` in `directory` (0: an inode without a name), seen also by watchers of `inode` itself. */
export interface PendingEvent {
  rename: boolean;
  directory: number;
  inode: number;
  name: Uint8Array;
}

export interface AttachSettings {
  /** Record of this process, chosen by the kernel; the first free one when left out. */
  processSlot?: number;
  credentials?: Partial<Credentials>;
  /**
   * False: a path that goes through a symbolic link is ELOOP, so a path means what its text says, whatever others make of
   * its directories meanwhile. Default: true.
   */
  followsLinks?: boolean;
  /** Milliseconds since the epoch, with fractions where the host has them. Default: Date.now. */
  now?: () => number;
  /** Called in a process that was killed when it next wants a lock; must throw. */
  gone?: () => never;
}

function processGone(): never {
  throw new Error('the process was killed');
}

function freeSlot(words: Int32Array): number {
  const at = get(words, Super.slotsAt);
  for (let slot = 0; slot < get(words, Super.slotCount); slot++) {
    const state = at + slot * Slot.words + Slot.state;
    if (atomicCompareExchange(words, state, SlotState.free, SlotState.attached) === SlotState.free)
      return slot;
  }
  throw new Error('attach: no free process slot');
}

/** The main thread of a page may not wait. */
function mayWait(words: Int32Array, at: number): boolean {
  try {
    atomicWait(words, at, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** A word that is inside the array by construction. */
export function get(words: Int32Array, at: number): number {
  return words[at] as number;
}

/** Maps what the memory has, other threads' growth included. */
export function refresh(v: Volume): void {
  lookAt(v.memory);
  v.buffer = bufferOfMemory(v.memory);
  v.words = new Words(v.buffer);
  v.bytes = new Bytes(v.buffer);
}

/** Makes sure that this worker's views reach `end` bytes; false when the memory cannot grow so far. */
export function ensureMapped(v: Volume, end: number): boolean {
  if (end <= v.bytes.length) return true;
  if (!growTo(v.memory, end)) return false;
  refresh(v);
  return true;
}

/**
 * The engine tells a thread that another has grown the memory by an interrupt that it takes some time later, and
 * `memory.buffer` is the old one until then. To grow by nothing makes it look at once.
 */
function lookAt(memory: WebAssembly.Memory): void {
  growMemory(memory, 0);
}

/** Makes sure that this worker's views reach `end` bytes, as far as the memory already does. */
export function isMapped(v: Volume, end: number): boolean {
  if (end <= v.bytes.length) return true;
  refresh(v);
  return end <= v.bytes.length;
}

/** Grows in steps; near the memory's maximum by what is needed and no more. */
export function growTo(memory: WebAssembly.Memory, end: number): boolean {
  lookAt(memory);
  const need = Math.ceil((end - bufferOfMemory(memory).byteLength) / PAGE_BYTES);
  if (need <= 0) return true;
  for (const pages of [max(need, GROW_PAGES), need]) {
    try {
      growMemory(memory, pages);
      return true;
    } catch {
      // past the maximum, or the host has no more
    }
  }
  lookAt(memory); // another thread may have been faster
  return bufferOfMemory(memory).byteLength >= end;
}

/** Orders the plain accesses before it against those after it, on every processor. */
export function fence(v: Volume): void {
  atomicAdd(v.words, v.slotAt + Slot.fence, 0);
}

/** Which 2^32 seconds a time lies in: the two bits that its second word has beside the nanoseconds. */
export function timeEpoch(seconds: number): number {
  return floor((seconds - SECONDS_MIN) / TWO_32);
}

/** Takes the time of the operation under way. */
export function stamp(v: Volume): void {
  const time = v.now();
  const seconds = floor(time / 1000);
  const epoch = timeEpoch(seconds);
  v.timeLow = (seconds - epoch * TWO_32) | 0;
  v.timeHigh = (floor((time - seconds * 1000) * 1e6) << 2) | epoch;
}
