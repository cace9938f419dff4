/**
 * Transactions. Whoever holds the volume's lock changes words only through `put…`, which first writes the old value
 * to the undo list in shared memory. Failure rolls back; so does the reaper, for a worker that died half-way.
 *
 * Readers take no lock. They see a consistent inode because its sequence is odd from before the first change until
 * after the last; they see a consistent path because the removal sequence is odd while a name goes away or moves.
 */
import { Errno } from '../src/base/errno.ts';
import { atomicAdd, atomicOr, atomicStore } from './intrinsics.ts';
import { Inode, OPENED_MAX, Super, VOLATILE } from './layout.ts';
import { lockVolume, unlockVolume } from './locks.ts';
import { appendRedo, awaitRedoSpace, finishRedo, holdsRelease } from './redo.ts';
import { get, type Volume } from './volume.ts';
import { publishEvents } from './watch-ring.ts';

function remember(v: Volume, at: number, tag: number): void {
  const { words } = v;
  const count = v.undone;
  if (count >= v.undoCapacity) throw new Error('undo list overflow');
  const undo = v.undoAt + 2 * count;
  words[undo] = at | tag;
  words[undo + 1] = get(words, at);
  words[Super.undoCount] = v.undone = count + 1;
}

/**
 * Sets a word of the persistent state. A plain store: whoever reads the word without the lock asks afterwards whether
 * a sequence has moved, and the atomic operations on the sequence order this before that.
 */
export function put(v: Volume, at: number, value: number): void {
  remember(v, at, 0);
  v.words[at] = value;
}

/** Sets a word that a new mount makes anew (caches, counts of users), read under the lock or behind a sequence as by `put`. */
export function putVolatile(v: Volume, at: number, value: number): void {
  remember(v, at, VOLATILE);
  v.words[at] = value;
}

/** The same for a word by which readers without a lock come to what was written before it. */
export function putReleased(v: Volume, at: number, value: number): void {
  remember(v, at, VOLATILE);
  atomicStore(v.words, at, value);
}

/**
 * Sets a word of an object that this transaction has allotted, other than those that say whether it is free: there is
 * nothing to take back. The log learns of it where it does not know the value already, so the word must be one that is
 * never set without the log.
 */
export function putNew(v: Volume, at: number, value: number): void {
  if (get(v.words, Super.persistent) !== 0) {
    if (get(v.words, at) === value) return;
    remember(v, at, 0);
  }
  v.words[at] = value;
}

/** Makes an inode's sequence odd until the transaction ends. */
export function openInode(v: Volume, inode: number): void {
  const { words } = v;
  if (get(words, inode + Inode.sequence) & 1) return;
  const count = get(words, Super.openedCount);
  if (count >= OPENED_MAX) throw new Error('too many inodes in one transaction');
  words[Super.opened + count] = inode;
  words[Super.openedCount] = count + 1;
  atomicAdd(words, inode + Inode.sequence, 1);
}

/** From here to the end of the transaction, path walks retry. */
export function beginRemoval(v: Volume): void {
  atomicOr(v.words, Super.removalSequence, 1);
}

/** What walks remember of directories is void: one goes away, moves, is mounted upon, or lets others pass. */
export function beginDirectoryChange(v: Volume): void {
  atomicOr(v.words, Super.directorySequence, 1);
}

/** From here to the end of the transaction, walks that miss retry. */
export function beginHashChange(v: Volume): void {
  atomicOr(v.words, Super.hashSequence, 1);
}

function closeSequences(words: Int32Array): void {
  for (let index = get(words, Super.openedCount) - 1; index >= 0; index--) {
    const at = get(words, Super.opened + index) + Inode.sequence;
    if (get(words, at) & 1) atomicAdd(words, at, 1);
  }
  words[Super.openedCount] = 0;
  if (get(words, Super.directorySequence) & 1) atomicAdd(words, Super.directorySequence, 1);
  if (get(words, Super.removalSequence) & 1) atomicAdd(words, Super.removalSequence, 1);
  if (get(words, Super.hashSequence) & 1) atomicAdd(words, Super.hashSequence, 1);
}

