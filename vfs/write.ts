/**
 * Writing file data. The inode's lock is held throughout, so only this worker changes the file's map; the volume's
 * lock is taken only to allot blocks and to publish them.
 *
 * Bytes of a run beyond the end of the file are undefined; whoever moves the end outwards clears what it uncovers.
 */
import { Errno } from '../src/base/errno.ts';
import {
  blockOf,
  blocksAt,
  blocksOf,
  chunkAt,
  chunkCount,
  CHUNKS_PER_TRANSACTION,
  chunkWord,
  dropData,
  isAway,
  makeChunkAt,
} from './chunks.ts';
import { setModified, setSize, sizeOf, touchModified } from './fields.ts';
import { allocateFrames, freeFrames } from './frames.ts';
import {
  bufferOfView,
  byteOffsetOfView,
  Bytes,
  clz32,
  copyBytesWithin,
  fillBytes,
  floor,
  min,
  setBytes,
  Words,
} from './intrinsics.ts';
import {
  BLOCK_BYTES,
  Chunk,
  CHUNK_BLOCKS,
  CHUNK_BYTES,
  FILE_BYTES_MAX,
  Inode,
  PENDING_MAX,
  Slot,
  Super,
} from './layout.ts';
import { announceWrite, loadChunk, makeRoom, markDirty, refusal } from './storage-client.ts';
import { openInode, putVolatile, transact } from './transaction.ts';
import { ensureMapped, get, type Volume } from './volume.ts';

/** Writes up to this size are copied with the volume's lock held: cheaper than taking it twice. */
const COPY_UNDER_LOCK_BYTES = 16 * 1024;
const SMALL_COPY_BYTES = 48;
/** Times that room is made for one batch before the volume counts as full. */
export const EVICTIONS_MAX = 8;
const EMPTY = new Bytes(0);

/** The batch under way: up to PENDING_MAX chunks. Kept in one object so that a write allocates nothing. */
const batch = {
  from: EMPTY as Uint8Array,
  at: 0,
  inode: 0,
  size: 0, // of the file before
  position: 0,
  end: 0,
  first: 0, // chunk
  count: 0,
  wanted: new Words(PENDING_MAX), // blocks of a new run, 0 = stays in place
  block: new Words(PENDING_MAX), // the new run
};

/** Copies a program's bytes into shared memory. */
export function copyIn(v: Volume, from: Uint8Array, at: number, length: number, to: number): void {
  if (length <= SMALL_COPY_BYTES) {
    const { bytes } = v;
    for (let index = 0; index < length; index++) bytes[to + index] = from[at + index] as number;
  } else if (at === 0 && length === from.length) {
    setBytes(v.bytes, from, to);
  } else {
    setBytes(v.bytes, new Bytes(bufferOfView(from), byteOffsetOfView(from) + at, length), to);
  }
}

/** Writes `length` bytes at `position`. → bytes written (fewer when the volume is full), or -errno */
export function writeData(
  v: Volume,
  inode: number,
  from: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  if (length === 0) return 0;
  if (position >= FILE_BYTES_MAX) return -Errno.EFBIG;
  const refused = refusal(v);
  if (refused < 0) return refused;
  const room = FILE_BYTES_MAX - position;
  const wanted = length < room ? length : room;
  const size = sizeOf(v.words, inode);
  if (position > size) {
    const cleared = clearBeyondEnd(v, inode, size);
    if (cleared < 0) return cleared;
  }
  let done = 0;
  let evictions = 0;
  while (done < wanted) {
    const part = writeBatch(v, inode, from, at + done, wanted - done, position + done);
    if (part === -Errno.ENOSPC && evictions < EVICTIONS_MAX && makeRoom(v, PENDING_MAX * CHUNK_BLOCKS)) {
      evictions++;
      continue;
    }
    if (part < 0) return done > 0 ? done : part;
    evictions = 0;
    done += part;
  }
  return done;
}

function writeBatch(
  v: Volume,
  inode: number,
  from: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  batch.from = from;
  batch.at = at;
  batch.inode = inode;
  batch.size = sizeOf(v.words, inode);
  batch.position = position;
  batch.first = floor(position / CHUNK_BYTES);
  const chunks = chunkCount(position + length) - batch.first;
  batch.count = chunks < PENDING_MAX ? chunks : PENDING_MAX;
  const end = (batch.first + batch.count) * CHUNK_BYTES;
  batch.end = position + length < end ? position + length : end;
  let result = bringIn(v);
  if (result < 0) return result;
  const runs = planBatch(v);
  if (runs === 0 && batch.end <= batch.size) {
    announceWrite(v, inode);
    if (get(v.words, Super.persistent) !== 0) markChunks(v);
    fillBatch(v);
    touchModified(v, inode);
  } else if (batch.count === 1 && batch.end - position <= COPY_UNDER_LOCK_BYTES) {
    result = transact(v, writeAtOnce, runs, 0, 0);
  } else {
    if (runs > 0) result = transact(v, reserveRuns, 1, 0, 0);
    if (result >= 0) {
      fillBatch(v);
      result = transact(v, publishRuns, runs, 0, 0);
    }
  }
  batch.from = EMPTY;
  return result < 0 ? result : batch.end - position;
}

