/** open(2), and writing a whole small file in one transaction. */
import { Errno } from '../src/base/errno.ts';
import { chunkCount, chunkWord, dropData } from './chunks.ts';
import { createDescription, OFD_SHIFT, releaseDescription } from './descriptions.ts';
import { setModified, setSize, sizeOf } from './fields.ts';
import type { Path } from './file-system.ts';
import { allocateFrames } from './frames.ts';
import { createInode, isRefusedWrite, mayAccess } from './inodes.ts';
import { makeRoom, markDirty, refusal } from './storage-client.ts';
import { BLOCK_BYTES, Description, Inode, Slot, Super } from './layout.ts';
import { lockInode, tryLockInode, unlockInode } from './locks.ts';
import { createNamed } from './lookups.ts';
import {
  MODE_BITS,
  O_ACCMODE,
  O_APPEND,
  O_AT_OPEN,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_TMPFILE_BIT,
  O_TRUNC,
  O_WRONLY,
  R_OK,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_ISGID,
  S_ISUID,
  S_IXGRP,
  W_OK,
} from './mode.ts';
import {
  CREATE,
  CREATE_NEW,
  FOLLOW,
  type Follow,
  LAST_NAME,
  NO_FOLLOW,
  resolve,
  revalidate,
  setPath,
} from './path.ts';
import { openInode, put, putVolatile, RETRY, transact } from './transaction.ts';
import { ensureMapped, get, stamp, type Volume } from './volume.ts';
import { noteEntry } from './watch-ring.ts';
import { copyIn, EVICTIONS_MAX, truncateData, writeData } from './write.ts';
import { noteChange } from './notify.ts';

/** Files up to this size are written whole with the lock held. */
const WHOLE_BYTES = 16 * 1024;
const WHOLE_FLAGS = O_WRONLY | O_CREAT | O_TRUNC;

function followOf(flags: number): Follow {
  if (flags & O_CREAT) return flags & (O_EXCL | O_NOFOLLOW) ? CREATE_NEW : CREATE;
  return flags & O_NOFOLLOW ? NO_FOLLOW : FOLLOW;
}

/** What of the permission bits an open wants. */
function wantedAccess(flags: number): number {
  const mode = flags & O_ACCMODE;
  const wanted = mode === 0 ? R_OK : mode === 1 ? W_OK : R_OK | W_OK;
  return flags & O_TRUNC ? wanted | W_OK : wanted;
}

/** → Ofd, -errno or CROSSED */
export function open(v: Volume, path: Path, flags: number, mode: number): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const creates = flags & O_CREAT;
  const found = resolve(v, v.walk, followOf(flags));
  if (found < 0) return found;
  if (found === 0 && !creates) return -Errno.ENOENT;
  if (flags & (O_CREAT | O_TRUNC | O_TMPFILE_BIT)) stamp(v);
  const description = transact(v, openBody, flags, mode, 0);
  if (description < 0) return description;
  if (flags & O_TRUNC && !(flags & O_PATH)) {
    const inode = get(v.words, description + Description.inode);
    const result = truncateOpened(v, inode);
    if (result < 0) {
      releaseDescription(v, description, v.slot);
      return result;
    }
  }
  return description >> OFD_SHIFT;
}

function truncateOpened(v: Volume, inode: number): number {
  if ((get(v.words, inode + Inode.mode) & S_IFMT) !== S_IFREG || sizeOf(v.words, inode) === 0) return 0;
  lockInode(v, inode);
  const result = truncateData(v, inode, 0);
  unlockInode(v, inode);
  return result;
}

function openBody(v: Volume, flags: number, mode: number): number {
  const { walk } = v;
  let inode = revalidate(v, walk, followOf(flags));
  if (inode < 0) return inode;
  if (flags & O_TMPFILE_BIT) return openUnnamed(v, inode, flags, mode);
  if (inode === 0) {
    if (!(flags & O_CREAT)) return -Errno.ENOENT;
    if (flags & O_DIRECTORY) return -Errno.EINVAL;
    inode = createNamed(v, walk, S_IFREG | (mode & MODE_BITS & ~v.umask));
    if (inode < 0) return inode;
  } else {
    const allowed = mayOpen(v, inode, flags);
    if (allowed < 0) return allowed;
    if (flags & O_TRUNC) noteEntry(v, false, walk.entry, inode);
  }
  const entry = walk.last === LAST_NAME ? walk.entry : 0;
  const description = createDescription(v, inode, flags & ~O_AT_OPEN, entry);
  return description === 0 ? -Errno.ENFILE : description;
}

/** Whether an existing inode may be opened so: 0 or -errno. */
function mayOpen(v: Volume, inode: number, flags: number): number {
  const type = get(v.words, inode + Inode.mode) & S_IFMT;
  if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) return -Errno.EEXIST;
  if (flags & O_DIRECTORY && type !== S_IFDIR) return -Errno.ENOTDIR;
  if (flags & O_PATH) return 0;
  if (type === S_IFLNK) return -Errno.ELOOP;
  if (type === S_IFDIR && (flags & O_CREAT || wantedAccess(flags) & W_OK)) return -Errno.EISDIR;
  if (isRefusedWrite(v, inode, wantedAccess(flags))) return -Errno.EROFS;
  if (!mayAccess(v, inode, wantedAccess(flags))) return -Errno.EACCES;
  // What is behind a device node, a FIFO or a socket is not this layer's: it says so as Linux does without a driver.
  return type === S_IFREG || type === S_IFDIR ? 0 : -Errno.ENXIO;
}

