/** File calls of the page, on the shared file system as the container's user. */
import { Errno } from '../../base/errno.ts';
import { SYMLINKS_MAX } from '../../base/limits.ts';
import { decodeName } from '../../base/path-text.ts';
import { CROSSED, type FileSystem, StatField, timeSpec } from '../../../vfs/file-system.ts';
import type {
  FileAttributes,
  FileSystemSpace,
  OpenFileCall,
  Outcome,
  PageFileCall,
  PathCall,
} from '../../protocol/container.ts';
import { FIRST_BACKEND_MOUNT } from '../../protocol/trees.ts';
import type { Kernel } from '../kernel.ts';
import { copyAcross } from './copy.ts';
import { specialFileCall } from './devices.ts';
import { opened, SharedOpenFile } from './open-files.ts';
import { treeFileCall } from './trees.ts';
import { bytesOf, copyTree, removeTree } from '../files/tree-walk.ts';

const DIRECTORY = 1;
const STATFS_FIELDS = 7;

/** The value, or the failure as Node's fs would name it. */
export async function fileCall(kernel: Kernel, call: PageFileCall): Promise<Outcome<unknown>> {
  const result = 'handle' in call ? await openFileCall(kernel, call) : await performAnywhere(kernel, call, 0);
  if (typeof result !== 'number') return { ok: true, value: result };
  if (result >= 0) return { ok: true, value: undefined };
  const syscall = SYSCALLS[call.call] ?? call.call;
  const failure = { ok: false, errno: result, syscall, path: call.path } as const;
  return 'destination' in call ? { ...failure, destination: call.destination } : failure;
}

/** The system call that Node names in the error of each. */
const SYSCALLS: Partial<Record<PageFileCall['call'], string>> = {
  readFile: 'open',
  writeFile: 'open',
  readdir: 'scandir',
  utimes: 'utime',
  readOpen: 'read',
  writeOpen: 'write',
  closeOpen: 'close',
};

function openFileCall({ pageOpenFiles }: Kernel, call: OpenFileCall): Promise<Uint8Array | number> {
  switch (call.call) {
    case 'readOpen':
      return pageOpenFiles.read(call.handle, call.lengthMax);
    case 'writeOpen':
      return pageOpenFiles.write(call.handle, call.data);
    case 'closeOpen':
      return pageOpenFiles.close(call.handle);
  }
}

/** On the shared file system, or in a control tree where the path leads into one. */
async function performAnywhere(kernel: Kernel, call: PathCall, depth: number): Promise<Result> {
  const result = call.call === 'open' ? openShared(kernel, call) : perform(kernel.files, call);
  if (result !== CROSSED) return typeof result === 'number' ? orSpecial(kernel, call, result) : result;
  if (depth >= SYMLINKS_MAX) return -Errno.ELOOP;
  if (call.call === 'cp') {
    const perform = (one: PathCall): Promise<Result> => performAnywhere(kernel, one, 0);
    return copyAcross({ perform, isControl: (path) => isControl(kernel.files, path) }, call);
  }
  // The mark was met on the way: where the whole path leads is what counts.
  if (call.call === 'mkdir' && call.recursive) kernel.files.kind(bytesOf(call.path));
  return treeFileCall(kernel, call, (elsewhere) => performAnywhere(kernel, elsewhere, depth + 1));
}

/** What the file system refuses because it only knows the name of it: a device, or a named pipe. */
async function orSpecial(kernel: Kernel, call: PathCall, result: number): Promise<Result> {
  if (call.call !== 'readFile' && call.call !== 'writeFile' && call.call !== 'open') return result;
  if (result !== (call.call === 'readFile' ? -Errno.EINVAL : -Errno.ENXIO)) return result;
  const stat = new Float64Array(StatField.count);
  return kernel.files.stat(bytesOf(call.path), stat, 0) < 0 ? result : specialFileCall(kernel, call, stat);
}

function isControl(files: FileSystem, path: string): boolean {
  return files.kind(bytesOf(path)) === CROSSED && files.crossing.mount < FIRST_BACKEND_MOUNT;
}

type Result = number | object | string | undefined;

function openShared({ files, pageOpenFiles }: Kernel, call: Extract<PathCall, { call: 'open' }>): Result {
  const ofd = files.open(bytesOf(call.path), call.flags, call.mode);
  return ofd < 0 ? ofd : opened(pageOpenFiles, new SharedOpenFile(files, ofd));
}

