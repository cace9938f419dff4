/** Steps that several namespace operations share. */
import { Errno } from '../src/base/errno.ts';
import { addEntry } from './entries.ts';
import { createInode, mayAccess } from './inodes.ts';
import { Inode } from './layout.ts';
import { direntType, S_IFDIR, S_IFMT, W_OK, X_OK } from './mode.ts';
import { refusal } from './storage-client.ts';
import { put } from './transaction.ts';
import { get, type Volume, type Walk } from './volume.ts';
import { noteName } from './watch-ring.ts';

/** Whether the walk's last component may be made: 0 or -errno. */
export function mayCreate(v: Volume, walk: Walk): number {
  const { parent } = walk;
  if (get(v.words, parent + Inode.links) === 0) return -Errno.ENOENT;
  return mayAccess(v, parent, W_OK | X_OK) ? 0 : -Errno.EACCES;
}

/** Makes an inode and its name, as the walk found it missing. `mode` is already masked. → inode or -errno */
export function createNamed(v: Volume, walk: Walk, mode: number): number {
  const allowed = mayCreate(v, walk);
  if (allowed < 0) return allowed;
  const { parent } = walk;
  const inode = createInode(v, parent, mode);
  if (inode === 0) return -Errno.ENOSPC;
  const entry = nameInode(v, walk, inode, mode);
  if (entry < 0) return entry;
  if ((mode & S_IFMT) === S_IFDIR) {
    put(v, inode + Inode.parentEntry, entry);
    put(v, parent + Inode.links, get(v.words, parent + Inode.links) + 1);
  }
  return inode;
}

/** Gives an inode the walk's name. → entry or -errno */
export function nameInode(v: Volume, walk: Walk, inode: number, mode: number): number {
  const refused = refusal(v);
  if (refused < 0) return refused;
  const { parent, nameBytes, nameAt, nameLength, hash } = walk;
  const entry = addEntry(v, parent, nameBytes, nameAt, nameLength, hash, inode, direntType(mode));
  if (entry === 0) return -Errno.ENOSPC;
  walk.entry = entry;
  noteName(v, true, parent, 0, nameBytes, nameAt, nameLength);
  return entry;
}
