import type { FileCalls } from '../../polyfills/system.ts';
import { FileType, isLink, type Instant, status, type Status, typeOf } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { compareVersions } from '../text/version-compare.ts';
import { compareCodePoints } from '../files/walk.ts';
import type { Settings } from './settings.ts';

/** One name of a listing with what is known of it. */
export interface Entry {
  /** As printed. */
  name: string;
  path: string;
  status: Status;
  /** Where a symbolic link points, and what is there (undefined: nothing). */
  link?: { target: string; status: Status | undefined };
}

/** → the entry, or -errno */
export function entryOf(files: FileCalls, name: string, path: string, follow: boolean): Entry | number {
  let found = status(files, path, follow);
  if (typeof found === 'number' && follow) found = status(files, path, false);
  if (typeof found === 'number') return found;
  if (!isLink(found)) return { name, path, status: found };
  const target = files.readlink(path);
  const behind = status(files, path, true);
  return {
    name,
    path,
    status: found,
    link: {
      target: typeof target === 'number' ? '?' : decodeText(target),
      status: typeof behind === 'number' ? undefined : behind,
    },
  };
}

export function timeOf(entry: Entry, settings: Settings): Instant {
  return entry.status[settings.time];
}

const extension = (name: string): string => /\.[^.]*$/.exec(name)?.[0] ?? '';

export function sortEntries(entries: Entry[], settings: Settings): void {
  if (settings.sort === 'none') return;
  const byName = (a: Entry, b: Entry): number => compareCodePoints(a.name, b.name);
  const newest = (a: Entry, b: Entry): number => {
    const [x, y] = [timeOf(a, settings), timeOf(b, settings)];
    return y.seconds - x.seconds || y.nanoseconds - x.nanoseconds;
  };
  const orders: Record<Settings['sort'], (a: Entry, b: Entry) => number> = {
    name: byName,
    none: () => 0,
    size: (a, b) => b.status.size - a.status.size,
    time: newest,
    extension: (a, b) => compareCodePoints(extension(a.name), extension(b.name)),
    version: (a, b) => compareVersions(a.name, b.name),
    width: (a, b) => a.name.length - b.name.length,
  };
  const order = orders[settings.sort];
  entries.sort((a, b) => (order(a, b) || byName(a, b)) * (settings.reverse ? -1 : 1));
  if (settings.directoriesFirst) entries.sort((a, b) => Number(isFolder(b)) - Number(isFolder(a)));
}

function isFolder(entry: Entry): boolean {
  const shown = entry.link?.status ?? entry.status;
  return typeOf(shown) === FileType.directory;
}

const INDICATORS = new Map<number, string>([
  [FileType.directory, '/'],
  [FileType.link, '@'],
  [FileType.fifo, '|'],
  [FileType.socket, '='],
]);

/** The character that -F, --file-type or -p put after a name. */
export function indicatorOf(found: Status, style: Settings['indicator']): string {
  if (style === 'none') return '';
  const type = typeOf(found);
  if (style === 'slash') return type === FileType.directory ? '/' : '';
  if (type === FileType.regular) return style === 'classify' && (found.mode & 0o111) !== 0 ? '*' : '';
  return INDICATORS.get(type) ?? '';
}
