/** Making, linking, moving and removing names. Each is one transaction. */
import { Errno } from '../src/base/errno.ts';
import { LINKS_MAX, PATH_MAX_BYTES } from '../src/base/limits.ts';
import { storeTarget } from './cells.ts';
import { isLarge } from './chunks.ts';
import { createDescription, releaseDescription } from './descriptions.ts';
import { moveEntry, removeEntry } from './entries.ts';
import { isDirectory, setTime } from './fields.ts';
import type { Path } from './file-system.ts';
import { createInode, freeInode, mayAccess, mayRemove, ownsInode } from './inodes.ts';
import { encodeUtf8 } from './intrinsics.ts';
import { Entry, Inode } from './layout.ts';
import { createNamed, mayCreate, nameInode } from './lookups.ts';
import {
  MODE_BITS,
  R_OK,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  S_ISGID,
  S_ISUID,
  S_ISVTX,
  S_IXGRP,
  W_OK,
} from './mode.ts';
import {
  type Follow,
  LAST_DOT,
  LAST_DOTDOT,
  LAST_NAME,
  LITERAL,
  NO_FOLLOW,
  onlyNameFailed,
  parentOf,
  resolve,
  revalidate,
  setPath,
} from './path.ts';
import {
  beginDirectoryChange,
  beginRemoval,
  openInode,
  put,
  transact,
  type TransactionBody,
} from './transaction.ts';
import { get, stamp, type Volume, type Walk } from './volume.ts';
import { noteEntry, noteName } from './watch-ring.ts';

/** Walks to a name that is to be made or removed. 0 when the walk may go on to its transaction. */
function approach(v: Volume, walk: Walk, path: Path, follow: Follow): number {
  const set = setPath(walk, path);
  if (set < 0) return set;
  const found = resolve(v, walk, follow);
  return found < 0 ? found : 0;
}

export function mkdir(v: Volume, path: Path, mode: number): number {
  return approach(v, v.walk, path, LITERAL) || createWith(v, makeDirectory, mode, 0);
}

function createWith(v: Volume, body: TransactionBody, a: number, b: number): number {
  stamp(v);
  const result = transact(v, body, a, b, 0);
  return result < 0 ? result : 0;
}

function makeDirectory(v: Volume, mode: number): number {
  const { walk } = v;
  const there = revalidate(v, walk, LITERAL);
  if (there !== 0) return there < 0 ? there : -Errno.EEXIST;
  return createNamed(v, walk, S_IFDIR | (mode & (0o777 | S_ISVTX) & ~v.umask));
}

export function mknod(v: Volume, path: Path, mode: number, rdev: number): number {
  const type = mode & S_IFMT || S_IFREG;
  if (type === S_IFDIR) return -Errno.EPERM;
  const known =
    type === S_IFREG || type === S_IFIFO || type === S_IFSOCK || type === S_IFCHR || type === S_IFBLK;
  if (!known) return -Errno.EINVAL;
  if ((type === S_IFCHR || type === S_IFBLK) && v.uid !== 0) {
    // mknod(2) asks for the privilege only once it knows that the name is free.
    const found = approach(v, v.walk, path, LITERAL);
    if (found < 0) return found;
    return v.walk.entry !== 0 ? -Errno.EEXIST : mayCreate(v, v.walk) || -Errno.EPERM;
  }
  return approach(v, v.walk, path, LITERAL) || createWith(v, makeNode, type | (mode & MODE_BITS), rdev);
}

function makeNode(v: Volume, mode: number, rdev: number): number {
  const { walk } = v;
  const there = revalidate(v, walk, LITERAL);
  if (there !== 0) return there < 0 ? there : -Errno.EEXIST;
  if (walk.trailingSlash) return -Errno.ENOENT;
  const inode = createNamed(v, walk, mode & ~v.umask);
  if (inode > 0 && rdev !== 0) put(v, inode + Inode.rdev, rdev);
  return inode;
}

/** Target of the link being made. */
const pending = { target: new Uint8Array(0) as Uint8Array };

export function symlink(v: Volume, target: Path, path: Path): number {
  const bytes = typeof target === 'string' ? encodeUtf8(target) : target;
  if (bytes.length === 0) return -Errno.ENOENT;
  if (bytes.length >= PATH_MAX_BYTES) return -Errno.ENAMETOOLONG;
  for (let index = 0; index < bytes.length; index++) if (bytes[index] === 0) return -Errno.EINVAL;
  pending.target = bytes;
  return approach(v, v.walk, path, LITERAL) || createWith(v, makeSymlink, 0, 0);
}

