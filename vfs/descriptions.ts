/**
 * Open file descriptions in shared memory, and which process refers to which: a *hold* is one process's references
 * to one description. A process's holds hang on its record, so that whoever buries it can let them go.
 */
import { Errno } from '../src/base/errno.ts';
import { CHUNKS_PER_TRANSACTION, isLarge } from './chunks.ts';
import { freeInode } from './inodes.ts';
import {
  CHUNK_BYTES,
  Description,
  Hold,
  Inode,
  Slab,
  Slot,
  Super,
  WATCH_FLAG,
  WATCH_RECURSIVE_FLAG,
} from './layout.ts';
import { allocateObject, freeObject } from './slabs.ts';
import { beginRemoval, putVolatile, release, RETRY } from './transaction.ts';
import { get, type Volume } from './volume.ts';
import { lockInode, unlockInode } from './locks.ts';
import { truncateData } from './write.ts';

export const OFD_SHIFT = 4;

export function slotRecord(v: Volume, slot: number): number {
  return get(v.words, Super.slotsAt) + slot * Slot.words;
}

/** The description an Ofd names, or 0. */
export function descriptionOf(v: Volume, ofd: number): number {
  if (ofd <= 0 || ofd >= get(v.words, Super.metaHigh) >> OFD_SHIFT) return 0;
  const description = ofd << OFD_SHIFT;
  return get(v.words, description + Description.inode) === 0 ? 0 : description;
}

/** A new description of an inode, held once by this process. 0 when there is no room. In a transaction. */
export function createDescription(v: Volume, inode: number, flags: number, entry: number): number {
  const { words } = v;
  const description = takeDescription(v);
  if (description === 0) return 0;
  putVolatile(v, description + Description.inode, inode);
  words[description + Description.flags] = flags;
  words[description + Description.offsetLow] = 0;
  words[description + Description.offsetHigh] = 0;
  words[description + Description.lock] = 0;
  words[description + Description.entry] = entry;
  words[description + Description.hint] = 0;
  putVolatile(v, inode + Inode.pins, get(v.words, inode + Inode.pins) + 1);
  return description;
}

/** A description that names no file yet, with this process's hold of it: the one that it has parked, or a new one. */
function takeDescription(v: Volume): number {
  const { words } = v;
  const parked = get(words, v.slotAt + Slot.parked);
  if (parked !== 0) {
    putVolatile(v, v.slotAt + Slot.parked, 0);
    return parked;
  }
  const description = allocateObject(v, Slab.description);
  if (description === 0) return 0;
  words[description + Description.holds] = 0;
  words[description + Description.holders] = 0;
  return makeHold(v, description, v.slot) < 0 ? 0 : description;
}

function findHold(v: Volume, description: number, slot: number): number {
  const { words } = v;
  let hold = get(words, description + Description.holds);
  while (hold !== 0 && get(words, hold + Hold.slot) !== slot)
    hold = get(words, hold + Hold.nextOfDescription);
  return hold;
}

/** One more reference of `slot`'s. A transaction's body. */
export function addHold(v: Volume, description: number, slot: number): number {
  const { words } = v;
  if (get(words, description + Description.inode) === 0) return -Errno.EBADF;
  const there = findHold(v, description, slot);
  if (there !== 0) {
    putVolatile(v, there + Hold.count, get(words, there + Hold.count) + 1);
    return 0;
  }
  return makeHold(v, description, slot);
}

function makeHold(v: Volume, description: number, slot: number): number {
  const { words } = v;
  const hold = allocateObject(v, Slab.hold);
  if (hold === 0) return -Errno.ENFILE;
  const list = slotRecord(v, slot) + Slot.holds;
  const next = get(words, list);
  words[hold + Hold.description] = description;
  words[hold + Hold.slot] = slot;
  words[hold + Hold.count] = 1;
  words[hold + Hold.nextOfDescription] = get(words, description + Description.holds);
  putVolatile(v, hold + Hold.nextOfSlot, next);
  words[hold + Hold.previousOfSlot] = 0;
  if (next !== 0) putVolatile(v, next + Hold.previousOfSlot, hold);
  putVolatile(v, list, hold);
  putVolatile(v, description + Description.holds, hold);
  putVolatile(v, description + Description.holders, get(words, description + Description.holders) + 1);
  return 0;
}

