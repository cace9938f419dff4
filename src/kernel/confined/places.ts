/** Where in a compartment's own tree the container's files are seen, and what its grants lead to. */
import { Errno } from '../../base/errno.ts';
import { CROSSED, type FileSystem, StatField } from '../../../vfs/file-system.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../../../vfs/mode.ts';
import { type FileGrants, liesIn, outermost } from './grants.ts';
import { follow, type Looker } from './links.ts';

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

export interface Places {
  grants: FileGrants;
  /** Every name on the way to a grant. */
  passages: Set<string>;
  /** Folders of the container that are seen at the same path, none within another. */
  marks: string[];
  /** Links in the root folder on the way to a grant. */
  links: { path: string; target: string }[];
}

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

/** `files` must follow no links. Grants hold for where they lead now. */
export function placesOf(files: FileSystem, asked: FileGrants): Places | NoPlace {
  const looker = lookerOf(files);
  const passages = new Set<string>();
  const grants: { read: string[]; write: string[] } = { read: [], write: [] };
  for (const access of ['read', 'write'] as const) {
    for (const path of asked[access]) {
      const led = follow(looker, path, (name) => passages.add(name));
      if (typeof led === 'number') return { errno: led, path };
      if (!inAny(led.path, ALWAYS_OWN)) grants[access].push(led.path);
    }
  }
  for (const path of [...grants.read, ...grants.write]) passages.delete(path);
  const all = [...grants.read, ...grants.write];
  const own = [...ALWAYS_OWN, ...OWN_UNLESS_GRANTED];
  const wanted = all.flatMap((path) =>
    path === '/' || path === '/usr' ? SHARED_IN_USR : [inAny(path, own) ? path : topOf(path)],
  );
  for (const path of wanted) {
    const mode = looker.mode(path);
    if (!isFolder(mode)) return { errno: mode < 0 ? mode : -Errno.ENOTDIR, path };
  }
  const root = rootFolder(files, looker, own, passages);
  return {
    grants: { read: outermost(grants.read), write: outermost(grants.write) },
    passages,
    marks: outermost([...wanted, ...root.folders]),
    links: root.links,
  };
}

/** The folder of the root in which the path lies. */
const topOf = (path: string): string => `/${path.split('/', 2)[1] ?? ''}`;

/** What lies in the container's root folder beside what a compartment has of its own. */
function rootFolder(
  files: FileSystem,
  looker: Looker,
  own: readonly string[],
  passages: ReadonlySet<string>,
): { folders: string[]; links: Places['links'] } {
  const folders: string[] = [];
  const links: Places['links'] = [];
  const entries = files.readdir('/', false);
  for (const name of typeof entries === 'number' ? [] : entries.names) {
    const path = `/${name}`;
    if (own.includes(path)) continue;
    const mode = looker.mode(path);
    if (isFolder(mode)) folders.push(path);
    else if (mode >= 0 && (mode & S_IFMT) === S_IFLNK && passages.has(path)) {
      const target = looker.target(path);
      if (typeof target === 'string') links.push({ path, target });
    }
  }
  return { folders, links };
}
