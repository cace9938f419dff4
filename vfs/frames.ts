/**
 * Blocks of file data: a buddy allocator over the frame zone whose runs need not be powers of two: what a request
 * leaves over of its run goes back at once, and a run is freed piece by piece. Free runs are linked through their
 * own first words. All of it happens under the volume's lock and is undone with the transaction.
 */
import { clz32 } from './intrinsics.ts';
import { BLOCK_BYTES, BLOCK_WORDS, CHUNK_BLOCKS, ORDER_MAX, Super } from './layout.ts';
import { putVolatile } from './transaction.ts';
import { ensureMapped, get, type Volume } from './volume.ts';

const NEXT = 0;
const PREVIOUS = 1;

function unlinkRun(v: Volume, block: number, order: number): void {
  const { words } = v;
  const at = block * BLOCK_WORDS;
  const next = get(words, at + NEXT);
  const previous = get(words, at + PREVIOUS);
  putVolatile(v, previous ? previous * BLOCK_WORDS + NEXT : Super.freeHeads + order, next);
  if (next) putVolatile(v, next * BLOCK_WORDS + PREVIOUS, previous);
  putVolatile(v, v.blockMapAt + block, 0);
  // Data will be written over the links: the undo list must know them.
  putVolatile(v, at + NEXT, 0);
  putVolatile(v, at + PREVIOUS, 0);
}

function linkRun(v: Volume, block: number, order: number): void {
  const head = get(v.words, Super.freeHeads + order);
  const at = block * BLOCK_WORDS;
  putVolatile(v, at + NEXT, head);
  putVolatile(v, at + PREVIOUS, 0);
  if (head) putVolatile(v, head * BLOCK_WORDS + PREVIOUS, block);
  putVolatile(v, Super.freeHeads + order, block);
  putVolatile(v, v.blockMapAt + block, (order << 1) | 1);
}

/** Smallest order whose run holds `blocks`. */
function orderOf(blocks: number): number {
  return blocks <= 1 ? 0 : 32 - clz32(blocks - 1);
}

/** Largest order at which a run may start at `block` and not exceed `blocks`. */
function orderAt(block: number, blocks: number): number {
  const alignment = 31 - clz32(block & -block);
  const fit = 31 - clz32(blocks);
  const order = alignment < fit ? alignment : fit;
  return order < ORDER_MAX ? order : ORDER_MAX;
}

/** Takes one more chunk of the frame zone into use. 0 when the volume is full. */
function extend(v: Volume): number {
  const block = get(v.words, Super.frameHigh);
  const end = block + CHUNK_BLOCKS;
  if (end > get(v.words, Super.blockLimit) || !ensureMapped(v, end * BLOCK_BYTES)) return 0;
  putVolatile(v, Super.frameHigh, end);
  return block;
}

/** Allots a run of 1…256 blocks: its first block, or 0 when there is no room. */
export function allocateFrames(v: Volume, blocks: number): number {
  ensureMapped(v, get(v.words, Super.frameHigh) * BLOCK_BYTES);
  const wanted = orderOf(blocks);
  let order = wanted;
  while (order <= ORDER_MAX && get(v.words, Super.freeHeads + order) === 0) order++;
  let block: number;
  if (order <= ORDER_MAX) {
    block = get(v.words, Super.freeHeads + order);
    unlinkRun(v, block, order);
  } else {
    block = extend(v);
    if (block === 0) return 0;
    order = ORDER_MAX;
  }
  while (order > wanted) {
    order--;
    linkRun(v, block + (1 << order), order);
  }
  let rest = block + blocks;
  const end = block + (1 << wanted);
  while (rest < end) {
    const piece = orderAt(rest, end - rest);
    linkRun(v, rest, piece);
    rest += 1 << piece;
  }
  putVolatile(v, Super.blocksUsed, get(v.words, Super.blocksUsed) + blocks);
  return block;
}

export function freeFrames(v: Volume, block: number, blocks: number): void {
  ensureMapped(v, get(v.words, Super.frameHigh) * BLOCK_BYTES);
  putVolatile(v, Super.blocksUsed, get(v.words, Super.blocksUsed) - blocks);
  let at = block;
  let left = blocks;
  while (left > 0) {
    const order = orderAt(at, left);
    freeRun(v, at, order);
    at += 1 << order;
    left -= 1 << order;
  }
}

function freeRun(v: Volume, start: number, startOrder: number): void {
  let block = start;
  let order = startOrder;
  while (order < ORDER_MAX) {
    const buddy = block ^ (1 << order);
    if (get(v.words, v.blockMapAt + buddy) !== ((order << 1) | 1)) break;
    unlinkRun(v, buddy, order);
    block &= ~(1 << order);
    order++;
  }
  linkRun(v, block, order);
}

/** Bytes still to be had, roughly: what is free plus what the zone has not used. */
export function freeBlocks(words: Int32Array, zoneStart: number): number {
  return get(words, Super.blockLimit) - zoneStart - get(words, Super.blocksUsed);
}
