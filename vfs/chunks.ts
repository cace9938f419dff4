/** The map of a file's data: chunk number → run of blocks, and giving runs back. */
import { ceil } from './intrinsics.ts';
import {
  BLOCK_BYTES,
  Chunk,
  CHUNK_BYTES,
  DISK_BLOCK_BYTES,
  DISK_RUN_MASK,
  Inode,
  Slab,
  TABLE_CHUNKS,
  TABLE_WORDS,
} from './layout.ts';
import { freeFrames } from './frames.ts';
import { allocateObject, freeObject } from './slabs.ts';
import { putVolatile } from './transaction.ts';
import { sizeOf } from './fields.ts';
import { get, type Volume } from './volume.ts';

/** Chunks freed in one transaction at most: what the undo list can hold with room to spare. */
export const CHUNKS_PER_TRANSACTION = 512;

export function blockOf(chunk: number): number {
  return chunk & Chunk.blockMask;
}

export function blocksOf(chunk: number): number {
  return chunk === 0 ? 0 : ((chunk >>> Chunk.sizeShift) & Chunk.sizeMask) + 1;
}

export function chunkWord(block: number, blocks: number): number {
  return block | ((blocks - 1) << Chunk.sizeShift) | Chunk.dirty;
}

/** Blocks of 1 KB that a run on disk takes; 0 for none. */
function diskBlocksOf(run: number): number {
  return run === 0 ? 0 : ((run & DISK_RUN_MASK) + 1) * (DISK_BLOCK_BYTES / BLOCK_BYTES);
}

/** Blocks that count as the file's at one word of the map: those in memory, or else those on disk. */
export function blocksAt(words: Int32Array, map: number): number {
  const chunk = get(words, map);
  return chunk === 0 ? diskBlocksOf(get(words, map + 1)) : blocksOf(chunk);
}

/** Whether a chunk is on disk and not in memory. */
export function isAway(words: Int32Array, map: number): boolean {
  return map !== 0 && get(words, map) === 0 && get(words, map + 1) !== 0;
}

/** Word of the map for chunk `index`, or 0 where no table stands yet. */
export function chunkAt(words: Int32Array, inode: number, index: number): number {
  if (index === 0) return inode + Inode.chunk;
  const first = index - 1;
  if (first < TABLE_CHUNKS) {
    const table = get(words, inode + Inode.table);
    return table === 0 ? 0 : table + first * 2;
  }
  const tables = get(words, inode + Inode.tables);
  if (tables === 0) return 0;
  const second = first - TABLE_CHUNKS;
  const table = get(words, tables + ((second / TABLE_CHUNKS) | 0));
  return table === 0 ? 0 : table + (second % TABLE_CHUNKS) * 2;
}

/** The same inside a transaction, making the tables; 0 when there is no room. */
export function makeChunkAt(v: Volume, inode: number, index: number): number {
  if (index === 0) return inode + Inode.chunk;
  const first = index - 1;
  if (first < TABLE_CHUNKS) {
    const table = makeTable(v, inode + Inode.table);
    return table === 0 ? 0 : table + first * 2;
  }
  const tables = makeTable(v, inode + Inode.tables);
  if (tables === 0) return 0;
  const second = first - TABLE_CHUNKS;
  const table = makeTable(v, tables + ((second / TABLE_CHUNKS) | 0));
  return table === 0 ? 0 : table + (second % TABLE_CHUNKS) * 2;
}

/** The table that the word at `at` names, made if need be. Free tables are all zeros but for their link. */
function makeTable(v: Volume, at: number): number {
  const there = get(v.words, at);
  if (there !== 0) return there;
  const table = allocateObject(v, Slab.table);
  if (table === 0) return 0;
  putVolatile(v, table, 0);
  putVolatile(v, at, table);
  return table;
}

function dropChunk(v: Volume, inode: number, at: number): void {
  const chunk = get(v.words, at);
  const blocks = blocksAt(v.words, at);
  if (blocks === 0) return;
  if (chunk !== 0) freeFrames(v, blockOf(chunk), blocks);
  putVolatile(v, at, 0);
  putVolatile(v, at + 1, 0);
  putVolatile(v, inode + Inode.blocks, get(v.words, inode + Inode.blocks) - blocks);
}

/** Chunks that a file of `size` bytes has. */
export function chunkCount(size: number): number {
  return ceil(size / CHUNK_BYTES);
}

/** Whether the data beyond chunk `keep` are too many for one transaction. */
export function isLarge(words: Int32Array, inode: number, keep: number): boolean {
  return chunkCount(sizeOf(words, inode)) - keep > CHUNKS_PER_TRANSACTION;
}

/** Frees the chunks from number `keep` on, and the tables that are then empty. The inode's sequence must be odd. */
export function dropData(v: Volume, inode: number, keep: number): void {
  const { words } = v;
  const count = chunkCount(sizeOf(words, inode));
  for (let index = keep; index < count;) {
    const at = chunkAt(words, inode, index);
    if (at !== 0) {
      dropChunk(v, inode, at);
      index++;
    } else {
      index = nextTable(index);
    }
  }
  dropTables(v, inode, keep);
}

/** First chunk of the table after the one that holds `index`: a hole's quick way over. */
export function nextTable(index: number): number {
  return index < 1 ? 1 : index - ((index - 1) % TABLE_CHUNKS) + TABLE_CHUNKS;
}

function dropTables(v: Volume, inode: number, keep: number): void {
  const { words } = v;
  const tables = get(words, inode + Inode.tables);
  if (tables !== 0) {
    const first = keep <= TABLE_CHUNKS + 1 ? 0 : ceil((keep - 1 - TABLE_CHUNKS) / TABLE_CHUNKS);
    for (let index = first; index < TABLE_WORDS; index++) dropTable(v, tables + index);
    if (first === 0) dropTable(v, inode + Inode.tables);
  }
  if (keep <= 1) dropTable(v, inode + Inode.table);
}

function dropTable(v: Volume, at: number): void {
  const table = get(v.words, at);
  if (table === 0) return;
  putVolatile(v, at, 0);
  freeObject(v, Slab.table, table);
}
