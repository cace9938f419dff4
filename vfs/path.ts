/**
 * Path walks. A path is bytes; a string is coded into the walk's buffer first. Walks take no lock: they note the
 * removal sequence, and whoever uses what they found asks whether it still stands (`resolve`, `revalidate`).
 */
import { Errno } from '../src/base/errno.ts';
import { NAME_MAX_BYTES, PATH_MAX_BYTES } from '../src/base/limits.ts';
import { copyTarget } from './cells.ts';
import { findEntry } from './entries.ts';
import { hashName } from './names.ts';
import { CROSSED, type Path } from './file-system.ts';
import { atomicLoad, Bytes, charCodeAt, encodeUtf8, setBytes } from './intrinsics.ts';
import { Entry, Inode, Slot, Super } from './layout.ts';
import { mayAccess } from './inodes.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, X_OK } from './mode.ts';
import { underLock } from './transaction.ts';
import { fence, get, type Volume, type Walk } from './volume.ts';

export const LAST_NAME = 0;
export const LAST_DOT = 1;
export const LAST_DOTDOT = 2;
export const LAST_ROOT = 3;

/** What a walk does with a symbolic link at the end of the path. */
export type Follow = typeof LITERAL | typeof NO_FOLLOW | typeof FOLLOW | typeof CREATE | typeof CREATE_NEW;
/** The link itself, even before a trailing slash: for names that are made, moved or removed. */
export const LITERAL = 0;
/** The link itself; a trailing slash follows it. */
export const NO_FOLLOW = 1;
export const FOLLOW = 2;
/** What the link names; a last name with a slash after it is EISDIR, for O_CREAT makes no directory. */
export const CREATE = 3;
/** The same of the link itself: O_EXCL, O_NOFOLLOW. */
export const CREATE_NEW = 4;

const SLASH = 47;
const DOT = 46;
const OPTIMISTIC_TRIES = 30;

/** Where relative paths begin. A thread beside a main one has the directory of that one, as it is now. */
export function workingDirectory(v: Volume): number {
  return v.leaderAt === 0 ? v.cwd : get(v.words, v.leaderAt + Slot.cwd) || v.root;
}

/** Puts a path into the walk. 0 or -errno. */
export function setPath(walk: Walk, path: Path): number {
  const { length } = path;
  if (length >= PATH_MAX_BYTES) return -Errno.ENAMETOOLONG;
  if (length === 0) return -Errno.ENOENT;
  if (typeof path !== 'string') return setPathBytes(walk, path);
  const { bytes } = walk;
  let same = length;
  for (let index = 0; index < length; index++) {
    const code = charCodeAt(path, index);
    if (code >= 128 || code === 0) return setPathBytes(walk, encodeUtf8(path));
    if (bytes[index] === code) continue;
    if (same === length) same = index;
    bytes[index] = code;
  }
  if (same < walk.directoryEnd) walk.directoryEnd = 0;
  walk.length = length;
  return 0;
}

function setPathBytes(walk: Walk, path: Uint8Array): number {
  walk.directoryEnd = 0;
  if (path.length >= PATH_MAX_BYTES) return -Errno.ENAMETOOLONG;
  for (let index = 0; index < path.length; index++) if (path[index] === 0) return -Errno.EINVAL;
  setBytes(walk.bytes, path, 0);
  walk.length = path.length;
  return 0;
}

/** Whether the path begins with the directory of the one before, and that has not changed. */
function beginsAsBefore(walk: Walk, sequence: number): boolean {
  const { directoryEnd, bytes } = walk;
  return (
    directoryEnd > 0 &&
    walk.directorySequence === sequence &&
    (sequence & 1) === 0 &&
    directoryEnd < walk.length &&
    bytes[directoryEnd] !== SLASH
  );
}

