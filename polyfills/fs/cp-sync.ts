/** The parts of cpSync that Node does in C++: the checks of both paths, overwriting a file, copying a directory. */
import { Errno } from '../../src/base/errno.ts';
import type { FileCalls } from '../system.ts';
import { copyFile } from './copy.ts';
import { errnoDescription, errnoException } from './errors.ts';
import { makeDirectories } from './make.ts';
import { childPath, isWithin, parentPath, resolvePath, startsWith } from './paths.ts';
import type { FileBindingBase } from './shared.ts';
import { decodeUtf8, pathText } from './text.ts';
import type { Path, TimeSpec } from '../system.ts';

const FIELDS = 18;
const S_IFMT = 0o170000;
const S_IFSOCK = 0o140000;
const S_IFLNK = 0o120000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFIFO = 0o010000;
const COPYFILE_EXCL = 1;
/** As `kind` tells it. */
const DIRECTORY = 1;
const DIRENT_FILE = 1;
const DIRENT_DIRECTORY = 2;
const DIRENT_LINK = 3;

export interface CopyOptions {
  force: boolean;
  dereference: boolean;
  errorOnExist: boolean;
  verbatimSymlinks: boolean;
  preserveTimestamps: boolean;
}

/** What a path is: its type bits and its identity; or -errno. */
interface Found {
  type: number;
  dev: number;
  ino: number;
}

function look(files: FileCalls, path: string, follow: boolean): Found | number {
  const out = new Float64Array(FIELDS);
  const result = follow ? files.stat(path, out, 0) : files.lstat(path, out, 0);
  if (result < 0) return result;
  return { type: (out[1] as number) & S_IFMT, dev: out[0] as number, ino: out[7] as number };
}

function typeAt(files: FileCalls, path: string, follow: boolean): number {
  const found = look(files, path, follow);
  return typeof found === 'number' ? found : found.type;
}

/** std::filesystem::equivalent: the same file after following links. */
function isSameFile(files: FileCalls, a: string, b: string): boolean {
  const [first, second] = [look(files, a, true), look(files, b, true)];
  if (typeof first === 'number' || typeof second === 'number') return false;
  return first.dev === second.dev && first.ino === second.ino;
}

