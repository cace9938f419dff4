/**
 * A whole container as one archive: a tar (pax) of everything from the root down, with owners, times of access, devices
 * and hard links, between two global headers. The first says that it is a snapshot, the last holds the CRC-32 of all
 * that precedes it. Any tar reads it; only what is whole is restored.
 */
import { Errno } from '../../base/errno.ts';
import { ARCHIVE_CHUNK_BYTES } from '../../base/limits.ts';
import { paxHeader, readExtended, TAR_BLOCK_BYTES, type TarEntry } from '../../base/tar.ts';
import { ArchiveError } from '../../../vfs/backends/archive.ts';
import { type ByteSource, readAhead } from '../../../vfs/backends/byte-source.ts';
import { crc32 } from '../../../vfs/backends/crc32.ts';
import { tarItems, unpacked } from '../../../vfs/backends/tar.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import { O_CREAT, O_TRUNC, O_WRONLY, S_IFBLK, S_IFCHR, S_IFIFO } from '../../../vfs/mode.ts';
import { tarEntry } from './tar-writer.ts';
import { bytesOf } from '../files/tree-walk.ts';
import { TreeError, type TreeItem } from './tree-reader.ts';
import { Turns } from './turns.ts';

const VERSION = '1';
const VERSION_FIELD = 'OAC.snapshot';
const SUM_FIELD = 'OAC.crc32';
const COUNT_FIELD = 'OAC.entries';
/** The last header, its records, and the two blocks that end a tar. */
const TRAILER_BYTES = 4 * TAR_BLOCK_BYTES;

export async function* snapshotParts(items: AsyncIterable<TreeItem>): AsyncGenerator<Uint8Array> {
  let sum = 0;
  let entries = 0;
  const first = paxHeader('g', { [VERSION_FIELD]: VERSION });
  sum = crc32(first, sum);
  yield first;
  for await (const item of items) {
    entries++;
    for await (const part of tarEntry(item, { accessTimes: true, owners: true })) {
      sum = crc32(part, sum);
      yield part;
    }
  }
  yield trailer(sum, entries);
}

function trailer(sum: number, entries: number): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  bytes.set(paxHeader('g', { [SUM_FIELD]: sum.toString(16), [COUNT_FIELD]: String(entries) }));
  return bytes;
}

export interface OpenSnapshot {
  source: ByteSource;
  entries: number;
}

/** Throws ArchiveError unless every byte is there as it was written. */
export async function openSnapshot(given: ByteSource): Promise<OpenSnapshot> {
  const source = await unpacked(given);
  const damaged = (): ArchiveError => new ArchiveError('the snapshot is damaged or cut short');
  if (source.size < TRAILER_BYTES + 2 * TAR_BLOCK_BYTES) throw new ArchiveError('this is no snapshot');
  const first = readExtended('g', await source.read(TAR_BLOCK_BYTES, TAR_BLOCK_BYTES));
  if (first?.[VERSION_FIELD] !== VERSION) throw new ArchiveError('this is no snapshot of this version');
  const end = source.size - TRAILER_BYTES;
  const last = readExtended('g', await source.read(end + TAR_BLOCK_BYTES, TAR_BLOCK_BYTES));
  if (last?.[SUM_FIELD] === undefined) throw damaged();
  const turns = new Turns();
  let sum = 0;
  for (let at = 0; at < end;) {
    const part = await source.read(at, Math.min(ARCHIVE_CHUNK_BYTES, end - at));
    sum = crc32(part, sum);
    at += part.length;
    await turns.pause();
  }
  const entries = Number(last[COUNT_FIELD]);
  const promised = trailer(sum, entries);
  const there = await source.read(end, TRAILER_BYTES);
  if (promised.some((byte, at) => byte !== there[at])) throw damaged();
  return { source, entries };
}

export interface RestoreProgress {
  files: number;
  bytes: number;
  totalFiles: number;
}