/** The walk is at its last component, in `directory`. */
function noteLast(walk: Walk, directory: number, bytes: Uint8Array, at: number, length: number): void {
  walk.parent = directory;
  walk.nameBytes = bytes;
  walk.nameAt = at;
  walk.nameLength = length;
  walk.last = LAST_NAME;
  walk.directory = directory;
  walk.directoryEnd = bytes === walk.bytes && bytes[0] === SLASH ? at : 0;
}

/**
 * Walks the path in `walk`. → inode; 0 when only the last component is missing (its directory and name are in the
 * walk); -errno; CROSSED.
 */
function walkPath(v: Volume, walk: Walk, follow: Follow): number {
  const { words } = v;
  let bytes = walk.bytes;
  let end = walk.length;
  let at = 0;
  let inode = bytes[0] === SLASH ? v.root : workingDirectory(v);
  let links = 0;
  const sequence = atomicLoad(words, Super.directorySequence);
  if (beginsAsBefore(walk, sequence)) {
    at = walk.directoryEnd;
    inode = walk.directory;
  }
  walk.parent = 0;
  walk.entry = 0;
  walk.last = LAST_ROOT;
  walk.trailingSlash = false;
  for (;;) {
    while (at < end && bytes[at] === SLASH) at++;
    if (at >= end) return inode;
    const start = at;
    while (at < end && bytes[at] !== SLASH) at++;
    const length = at - start;
    let next = at;
    while (next < end && bytes[next] === SLASH) next++;
    const isLast = next >= end;
    walk.trailingSlash = isLast && next > at;

    if ((get(words, inode + Inode.mode) & S_IFMT) !== S_IFDIR) return -Errno.ENOTDIR;
    if (v.uid !== 0 && !mayAccess(v, inode, X_OK)) return -Errno.EACCES;
    if (length <= 2 && bytes[start] === DOT && (length === 1 || bytes[start + 1] === DOT)) {
      if (length === 2) inode = parentOf(v, inode);
      walk.parent = 0;
      walk.entry = 0;
      walk.last = length === 1 ? LAST_DOT : LAST_DOTDOT;
      if (isLast) return inode;
      continue;
    }
    if (follow >= CREATE && walk.trailingSlash) return -Errno.EISDIR;
    if (length > NAME_MAX_BYTES) {
      if (isLast) {
        walk.parent = inode; // the way there is right, and some calls look at that first
        walk.last = LAST_NAME;
      }
      return -Errno.ENAMETOOLONG;
    }
    const hash = hashName(bytes, start, length);
    const entry = findEntry(v, inode, bytes, start, length, hash);
    if (isLast) {
      noteLast(walk, inode, bytes, start, length);
      walk.hash = hash;
      walk.entry = entry;
      walk.directorySequence = sequence;
    }
    if (entry === 0) return isLast ? 0 : -Errno.ENOENT;
    const child = get(words, entry + Entry.child);
    const mode = get(words, child + Inode.mode);
    if (
      (mode & S_IFMT) === S_IFLNK &&
      (!isLast || follow === FOLLOW || follow === CREATE || (walk.trailingSlash && follow === NO_FOLLOW))
    ) {
      if (++links > v.linksMax) return -Errno.ELOOP;
      end = expandLink(v, walk, child, bytes, at, end);
      bytes = walk.expansion;
      at = 0;
      if (end < 0) return end;
      if (bytes[0] === SLASH) inode = v.root;
      walk.last = LAST_ROOT;
      continue;
    }
    if (get(words, child + Inode.mount) !== 0) return cross(walk, child, bytes, next, end);
    if (isLast) {
      return walk.trailingSlash && follow !== LITERAL && (mode & S_IFMT) !== S_IFDIR ? -Errno.ENOTDIR : child;
    }
    inode = child;
  }
}

/** Whether a walk reached the directory of its last component and failed only at the name itself. */
export function onlyNameFailed(walk: Walk, result: number): boolean {
  return result === -Errno.ENAMETOOLONG && walk.parent !== 0;
}