export function createCopySync(base: FileBindingBase) {
  const { context, files, check, failure } = base;
  const coded = (code: string, message: string): Error => context.errors.coded(Error, code, message);

  function checkTypes(source: string, target: string, sourceIsDirectory: boolean, targetType: number): void {
    if (isSameFile(files, source, target)) {
      throw coded('ERR_FS_CP_EINVAL', `src and dest cannot be the same ${target}`);
    }
    const targetIsDirectory = targetType === S_IFDIR;
    if (sourceIsDirectory && !targetIsDirectory) {
      throw coded(
        'ERR_FS_CP_DIR_TO_NON_DIR',
        `Cannot overwrite non-directory ${target} with directory ${source}`,
      );
    }
    if (!sourceIsDirectory && targetIsDirectory) {
      throw coded(
        'ERR_FS_CP_NON_DIR_TO_DIR',
        `Cannot overwrite directory ${target} with non-directory ${source}`,
      );
    }
  }

  /** True when the directory that will hold `target` is `source` itself. */
  function targetIsInside(source: string, target: string): boolean {
    const parent = parentPath(target);
    if (parent === '' || parent === parentPath(source) || parentPath(parent) === parent) return false;
    return isSameFile(files, source, parent);
  }

  return {
    cpSyncCheckPaths(from: Path, to: Path, dereference: boolean, recursive: boolean): undefined {
      const source = pathText(from);
      const target = pathText(to);
      // The two are the wrong way round in Node too: with dereference the link itself is looked at.
      const found = look(files, source, !dereference);
      if (typeof found === 'number') throw failure(found, dereference ? 'stat' : 'lstat', source);
      const targetType = typeAt(files, target, dereference);
      const sourceIsDirectory = found.type === S_IFDIR || (dereference && found.type === S_IFLNK);
      if (targetType >= 0) checkTypes(source, target, sourceIsDirectory, targetType);
      const within = source[source.length - 1] === '/' ? source : `${source}/`;
      if ((sourceIsDirectory && startsWith(target, within)) || targetIsInside(source, target)) {
        throw coded('ERR_FS_CP_EINVAL', `Cannot copy ${within} to a subdirectory of self ${target}`);
      }
      if (sourceIsDirectory && recursive !== true) {
        throw coded('ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${within}`);
      }
      if (found.type === S_IFSOCK) throw coded('ERR_FS_CP_SOCKET', `Cannot copy a socket file: ${target}`);
      if (found.type === S_IFIFO) throw coded('ERR_FS_CP_FIFO_PIPE', `Cannot copy a FIFO pipe: ${target}`);
      const parent = parentPath(target);
      if (parent !== '' && (targetType < 0 || files.access(parent, 0) < 0)) {
        makeDirectories(files, parent, 0o777);
      }
      return undefined;
    },
    cpSyncOverrideFile(from: Path, to: Path, mode: unknown, preserveTimestamps: boolean): undefined {
      const source = pathText(from);
      const target = pathText(to);
      const flags = check.mode(mode);
      const removed = files.unlink(target);
      if (removed < 0) throw errnoException(-removed, 'unlink', errnoDescription(-removed), target);
      const copied = copyFile(files, source, target, flags);
      if (copied < 0 && flags === 0) throw errnoException(-copied, 'cp', errnoDescription(-copied), target);
      if (copied < 0) throw failure(copied, 'cp', source, target);
      if (preserveTimestamps === true) copyTimes(base, source, target);
      return undefined;
    },
    cpSyncCopyDir(
      from: Path,
      to: Path,
      force: boolean,
      dereference: boolean,
      errorOnExist: boolean,
      verbatimSymlinks: boolean,
      preserveTimestamps: boolean,
    ): undefined {
      const target = pathText(to);
      const made = createDirectories(files, target);
      if (made < 0) throw errnoException(-made, 'cp', errnoDescription(-made), target);
      const options = { force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps };
      copyDirectory(base, pathText(from), target, options);
      return undefined;
    },
  };
}

/** std::filesystem::create_directories, whose error, unlike mkdir -p's, is always that of the mkdir. → 0 or -errno */
function createDirectories(files: FileCalls, path: string): number {
  if (files.kind(path) === DIRECTORY) return 0;
  const above = parentPath(path);
  if (above !== '' && above !== path && files.kind(above) === -Errno.ENOENT) {
    const made = createDirectories(files, above);
    if (made < 0) return made;
  }
  const made = files.mkdir(path, 0o777);
  return made === -Errno.EEXIST && files.kind(path) === DIRECTORY ? 0 : made;
}

function copyTimes({ files, failure }: FileBindingBase, source: string, target: string): void {
  const out = new Float64Array(FIELDS);
  const found = files.stat(source, out, 0);
  if (found < 0) throw failure(found, 'stat', source);
  const time = (at: number): TimeSpec => ({
    seconds: out[at] as number,
    nanoseconds: (out[at + 1] as number) - ((out[at + 1] as number) % 1000),
  });
  const result = files.utimes(target, time(10), time(12), true);
  if (result < 0) throw failure(result, 'utime', target);
}

function copyDirectory(base: FileBindingBase, source: string, target: string, options: CopyOptions): void {
  const { files } = base;
  const list = files.readdir(source, false);
  if (typeof list === 'number') throw errnoException(-list, 'cp', errnoDescription(-list), target);
  for (let i = 0; i < list.names.length; i++) {
    const name = list.names[i] as string;
    const [from, to] = [childPath(source, name), childPath(target, name)];
    const type = list.types[i];
    if (type === DIRENT_LINK) {
      copyLink(base, source, from, to, target, options);
    } else if (type === DIRENT_DIRECTORY) {
      files.mkdir(to, 0o777);
      copyDirectory(base, from, to, options);
    } else if (type === DIRENT_FILE) {
      copyOneFile(base, from, to, target, options);
    }
  }
}

function copyOneFile(
  base: FileBindingBase,
  from: string,
  to: string,
  directory: string,
  options: CopyOptions,
): void {
  const { context, files } = base;
  const result = copyFile(files, from, to, options.force ? 0 : COPYFILE_EXCL);
  if (result === -Errno.EEXIST && !options.force) {
    if (!options.errorOnExist) return;
    throw context.errors.coded(
      Error,
      'ERR_FS_CP_EEXIST',
      `[ERR_FS_CP_EEXIST]: Target already exists: cp returned EEXIST (${to} already exists)`,
    );
  }
  if (result < 0) throw errnoException(-result, 'cp', errnoDescription(-result), directory);
  if (options.preserveTimestamps) copyTimes(base, from, to);
}

function copyLink(
  base: FileBindingBase,
  source: string,
  from: string,
  to: string,
  directory: string,
  options: CopyOptions,
): void {
  const { files } = base;
  const expect = (result: number): void => {
    if (result < 0) throw errnoException(-result, 'cp', errnoDescription(-result), directory);
  };
  const bytes = files.readlink(from);
  if (typeof bytes === 'number') {
    expect(bytes);
    return;
  }
  const link = decodeUtf8(bytes);
  if (options.verbatimSymlinks) {
    expect(files.symlink(link, to));
    return;
  }
  const existing = typeAt(files, to, false);
  if (existing === S_IFLNK && files.access(to, 0) >= 0) {
    checkLinks(base, link, to, options);
    expect(files.unlink(to));
  } else if (existing === S_IFREG && (!options.dereference || (!options.force && options.errorOnExist))) {
    throw errnoException(Errno.EEXIST, 'cp', errnoDescription(Errno.EEXIST), to);
  }
  const cwd = files.cwd();
  const absolute = resolvePath(typeof cwd === 'string' ? cwd : '/', childPath(source, link));
  expect(files.symlink(link[0] === '/' ? canonical(files, link) : canonical(files, absolute), to));
}

/** weakly_canonical: links resolved as far as the path exists. */
function canonical(files: FileCalls, path: string): string {
  const real = files.realpath(path);
  return typeof real === 'number' ? path : decodeUtf8(real);
}

/** Refuses a link whose replacement would put a directory into itself. */
function checkLinks(
  { context, files }: FileBindingBase,
  link: string,
  to: string,
  options: CopyOptions,
): void {
  const bytes = files.readlink(to);
  if (typeof bytes === 'number') return;
  const current = decodeUtf8(bytes);
  const cwd = files.cwd();
  const base = typeof cwd === 'string' ? cwd : '/';
  const [wanted, present] = [resolvePath(base, link), resolvePath(base, current)];
  if (!options.dereference && files.kind(wanted) === 1 && isWithin(wanted, present)) {
    throw context.errors.coded(
      Error,
      'ERR_FS_CP_EINVAL',
      `Cannot copy ${link} to a subdirectory of self ${current}`,
    );
  }
  if (files.kind(to) === 1 && isWithin(present, wanted)) {
    throw context.errors.coded(
      Error,
      'ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY',
      `cannot overwrite ${current} with ${link}`,
    );
  }
}