function unlinkHold(v: Volume, hold: number): void {
  const { words } = v;
  const description = get(words, hold + Hold.description);
  const next = get(words, hold + Hold.nextOfSlot);
  const previous = get(words, hold + Hold.previousOfSlot);
  const list = slotRecord(v, get(words, hold + Hold.slot)) + Slot.holds;
  putVolatile(v, previous === 0 ? list : previous + Hold.nextOfSlot, next);
  if (next !== 0) putVolatile(v, next + Hold.previousOfSlot, previous);
  let at = description + Description.holds;
  while (get(words, at) !== hold) at = get(words, at) + Hold.nextOfDescription;
  putVolatile(v, at, get(words, hold + Hold.nextOfDescription));
  putVolatile(v, description + Description.holders, get(words, description + Description.holders) - 1);
  freeObject(v, Slab.hold, hold);
}

/**
 * Lets one of `slot`'s references go. After the last of all the description is parked with the process, if it has none
 * so, or free: most programs open a file after they have closed one. A transaction's body.
 */
export function dropHold(v: Volume, description: number, slot: number, leave: number): number {
  const { words } = v;
  const hold = findHold(v, description, slot);
  if (hold === 0) return -Errno.EBADF;
  const count = get(words, hold + Hold.count);
  if (count > 1) {
    putVolatile(v, hold + Hold.count, count - 1);
    return 0;
  }
  const parked = slotRecord(v, slot) + Slot.parked;
  const last = get(words, description + Description.holders) === 1;
  const parks = last && slot === v.slot && get(words, parked) === 0;
  if (parks) putVolatile(v, parked, description);
  else unlinkHold(v, hold);
  if (!last) return 0;
  const inode = get(words, description + Description.inode);
  const flags = get(words, description + Description.flags);
  if (flags & WATCH_FLAG) countWatch(v, inode, flags, -1);
  putVolatile(v, description + Description.inode, 0);
  if (!parks) freeObject(v, Slab.description, description);
  return dropPin(v, inode, leave);
}

/** Frees what a process has parked. A transaction's body. */
export function dropParked(v: Volume, slot: number): number {
  const at = slotRecord(v, slot) + Slot.parked;
  const description = get(v.words, at);
  if (description === 0) return 0;
  putVolatile(v, at, 0);
  unlinkHold(v, get(v.words, description + Description.holds));
  freeObject(v, Slab.description, description);
  return 0;
}

/** Counts a watch of an inode in or out; it is a description with WATCH_FLAG, so that it ends with its process. */
export function countWatch(v: Volume, inode: number, flags: number, by: number): void {
  const recursive = (flags & WATCH_RECURSIVE_FLAG) !== 0;
  const mark = inode + (recursive ? Inode.watchRecursive : Inode.watch);
  putVolatile(v, mark, get(v.words, mark) + by);
  putVolatile(v, Super.watchers, get(v.words, Super.watchers) + by);
  if (recursive) putVolatile(v, Super.recursiveWatchers, get(v.words, Super.recursiveWatchers) + by);
}

/**
 * Lets a pin of an inode go, and the inode with it when nothing else keeps it, unless the log takes nothing (`leave`). A
 * transaction's body.
 */
export function dropPin(v: Volume, inode: number, leave: number): number {
  const pins = get(v.words, inode + Inode.pins) - 1;
  putVolatile(v, inode + Inode.pins, pins);
  if (pins > 0 || get(v.words, inode + Inode.links) > 0 || leave !== 0) return 0;
  if (isLarge(v.words, inode, 0)) return RETRY;
  beginRemoval(v);
  freeInode(v, inode);
  return 0;
}

/** close(2) for a process: 0 or -EBADF. The data of a large file without a name go in steps. */
export function releaseDescription(v: Volume, description: number, slot: number): number {
  for (let leave = 0; ;) {
    const result = release(v, dropHold, description, slot, leave);
    if (result !== RETRY) return result;
    const inode = get(v.words, description + Description.inode);
    lockInode(v, inode);
    if (!shrink(v, inode)) leave = 1;
    unlockInode(v, inode);
  }
}

/** Cuts a file so far that what is left of it can go in one transaction. → false: the log takes nothing */
export function shrink(v: Volume, inode: number): boolean {
  return truncateData(v, inode, CHUNKS_PER_TRANSACTION * CHUNK_BYTES) >= 0;
}
