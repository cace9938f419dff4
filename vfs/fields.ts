/** An inode's size and times as they stand in its words. */
import { floor } from './intrinsics.ts';
import { Inode } from './layout.ts';
import { S_IFDIR, S_IFMT } from './mode.ts';
import { put, putVolatile } from './transaction.ts';
import { get, type Volume } from './volume.ts';

const TWO_32 = 4294967296;
/** What seconds can be stored: 34 bits from the range of a signed word, as ext4. */
const SECONDS_MIN = -2147483648;
const SECONDS_MAX = 4 * TWO_32 + SECONDS_MIN - 1;

export function sizeOf(words: Int32Array, inode: number): number {
  return get(words, inode + Inode.sizeHigh) * TWO_32 + (get(words, inode + Inode.sizeLow) >>> 0);
}

export function setSize(v: Volume, inode: number, size: number): void {
  putVolatile(v, inode + Inode.sizeLow, size | 0);
  const high = floor(size / TWO_32);
  if (get(v.words, inode + Inode.sizeHigh) !== high) putVolatile(v, inode + Inode.sizeHigh, high);
}

/** Sets one of the times to the operation's (see `stamp`). */
export function setTime(v: Volume, inode: number, which: number): void {
  setTimeTo(v, inode, which, v.seconds, v.nanoseconds);
}

export function setTimeTo(
  v: Volume,
  inode: number,
  which: number,
  seconds: number,
  nanoseconds: number,
): void {
  const clamped = seconds < SECONDS_MIN ? SECONDS_MIN : seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
  const epoch = floor((clamped - SECONDS_MIN) / TWO_32);
  put(v, inode + which, (clamped - epoch * TWO_32) | 0);
  put(v, inode + which + 1, (nanoseconds << 2) | epoch);
}

/** Sets mtime and ctime to the operation's time: the data have changed. */
export function setModified(v: Volume, inode: number): void {
  const epoch = floor((v.seconds - SECONDS_MIN) / TWO_32);
  const low = (v.seconds - epoch * TWO_32) | 0;
  const nanoseconds = (v.nanoseconds << 2) | epoch;
  putVolatile(v, inode + Inode.mtime, low);
  putVolatile(v, inode + Inode.mtime + 1, nanoseconds);
  putVolatile(v, inode + Inode.ctime, low);
  putVolatile(v, inode + Inode.ctime + 1, nanoseconds);
}

/** Sets mtime without a transaction; the inode's lock is held. A data write that moves nothing costs no more. */
export function touchModified(v: Volume, inode: number): void {
  const epoch = floor((v.seconds - SECONDS_MIN) / TWO_32);
  const low = (v.seconds - epoch * TWO_32) | 0;
  const nanoseconds = (v.nanoseconds << 2) | epoch;
  v.words[inode + Inode.mtime] = low;
  v.words[inode + Inode.mtime + 1] = nanoseconds;
  v.words[inode + Inode.ctime] = low;
  v.words[inode + Inode.ctime + 1] = nanoseconds;
}

export function secondsOf(words: Int32Array, at: number): number {
  return get(words, at) + (get(words, at + 1) & 3) * TWO_32;
}

export function nanosecondsOf(words: Int32Array, at: number): number {
  return get(words, at + 1) >>> 2;
}

export function isDirectory(words: Int32Array, inode: number): boolean {
  return (get(words, inode + Inode.mode) & S_IFMT) === S_IFDIR;
}
