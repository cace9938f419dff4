/** The transactions by which the storage worker takes over chunks that it has written, and brings in those that it reads. */
import { Errno } from '../../src/base/errno.ts';
import { blocksAt, chunkAt, chunkWord } from '../chunks.ts';
import { allocateFrames, freeFrames } from '../frames.ts';
import { Chunk, Inode, Slot } from '../layout.ts';
import { openInode, putVolatile } from '../transaction.ts';
import { get, type Volume } from '../volume.ts';

/** What the transactions below work on. Lists are triples: chunk number, chunk word, run on disk. */
export const flushed: { list: number[]; kept: number[]; unused: number[]; generation: number } = {
  list: [],
  kept: [],
  unused: [],
  generation: 0,
};
export const taken: { list: number[]; generation: number; map: number[] | undefined } = {
  list: [],
  generation: 0,
  map: undefined,
};
export const arriving = { run: 0, blocks: 0, generation: 0 };

/** The chunks written are clean now, and known on disk. Those that went away meanwhile are not. */
export function settleChunks(v: Volume, inode: number): number {
  const same = get(v.words, inode + Inode.generation) === flushed.generation;
  for (let at = 0; at < flushed.list.length; at += 3) {
    const map = same ? chunkAt(v.words, inode, flushed.list[at] as number) : 0;
    const chunk = flushed.list[at + 1] as number;
    const run = flushed.list[at + 2] as number;
    if (map === 0 || get(v.words, map) !== chunk) {
      flushed.unused.push(run);
      continue;
    }
    putVolatile(v, map, chunk & ~Chunk.dirty);
    putVolatile(v, map + 1, run);
    flushed.kept.push(flushed.list[at] as number, chunk, run);
  }
  return 0;
}

/** The opposite: the chunks are dirty again, and known on disk where the committed state has them. */
export function unsettleChunks(v: Volume, inode: number): number {
  if (get(v.words, inode + Inode.generation) !== taken.generation) return 0;
  for (let at = 0; at < taken.list.length; at += 3) {
    const index = taken.list[at] as number;
    const chunk = taken.list[at + 1] as number;
    const map = chunkAt(v.words, inode, index);
    if (map === 0 || get(v.words, map + 1) !== taken.list[at + 2]) continue;
    putVolatile(v, map + 1, taken.map?.[index] ?? 0);
    if (get(v.words, map) === (chunk & ~Chunk.dirty)) putVolatile(v, map, chunk);
  }
  return 0;
}

export function reserveArriving(v: Volume): number {
  const block = allocateFrames(v, arriving.blocks);
  if (block === 0) return -Errno.ENOSPC;
  putVolatile(v, v.slotAt + Slot.pending, chunkWord(block, arriving.blocks));
  putVolatile(v, v.slotAt + Slot.pendingCount, 1);
  return block;
}

export function publishArriving(v: Volume, inode: number, index: number, block: number): number {
  const { words } = v;
  putVolatile(v, v.slotAt + Slot.pendingCount, 0);
  const same = get(words, inode + Inode.generation) === arriving.generation;
  const map = same ? chunkAt(words, inode, index) : 0;
  if (map === 0 || get(words, map) !== 0 || get(words, map + 1) !== arriving.run) {
    freeFrames(v, block, arriving.blocks);
    return 0;
  }
  openInode(v, inode);
  const before = blocksAt(words, map);
  putVolatile(v, map, chunkWord(block, arriving.blocks) & ~Chunk.dirty);
  putVolatile(v, inode + Inode.blocks, get(words, inode + Inode.blocks) + arriving.blocks - before);
  return 0;
}
