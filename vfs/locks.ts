/**
 * Futex locks. A lock word is 0, or its owner's slot + 1, with CONTENDED when somebody may sleep on it.
 * Sleeps are bounded: a waiter that dies after it was woken, and before it took the lock, loses nobody's wake-up.
 *
 * Order: an inode's lock before the volume's. Inside a transaction an inode's lock may only be tried.
 */
import { atomicCompareExchange, atomicExchange, atomicLoad, atomicNotify, atomicWait } from './intrinsics.ts';
import { CONTENDED, Inode, Slot, Super } from './layout.ts';
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

/** Takes the volume's lock, or ends the process when it was killed meanwhile. */
export function lockVolume(v: Volume): void {
  lockWord(v, Super.lock);
  if (get(v.words, v.slotAt + Slot.killed) !== 0) {
    unlockWord(v.words, Super.lock);
    v.gone();
  }
  v.locked = true;
}

export function unlockVolume(v: Volume): void {
  v.locked = false;
  unlockWord(v.words, Super.lock);
}

/** Takes the lock of an inode's data. The record tells the reaper which; it is written before the lock is tried. */
export function lockInode(v: Volume, inode: number): void {
  const held = v.slotAt + Slot.heldInode;
  if (get(v.words, held) !== 0) recoverInodeLock(v);
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

export function ownsWord(words: Int32Array, at: number, slot: number): boolean {
  return (atomicLoad(words, at) & ~CONTENDED) === slot + 1;
}

export function lockDescription(v: Volume, description: number, at: number): void {
  v.words[v.slotAt + Slot.heldDescription] = description;
  lockWord(v, at);
}

export function unlockDescription(v: Volume, at: number): void {
  unlockWord(v.words, at);
  v.words[v.slotAt + Slot.heldDescription] = 0;
}
