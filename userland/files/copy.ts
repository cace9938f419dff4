import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import type { FileCalls, TimeSpec } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { joinPath } from './paths.ts';
import { Failure } from '../program/program.ts';
import { type Instant, isDirectory, isLink, type Status, status } from './stat.ts';
import { namesIn } from './walk.ts';

/** What of the source's attributes a copy keeps. */
export interface Preserve {
  mode: boolean;
  owner: boolean;
  times: boolean;
  links: boolean;
}

const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
const CREATE_EXCLUSIVE = 0o301; // O_WRONLY | O_CREAT | O_EXCL
const PERMISSIONS = 0o7777;

export function timeSpec(instant: Instant): TimeSpec {
  return { seconds: instant.seconds, nanoseconds: instant.nanoseconds };
}

/** The bytes of one regular file, into a new file or over an old one. Throws Failure. */
export function copyContent(
  files: FileCalls,
  from: string,
  to: string,
  mode: number,
  exclusive: boolean,
): void {
  const source = files.open(from, 0, 0);
  if (source < 0) throw new Failure(`cannot open '${from}' for reading: ${errorText(source)}`);
  try {
    const target = files.open(to, exclusive ? CREATE_EXCLUSIVE : CREATE_TRUNCATE, mode & 0o777);
    if (target < 0) throw new Failure(`cannot create regular file '${to}': ${errorText(target)}`);
    try {
      pour(files, source, target, from, to);
    } finally {
      files.close(target);
    }
  } finally {
    files.close(source);
  }
}

function pour(files: FileCalls, source: number, target: number, from: string, to: string): void {
  const buffer = new Uint8Array(INPUT_CHUNK_BYTES);
  for (;;) {
    const count = files.read(source, buffer, null);
    if (count < 0) throw new Failure(`error reading '${from}': ${errorText(count)}`);
    if (count === 0) return;
    for (let at = 0; at < count;) {
      const written = files.write(target, buffer.subarray(at, count), null);
      if (written < 0) throw new Failure(`error writing '${to}': ${errorText(written)}`);
      at += written;
    }
  }
}

/** Sets on `to` what `preserve` asks for. Owners that may not be given are passed over, as cp -p does. */
export function preserveAttributes(files: FileCalls, found: Status, to: string, preserve: Preserve): void {
  const link = isLink(found);
  if (preserve.owner) files.chown(to, found.uid, found.gid, !link);
  if (preserve.mode && !link) files.chmod(to, found.mode & PERMISSIONS, true);
  if (preserve.times) files.utimes(to, timeSpec(found.atime), timeSpec(found.mtime), !link);
}

/** Recreates a symbolic link; what is neither file, folder nor link is refused. Throws Failure. */
export function copySpecial(files: FileCalls, found: Status, from: string, to: string): void {
  if (!isLink(found)) throw new Failure(`cannot copy '${from}': a device, fifo or socket cannot be copied`);
  const target = files.readlink(from);
  const result = typeof target === 'number' ? target : files.symlink(target, to);
  if (result < 0) throw new Failure(`cannot create symbolic link '${to}': ${errorText(result)}`);
}

/** Removes a tree (mv between file systems). Throws Failure. */
export function removeTree(files: FileCalls, path: string): void {
  const found = status(files, path, false);
  if (typeof found === 'number') throw new Failure(`cannot remove '${path}': ${errorText(found)}`);
  if (isDirectory(found)) for (const name of namesIn(files, path)) removeTree(files, joinPath(path, name));
  const result = isDirectory(found) ? files.rmdir(path) : files.unlink(path);
  if (result < 0) throw new Failure(`cannot remove '${path}': ${errorText(result)}`);
}
