/** rmSync: std::filesystem::remove and remove_all with Node's retries and errors. */
import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import type { FileCalls, Path } from '../system.ts';
import { errnoDescription, errnoException } from './errors.ts';
import { joinBytes } from './make.ts';
import type { FileBindingBase } from './shared.ts';
import { pathBytes, pathText } from './text.ts';

const { floor } = Math;
const FIELDS = 18;
const MODE = 1;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const DIRENT_DIRECTORY = 2;

const MESSAGES: Readonly<Record<number, string>> = {
  [Errno.EPERM]: 'Operation not permitted',
  [Errno.ENOTEMPTY]: 'Directory not empty',
  [Errno.ENOTDIR]: 'Not a directory',
  [Errno.EACCES]: 'Permission denied',
};

export function createRemoval({ context, files }: FileBindingBase) {
  const figures = new Float64Array(FIELDS);
  return {
    rmSync(path: Path, maxRetries: number, recursive: boolean, retryDelayMs: number): undefined {
      const found = files.lstat(path, figures, 0);
      if (found === -Errno.ENOENT || found === -Errno.ENOTDIR) return undefined;
      const isDirectory = found >= 0 && ((figures[MODE] as number) & S_IFMT) === S_IFDIR;
      const text = pathText(path);
      if (isDirectory && recursive !== true) {
        throw context.errors.coded(Error, 'ERR_FS_EISDIR', `Path is a directory: ${text}`);
      }
      const errno = removeWithRetries(context, path, isDirectory, maxRetries, retryDelayMs);
      if (errno === 0) return undefined;
      const known = MESSAGES[errno];
      if (known !== undefined) throw errnoException(errno, 'rm', `${known}: ${text}`, text);
      throw errnoException(errno, 'rm', `Unknown error: ${errnoDescription(errno)}`, text);
    },
  };
}

/** Failures that may pass: worth another try. */
function isTransient(errno: number): boolean {
  return (
    errno === Errno.EBUSY ||
    errno === Errno.EMFILE ||
    errno === Errno.ENFILE ||
    errno === Errno.ENOTEMPTY ||
    errno === Errno.EPERM
  );
}

function removeWithRetries(
  context: NodeContext,
  path: Path,
  isDirectory: boolean,
  maxRetries: number,
  retryDelayMs: number,
): number {
  const { files } = context.system;
  let errno = 0;
  for (let tries = 1; tries <= maxRetries + 1; tries++) {
    errno = -(isDirectory ? removeTree(files, pathBytes(path)) : removeOne(files, path));
    if (errno === 0 || errno === Errno.ENOENT) return 0;
    if (!isTransient(errno)) return errno;
    // sleep(3) counts whole seconds, and so does Node here.
    const delayMs = floor((tries * retryDelayMs) / 1000) * 1000;
    if (delayMs > 0) context.intrinsics.sleep(delayMs);
  }
  return errno;
}

function removeOne(files: FileCalls, path: Path): number {
  const result = files.unlink(path);
  return result > 0 ? 0 : result;
}

/** A directory and all in it, deepest first, without following links. 0 or the first -errno. */
export function removeTree(files: FileCalls, path: Uint8Array): number {
  const list = files.readdir(path, true);
  if (typeof list === 'number') return list;
  const { rawNames = [], types } = list;
  for (let i = 0; i < rawNames.length; i++) {
    const child = joinBytes(path, rawNames[i] as Uint8Array);
    const result = types[i] === DIRENT_DIRECTORY ? removeTree(files, child) : removeOne(files, child);
    if (result < 0 && result !== -Errno.ENOENT) return result;
  }
  const result = files.rmdir(path);
  return result > 0 ? 0 : result;
}