/**
 * Loads the chunks of the batch that are on disk only and will not be written whole. Loading one may push another
 * out: it is enough only when a pass finds nothing to do.
 */
function bringIn(v: Volume): number {
  if (get(v.words, Super.persistent) === 0) return 0;
  for (let loaded = true; loaded;) {
    loaded = false;
    for (let index = 0; index < batch.count; index++) {
      const base = (batch.first + index) * CHUNK_BYTES;
      const whole = batch.position <= base && batch.end >= min(batch.size, base + CHUNK_BYTES);
      if (whole || !isAway(v.words, chunkAt(v.words, batch.inode, batch.first + index))) continue;
      const result = loadChunk(v, batch.inode, batch.first + index);
      if (result < 0) return result;
      loaded = true;
    }
  }
  return 0;
}

/** Marks the chunks that are about to be overwritten in place. Their words are ours: we hold the inode's lock. */
function markChunks(v: Volume): void {
  for (let index = 0; index < batch.count; index++) {
    const map = chunkAt(v.words, batch.inode, batch.first + index);
    v.words[map] = get(v.words, map) | Chunk.dirty;
  }
}

/** Decides which chunks need a new run, and how long. → how many */
function planBatch(v: Volume): number {
  let runs = 0;
  for (let index = 0; index < batch.count; index++) {
    const base = (batch.first + index) * CHUNK_BYTES;
    const stop = batch.end - base < CHUNK_BYTES ? batch.end - base : CHUNK_BYTES;
    const map = chunkAt(v.words, batch.inode, batch.first + index);
    const chunk = map === 0 ? 0 : get(v.words, map);
    batch.wanted[index] = 0;
    if (blocksOf(chunk) * BLOCK_BYTES >= stop) continue;
    const blocks = Math.ceil(stop / BLOCK_BYTES);
    // A file that grows bit by bit gets room to grow, or every append would move it.
    batch.wanted[index] = chunk !== 0 || batch.position > base ? roundUp(blocks) : blocks;
    runs++;
  }
  return runs;
}

function roundUp(blocks: number): number {
  if (blocks <= 1) return 1;
  const power = 1 << (32 - clz32(blocks - 1));
  return power < CHUNK_BLOCKS ? power : CHUNK_BLOCKS;
}

function writeAtOnce(v: Volume, runs: number): number {
  if (runs > 0) {
    const result = reserveRuns(v, 0);
    if (result < 0) return result;
  }
  fillBatch(v);
  return publishRuns(v, runs);
}

/** Allots the runs; `record` lists them as pending, so that they are freed should this worker die before they are used. */
function reserveRuns(v: Volume, record: number): number {
  releasePending(v, v.slotAt);
  let count = 0;
  for (let index = 0; index < batch.count; index++) {
    const blocks = batch.wanted[index] as number;
    if (blocks === 0) continue;
    const block = allocateFrames(v, blocks);
    if (block === 0) return -Errno.ENOSPC;
    batch.block[index] = block;
    if (record !== 0) putVolatile(v, v.slotAt + Slot.pending + count++, chunkWord(block, blocks));
  }
  putVolatile(v, v.slotAt + Slot.pendingCount, count);
  return 0;
}

/** Frees what a process had reserved and not used. */
export function releasePending(v: Volume, slotAt: number): void {
  const count = get(v.words, slotAt + Slot.pendingCount);
  for (let index = 0; index < count; index++) {
    const run = get(v.words, slotAt + Slot.pending + index);
    freeFrames(v, blockOf(run), blocksOf(run));
  }
  if (count !== 0) putVolatile(v, slotAt + Slot.pendingCount, 0);
}

function fillBatch(v: Volume): void {
  let { at } = batch;
  for (let index = 0; index < batch.count; index++) {
    const base = (batch.first + index) * CHUNK_BYTES;
    const start = batch.position > base ? batch.position - base : 0;
    const stop = batch.end - base < CHUNK_BYTES ? batch.end - base : CHUNK_BYTES;
    const map = chunkAt(v.words, batch.inode, batch.first + index);
    fillChunk(v, index, map === 0 ? 0 : get(v.words, map), base, start, stop, at);
    at += stop - start;
  }
}

