/**
 * Burying a process. Called by the kernel when the worker is known to be gone: what it was half-way through is
 * rolled back, what it held is given back. Safe to call for a process that ended in good order.
 */
import { releaseDescription, dropPin, slotRecord } from './descriptions.ts';
import { CHUNKS_PER_TRANSACTION, isLarge } from './chunks.ts';
import { atomicLoad, atomicStore } from './intrinsics.ts';
import { CHUNK_BYTES, Hold, Inode, Slab, Slot, Super, Description } from './layout.ts';
import { ownsWord, unlockWord } from './locks.ts';
import { forEachObject } from './slabs.ts';
import { beginRemoval, putPrivate, release, rollback, transact } from './transaction.ts';
import { get, refresh, type Volume } from './volume.ts';
import { freeInode } from './inodes.ts';
import { releasePending, truncateData } from './write.ts';

export interface ReapReport {
  /** It held the volume's lock: a transaction of so many words was rolled back. */
  rolledBack: number | undefined;
  inodeLock: boolean;
  pendingRuns: number;
  references: number;
  orphans: number;
}

/** Forbids a process every further change of the file system, before its worker is ended. */
export function markKilled(v: Volume, slot: number): void {
  atomicStore(v.words, slotRecord(v, slot) + Slot.killed, 1);
}

/** Whether the process is inside a transaction: its worker had better not be ended now. */
export function holdsVolumeLock(v: Volume, slot: number): boolean {
  return ownsWord(v.words, Super.lock, slot);
}

export function reap(v: Volume, slot: number): ReapReport {
  refresh(v);
  const at = slotRecord(v, slot);
  const report: ReapReport = {
    rolledBack: undefined,
    inodeLock: false,
    pendingRuns: get(v.words, at + Slot.pendingCount),
    references: 0,
    orphans: 0,
  };
  if (ownsWord(v.words, Super.lock, slot)) {
    report.rolledBack = get(v.words, Super.undoCount);
    rollback(v);
    unlockWord(v.words, Super.lock);
  }
  const asked = atomicLoad(v.words, at + Slot.request);
  if (asked & 1) atomicStore(v.words, at + Slot.request, asked + 1);
  report.inodeLock = releaseHeldLocks(v, at, slot);
  release(v, forget, at, 0, 0);
  for (let hold = get(v.words, at + Slot.holds); hold !== 0; hold = get(v.words, at + Slot.holds)) {
    releaseDescription(v, get(v.words, hold + Hold.description), slot);
    report.references++;
  }
  report.orphans = freeOrphans(v);
  atomicStore(v.words, at + Slot.killed, 0);
  atomicStore(v.words, at + Slot.state, 0);
  return report;
}

/** The record names a lock before it is taken: it is released only if the word says that it was. */
function releaseHeldLocks(v: Volume, at: number, slot: number): boolean {
  const inode = get(v.words, at + Slot.heldInode);
  const held = inode !== 0 && ownsWord(v.words, inode + Inode.lock, slot);
  if (held) unlockWord(v.words, inode + Inode.lock);
  const description = get(v.words, at + Slot.heldDescription);
  if (description !== 0 && ownsWord(v.words, description + Description.lock, slot)) {
    unlockWord(v.words, description + Description.lock);
  }
  v.words[at + Slot.heldInode] = 0;
  v.words[at + Slot.heldDescription] = 0;
  return held;
}

/** Frees reserved runs and lets the working directory go. A transaction's body. */
function forget(v: Volume, at: number, _: number, leave: number): number {
  releasePending(v, at);
  const cwd = get(v.words, at + Slot.cwd);
  if (cwd !== 0) {
    putPrivate(v, at + Slot.cwd, 0);
    dropPin(v, cwd, leave);
  }
  return 0;
}

/** Inodes with neither name nor pin: none, unless a mount left them, or a process that ended while the log took nothing. */
function freeOrphans(v: Volume): number {
  let orphans = 0;
  forEachObject(v, Slab.inode, (inode) => {
    if (!isOrphan(v, inode)) return;
    if (isLarge(v.words, inode, 0)) truncateData(v, inode, CHUNKS_PER_TRANSACTION * CHUNK_BYTES);
    if (transact(v, freeOrphan, inode, 0, 0) > 0) orphans++;
  });
  return orphans;
}

function isOrphan(v: Volume, inode: number): boolean {
  return (
    get(v.words, inode + Inode.mode) !== 0 &&
    atomicLoad(v.words, inode + Inode.links) === 0 &&
    get(v.words, inode + Inode.pins) === 0
  );
}

function freeOrphan(v: Volume, inode: number): number {
  if (!isOrphan(v, inode) || isLarge(v.words, inode, 0)) return 0;
  beginRemoval(v);
  freeInode(v, inode);
  return 1;
}
