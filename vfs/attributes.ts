/** stat and what changes an inode's attributes. */
import { Errno } from '../src/base/errno.ts';
import type { Path, StatTarget, TimeSpec } from './file-system.ts';
import { StatField } from './file-system.ts';
import { isDirectory, nanosecondsOf, secondsOf, setTime, setTimeTo, sizeOf } from './fields.ts';
import { freeBlocks } from './frames.ts';
import { inGroup, isRefusedWrite, mayAccess, ownsInode, withBits } from './inodes.ts';
import { Floats, toBigInt } from './intrinsics.ts';
import { BLOCK_BYTES, Description, Inode, PAGE_WORDS, Slab, SLAB_OBJECT_WORDS, Super } from './layout.ts';
import { S_IFLNK, S_IFMT, S_IFREG, S_IFDIR, S_ISGID, W_OK, O_WRONLY } from './mode.ts';
import { dropSetIdBits, open, strippedMode } from './open.ts';
import { OFD_SHIFT, releaseDescription } from './descriptions.ts';
import {
  FOLLOW,
  type Follow,
  NO_FOLLOW,
  resolve,
  resolveLocked,
  revalidate,
  setPath,
  stillValid,
} from './path.ts';
import { stableSequence, unchangedSince } from './read.ts';
import { beginDirectoryChange, openInode, put, transact, underLock } from './transaction.ts';
import { get, stamp, type Volume } from './volume.ts';
import { noteEntry } from './watch-ring.ts';
import { noteChange } from './notify.ts';
import { lockInode, unlockInode } from './locks.ts';
import { truncateData } from './write.ts';

/** An inode's number is the index of its first word / 32. */
const INODE_NUMBER_SHIFT = 5;
const BLOCK_SIZE = 4096;
const SECTOR_BYTES = 512;
const OPTIMISTIC_TRIES = 30;

const figures = new Floats(StatField.count);

function collect(v: Volume, inode: number): void {
  const { words } = v;
  figures[StatField.dev] = v.device;
  figures[StatField.mode] = get(words, inode + Inode.mode);
  figures[StatField.nlink] = get(words, inode + Inode.links);
  figures[StatField.uid] = get(words, inode + Inode.uid) >>> 0;
  figures[StatField.gid] = get(words, inode + Inode.gid) >>> 0;
  figures[StatField.rdev] = get(words, inode + Inode.rdev) >>> 0;
  figures[StatField.blksize] = BLOCK_SIZE;
  figures[StatField.ino] = inode >> INODE_NUMBER_SHIFT;
  const type = get(words, inode + Inode.mode) & S_IFMT;
  const sized = type === S_IFREG || type === S_IFLNK;
  figures[StatField.size] = sized ? sizeOf(words, inode) : isDirectory(words, inode) ? BLOCK_SIZE : 0;
  figures[StatField.blocks] = get(words, inode + Inode.blocks) * (BLOCK_BYTES / SECTOR_BYTES);
  collectTime(words, inode + Inode.atime, StatField.atimeSec);
  collectTime(words, inode + Inode.mtime, StatField.mtimeSec);
  collectTime(words, inode + Inode.ctime, StatField.ctimeSec);
  collectTime(words, inode + Inode.birthtime, StatField.birthtimeSec);
}

function collectTime(words: Int32Array, at: number, field: number): void {
  figures[field] = secondsOf(words, at);
  figures[field + 1] = nanosecondsOf(words, at);
}

/** Fills `out` with an inode's figures, all of one moment. */
export function statInode(v: Volume, inode: number, out: StatTarget, at: number): void {
  for (;;) {
    const sequence = stableSequence(v, inode);
    collect(v, inode);
    if (unchangedSince(v, inode, sequence)) break;
  }
  if (out instanceof Floats) {
    for (let field = 0; field < StatField.count; field++) out[at + field] = figures[field] as number;
  } else {
    for (let field = 0; field < StatField.count; field++) {
      out[at + field] = toBigInt(figures[field] as number);
    }
  }
}

