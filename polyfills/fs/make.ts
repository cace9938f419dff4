/** Making directories: a whole path of them, and temporary ones. */
import { Errno } from '../../src/base/errno.ts';
import type { FileCalls, Path } from '../system.ts';
import { decodeUtf8, pathBytes, pathText } from './text.ts';

const Bytes = Uint8Array;
const SLASH = 0x2f;
const { random, floor } = Math;
const { call } = Function.prototype;
const charCodeAt = call.bind(String.prototype.charCodeAt) as (text: string, at: number) => number;
const lastIndexOf = call.bind(String.prototype.lastIndexOf) as (text: string, part: string) => number;
const slice = call.bind(String.prototype.slice) as (text: string, from: number, to: number) => string;

/** Tries before mkdtemp gives up with EEXIST (glibc's TMP_MAX is as generous). */
const TEMPORARY_NAME_TRIES = 10_000;
const SUFFIX_LENGTH = 6;
const SUFFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * mkdir -p in Node's own order of trials, so that the errors are the same ones. Answers the first directory made,
 * undefined when all were there, or -errno.
 */
export function makeDirectories(files: FileCalls, path: Path, mode: number): string | undefined | number {
  const stack: string[] = [pathText(path)];
  let depth = 1;
  let first: string | undefined;
  while (depth > 0) {
    const next = stack[--depth] as string;
    let errno = files.mkdir(next, mode);
    if (errno === -Errno.ENOENT) {
      const parent = parentOf(next);
      if (parent !== next) {
        stack[depth++] = next;
        stack[depth++] = parent;
        continue;
      }
      if (depth > 0) continue;
      errno = -Errno.EEXIST;
    }
    if (errno >= 0) {
      first ??= next;
      continue;
    }
    const failed = checkExisting(files, next, errno, depth > 0);
    if (failed < 0) return failed;
  }
  return first;
}

/** After a failed mkdir of `path`: 0 when a directory is there all the same. */
function checkExisting(files: FileCalls, path: string, errno: number, hasChildren: boolean): number {
  if (
    errno === -Errno.EACCES ||
    errno === -Errno.ENOSPC ||
    errno === -Errno.ENOTDIR ||
    errno === -Errno.EPERM
  ) {
    return errno;
  }
  const kind = files.kind(path);
  if (kind < 0) return kind;
  if (kind === 1) return 0;
  return errno === -Errno.EEXIST && hasChildren ? -Errno.ENOTDIR : -Errno.EEXIST;
}

/** What precedes the last slash; the path itself where there is none. */
function parentOf(path: string): string {
  const at = lastIndexOf(path, '/');
  return at < 0 ? path : slice(path, 0, at);
}

/** mkdtemp(3): the template for error messages and the maker of the directory (its path, or -errno). */
export function makeTemporaryDirectory(
  files: FileCalls,
  prefix: Path,
): { template: string; make(): Uint8Array<ArrayBuffer> | number } {
  const stem = pathBytes(prefix);
  const name = new Bytes(stem.length + SUFFIX_LENGTH);
  name.set(stem);
  name.fill(0x58, stem.length);
  return {
    template: decodeUtf8(name),
    make() {
      for (let tries = 0; tries < TEMPORARY_NAME_TRIES; tries++) {
        for (let i = stem.length; i < name.length; i++) {
          name[i] = charCodeAt(SUFFIX_LETTERS, floor(random() * SUFFIX_LETTERS.length));
        }
        const errno = files.mkdir(name, 0o700);
        if (errno >= 0) return name;
        if (errno !== -Errno.EEXIST) return errno;
      }
      return -Errno.EEXIST;
    },
  };
}

/** The bytes of a directory and a name in it, joined by one slash. */
export function joinBytes(directory: Uint8Array, name: Uint8Array): Uint8Array<ArrayBuffer> {
  const slash = directory.length > 0 && directory[directory.length - 1] !== SLASH ? 1 : 0;
  const joined = new Bytes(directory.length + slash + name.length);
  joined.set(directory);
  if (slash === 1) joined[directory.length] = SLASH;
  joined.set(name, directory.length + slash);
  return joined;
}