function commit(v: Volume): void {
  const { words } = v;
  words[Super.transaction] = (get(words, Super.transaction) + 1) | 0;
  const redo = get(words, Super.persistent) !== 0 && appendRedo(v);
  // A plain store: the reaper reads this when the worker is gone, and so what it has stored is there, in its order.
  words[Super.undoCount] = 0;
  if (redo) atomicStore(words, Super.commitMark, 0);
  v.undone = 0;
  closeSequences(words);
}

/**
 * Takes back whatever the transaction under way has done. Also the reaper's. A walk may have met a name that is gone with
 * it, and remember a directory: that counts as a removal.
 */
export function rollback(v: Volume): void {
  const { words } = v;
  if (get(words, Super.commitMark) !== 0) finishRedo(words);
  const undone = get(words, Super.undoCount);
  if (undone > 0) {
    beginRemoval(v);
    beginDirectoryChange(v);
  }
  for (let index = undone - 1; index >= 0; index--) {
    const undo = v.undoAt + 2 * index;
    atomicStore(words, get(words, undo) & ~VOLATILE, get(words, undo + 1));
  }
  words[Super.undoCount] = 0;
  v.undone = 0;
  closeSequences(words);
}

/** What a transaction's body does: ≥ 0 commits, < 0 rolls back and is the caller's result. */
export type TransactionBody = (v: Volume, a: number, b: number, c: number) => number;

export function transact(v: Volume, body: TransactionBody, a: number, b: number, c: number): number {
  if (v.locked) abandon(v);
  if (get(v.words, Super.persistent) !== 0) {
    const refused = awaitRedoSpace(v);
    if (refused < 0) return refused;
  }
  return run(v, body, a, b, c);
}

/**
 * A transaction that gives back what a process holds: never refused. Its body's last argument says (1) that it has to
 * leave alone what is in the store, as the log takes nothing more: the reaper frees that later.
 */
export function release(v: Volume, body: TransactionBody, a: number, b: number, leave: number): number {
  if (v.locked) abandon(v);
  const full = get(v.words, Super.persistent) !== 0 && awaitRedoSpace(v) < 0 && !holdsRelease(v);
  return run(v, body, a, b, full ? 1 : leave);
}

/** Whether the transaction under way changes what would persist; pages for objects that do not may come into use. */
function changesState(v: Volume): boolean {
  for (let index = 0; index < v.undone; index++) {
    const word = get(v.words, v.undoAt + 2 * index);
    if (!(word & VOLATILE) && word !== Super.metaHigh) return true;
  }
  return false;
}

/** From here on the files are as they are: every change is EROFS. */
export function makeReadOnly(v: Volume): void {
  atomicStore(v.words, Super.readOnly, 1);
}

function run(v: Volume, body: TransactionBody, a: number, b: number, c: number): number {
  lockVolume(v);
  try {
    v.undone = 0;
    let result = body(v, a, b, c);
    if (result >= 0 && get(v.words, Super.readOnly) !== 0 && changesState(v)) result = -Errno.EROFS;
    if (result < 0) rollback(v);
    else commit(v);
    if (v.events.length !== 0) publishEvents(v, result >= 0);
    unlockVolume(v);
    return result;
  } catch (error) {
    abandon(v);
    throw error;
  }
}

/** Runs under the lock without changing anything that a rollback would have to undo. */
export function underLock<Result>(v: Volume, body: (v: Volume) => Result): Result {
  if (v.locked) abandon(v);
  lockVolume(v);
  try {
    return body(v);
  } finally {
    unlockVolume(v);
  }
}

/** An exception (a bug, or the program's stack ran out) left the lock held: roll back and release. */
function abandon(v: Volume): void {
  v.events.length = 0;
  rollback(v);
  unlockVolume(v);
}

/** A body's answer that the caller acts on by trying again, never seen outside. */
export const RETRY = -Errno.EAGAIN - 1000;
