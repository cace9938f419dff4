/** File calls of the page that met a control tree. Reading a stream waits, so these are answered later. */
import { Errno } from '../../base/errno.ts';
import { OUTPUT_CHUNK_BYTES } from '../../base/limits.ts';
import type { FileAttributes, PathCall } from '../../protocol/container.ts';
import type { PipeEnds } from '../../protocol/process.ts';
import {
  FIRST_BACKEND_MOUNT,
  type TreeAnswer,
  type TreeAttributes,
  type TreeOperation,
} from '../../protocol/trees.ts';
import type { Kernel } from '../kernel.ts';
import { mountFileCall } from './mounts.ts';
import { type FileCall, RingOpenFile, TreeOpenFile, useFile } from './open-files.ts';
import { spaceFor } from './space.ts';

const O_RDONLY = 0;
type Result = number | object | string | undefined;

/** `call`, whose path the file system has just found to lie in a tree. `again` makes it with another path. */
export async function treeFileCall(
  kernel: Kernel,
  call: PathCall,
  again: (call: PathCall) => Promise<Result>,
): Promise<Result> {
  const { trees } = kernel;
  const { mount, rest } = kernel.files.crossing;
  if (mount >= FIRST_BACKEND_MOUNT) return mountFileCall(kernel, call, mount, rest, again);
  const follow = !['lstat', 'readlink', 'rm', 'unlink', 'rmdir'].includes(call.call);
  const operation = operationOf(call);
  if (typeof operation === 'number') return operation;
  const answer = trees.call({ mount, rest, follow, operation }, trees.page);
  if (typeof answer === 'number') return answer;
  if (answer.kind === 'elsewhere') return again({ ...call, path: answer.path });
  return take(kernel, call, answer);
}

function operationOf(call: PathCall): TreeOperation | number {
  switch (call.call) {
    case 'readFile':
      return { name: 'open', flags: O_RDONLY };
    case 'writeFile':
    case 'open':
      return { name: 'open', flags: call.flags };
    case 'stat':
    case 'lstat':
      return { name: 'stat' };
    case 'readdir':
      return { name: 'readdir' };
    case 'statfs':
    case 'readlink':
    case 'realpath':
      return { name: call.call };
    case 'truncate':
      return { name: 'truncate' };
    case 'access':
      return { name: 'access', mode: call.mode };
    case 'mkdir':
    case 'symlink':
      return { name: 'make' };
    case 'rm':
    case 'rmdir':
    case 'unlink':
      return { name: 'remove' };
    case 'chmod':
    case 'utimes':
      return { name: 'change' };
    case 'rename':
    case 'link':
    case 'cp':
      return -Errno.EXDEV;
  }
}

async function take(kernel: Kernel, call: PathCall, answer: TreeAnswer): Promise<Result> {
  switch (answer.kind) {
    case 'attributes':
      return attributesFor(answer.attributes);
    case 'space':
      return spaceFor(answer);
    case 'list':
      return { names: answer.names, types: answer.types };
    case 'text':
      return answer.text;
    case 'stream':
      return opens(call) ? useStream(kernel, call, answer.ends) : undefined;
    case 'file':
      return opens(call)
        ? useFile(
            kernel.pageOpenFiles,
            call,
            new TreeOpenFile(kernel.trees, answer.handle),
            OUTPUT_CHUNK_BYTES,
          )
        : undefined;
    default:
      return undefined;
  }
}

function attributesFor({ mode, ino, uid, gid, rdev, size, timeMs }: TreeAttributes): FileAttributes {
  const times = { atimeMs: timeMs, mtimeMs: timeMs, ctimeMs: timeMs, birthtimeMs: timeMs };
  return { dev: 14, ino, mode, nlink: 1, uid, gid, rdev, size, blksize: 4096, blocks: 0, ...times };
}

const opens = (call: PathCall): call is FileCall =>
  call.call === 'readFile' || call.call === 'writeFile' || call.call === 'open';

/** A whole read takes all until nobody writes any more. */
export function useStream(kernel: Kernel, call: FileCall, ends: PipeEnds): Promise<object | number> {
  return useFile(kernel.pageOpenFiles, call, new RingOpenFile(kernel, ends), OUTPUT_CHUNK_BYTES);
}