/** Makes the link's target + the rest of the path the walk's expansion. → its length, or -errno */
function expandLink(
  v: Volume,
  walk: Walk,
  link: number,
  bytes: Uint8Array,
  restAt: number,
  end: number,
): number {
  const rest = end - restAt;
  if (rest + PATH_MAX_BYTES > walk.spare.length) walk.spare = new Bytes(2 * (rest + PATH_MAX_BYTES));
  const into = walk.spare;
  const length = copyTarget(v, link, into, 0, PATH_MAX_BYTES - 1);
  if (length === 0) return -Errno.ENOENT;
  for (let index = 0; index < rest; index++) into[length + index] = bytes[restAt + index] as number;
  walk.spare = walk.expansion;
  walk.expansion = into;
  return length + rest;
}

function cross(walk: Walk, mountPoint: number, bytes: Uint8Array, restAt: number, end: number): number {
  walk.mount = mountPoint;
  walk.nameBytes = bytes;
  walk.restAt = restAt;
  walk.restEnd = end;
  return CROSSED;
}

/** The directory above; the root is its own parent, a removed directory has none and stands for itself. */
export function parentOf(v: Volume, directory: number): number {
  const entry = get(v.words, directory + Inode.parentEntry);
  if (entry === 0) return directory;
  return get(v.words, entry + Entry.parent) || directory;
}

/** A walk that nothing overtook: retried while names move, at last under the lock. The path is set already. */
export function resolve(v: Volume, walk: Walk, follow: Follow): number {
  for (let tries = 0; tries < OPTIMISTIC_TRIES; tries++) {
    const sequence = atomicLoad(v.words, Super.removalSequence);
    const hashing = atomicLoad(v.words, Super.hashSequence);
    if (sequence & 1) continue;
    const result = walkPath(v, walk, follow);
    fence(v);
    // The fence orders these two after the walk.
    if (get(v.words, Super.removalSequence) !== sequence) {
      walk.directoryEnd = 0; // a name that went may have led anywhere
      continue;
    }
    if (result <= 0 && (hashing & 1 || get(v.words, Super.hashSequence) !== hashing)) continue;
    walk.sequence = sequence;
    return result;
  }
  return underLock(v, (volume) => resolveLocked(volume, walk, follow));
}

/** The same with the lock held. */
export function resolveLocked(v: Volume, walk: Walk, follow: Follow): number {
  walk.sequence = get(v.words, Super.removalSequence) & ~1;
  return walkPath(v, walk, follow);
}

/**
 * With the lock held: brings a walk made before up to date. Where no name has gone meanwhile what was found is there;
 * a last component that was missing is looked up again.
 */
export function revalidate(v: Volume, walk: Walk, follow: Follow): number {
  if (walk.sequence !== (get(v.words, Super.removalSequence) & ~1) || walk.parent === 0) {
    return resolveLocked(v, walk, follow);
  }
  const { entry } = walk;
  if (entry !== 0) {
    const child = get(v.words, entry + Entry.child);
    const link = (get(v.words, child + Inode.mode) & S_IFMT) === S_IFLNK;
    if ((!link || follow === LITERAL) && get(v.words, child + Inode.mount) === 0) return child;
  }
  if (entry === 0 && findEntry(v, walk.parent, walk.nameBytes, walk.nameAt, walk.nameLength, walk.hash) === 0)
    return 0;
  return resolveLocked(v, walk, follow);
}

/** Whether the walk's answer still stands, without the lock. */
export function stillValid(v: Volume, walk: Walk): boolean {
  return atomicLoad(v.words, Super.removalSequence) === walk.sequence;
}

/** setPath + resolve. */
export function lookup(v: Volume, walk: Walk, path: Path, follow: Follow): number {
  const set = setPath(walk, path);
  return set < 0 ? set : resolve(v, walk, follow);
}

/** lookup of something that must be there: → inode > 0 or -errno */
export function lookupExisting(v: Volume, walk: Walk, path: Path, follow: Follow): number {
  const inode = lookup(v, walk, path, follow);
  return inode === 0 ? -Errno.ENOENT : inode;
}
