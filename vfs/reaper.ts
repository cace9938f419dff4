/**
 * Burying a process. Called by the kernel when the worker is known to be gone: what it was half-way through is
 * rolled back, what it held is given back. Safe to call for a process that ended in good order.
 */
import { dropHold, dropParked, dropPin, shrink, slotRecord } from './descriptions.ts';
import { isLarge } from './chunks.ts';
import { atomicLoad, atomicStore } from './intrinsics.ts';
import { Description, Hold, Inode, Slab, Slot, SlotState, Super } from './layout.ts';
import { ownerOf, ownsWord, releaseHeld, tryLockInode, unlockInode, unlockWord } from './locks.ts';
import { forEachObject } from './slabs.ts';
import { beginRemoval, putVolatile, release, RETRY, rollback, transact } from './transaction.ts';
import { get, refresh, type Volume } from './volume.ts';
import { freeInode } from './inodes.ts';
import { releasePending } from './write.ts';

export interface ReapReport {
  buried: boolean;
  /** It held the volume's lock: a transaction of so many words was rolled back. */
  rolledBack: number | undefined;
  inodeLock: boolean;
  pendingRuns: number;
  references: number;
  orphans: number;
}

/** A worker is about to be ended, wherever it is: nobody who has to bury the dead waits for what it holds. */
export function markEnding(v: Volume, slot: number): void {
  atomicStore(v.words, slotRecord(v, slot) + Slot.state, SlotState.ending);
}

/** The same, and forbids the process every further change of the file system meanwhile. */
export function markKilled(v: Volume, slot: number): void {
  atomicStore(v.words, slotRecord(v, slot) + Slot.killed, 1);
  markEnding(v, slot);
}

/**
 * Gives back what a process holds, whose worker has ended. What it was half-way through is rolled back at once. The rest
 * needs locks: if another one that is being ended has them, it may be dead as well, and nobody but the caller would
 * release them. The report then says that the process is not `buried`: call again once others have been reaped too.
 */
export function reap(v: Volume, slot: number): ReapReport {
  refresh(v);
  const at = slotRecord(v, slot);
  const report: ReapReport = {
    buried: false,
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
  report.inodeLock = releaseHeld(v, slot);
  report.buried = bury(v, at, slot, report);
  return report;
}

/** → whether nothing is left of it */
function bury(v: Volume, at: number, slot: number, report: ReapReport): boolean {
  if (isHeldByDying(v)) return false;
  release(v, forget, at, slot, 0);
  for (let hold = get(v.words, at + Slot.holds); hold !== 0; hold = get(v.words, at + Slot.holds)) {
    if (!letGo(v, get(v.words, hold + Hold.description), slot)) return false;
    report.references++;
  }
  if (isHeldByDying(v)) return false;
  report.orphans = freeOrphans(v);
  atomicStore(v.words, at + Slot.killed, 0);
  atomicStore(v.words, at + Slot.state, SlotState.free);
  return true;
}

/** Whether the volume's lock may be a dead process's. */
export function isHeldByDying(v: Volume): boolean {
  const owner = ownerOf(v.words, Super.lock);
  return owner >= 0 && atomicLoad(v.words, slotRecord(v, owner) + Slot.state) === SlotState.ending;
}

/** close(2) for the dead, which waits for none of the dying. */
function letGo(v: Volume, description: number, slot: number): boolean {
  const inode = get(v.words, description + Description.inode);
  for (let leave = 0; ;) {
    if (isHeldByDying(v)) return false;
    if (release(v, dropHold, description, slot, leave) !== RETRY) return true;
    if (!tryLockInode(v, inode)) return false;
    if (!shrink(v, inode)) leave = 1;
    unlockInode(v, inode);
  }
}

/** Frees reserved runs and what is parked, and lets the working directory go. A transaction's body. */
function forget(v: Volume, at: number, slot: number, leave: number): number {
  releasePending(v, at);
  dropParked(v, slot);
  const cwd = get(v.words, at + Slot.cwd);
  if (cwd !== 0) {
    putVolatile(v, at + Slot.cwd, 0);
    dropPin(v, cwd, leave);
  }
  return 0;
}

/** Inodes with neither name nor pin: none, unless a mount left them, or a process that ended while the log took nothing. */
function freeOrphans(v: Volume): number {
  let orphans = 0;
  forEachObject(v, Slab.inode, (inode) => {
    if (!isOrphan(v, inode)) return;
    if (isLarge(v.words, inode, 0)) shrink(v, inode);
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