/** Writes a snapshot's tree from the root down; `files` must act as root. Throws TreeError, or ArchiveError. */
export async function restoreSnapshot(
  files: FileSystem,
  { source, entries }: OpenSnapshot,
  report: (progress: RestoreProgress) => void,
): Promise<void> {
  const buffered = readAhead(source);
  const turns = new Turns();
  const progress: RestoreProgress = { files: 0, bytes: 0, totalFiles: entries };
  const folders = new Map<string, TarEntry>([['/', ROOT]]);
  for await (const { entry, start } of tarItems(buffered)) {
    if (entry.type === 'g') continue;
    const path = pathOf(entry, folders);
    if (entry.type === '5') folders.set(path, entry);
    await restoreEntry(files, path, entry, (at, length) => buffered.read(start + at, length));
    if (entry.type === '0') progress.bytes += entry.size;
    progress.files++;
    const pause = turns.pause();
    if (pause === undefined) continue;
    report({ ...progress });
    await pause;
  }
  for (const [path, { mtime, atime }] of [...folders].reverse())
    must(files.utimes(bytesOf(path), atime ?? mtime, mtime, false), 'utime', path);
  report({ ...progress });
}

const NEVER = { seconds: 0, nanoseconds: 0 };
const ROOT: TarEntry = {
  name: './',
  type: '5',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: NEVER,
  link: '',
  major: 0,
  minor: 0,
};

/** Every entry stands in a directory that came before it: nothing is reached through a link or `..`. */
function pathOf({ name }: TarEntry, folders: ReadonlyMap<string, TarEntry>): string {
  if (name === './') return '/';
  const path = `/${name.replace(/\/$/, '')}`;
  const last = path.lastIndexOf('/');
  const own = path.slice(last + 1);
  if (own === '' || own === '.' || own === '..' || !folders.has(path.slice(0, last) || '/'))
    throw new ArchiveError(`'${name}' leads out of the snapshot`);
  return path;
}

function must(result: number, syscall: string, path: string): number {
  if (result < 0) throw new TreeError(result, syscall, path);
  return result;
}

async function restoreEntry(
  files: FileSystem,
  path: string,
  entry: TarEntry,
  read: (at: number, length: number) => Promise<Uint8Array>,
): Promise<void> {
  const name = bytesOf(path);
  const device = (entry.major << 8) | entry.minor;
  switch (entry.type) {
    case '5':
      if (path !== '/') must(files.mkdir(name, 0o700), 'mkdir', path);
      break;
    case '0':
      await restoreFile(files, path, entry, read);
      break;
    case '1':
      must(files.link(bytesOf(`/${entry.link}`), name), 'link', path);
      return;
    case '2':
      must(files.symlink(bytesOf(entry.link), name), 'symlink', path);
      break;
    case '3':
    case '4':
      must(files.mknod(name, (entry.type === '3' ? S_IFCHR : S_IFBLK) | 0o600, device), 'mknod', path);
      break;
    case '6':
      must(files.mknod(name, S_IFIFO | 0o600, 0), 'mknod', path);
      break;
    default:
      throw new ArchiveError(`'${path}' is of an unknown kind`);
  }
  must(files.chown(name, entry.uid, entry.gid, false), 'chown', path);
  if (entry.type !== '2') must(files.chmod(name, entry.mode, true), 'chmod', path);
  if (entry.type !== '5')
    must(files.utimes(name, entry.atime ?? entry.mtime, entry.mtime, false), 'utime', path);
}

async function restoreFile(
  files: FileSystem,
  path: string,
  { size }: TarEntry,
  read: (at: number, length: number) => Promise<Uint8Array>,
): Promise<void> {
  const name = bytesOf(path);
  const flags = O_WRONLY | O_CREAT | O_TRUNC;
  if (size <= ARCHIVE_CHUNK_BYTES) {
    must(files.writeFile(name, await read(0, size), flags, 0o600), 'open', path);
    return;
  }
  const ofd = must(files.open(name, flags, 0o600), 'open', path);
  try {
    for (let at = 0; at < size;) {
      const part = await read(at, Math.min(ARCHIVE_CHUNK_BYTES, size - at));
      for (let done = 0; done < part.length;) {
        const count = must(files.write(ofd, part.subarray(done), at + done), 'write', path);
        if (count === 0) throw new TreeError(-Errno.ENOSPC, 'write', path);
        done += count;
      }
      at += part.length;
    }
  } finally {
    files.close(ofd);
  }
}
