/** Where in a compartment's own tree the container's files are seen. */
import { Errno } from '../../base/errno.ts';
import { CROSSED, type FileSystem, StatField } from '../../../vfs/file-system.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../../../vfs/mode.ts';
import { type FileGrants, liesIn, outermost } from './grants.ts';
import type { Looker } from './links.ts';

/** Folders of which a compartment has its own. Those of the second list can be granted, whole or in part. */
const ALWAYS_OWN = [
  '/bin',
  '/dev',
  '/lib',
  '/proc',
  '/run',
  '/sbin',
  '/task',
  '/usr/bin',
  '/usr/lib',
  '/web',
];
const OWN_UNLESS_GRANTED = ['/etc', '/tmp', '/usr', '/var'];
/** What a grant of `/` or `/usr` means of `/usr`: the rest belongs to the system. */
const SHARED_IN_USR = ['/usr/local', '/usr/share'];

export interface NoPlace {
  errno: number;
  path: string;
}

export function lookerOf(files: FileSystem): Looker {
  const figures = new Float64Array(StatField.count);
  return {
    mode(path) {
      const result = files.lstat(path, figures, 0);
      // A mount of the container's is a folder, and empty.
      if (result === CROSSED) return files.crossing.rest === '' ? S_IFDIR | 0o555 : -Errno.ENOENT;
      return result < 0 ? result : (figures[StatField.mode] ?? 0);
    },
    target(path) {
      const target = files.readlink(path);
      return typeof target === 'number' ? target : new TextDecoder().decode(target);
    },
  };
}

const isFolder = (mode: number): boolean => mode >= 0 && (mode & S_IFMT) === S_IFDIR;
const inAny = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => liesIn(path, folder));
/** The folder of the root in which the path lies. */
export const topOf = (path: string): string => `/${path.split('/', 2)[1] ?? ''}`;

/**
 * → folders of the container that are seen at the same path, none within another. `files` must follow no links, and a
 * grant must name none: programs that may write there could have put a link into its place that leads to more.
 */
export function marksOf(files: FileSystem, { read, write }: FileGrants): string[] | NoPlace {
  const looker = lookerOf(files);
  const own = [...ALWAYS_OWN, ...OWN_UNLESS_GRANTED];
  const wanted: string[] = [];
  for (const path of [...read, ...write]) {
    const link = linkIn(looker, path);
    if (link !== undefined) return { errno: -Errno.ELOOP, path: link };
    if (inAny(path, ALWAYS_OWN)) continue;
    if (path === '/' || path === '/usr') wanted.push(...SHARED_IN_USR);
    else wanted.push(inAny(path, own) ? path : topOf(path));
  }
  for (const path of wanted) {
    const mode = looker.mode(path);
    if (!isFolder(mode)) return { errno: mode < 0 ? mode : -Errno.ENOTDIR, path };
  }
  const entries = files.readdir('/', false);
  const top = typeof entries === 'number' ? [] : entries.names.map((name) => `/${name}`);
  return outermost([...wanted, ...top.filter((path) => !own.includes(path) && isFolder(looker.mode(path)))]);
}

/** The first link on the way of a path. */
function linkIn(looker: Looker, path: string): string | undefined {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const part = end < 0 ? path : path.slice(0, end);
    const mode = looker.mode(part);
    if (mode >= 0 && (mode & S_IFMT) === S_IFLNK) return part;
    if (mode < 0 || end < 0) return undefined;
  }
}
