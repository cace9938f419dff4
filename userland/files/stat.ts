import type { FileCalls } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { Failure } from '../program/program.ts';

/** What stat(2) says, by name. Times are milliseconds since the epoch with their nanoseconds beside them. */
export interface Status {
  dev: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  blockSize: number;
  ino: number;
  size: number;
  /** 512-byte blocks */
  blocks: number;
  atime: Instant;
  mtime: Instant;
  ctime: Instant;
  birthtime: Instant;
}
export interface Instant {
  seconds: number;
  nanoseconds: number;
}

export const FileType = {
  mask: 0o170000,
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  regular: 0o100000,
  link: 0o120000,
  socket: 0o140000,
} as const;

const FIELDS = 18;
const scratch = new Float64Array(FIELDS);

/** The status, or -errno. */
export function status(files: FileCalls, path: string, follow: boolean): Status | number {
  const result = follow ? files.stat(path, scratch, 0) : files.lstat(path, scratch, 0);
  return result < 0 ? result : fromFields();
}

export function statusOfDescriptor(files: FileCalls, fd: number): Status | number {
  const result = files.fstat(fd, scratch, 0);
  return result < 0 ? result : fromFields();
}

/** The status; a Failure that names the path when there is none. */
export function requireStatus(files: FileCalls, path: string, follow: boolean): Status {
  const found = status(files, path, follow);
  if (typeof found === 'number') throw new Failure(`${path}: ${errorText(found)}`);
  return found;
}

function fromFields(): Status {
  const at = (index: number): number => scratch[index] ?? 0;
  const instant = (index: number): Instant => ({ seconds: at(index), nanoseconds: at(index + 1) });
  return {
    dev: at(0),
    mode: at(1),
    nlink: at(2),
    uid: at(3),
    gid: at(4),
    rdev: at(5),
    blockSize: at(6),
    ino: at(7),
    size: at(8),
    blocks: at(9),
    atime: instant(10),
    mtime: instant(12),
    ctime: instant(14),
    birthtime: instant(16),
  };
}

export function typeOf(found: Status): number {
  return found.mode & FileType.mask;
}
export function isDirectory(found: Status): boolean {
  return typeOf(found) === FileType.directory;
}
export function isLink(found: Status): boolean {
  return typeOf(found) === FileType.link;
}
export function isRegular(found: Status): boolean {
  return typeOf(found) === FileType.regular;
}

/** Follows links: true when the path leads to a directory. */
export function isDirectoryPath(files: FileCalls, path: string): boolean {
  const found = status(files, path, true);
  return typeof found !== 'number' && isDirectory(found);
}

const TYPE_LETTERS = new Map<number, string>([
  [FileType.fifo, 'p'],
  [FileType.character, 'c'],
  [FileType.directory, 'd'],
  [FileType.block, 'b'],
  [FileType.regular, '-'],
  [FileType.link, 'l'],
  [FileType.socket, 's'],
]);

/** `-rwxr-xr-x` */
export function modeString(mode: number): string {
  const triple = (bits: number, special: boolean, letter: string): string =>
    (bits & 4 ? 'r' : '-') +
    (bits & 2 ? 'w' : '-') +
    (special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-');
  return (
    (TYPE_LETTERS.get(mode & FileType.mask) ?? '?') +
    triple((mode >> 6) & 7, (mode & 0o4000) !== 0, 's') +
    triple((mode >> 3) & 7, (mode & 0o2000) !== 0, 's') +
    triple(mode & 7, (mode & 0o1000) !== 0, 't')
  );
}
