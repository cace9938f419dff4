/** What a process asks of the storage worker, and how it tells it that a file has changed. */
import { Errno } from '../src/base/errno.ts';
import { atomicLoad, atomicStore, atomicWait } from './intrinsics.ts';
import { Inode, Request, Slot, Super } from './layout.ts';
import { ringBell } from './redo.ts';
import { putVolatile, transact } from './transaction.ts';
import { get, type Volume } from './volume.ts';

const WAIT_MS = 1000;
const MAX_REQUEST = 0x3fffffff;

function ask(v: Volume, kind: number, inode: number, argument: number): number {
  const { words, slotAt } = v;
  words[slotAt + Slot.requestKind] = kind;
  words[slotAt + Slot.requestInode] = inode;
  words[slotAt + Slot.requestArgument] = argument;
  // A number of its own: the answer to a dead predecessor in this slot is not taken for ours.
  const asked = ((atomicLoad(words, slotAt + Slot.request) + 2) | 1) & MAX_REQUEST;
  atomicStore(words, slotAt + Slot.request, asked);
  ringBell(words);
  while (atomicLoad(words, slotAt + Slot.request) === asked) {
    if (v.canWait) atomicWait(words, slotAt + Slot.request, asked, WAIT_MS);
  }
  return get(words, slotAt + Slot.answer);
}

/** -errno while the store takes nothing: what would add to it is refused, what frees it is not. */
export function refusal(v: Volume): number {
  if (get(v.words, Super.persistent) === 0) return 0;
  return 0 - atomicLoad(v.words, Super.storeError);
}

/**
 * After a call that may have given room back; without a lock. While the store takes nothing, it returns when that is on
 * disk, so that what follows finds the room. → `result`
 */
export function gaveBack(v: Volume, result: number): number {
  const { words } = v;
  if (atomicLoad(words, Super.storeError) !== Errno.ENOSPC || v.isStorage || result < 0) return result;
  if (atomicLoad(words, Super.stop) !== 0) return result; // nobody would answer
  if (atomicLoad(words, Super.redoHead) !== atomicLoad(words, Super.redoTail)) syncInode(v, 0);
  return result;
}

/** Returns when an inode's data and all that was committed before are on disk. 0 or -errno */
export function syncInode(v: Volume, inode: number): number {
  if (get(v.words, Super.persistent) === 0) return 0;
  return v.sync === undefined ? ask(v, Request.sync, inode, 0) : v.sync(inode);
}

/** Brings a chunk into memory. 0 or -errno */
export function loadChunk(v: Volume, inode: number, index: number): number {
  return v.load === undefined ? ask(v, Request.load, inode, index) : v.load(inode, index);
}

/**
 * Makes room for `blocks` by dropping data that are on disk from memory. False when there is none to drop. The caller
 * may hold one inode's lock: while it waits here, that inode counts as quiet.
 */
export function makeRoom(v: Volume, blocks: number): boolean {
  if (get(v.words, Super.persistent) === 0) return false;
  return (v.evict === undefined ? ask(v, Request.evict, 0, blocks) : v.evict(blocks)) > 0;
}

/** Lists an inode as having data that are not on disk. In a transaction. */
export function markDirty(v: Volume, inode: number): void {
  const { words } = v;
  if (get(words, Super.persistent) === 0 || get(words, inode + Inode.dirty) !== 0) return;
  putVolatile(v, inode + Inode.dirty, 1);
  putVolatile(v, inode + Inode.dirtyNext, get(words, Super.dirtyInodes));
  putVolatile(v, Super.dirtyInodes, inode);
}

/** The same for a write that is no transaction; before the first byte is copied. */
export function announceWrite(v: Volume, inode: number): void {
  if (get(v.words, Super.persistent) === 0 || get(v.words, inode + Inode.dirty) !== 0) return;
  transact(v, markBody, inode, 0, 0);
}

function markBody(v: Volume, inode: number): number {
  markDirty(v, inode);
  return 0;
}