export function stat(v: Volume, path: Path, follow: Follow, out: StatTarget, at: number): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  for (let tries = 0; tries < OPTIMISTIC_TRIES; tries++) {
    const inode = resolve(v, v.walk, follow);
    if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
    statInode(v, inode, out, at);
    // A name that went away meanwhile may have taken the inode with it.
    if (stillValid(v, v.walk)) return 0;
  }
  return underLock(v, () => {
    const inode = resolveLocked(v, v.walk, follow);
    if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
    statInode(v, inode, out, at);
    return 0;
  });
}

export function access(v: Volume, path: Path, mode: number): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const inode = resolve(v, v.walk, FOLLOW);
  if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
  if (isRefusedWrite(v, inode, mode)) return -Errno.EROFS;
  return mode === 0 || mayAccess(v, inode, mode & 7) ? 0 : -Errno.EACCES;
}

/** Walks to an inode whose attributes are to change, and changes them by `body(v, inode or 0 = the walk's, a, b)`. */
function change(
  v: Volume,
  path: Path,
  follow: Follow,
  body: (v: Volume, inode: number, a: number, b: number) => number,
  a: number,
  b: number,
): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const inode = resolve(v, v.walk, follow);
  if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
  operation.follow = follow;
  stamp(v);
  return transact(v, body, 0, a, b);
}

/** What a transaction's body needs beside its three numbers. */
const operation = { follow: FOLLOW as Follow, atime: 'now' as TimeSpec, mtime: 'now' as TimeSpec };

/** The inode a body works on: given by a description, or where the walk leads now. */
function subject(v: Volume, inode: number): number {
  if (inode !== 0) {
    v.walk.entry = 0;
    return inode;
  }
  const found = revalidate(v, v.walk, operation.follow);
  return found === 0 ? -Errno.ENOENT : found;
}

export function chmod(v: Volume, path: Path, mode: number, follow: boolean): number {
  return change(v, path, follow ? FOLLOW : NO_FOLLOW, chmodBody, mode, 0);
}

export function fchmod(v: Volume, description: number, mode: number): number {
  stamp(v);
  return transact(v, chmodBody, get(v.words, description + Description.inode), mode, 0);
}

function chmodBody(v: Volume, given: number, bits: number): number {
  const inode = subject(v, given);
  if (inode < 0) return inode;
  const mode = get(v.words, inode + Inode.mode);
  if ((mode & S_IFMT) === S_IFLNK) return -Errno.EOPNOTSUPP;
  if (!ownsInode(v, inode)) return -Errno.EPERM;
  const foreignGroup = v.uid !== 0 && !inGroup(v, get(v.words, inode + Inode.gid));
  if (isDirectory(v.words, inode)) beginDirectoryChange(v);
  openInode(v, inode);
  put(v, inode + Inode.mode, withBits(mode, foreignGroup ? bits & ~S_ISGID : bits));
  setTime(v, inode, Inode.ctime);
  noteEntry(v, false, v.walk.entry, inode);
  return 0;
}

export function chown(v: Volume, path: Path, uid: number, gid: number, follow: boolean): number {
  return change(v, path, follow ? FOLLOW : NO_FOLLOW, chownBody, uid | 0, gid | 0);
}

export function fchown(v: Volume, description: number, uid: number, gid: number): number {
  stamp(v);
  return transact(v, chownBody, get(v.words, description + Description.inode), uid | 0, gid | 0);
}

function chownBody(v: Volume, given: number, uid: number, gid: number): number {
  const inode = subject(v, given);
  if (inode < 0) return inode;
  const { words } = v;
  const mode = get(words, inode + Inode.mode);
  const owner = get(words, inode + Inode.uid);
  if (v.uid !== 0) {
    if (uid !== -1 && (owner !== v.uid || uid !== owner)) return -Errno.EPERM;
    const groupAllowed = gid === get(words, inode + Inode.gid) || inGroup(v, gid);
    if (gid !== -1 && (owner !== v.uid || !groupAllowed)) return -Errno.EPERM;
  }
  if (isDirectory(words, inode)) beginDirectoryChange(v);
  openInode(v, inode);
  if (uid !== -1) put(v, inode + Inode.uid, uid);
  if (gid !== -1) put(v, inode + Inode.gid, gid);
  if ((mode & S_IFMT) !== S_IFDIR) put(v, inode + Inode.mode, strippedMode(mode));
  setTime(v, inode, Inode.ctime);
  noteEntry(v, false, v.walk.entry, inode);
  return 0;
}