function perform(files: FileSystem, call: Exclude<PathCall, { call: 'open' }>): Result {
  const path = bytesOf(call.path);
  switch (call.call) {
    case 'readFile':
      return files.readFile(path);
    case 'writeFile':
      return files.writeFile(path, call.data, call.flags, call.mode);
    case 'readdir': {
      const list = files.readdir(path, call.exact === true);
      if (typeof list === 'number') return list;
      return { names: list.rawNames?.map(decodeName) ?? list.names, types: list.types };
    }
    case 'mkdir':
      return call.recursive ? makeFolders(files, call.path, call.mode) : files.mkdir(path, call.mode);
    case 'rm':
      return remove(files, call);
    case 'rmdir':
      return files.rmdir(path);
    case 'unlink':
      return files.unlink(path);
    case 'rename':
      return files.rename(path, bytesOf(call.destination));
    case 'link':
      return files.link(path, bytesOf(call.destination));
    case 'cp':
      return copyTree(files, call.path, call.destination, call.recursive === true);
    case 'symlink':
      return files.symlink(bytesOf(call.target), path);
    case 'readlink':
      return text(files.readlink(path));
    case 'realpath':
      return text(files.realpath(path));
    case 'stat':
      return attributes((out) => files.stat(path, out, 0));
    case 'lstat':
      return attributes((out) => files.lstat(path, out, 0));
    case 'statfs':
      return space(files, path);
    case 'access':
      return files.access(path, call.mode);
    case 'chmod':
      return files.chmod(path, call.mode, true);
    case 'utimes':
      return files.utimes(path, timeSpec(call.atimeMs), timeSpec(call.mtimeMs), true);
    case 'truncate':
      return files.truncate(path, call.size);
  }
}

function space(files: FileSystem, path: Uint8Array | string): FileSystemSpace | number {
  const out = new Float64Array(STATFS_FIELDS);
  const result = files.statfs(path, out);
  if (result < 0) return result;
  const [type = 0, bsize = 0, blocks = 0, bfree = 0, bavail = 0, all = 0, ffree = 0] = out;
  return { type, bsize, blocks, bfree, bavail, files: all, ffree };
}

function text(bytes: Uint8Array | number): string | number {
  return typeof bytes === 'number' ? bytes : decodeName(bytes);
}

function attributes(stat: (out: Float64Array) => number): FileAttributes | number {
  const out = new Float64Array(StatField.count);
  const result = stat(out);
  if (result < 0) return result;
  const field = (index: number): number => out[index] ?? 0;
  const time = (index: number): number => field(index) * 1000 + field(index + 1) / 1e6;
  return {
    dev: field(StatField.dev),
    ino: field(StatField.ino),
    mode: field(StatField.mode),
    nlink: field(StatField.nlink),
    uid: field(StatField.uid),
    gid: field(StatField.gid),
    rdev: field(StatField.rdev),
    size: field(StatField.size),
    blksize: field(StatField.blksize),
    blocks: field(StatField.blocks),
    atimeMs: time(StatField.atimeSec),
    mtimeMs: time(StatField.mtimeSec),
    ctimeMs: time(StatField.ctimeSec),
    birthtimeMs: time(StatField.birthtimeSec),
  };
}

/** mkdir -p → the first folder made, as Node returns it. */
function makeFolders(files: FileSystem, path: string, mode: number): string | number | undefined {
  // As Node does it, the whole first: of a path that cannot be, no part is made.
  if (files.kind(bytesOf(path)) === -Errno.ENAMETOOLONG) return -Errno.ENAMETOOLONG;
  let first: string | undefined;
  let at = 0;
  while (at < path.length) {
    const slash = path.indexOf('/', at + 1);
    at = slash < 0 ? path.length : slash;
    const part = path.slice(0, at);
    const made = files.mkdir(bytesOf(part), mode);
    if (made >= 0) first ??= part;
    else if (made !== -Errno.EEXIST) return made;
    else {
      const kind = files.kind(bytesOf(part));
      if (kind < 0) return kind;
      if (kind !== DIRECTORY) return at === path.length ? -Errno.EEXIST : -Errno.ENOTDIR;
    }
  }
  return first;
}

function remove(files: FileSystem, call: Extract<PageFileCall, { call: 'rm' }>): number {
  const result = call.recursive ? removeTree(files, call.path) : files.unlink(bytesOf(call.path));
  return result === -Errno.ENOENT && call.force ? 0 : result;
}
