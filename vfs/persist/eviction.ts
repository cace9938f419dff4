/** Dropping from memory what is on disk, inode by inode in turn. */
import { blockOf, blocksAt, blocksOf, chunkAt, chunkCount } from '../chunks.ts';
import { sizeOf } from '../fields.ts';
import { freeFrames } from '../frames.ts';
import { atomicLoad } from '../intrinsics.ts';
import { Chunk, Inode, Slab, Slot, Super } from '../layout.ts';
import { ownerOf, tryLockInode, unlockInode } from '../locks.ts';
import { S_IFMT, S_IFREG } from '../mode.ts';
import { forEachObject } from '../slabs.ts';
import { openInode, putVolatile, transact } from '../transaction.ts';
import { get, type Volume } from '../volume.ts';

const DROPS_PER_TRANSACTION = 64;

export class Eviction {
  readonly #volume: Volume;
  /** Inodes that the present round has still to visit. */
  readonly #round: number[] = [];

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /** Goes once round the inodes from where it stopped last time. */
  sweep(target: number): number {
    const v = this.#volume;
    if (this.#round.length === 0) forEachObject(v, Slab.inode, (inode) => this.#round.push(inode));
    let dropped = 0;
    for (let left = this.#round.length; left > 0 && dropped < target; left--) {
      const inode = this.#round.pop() as number;
      if ((get(v.words, inode + Inode.mode) & S_IFMT) === S_IFREG)
        dropped += this.#drop(inode, target - dropped);
      if (this.#round.length === 0) forEachObject(v, Slab.inode, (other) => this.#round.push(other));
    }
    return dropped;
  }

  #drop(inode: number, target: number): number {
    const v = this.#volume;
    const borrowed = ownerIsBlocked(v, inode);
    if (!borrowed && !tryLockInode(v, inode)) return 0;
    let dropped = 0;
    const count = chunkCount(sizeOf(v.words, inode));
    for (let index = 0; index < count && dropped < target; index += DROPS_PER_TRANSACTION) {
      dropped += transact(v, dropChunks, inode, index, Math.min(count, index + DROPS_PER_TRANSACTION));
    }
    if (!borrowed) unlockInode(v, inode);
    return dropped;
  }
}

/** Whether an inode's lock is held by a process that waits for this worker: it touches nothing meanwhile. */
export function ownerIsBlocked(v: Volume, inode: number): boolean {
  const owner = ownerOf(v.words, inode + Inode.lock);
  if (owner < 0) return false;
  const at = get(v.words, Super.slotsAt) + owner * Slot.words;
  return (atomicLoad(v.words, at + Slot.request) & 1) === 1;
}

/** Drops the clean chunks of a part of a file. A transaction's body. → blocks */
function dropChunks(v: Volume, inode: number, from: number, to: number): number {
  const { words } = v;
  let dropped = 0;
  let difference = 0;
  for (let index = from; index < to; index++) {
    const map = chunkAt(words, inode, index);
    const chunk = map === 0 ? 0 : get(words, map);
    if (chunk === 0 || chunk & Chunk.dirty || get(words, map + 1) === 0) continue;
    openInode(v, inode);
    freeFrames(v, blockOf(chunk), blocksOf(chunk));
    putVolatile(v, map, 0);
    dropped += blocksOf(chunk);
    difference += blocksAt(words, map) - blocksOf(chunk);
  }
  if (difference !== 0) putVolatile(v, inode + Inode.blocks, get(words, inode + Inode.blocks) + difference);
  return dropped;
}
