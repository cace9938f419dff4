/** Path walks in a backend: links, `.` and `..` become plain paths, as the contract wants them. */
import { Errno } from '../../src/base/errno.ts';
import { NAME_MAX_BYTES, SYMLINKS_MAX } from '../../src/base/limits.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../mode.ts';
import { type Attributes, type Backend, joinPath, parentPath } from './backend.ts';

export interface Walked {
  /** As the contract wants it. */
  path: string;
  /** What is there; undefined where only the last name is missing. */
  found: Attributes | undefined;
}
/** The way leads out of the mount, by `..` above its root or by a link: an absolute path. */
export interface Outside {
  outside: string;
}

/**
 * Walks `rest` from the backend's root. `follow` is for a link at the end. A path with a slash at its end must be a
 * directory. → -errno where a directory on the way is missing
 */
export async function walkBackend(
  backend: Backend,
  mountPoint: string,
  rest: string,
  follow: boolean,
): Promise<Walked | Outside | number> {
  const pending = rest.split('/').reverse();
  const wantsDirectory = /\/\.{0,2}$/.test(rest);
  let path = '';
  let found = await backend.lookup('');
  let links = 0;
  while (pending.length > 0) {
    if (typeof found === 'number') return found;
    const name = pending.pop() ?? '';
    if (name === '') continue;
    if ((found.mode & S_IFMT) !== S_IFDIR) return -Errno.ENOTDIR;
    if (name === '.') continue;
    if (name === '..') {
      // By the directory above: a path through the mount point would come back here.
      if (path === '')
        return { outside: outsideOf(`/${parentPath(mountPoint.slice(1))}`, pending.reverse()) };
      path = parentPath(path);
      found = await backend.lookup(path);
      continue;
    }
    if (new TextEncoder().encode(name).length > NAME_MAX_BYTES) return -Errno.ENAMETOOLONG;
    const isLast = pending.every((part) => part === '');
    const next = joinPath(path, name);
    const child = await backend.lookup(next);
    if (typeof child === 'number') {
      return isLast && child === -Errno.ENOENT ? { path: next, found: undefined } : child;
    }
    if ((child.mode & S_IFMT) === S_IFLNK && (follow || pending.length > 0)) {
      if (++links > SYMLINKS_MAX) return -Errno.ELOOP;
      const target = await backend.readlink(next);
      if (typeof target === 'number') return target;
      if (target.startsWith('/')) return { outside: outsideOf(target, pending.reverse()) };
      pending.push(...target.split('/').reverse());
      continue;
    }
    path = next;
    found = child;
  }
  if (typeof found === 'number') return found;
  if (wantsDirectory && (found.mode & S_IFMT) !== S_IFDIR) return -Errno.ENOTDIR;
  return { path, found };
}

function outsideOf(path: string, rest: readonly string[]): string {
  const tail = rest.join('/');
  return tail === '' ? path : `${path === '/' ? '' : path}/${tail}`;
}
