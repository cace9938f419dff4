/** Where a path leads, every symbolic link on the way followed by text: for trees whose calls follow none. */
import { Errno } from '../../base/errno.ts';
import { NAME_MAX_BYTES, PATH_MAX_BYTES, SYMLINKS_MAX } from '../../base/limits.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../../../vfs/mode.ts';

export interface Looker {
  /** st_mode of lstat(2), or -errno. */
  mode(path: string): number;
  /** A link's text, or -errno. */
  target(path: string): string | number;
}

export interface Led {
  /** Without `.`, `..` and links. */
  path: string;
  /** st_mode of what is there, or -errno: a path may lead to what is not there (yet). */
  mode: number;
}

const child = (folder: string, name: string): string => (folder === '/' ? `/${name}` : `${folder}/${name}`);
const parent = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** → where an absolute path leads, or -errno */
export function follow(looker: Looker, path: string): Led | number {
  const pending = path.split('/').reverse();
  let at = '/';
  let mode = S_IFDIR;
  let links = 0;
  while (pending.length > 0) {
    const name = pending.pop() ?? '';
    if (name === '' || name === '.') continue;
    if (mode < 0 && mode !== -Errno.ENOENT) return mode;
    if (mode >= 0 && (mode & S_IFMT) !== S_IFDIR) return -Errno.ENOTDIR;
    if (name === '..') {
      if (mode < 0) return mode;
      at = parent(at);
      continue;
    }
    const next = child(at, name);
    if (name.length > NAME_MAX_BYTES || next.length >= PATH_MAX_BYTES) return -Errno.ENAMETOOLONG;
    if (mode >= 0) mode = looker.mode(next);
    if (mode >= 0 && (mode & S_IFMT) === S_IFLNK) {
      if (++links > SYMLINKS_MAX) return -Errno.ELOOP;
      const target = looker.target(next);
      if (typeof target === 'number') return target;
      pending.push(...target.split('/').reverse());
      if (target.startsWith('/')) at = '/';
      mode = S_IFDIR;
      continue;
    }
    at = next;
  }
  return { path: at, mode };
}
