/** File calls of the page, on the shared file system as the container's user. */
import { Errno } from '../base/errno.ts';
import { SYMLINKS_MAX } from '../base/limits.ts';
import { CROSSED, type FileSystem, StatField, timeSpec } from '../../vfs/file-system.ts';
import type { FileAttributes, Outcome, PageFileCall } from '../protocol/container.ts';
import type { Kernel } from './kernel.ts';
import { treeFileCall } from './page-trees.ts';
import { copyTree, removeTree } from './tree-walk.ts';

const DIRECTORY = 1;

/** The value, or the failure as Node's fs would name it. */
export async function fileCall(kernel: Kernel, call: PageFileCall): Promise<Outcome<unknown>> {
  const result = await performAnywhere(kernel, call, 0);
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
};

/** On the shared file system, or in a control tree where the path leads into one. */
async function performAnywhere(kernel: Kernel, call: PageFileCall, depth: number): Promise<Result> {
  const result = perform(kernel.files, call);
  if (result !== CROSSED) return result;
  if (depth >= SYMLINKS_MAX) return -Errno.ELOOP;
  return treeFileCall(kernel, call, (elsewhere) => performAnywhere(kernel, elsewhere, depth + 1));
}

type Result = number | object | string | undefined;

function perform(files: FileSystem, call: PageFileCall): Result {
  switch (call.call) {
    case 'readFile':
      return files.readFile(call.path);
    case 'writeFile':
      return files.writeFile(call.path, call.data, call.flags, call.mode);
    case 'readdir': {
      const list = files.readdir(call.path, false);
      return typeof list === 'number' ? list : { names: list.names, types: list.types };
    }
    case 'mkdir':
      return call.recursive ? makeFolders(files, call.path, call.mode) : files.mkdir(call.path, call.mode);
    case 'rm':
      return remove(files, call);
    case 'rmdir':
      return files.rmdir(call.path);
    case 'unlink':
      return files.unlink(call.path);
    case 'rename':
      return files.rename(call.path, call.destination);
    case 'link':
      return files.link(call.path, call.destination);
    case 'cp':
      return copyTree(files, call.path, call.destination, call.recursive === true);
    case 'symlink':
      return files.symlink(call.target, call.path);
    case 'readlink':
      return text(files.readlink(call.path));
    case 'realpath':
      return text(files.realpath(call.path));
    case 'stat':
      return attributes((out) => files.stat(call.path, out, 0));
    case 'lstat':
      return attributes((out) => files.lstat(call.path, out, 0));
    case 'access':
      return files.access(call.path, call.mode);
    case 'chmod':
      return files.chmod(call.path, call.mode, true);
    case 'utimes':
      return files.utimes(call.path, timeSpec(call.atimeMs), timeSpec(call.mtimeMs), true);
    case 'truncate':
      return files.truncate(call.path, call.size);
  }
}

function text(bytes: Uint8Array | number): string | number {
  return typeof bytes === 'number' ? bytes : new TextDecoder().decode(bytes);
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
  let first: string | undefined;
  let at = 0;
  while (at < path.length) {
    const slash = path.indexOf('/', at + 1);
    at = slash < 0 ? path.length : slash;
    const part = path.slice(0, at);
    const made = files.mkdir(part, mode);
    if (made >= 0) first ??= part;
    else if (made !== -Errno.EEXIST) return made;
    else if (files.kind(part) !== DIRECTORY) return at === path.length ? -Errno.EEXIST : -Errno.ENOTDIR;
  }
  return first;
}

function remove(files: FileSystem, call: Extract<PageFileCall, { call: 'rm' }>): number {
  const result = call.recursive ? removeTree(files, call.path) : files.unlink(call.path);
  return result === -Errno.ENOENT && call.force ? 0 : result;
}