function makeSymlink(v: Volume): number {
  const { walk } = v;
  const there = revalidate(v, walk, LITERAL);
  if (there !== 0) return there < 0 ? there : -Errno.EEXIST;
  if (walk.trailingSlash) return -Errno.ENOENT;
  const allowed = mayCreate(v, walk);
  if (allowed < 0) return allowed;
  const inode = createInode(v, walk.parent, S_IFLNK | 0o777);
  if (inode === 0) return -Errno.ENOSPC;
  const { target } = pending;
  const cells = storeTarget(v, target, target.length);
  if (cells === 0) return -Errno.ENOSPC;
  put(v, inode + Inode.target, cells);
  put(v, inode + Inode.sizeLow, target.length);
  return nameInode(v, walk, inode, S_IFLNK);
}

export function link(v: Volume, from: Path, to: Path): number {
  const source = approach(v, v.walk, from, NO_FOLLOW);
  if (source < 0) return source;
  if (v.walk.last === LAST_NAME && v.walk.entry === 0) return -Errno.ENOENT;
  return approach(v, v.walk2, to, LITERAL) || createWith(v, makeLink, 0, 0);
}

function makeLink(v: Volume): number {
  const { walk, walk2 } = v;
  const inode = revalidate(v, walk, NO_FOLLOW);
  if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
  const there = revalidate(v, walk2, LITERAL);
  if (there !== 0) return there < 0 ? there : -Errno.EEXIST;
  if (walk2.trailingSlash) return -Errno.ENOENT;
  const mode = get(v.words, inode + Inode.mode);
  const allowed = mayCreate(v, walk2);
  if (allowed < 0) return allowed;
  if ((mode & S_IFMT) === S_IFDIR || !mayLink(v, inode, mode)) return -Errno.EPERM;
  const links = get(v.words, inode + Inode.links);
  if (links === 0) return -Errno.ENOENT;
  if (links >= LINKS_MAX) return -Errno.EMLINK;
  openInode(v, inode);
  put(v, inode + Inode.links, links + 1);
  setTime(v, inode, Inode.ctime);
  return nameInode(v, walk2, inode, mode);
}

/** fs.protected_hardlinks: another's file may be linked only when it is plain and both readable and writable. */
function mayLink(v: Volume, inode: number, mode: number): boolean {
  if (ownsInode(v, inode)) return true;
  if ((mode & S_IFMT) !== S_IFREG || mode & S_ISUID) return false;
  if ((mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)) return false;
  return mayAccess(v, inode, R_OK | W_OK);
}

export function unlink(v: Volume, path: Path): number {
  const found = approach(v, v.walk, path, LITERAL);
  return found < 0 ? found : finishRemoval(v, unlinkBody);
}

/** Runs a removal; a large file's data, kept by a description of our own, go in steps afterwards. */
function finishRemoval(v: Volume, body: (v: Volume) => number): number {
  stamp(v);
  const result = transact(v, body, 0, 0, 0);
  if (result > 0) releaseDescription(v, result, v.slot);
  return result < 0 ? result : 0;
}

function unlinkBody(v: Volume): number {
  const { walk } = v;
  const inode = revalidate(v, walk, LITERAL);
  if (inode < 0) return inode;
  if (walk.last !== LAST_NAME) return -Errno.EISDIR;
  if (inode === 0) return -Errno.ENOENT;
  if (walk.trailingSlash) return isDirectory(v.words, inode) ? -Errno.EISDIR : -Errno.ENOTDIR;
  const allowed = mayRemove(v, walk.parent, inode);
  if (allowed < 0) return allowed;
  if (isDirectory(v.words, inode)) return -Errno.EISDIR;
  noteEntry(v, true, walk.entry, inode);
  beginRemoval(v);
  removeEntry(v, walk.entry);
  return dropLink(v, inode);
}

/** Takes one name off an inode. → 0, or a description that keeps data too many to free at once */
function dropLink(v: Volume, inode: number): number {
  openInode(v, inode);
  const links = isDirectory(v.words, inode) ? 0 : get(v.words, inode + Inode.links) - 1;
  put(v, inode + Inode.links, links);
  setTime(v, inode, Inode.ctime);
  if (links > 0 || get(v.words, inode + Inode.pins) > 0) return 0;
  if (isLarge(v.words, inode, 0)) return createDescription(v, inode, 0, 0) || -Errno.ENFILE;
  freeInode(v, inode);
  return 0;
}

export function rmdir(v: Volume, path: Path): number {
  const found = approach(v, v.walk, path, LITERAL);
  return found < 0 ? found : finishRemoval(v, rmdirBody);
}

function rmdirBody(v: Volume): number {
  const { walk } = v;
  const inode = revalidate(v, walk, LITERAL);
  if (inode < 0) return inode;
  if (walk.last === LAST_DOT) return -Errno.EINVAL;
  if (walk.last === LAST_DOTDOT) return -Errno.ENOTEMPTY;
  if (walk.last !== LAST_NAME) return -Errno.EBUSY;
  if (inode === 0) return -Errno.ENOENT;
  const allowed = mayRemove(v, walk.parent, inode);
  if (allowed < 0) return allowed;
  if (!isDirectory(v.words, inode)) return -Errno.ENOTDIR;
  if (get(v.words, inode + Inode.entryCount) > 0) return -Errno.ENOTEMPTY;
  noteEntry(v, true, walk.entry, inode);
  beginRemoval(v);
  beginDirectoryChange(v);
  removeDirectory(v, walk.entry, inode);
  return 0;
}