/** Puts bytes [start, stop) of one chunk in place, with what the file had and zeros around them. */
function fillChunk(
  v: Volume,
  index: number,
  old: number,
  base: number,
  start: number,
  stop: number,
  at: number,
): void {
  const left = batch.size - base;
  const valid = left < 0 ? 0 : left < CHUNK_BYTES ? left : CHUNK_BYTES;
  const oldCapacity = blocksOf(old) * BLOCK_BYTES;
  const oldAt = blockOf(old) * BLOCK_BYTES;
  const wanted = batch.wanted[index] as number;
  let to = oldAt;
  if (wanted === 0) {
    ensureMapped(v, oldAt + oldCapacity);
    if (start > valid) fillBytes(v.bytes, 0, to + valid, to + start);
  } else {
    to = (batch.block[index] as number) * BLOCK_BYTES;
    const capacity = wanted * BLOCK_BYTES;
    ensureMapped(v, to + capacity);
    ensureMapped(v, oldAt + oldCapacity);
    const kept = oldCapacity < valid ? oldCapacity : valid;
    if (kept > 0 && (start > 0 || stop < kept)) copyBytesWithin(v.bytes, to, oldAt, oldAt + kept);
    if (kept < start) fillBytes(v.bytes, 0, to + kept, to + start);
    const after = kept > stop ? kept : stop;
    const before = capacity < valid ? capacity : valid;
    if (after < before) fillBytes(v.bytes, 0, to + after, to + before);
  }
  copyIn(v, batch.from, at, stop - start, to + start);
}

function publishRuns(v: Volume, runs: number): number {
  const { inode } = batch;
  openInode(v, inode);
  if (runs > 0) {
    for (let index = 0; index < batch.count; index++) {
      const blocks = batch.wanted[index] as number;
      if (blocks === 0) continue;
      const map = makeChunkAt(v, inode, batch.first + index);
      if (map === 0) return -Errno.ENOSPC;
      replaceChunk(v, inode, map, batch.block[index] as number, blocks);
    }
    putVolatile(v, v.slotAt + Slot.pendingCount, 0);
  }
  if (get(v.words, Super.persistent) !== 0) markChunks(v);
  if (batch.end > batch.size) setSize(v, inode, batch.end);
  setModified(v, inode);
  markDirty(v, inode);
  return 0;
}

/** Puts a run into the map and frees the one it replaces. */
export function replaceChunk(v: Volume, inode: number, map: number, block: number, blocks: number): void {
  const old = get(v.words, map);
  const oldBlocks = blocksAt(v.words, map);
  if (old !== 0) freeFrames(v, blockOf(old), oldBlocks);
  putVolatile(v, map, chunkWord(block, blocks));
  putVolatile(v, inode + Inode.blocks, get(v.words, inode + Inode.blocks) + blocks - oldBlocks);
}

/** Clears the rest of the run that holds the end of the file: it is about to become part of the file. 0 or -errno */
function clearBeyondEnd(v: Volume, inode: number, size: number): number {
  const index = floor(size / CHUNK_BYTES);
  const map = chunkAt(v.words, inode, index);
  while (isAway(v.words, map)) {
    const result = loadChunk(v, inode, index);
    if (result < 0) return result;
  }
  const chunk = map === 0 ? 0 : get(v.words, map);
  const offset = size - index * CHUNK_BYTES;
  const capacity = blocksOf(chunk) * BLOCK_BYTES;
  if (offset >= capacity) return 0;
  const base = blockOf(chunk) * BLOCK_BYTES;
  ensureMapped(v, base + capacity);
  fillBytes(v.bytes, 0, base + offset, base + capacity);
  v.words[map] = chunk | Chunk.dirty; // the run on disk may still hold what was cut off
  return 0;
}

/** Sets the size, the inode's lock held. 0 or -errno */
export function truncateData(v: Volume, inode: number, size: number): number {
  if (size > FILE_BYTES_MAX) return -Errno.EFBIG;
  let current = sizeOf(v.words, inode);
  if (size > current) {
    const cleared = clearBeyondEnd(v, inode, current);
    if (cleared < 0) return cleared;
  }
  while (chunkCount(current) - chunkCount(size) > CHUNKS_PER_TRANSACTION) {
    current = (chunkCount(current) - CHUNKS_PER_TRANSACTION) * CHUNK_BYTES;
    const result = transact(v, resize, inode, current, 0);
    if (result < 0) return result;
  }
  return transact(v, resize, inode, size, 0);
}

function resize(v: Volume, inode: number, size: number): number {
  openInode(v, inode);
  const old = sizeOf(v.words, inode);
  if (size < old) dropData(v, inode, chunkCount(size));
  setSize(v, inode, size);
  setModified(v, inode);
  markDirty(v, inode);
  return 0;
}