/** O_TMPFILE: a file without a name in the file system of `directory`. */
function openUnnamed(v: Volume, directory: number, flags: number, mode: number): number {
  if (directory === 0) return -Errno.ENOENT;
  if ((get(v.words, directory + Inode.mode) & S_IFMT) !== S_IFDIR) return -Errno.ENOTDIR;
  if ((flags & O_ACCMODE) === 0) return -Errno.EINVAL;
  if (!mayAccess(v, directory, 3)) return -Errno.EACCES;
  const inode = createInode(v, directory, S_IFREG | (mode & MODE_BITS & ~v.umask));
  if (inode === 0) return -Errno.ENOSPC;
  put(v, inode + Inode.links, 0);
  const description = createDescription(v, inode, flags & ~(O_AT_OPEN | O_TMPFILE_BIT | O_DIRECTORY), 0);
  return description === 0 ? -Errno.ENFILE : description;
}

/** A write by somebody else than root takes the set-id bits away. */
export function dropSetIdBits(v: Volume, inode: number): void {
  if (v.uid === 0) return;
  const mode = get(v.words, inode + Inode.mode);
  if (strippedMode(mode) !== mode) transact(v, stripSetId, inode, 0, 0);
}

export function strippedMode(mode: number): number {
  const bits = mode & ~S_ISUID;
  return bits & S_IXGRP ? bits & ~S_ISGID : bits;
}

function stripSetId(v: Volume, inode: number): number {
  openInode(v, inode);
  put(v, inode + Inode.mode, strippedMode(get(v.words, inode + Inode.mode)));
  return 0;
}

/** The content being written by `replaceWhole`. */
const whole = { data: new Uint8Array(0) as Uint8Array };

/** open(flags, mode) + write everything + close. 0 or -errno */
export function writeFile(v: Volume, path: Path, data: Uint8Array, flags: number, mode: number): number {
  const refused = data.length > 0 ? refusal(v) : 0;
  if (refused < 0) return refused; // before anything is cut
  if (flags === WHOLE_FLAGS && data.length <= WHOLE_BYTES) {
    let result = replaceFile(v, path, data, mode);
    for (let tries = 0; result === -Errno.ENOSPC && tries < EVICTIONS_MAX; tries++) {
      if (!makeRoom(v, WHOLE_BYTES / BLOCK_BYTES)) break;
      result = replaceFile(v, path, data, mode);
    }
    if (result !== RETRY) return result;
  }
  const ofd = open(v, path, flags, mode);
  if (ofd < 0) return ofd;
  const description = ofd << OFD_SHIFT;
  const inode = get(v.words, description + Description.inode);
  let result = 0;
  if (data.length > 0) {
    lockInode(v, inode);
    stamp(v);
    const at = flags & O_APPEND ? sizeOf(v.words, inode) : 0;
    result = writeData(v, inode, data, 0, data.length, at);
    unlockInode(v, inode);
    noteChange(v, get(v.words, description + Description.entry), inode);
  }
  releaseDescription(v, description, v.slot);
  if (result < 0) return result;
  return result < data.length ? -Errno.ENOSPC : 0;
}

/** RETRY: not a case for one transaction. */
function replaceFile(v: Volume, path: Path, data: Uint8Array, mode: number): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const found = resolve(v, v.walk, CREATE);
  if (found < 0) return found;
  whole.data = data;
  stamp(v);
  const inode = transact(v, replaceBody, mode, 0, 0);
  const held = get(v.words, v.slotAt + Slot.heldInode);
  if (held !== 0) unlockInode(v, held);
  return inode < 0 ? inode : 0;
}

function replaceBody(v: Volume, mode: number): number {
  const { walk } = v;
  const { data } = whole;
  let inode = revalidate(v, walk, CREATE);
  if (inode < 0) return inode;
  if (inode === 0) {
    inode = createNamed(v, walk, S_IFREG | (mode & MODE_BITS & ~v.umask));
    if (inode < 0) return inode;
    if (data.length > 0) noteEntry(v, false, walk.entry, inode);
  } else {
    const allowed = mayOpen(v, inode, WHOLE_FLAGS);
    if (allowed < 0) return allowed;
    const bits = get(v.words, inode + Inode.mode);
    if ((bits & S_IFMT) !== S_IFREG || (v.uid !== 0 && strippedMode(bits) !== bits)) return RETRY;
    if (!tryLockInode(v, inode)) return RETRY;
    if (chunkCount(sizeOf(v.words, inode)) > 1) return RETRY;
    noteEntry(v, false, walk.entry, inode);
  }
  return replaceContent(v, inode, data);
}

/** The new run is allotted and filled before the old one is freed: a rollback finds the old content untouched. */
function replaceContent(v: Volume, inode: number, data: Uint8Array): number {
  let chunk = 0;
  let blocks = 0;
  if (data.length > 0) {
    blocks = Math.ceil(data.length / BLOCK_BYTES);
    const block = allocateFrames(v, blocks);
    if (block === 0) return -Errno.ENOSPC;
    ensureMapped(v, (block + blocks) * BLOCK_BYTES);
    copyIn(v, data, 0, data.length, block * BLOCK_BYTES);
    chunk = chunkWord(block, blocks);
  }
  openInode(v, inode);
  dropData(v, inode, 0);
  putVolatile(v, inode + Inode.chunk, chunk);
  putVolatile(v, inode + Inode.blocks, blocks);
  setSize(v, inode, data.length);
  setModified(v, inode);
  if (get(v.words, Super.persistent) !== 0) markDirty(v, inode);
  return inode;
}
