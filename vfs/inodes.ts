/** Inodes: making and freeing them, their times, and who may do what with them. */
import { Errno } from '../src/base/errno.ts';
import { dropTarget } from './cells.ts';
import { dropData } from './chunks.ts';
import { atomicAdd } from './intrinsics.ts';
import { Inode, Slab, Super } from './layout.ts';
import { MODE_BITS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID, S_ISVTX, W_OK, X_OK } from './mode.ts';
import { allocateObject, freeObject } from './slabs.ts';
import { setBirth } from './fields.ts';
import { openInode, put, putNew } from './transaction.ts';
import { get, type Volume } from './volume.ts';

/** A new inode owned by the caller, in `parent` (whose set-group-id bit it follows). 0 when there is no room. */
export function createInode(v: Volume, parent: number, mode: number): number {
  const { words } = v;
  const inode = allocateObject(v, Slab.inode);
  if (inode === 0) return 0;
  const inherits = (get(words, parent + Inode.mode) & S_ISGID) !== 0;
  const directory = (mode & S_IFMT) === S_IFDIR;
  const gid = inherits ? get(words, parent + Inode.gid) : v.gid;
  let bits = mode;
  if (inherits && directory) bits |= S_ISGID;
  else if (!directory && bits & S_ISGID && v.uid !== 0 && !inGroup(v, gid)) bits &= ~S_ISGID;
  openInode(v, inode);
  put(v, inode + Inode.mode, bits);
  putNew(v, inode + Inode.links, directory ? 2 : 1);
  putNew(v, inode + Inode.uid, v.uid);
  putNew(v, inode + Inode.gid, gid);
  putNew(v, inode + Inode.rdev, 0);
  put(v, inode + Inode.sizeLow, 0);
  put(v, inode + Inode.sizeHigh, 0);
  for (let word: number = Inode.chunk; word <= Inode.parentEntry; word++) putNew(v, inode + word, 0);
  if (directory) putNew(v, inode + Inode.nextCookie, 1);
  words[inode + Inode.createdIn] = get(words, Super.transaction) + 1;
  words[inode + Inode.blocks] = 0;
  words[inode + Inode.pins] = 0;
  words[inode + Inode.mount] = 0;
  words[inode + Inode.watch] = 0;
  words[inode + Inode.watchRecursive] = 0;
  setBirth(v, inode);
  put(v, Super.inodes, get(words, Super.inodes) + 1);
  return inode;
}

/** Frees an inode that has neither name nor pin. Its data must be few enough for one transaction (see `isLarge`). */
export function freeInode(v: Volume, inode: number): void {
  const { words } = v;
  openInode(v, inode);
  const type = get(words, inode + Inode.mode) & S_IFMT;
  if (type === S_IFREG) dropData(v, inode, 0);
  else if (type === S_IFLNK) dropTarget(v, get(words, inode + Inode.target));
  put(v, inode + Inode.mode, 0);
  put(v, inode + Inode.parentEntry, 0);
  atomicAdd(words, inode + Inode.generation, 1);
  freeObject(v, Slab.inode, inode);
  put(v, Super.inodes, get(words, Super.inodes) - 1);
}

export function inGroup(v: Volume, gid: number): boolean {
  if (v.gid === gid) return true;
  for (let index = 0; index < v.groups.length; index++) if (v.groups[index] === gid) return true;
  return false;
}

/** Whether the caller may read (4), write (2), execute or search (1) — any sum of them. */
export function mayAccess(v: Volume, inode: number, wanted: number): boolean {
  const mode = get(v.words, inode + Inode.mode);
  if (v.uid === 0) {
    return (wanted & X_OK) === 0 || (mode & S_IFMT) === S_IFDIR || (mode & 0o111) !== 0;
  }
  let bits = mode;
  if (get(v.words, inode + Inode.uid) === v.uid) bits >>= 6;
  else if (inGroup(v, get(v.words, inode + Inode.gid))) bits >>= 3;
  return (bits & wanted) === wanted;
}

/** Writing to what is on a file system that takes no changes; what is behind a device or a pipe is not on it. */
export function isRefusedWrite(v: Volume, inode: number, wanted: number): boolean {
  if ((wanted & W_OK) === 0 || get(v.words, Super.readOnly) === 0) return false;
  const type = get(v.words, inode + Inode.mode) & S_IFMT;
  return type === S_IFREG || type === S_IFDIR || type === S_IFLNK;
}

export function ownsInode(v: Volume, inode: number): boolean {
  return v.uid === 0 || get(v.words, inode + Inode.uid) === v.uid;
}

/** Whether the caller may take away the name of `victim` from `directory`: 0 or -errno. */
export function mayRemove(v: Volume, directory: number, victim: number): number {
  if (!mayAccess(v, directory, 3)) return -Errno.EACCES;
  const sticky = (get(v.words, directory + Inode.mode) & S_ISVTX) !== 0;
  if (sticky && !ownsInode(v, directory) && !ownsInode(v, victim)) return -Errno.EPERM;
  return 0;
}

/** Replaces the permission bits and keeps the type. */
export function withBits(mode: number, bits: number): number {
  return (mode & S_IFMT) | (bits & MODE_BITS);
}
