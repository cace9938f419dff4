/** Reading file data without a lock: copy, then see whether the inode's sequence has moved. */
import { blockOf, blocksOf, chunkAt, isAway } from './chunks.ts';
import { sizeOf } from './fields.ts';
import { atomicLoad, atomicWait, Bytes, fillBytes, setBytes } from './intrinsics.ts';
import { BLOCK_BYTES, CHUNK_BYTES, Inode, Super } from './layout.ts';
import { loadChunk } from './storage-client.ts';
import { fence, get, isMapped, type Volume } from './volume.ts';

/** Below this a loop beats making a view. */
const SMALL_COPY_BYTES = 48;
const SPINS = 100;

/** The inode's sequence once it is even. */
export function stableSequence(v: Volume, inode: number): number {
  const at = inode + Inode.sequence;
  for (let spins = 0; ; spins++) {
    const sequence = atomicLoad(v.words, at);
    if ((sequence & 1) === 0) return sequence;
    if (spins > SPINS && v.canWait) atomicWait(v.words, at, sequence, 1);
  }
}

/** Whether nothing has changed since `stableSequence`. */
export function unchangedSince(v: Volume, inode: number, sequence: number): boolean {
  fence(v);
  return get(v.words, inode + Inode.sequence) === sequence;
}

/** Copies shared bytes into an array of the program's. */
export function copyOut(v: Volume, from: number, length: number, into: Uint8Array, at: number): void {
  if (length <= SMALL_COPY_BYTES) {
    const { bytes } = v;
    for (let index = 0; index < length; index++) into[at + index] = bytes[from + index] as number;
    return;
  }
  setBytes(into, new Bytes(v.buffer, from, length), at);
}

/** Reads up to `length` bytes at `position`. → bytes read, or -errno */
export function readData(
  v: Volume,
  inode: number,
  position: number,
  into: Uint8Array,
  at: number,
  length: number,
): number {
  if (length <= CHUNK_BYTES || get(v.words, Super.persistent) === 0) {
    return readAtOnce(v, inode, position, into, at, length);
  }
  // Of a store, what is read may not fit in memory at once: chunk by chunk.
  let done = 0;
  while (done < length) {
    const toEnd = CHUNK_BYTES - ((position + done) % CHUNK_BYTES);
    const part = toEnd < length - done ? toEnd : length - done;
    const count = readAtOnce(v, inode, position + done, into, at + done, part);
    if (count < 0) return count;
    done += count;
    if (count < part) break;
  }
  return done;
}

/** The same, all of one moment. */
function readAtOnce(
  v: Volume,
  inode: number,
  position: number,
  into: Uint8Array,
  at: number,
  length: number,
): number {
  for (;;) {
    const sequence = stableSequence(v, inode);
    const left = sizeOf(v.words, inode) - position;
    const wanted = left < length ? left : length;
    if (wanted <= 0) {
      if (unchangedSince(v, inode, sequence)) return 0;
      continue;
    }
    const away = copyRange(v, inode, position, into, at, wanted);
    if (away >= 0) {
      const result = loadChunk(v, inode, away);
      if (result < 0) return result;
    } else if (unchangedSince(v, inode, sequence)) return wanted;
  }
}

/** → -1, or the number of a chunk that is on disk only */
function copyRange(
  v: Volume,
  inode: number,
  position: number,
  into: Uint8Array,
  at: number,
  length: number,
): number {
  let from = position;
  let to = at;
  let left = length;
  while (left > 0) {
    const index = Math.floor(from / CHUNK_BYTES);
    const offset = from - index * CHUNK_BYTES;
    const part = left < CHUNK_BYTES - offset ? left : CHUNK_BYTES - offset;
    if (!copyChunk(v, inode, index, offset, into, to, part)) return index;
    from += part;
    to += part;
    left -= part;
  }
  return -1;
}

function copyChunk(
  v: Volume,
  inode: number,
  index: number,
  offset: number,
  into: Uint8Array,
  at: number,
  length: number,
): boolean {
  const map = chunkAt(v.words, inode, index);
  const chunk = map === 0 ? 0 : atomicLoad(v.words, map);
  if (chunk === 0 && isAway(v.words, map)) return false;
  const capacity = blocksOf(chunk) * BLOCK_BYTES;
  let present = capacity - offset;
  if (present > length) present = length;
  if (present > 0) {
    const base = blockOf(chunk) * BLOCK_BYTES;
    // A map overtaken by a writer may name anything: past the end there is nothing to copy, and the caller retries.
    if (!isMapped(v, base + capacity)) return true;
    copyOut(v, base + offset, present, into, at);
  } else {
    present = 0;
  }
  if (present < length) fillBytes(into, 0, at + present, at + length);
  return true;
}

/** Whole file in an array of its own, or -errno. */
export function readAll(v: Volume, inode: number): Uint8Array<ArrayBuffer> | number {
  for (;;) {
    const size = stableSize(v, inode);
    const into = new Bytes(size);
    const count = readData(v, inode, 0, into, 0, size);
    if (count < 0) return count;
    // A file that grew or shrank meanwhile is read again, as a whole.
    if (count === size && stableSize(v, inode) === size) return into;
  }
}

/** The file's size, read whole. */
export function stableSize(v: Volume, inode: number): number {
  for (;;) {
    const sequence = stableSequence(v, inode);
    const size = sizeOf(v.words, inode);
    if (unchangedSince(v, inode, sequence)) return size;
  }
}