/** Removes an empty directory and its name; whoever works in it keeps the inode. */
function removeDirectory(v: Volume, entry: number, inode: number): void {
  const parent = get(v.words, entry + Entry.parent);
  removeEntry(v, entry);
  put(v, parent + Inode.links, get(v.words, parent + Inode.links) - 1);
  put(v, inode + Inode.parentEntry, 0);
  dropLink(v, inode);
}

export function rename(v: Volume, from: Path, to: Path): number {
  const source = approach(v, v.walk, from, LITERAL);
  if (source < 0 && !onlyNameFailed(v.walk, source)) return source;
  const target = approach(v, v.walk2, to, LITERAL);
  // Linux walks to both directories before it looks at either name, and at the old name first.
  if (target < 0 && !onlyNameFailed(v.walk2, target)) return target;
  if (v.walk.last !== LAST_NAME || v.walk2.last !== LAST_NAME) return -Errno.EBUSY;
  if (source < 0) return source;
  if (target < 0) return v.walk.entry === 0 ? -Errno.ENOENT : target;
  return finishRemoval(v, renameBody);
}

function renameBody(v: Volume): number {
  const { walk, walk2 } = v;
  const source = revalidate(v, walk, LITERAL);
  if (source < 0) return source;
  const target = revalidate(v, walk2, LITERAL);
  if (target < 0) return target;
  if (walk.last !== LAST_NAME || walk2.last !== LAST_NAME) return -Errno.EBUSY;
  if (source === 0) return -Errno.ENOENT;
  const allowed = mayRename(v, source, target);
  if (allowed !== 0) return allowed < 0 ? allowed : 0;
  const { parent, nameBytes, nameAt, nameLength, hash } = walk2;
  const oldParent = walk.parent;
  noteEntry(v, true, walk.entry, source);
  if (target !== 0) noteEntry(v, true, walk2.entry, target);
  beginRemoval(v);
  if (isDirectory(v.words, source)) beginDirectoryChange(v); // so is a target that is replaced
  let left = 0;
  if (target !== 0 && isDirectory(v.words, target)) {
    removeDirectory(v, walk2.entry, target);
  } else if (target !== 0) {
    removeEntry(v, walk2.entry);
    left = dropLink(v, target);
    if (left < 0) return left;
  }
  if (!moveEntry(v, walk.entry, parent, nameBytes, nameAt, nameLength, hash)) return -Errno.ENOSPC;
  if (parent !== oldParent && isDirectory(v.words, source)) {
    put(v, oldParent + Inode.links, get(v.words, oldParent + Inode.links) - 1);
    put(v, parent + Inode.links, get(v.words, parent + Inode.links) + 1);
  }
  openInode(v, source);
  setTime(v, source, Inode.ctime);
  noteName(v, true, parent, 0, nameBytes, nameAt, nameLength);
  return left;
}

/** 0: go on; 1: nothing to do; -errno. In Linux's order. */
function mayRename(v: Volume, source: number, target: number): number {
  const { walk, walk2, words } = v;
  const directory = isDirectory(words, source);
  if (!directory && (walk.trailingSlash || (walk2.trailingSlash && target === 0))) return -Errno.ENOTDIR;
  if (!directory && walk2.trailingSlash) return -Errno.ENOTDIR;
  if (directory && isBelow(v, walk2.parent, source)) return -Errno.EINVAL;
  if (target !== 0 && isDirectory(words, target) && isBelow(v, walk.parent, target)) return -Errno.ENOTEMPTY;
  if (source === target) return 1;
  const leaving = mayRemove(v, walk.parent, source);
  if (leaving < 0) return leaving;
  if (target === 0) {
    const creating = mayCreate(v, walk2);
    if (creating < 0) return creating;
  } else {
    const replacing = mayRemove(v, walk2.parent, target);
    if (replacing < 0) return replacing;
    if (directory && !isDirectory(words, target)) return -Errno.ENOTDIR;
    if (!directory && isDirectory(words, target)) return -Errno.EISDIR;
  }
  if (directory && walk.parent !== walk2.parent && !mayAccess(v, source, W_OK)) return -Errno.EACCES;
  const full = target !== 0 && isDirectory(words, target) && get(words, target + Inode.entryCount) > 0;
  return full ? -Errno.ENOTEMPTY : 0;
}

/** Whether `directory` is `above` or stands somewhere below it. */
function isBelow(v: Volume, directory: number, above: number): boolean {
  for (let at = directory; ;) {
    if (at === above) return true;
    const up = parentOf(v, at);
    if (up === at) return false;
    at = up;
  }
}
