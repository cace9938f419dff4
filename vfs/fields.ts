/** An inode's size and times as they stand in its words. */
import { floor } from './intrinsics.ts';
import { Inode, SECONDS_MIN, TWO_32 } from './layout.ts';
import { S_IFDIR, S_IFMT } from './mode.ts';
import { put, putVolatile } from './transaction.ts';
import { get, timeEpoch, type Volume } from './volume.ts';

/** What seconds can be stored: 34 bits from the range of a signed word, as ext4. */
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
  put(v, inode + which, v.timeLow);
  put(v, inode + which + 1, v.timeHigh);
}

export function setTimeTo(
  v: Volume,
  inode: number,
  which: number,
  seconds: number,
  nanoseconds: number,
): void {
  const clamped = seconds < SECONDS_MIN ? SECONDS_MIN : seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
  const epoch = timeEpoch(clamped);
  put(v, inode + which, (clamped - epoch * TWO_32) | 0);
  put(v, inode + which + 1, (nanoseconds << 2) | epoch);
}

/** Sets all times of an inode that this transaction has made. */
export function setBirth(v: Volume, inode: number): void {
  for (let at = inode + Inode.atime; at <= inode + Inode.birthtime; at += 2) {
    put(v, at, v.timeLow);
    put(v, at + 1, v.timeHigh);
  }
}

/** Sets mtime and ctime of a directory, which nothing sets without the log: it need not hear of the same second again. */
export function setDirectoryModified(v: Volume, directory: number): void {
  for (let at = directory + Inode.mtime; at <= directory + Inode.ctime; at += 2) {
    if (get(v.words, at) !== v.timeLow) put(v, at, v.timeLow);
    put(v, at + 1, v.timeHigh);
  }
}

/** Sets mtime and ctime to the operation's time: the data have changed. */
export function setModified(v: Volume, inode: number): void {
  putVolatile(v, inode + Inode.mtime, v.timeLow);
  putVolatile(v, inode + Inode.mtime + 1, v.timeHigh);
  putVolatile(v, inode + Inode.ctime, v.timeLow);
  putVolatile(v, inode + Inode.ctime + 1, v.timeHigh);
}

/** Sets mtime without a transaction; the inode's lock is held. A data write that moves nothing costs no more. */
export function touchModified(v: Volume, inode: number): void {
  const { words, timeLow, timeHigh } = v;
  words[inode + Inode.mtime] = timeLow;
  words[inode + Inode.mtime + 1] = timeHigh;
  words[inode + Inode.ctime] = timeLow;
  words[inode + Inode.ctime + 1] = timeHigh;
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