export function utimes(v: Volume, path: Path, atime: TimeSpec, mtime: TimeSpec, follow: boolean): number {
  operation.atime = atime;
  operation.mtime = mtime;
  return change(v, path, follow ? FOLLOW : NO_FOLLOW, utimesBody, 0, 0);
}

export function futimes(v: Volume, description: number, atime: TimeSpec, mtime: TimeSpec): number {
  operation.atime = atime;
  operation.mtime = mtime;
  stamp(v);
  return transact(v, utimesBody, get(v.words, description + Description.inode), 0, 0);
}

function utimesBody(v: Volume, given: number): number {
  const inode = subject(v, given);
  if (inode < 0) return inode;
  const { atime, mtime } = operation;
  if (atime === 'omit' && mtime === 'omit') return 0;
  if (!ownsInode(v, inode)) {
    if (atime !== 'now' || mtime !== 'now') return -Errno.EPERM;
    if (!mayAccess(v, inode, W_OK)) return -Errno.EACCES;
  }
  openInode(v, inode);
  setGiven(v, inode, Inode.atime, atime);
  setGiven(v, inode, Inode.mtime, mtime);
  setTime(v, inode, Inode.ctime);
  noteEntry(v, false, v.walk.entry, inode);
  return 0;
}

function setGiven(v: Volume, inode: number, which: number, time: TimeSpec): void {
  if (time === 'now') setTime(v, inode, which);
  else if (time !== 'omit') setTimeTo(v, inode, which, time.seconds, time.nanoseconds);
}

export function truncate(v: Volume, path: Path, size: number): number {
  if (size < 0) return -Errno.EINVAL;
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const found = resolve(v, v.walk, FOLLOW);
  if (found <= 0) return found === 0 ? -Errno.ENOENT : found;
  const type = get(v.words, found + Inode.mode) & S_IFMT;
  if (type !== S_IFREG) return type === S_IFDIR ? -Errno.EISDIR : -Errno.EINVAL;
  // A description keeps the inode while its data change, whatever becomes of its name.
  const ofd = open(v, path, O_WRONLY, 0);
  if (ofd < 0) return ofd;
  const result = truncateDescription(v, ofd << OFD_SHIFT, size);
  releaseDescription(v, ofd << OFD_SHIFT, v.slot);
  return result;
}

/** ftruncate(2) once the description is known to be open for writing. */
export function truncateDescription(v: Volume, description: number, size: number): number {
  const inode = get(v.words, description + Description.inode);
  if ((get(v.words, inode + Inode.mode) & S_IFMT) !== S_IFREG || size < 0) return -Errno.EINVAL;
  dropSetIdBits(v, inode);
  stamp(v);
  lockInode(v, inode);
  const result = truncateData(v, inode, size);
  unlockInode(v, inode);
  noteChange(v, get(v.words, description + Description.entry), inode);
  return result;
}

/** type, bsize, blocks, bfree, bavail, files, ffree */
export function statfs(v: Volume, out: StatTarget): void {
  const EXT4_SUPER_MAGIC = 0xef53;
  const values = underLock(v, ({ words }) => {
    const zoneStart = get(words, Super.frameZone);
    const limit = get(words, Super.persistent) === 0 ? 0 : get(words, Super.storeLimit);
    const total = limit === 0 ? get(words, Super.blockLimit) - zoneStart : limit;
    // What a browser says it grants may be more than it gives: once it has refused, there is no room.
    const left = get(words, Super.storeError) === Errno.ENOSPC ? 0 : limit - get(words, Super.storeUsed);
    const free = limit === 0 ? freeBlocks(words, zoneStart) : Math.max(0, left);
    const metaFree = get(words, Super.metaEnd) - get(words, Super.metaHigh);
    const perPage = Math.floor(PAGE_WORDS / (SLAB_OBJECT_WORDS[Slab.inode] as number)) - 1;
    const inodes = get(words, Super.inodes);
    const ffree = Math.floor(metaFree / PAGE_WORDS / 2) * perPage;
    return [EXT4_SUPER_MAGIC, BLOCK_BYTES, total, free, free, inodes + ffree, ffree];
  });
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (out instanceof Floats) out[index] = value;
    else out[index] = toBigInt(value);
  }
}
