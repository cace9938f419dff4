/** Marks of mount points. What is mounted there is the business of the layer above. */
import { Errno } from '../src/base/errno.ts';
import { isDirectory } from './fields.ts';
import type { Path } from './file-system.ts';
import { Inode, Slab } from './layout.ts';
import { FOLLOW, resolve, revalidate, setPath } from './path.ts';
import { forEachObject } from './slabs.ts';
import { beginDirectoryChange, beginRemoval, putVolatile, transact } from './transaction.ts';
import { get, type Volume } from './volume.ts';

export function mountAt(v: Volume, path: Path, mount: number): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const found = resolve(v, v.walk, FOLLOW);
  if (found <= 0) return found === 0 ? -Errno.ENOENT : found;
  return transact(v, mark, mount, 0, 0);
}

function mark(v: Volume, mount: number): number {
  const inode = revalidate(v, v.walk, FOLLOW);
  if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
  if (!isDirectory(v.words, inode)) return -Errno.ENOTDIR;
  if (inode === v.root || get(v.words, inode + Inode.mount) !== 0) return -Errno.EBUSY;
  beginDirectoryChange(v);
  beginRemoval(v); // walks under way see the directory or the mount, not half of each
  putVolatile(v, inode + Inode.mount, mount);
  putVolatile(v, inode + Inode.pins, get(v.words, inode + Inode.pins) + 1);
  return 0;
}

export function unmount(v: Volume, mount: number): number {
  let inode = 0;
  forEachObject(v, Slab.inode, (at) => {
    if (get(v.words, at + Inode.mode) !== 0 && get(v.words, at + Inode.mount) === mount) inode = at;
  });
  return inode === 0 ? -Errno.EINVAL : transact(v, unmark, inode, 0, 0);
}

function unmark(v: Volume, inode: number): number {
  beginDirectoryChange(v);
  beginRemoval(v);
  putVolatile(v, inode + Inode.mount, 0);
  putVolatile(v, inode + Inode.pins, get(v.words, inode + Inode.pins) - 1);
  return 0;
}
