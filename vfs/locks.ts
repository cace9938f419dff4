/**
 * Futex locks. A lock word is 0, or its owner's slot + 1, with CONTENDED when somebody may sleep on it.
 * Sleeps are bounded: a waiter that dies after it was woken, and before it took the lock, loses nobody's wake-up.
 *
 * Order: an inode's lock before the volume's. Inside a transaction an inode's lock may only be tried.
 */
import { atomicCompareExchange, atomicExchange, atomicLoad, atomicNotify, atomicWait } from './intrinsics.ts';
import { CONTENDED, Description, Inode, Slot, Super } from './layout.ts';
import { get, type Volume } from './volume.ts';

const SPINS = 200;
const SLEEP_MS = 50;

function lockWord(v: Volume, at: number): void {
  const { words } = v;
  const owner = v.slot + 1;
  if (atomicCompareExchange(words, at, 0, owner) === 0) return;
  for (let spin = 0; spin < SPINS; spin++) {
    if (atomicLoad(words, at) === 0 && atomicCompareExchange(words, at, 0, owner) === 0) return;
  }
  for (;;) {
    const value = atomicLoad(words, at);
    if (value === 0) {
      if (atomicCompareExchange(words, at, 0, owner | CONTENDED) === 0) return;
    } else if (!(value & CONTENDED)) {
      atomicCompareExchange(words, at, value, value | CONTENDED);
    } else if (v.canWait) {
      atomicWait(words, at, value, SLEEP_MS);
    }
  }
}

export function unlockWord(words: Int32Array, at: number): void {
  if (atomicExchange(words, at, 0) & CONTENDED) atomicNotify(words, at, 1);
}

/**
 * Takes the volume's lock, or ends the process when it was killed meanwhile. Looked at before and after: once killed, a
 * process stays out of the lock, so that whoever sees it without may end its worker.
 */
export function lockVolume(v: Volume): void {
  if (get(v.words, v.slotAt + Slot.killed) !== 0) leave(v);
  lockWord(v, Super.lock);
  if (get(v.words, v.slotAt + Slot.killed) !== 0) {
    unlockWord(v.words, Super.lock);
    leave(v);
  }
  v.locked = true;
}

/** Ends a process that was killed. Others need not wait for its burial: what it holds is let go of here. */
function leave(v: Volume): never {
  releaseHeld(v, v.slot);
  v.gone();
}

/** Whether a process holds a lock: its worker had better not be ended now. */
export function holdsLock(v: Volume, slot: number): boolean {
  const { words } = v;
  const at = get(words, Super.slotsAt) + slot * Slot.words;
  const inode = get(words, at + Slot.heldInode);
  const description = get(words, at + Slot.heldDescription);
  return (
    ownsWord(words, Super.lock, slot) ||
    (inode !== 0 && ownsWord(words, inode + Inode.lock, slot)) ||
    (description !== 0 && ownsWord(words, description + Description.lock, slot))
  );
}

/** Releases the locks of an inode and of a description: the record names them before they are taken. → whether an inode's */
export function releaseHeld(v: Volume, slot: number): boolean {
  const { words } = v;
  const at = get(words, Super.slotsAt) + slot * Slot.words;
  const inode = get(words, at + Slot.heldInode);
  const held = inode !== 0 && ownsWord(words, inode + Inode.lock, slot);
  if (held) unlockWord(words, inode + Inode.lock);
  const description = get(words, at + Slot.heldDescription);
  if (description !== 0 && ownsWord(words, description + Description.lock, slot)) {
    unlockWord(words, description + Description.lock);
  }
  words[at + Slot.heldInode] = 0;
  words[at + Slot.heldDescription] = 0;
  return held;
}

export function unlockVolume(v: Volume): void {
  v.locked = false;
  unlockWord(v.words, Super.lock);
}

/** Takes the lock of an inode's data. The record tells the reaper which; it is written before the lock is tried. */
export function lockInode(v: Volume, inode: number): void {
  const held = v.slotAt + Slot.heldInode;
  if (get(v.words, held) !== 0) recoverInodeLock(v);
  if (get(v.words, v.slotAt + Slot.killed) !== 0) leave(v);
  v.words[held] = inode;
  lockWord(v, inode + Inode.lock);
}

/** The same without waiting. */
export function tryLockInode(v: Volume, inode: number): boolean {
  const held = v.slotAt + Slot.heldInode;
  if (get(v.words, held) !== 0) recoverInodeLock(v);
  v.words[held] = inode;
  if (atomicCompareExchange(v.words, inode + Inode.lock, 0, v.slot + 1) === 0) return true;
  v.words[held] = 0;
  return false;
}

export function unlockInode(v: Volume, inode: number): void {
  unlockWord(v.words, inode + Inode.lock);
  v.words[v.slotAt + Slot.heldInode] = 0;
}

/** An exception (the program's stack ran out) left a lock behind: give it back. */
function recoverInodeLock(v: Volume): void {
  const inode = get(v.words, v.slotAt + Slot.heldInode);
  if (ownsWord(v.words, inode + Inode.lock, v.slot)) unlockWord(v.words, inode + Inode.lock);
}

/** The process that holds a lock, -1: none. */
export function ownerOf(words: Int32Array, at: number): number {
  return (atomicLoad(words, at) & ~CONTENDED) - 1;
}

export function ownsWord(words: Int32Array, at: number, slot: number): boolean {
  return ownerOf(words, at) === slot;
}

export function lockDescription(v: Volume, description: number, at: number): void {
  v.words[v.slotAt + Slot.heldDescription] = description;
  lockWord(v, at);
}

export function unlockDescription(v: Volume, at: number): void {
  unlockWord(v.words, at);
  v.words[v.slotAt + Slot.heldDescription] = 0;
}
