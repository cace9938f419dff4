/** File calls of the page that met a control tree. Reading a stream waits, so these are answered later. */
import { Errno } from '../base/errno.ts';
import { OUTPUT_CHUNK_BYTES } from '../base/limits.ts';
import type { FileAttributes, PathCall } from '../protocol/container.ts';
import type { PipeEnds } from '../protocol/process.ts';
import {
  FIRST_BACKEND_MOUNT,
  type TreeAnswer,
  type TreeAttributes,
  type TreeOperation,
} from '../protocol/trees.ts';
import type { Kernel } from './kernel.ts';
import { mountFileCall } from './page-mounts.ts';
import { opened, readAll, RingOpenFile, TreeOpenFile, writeAll } from './page-open-files.ts';
import { spaceFor } from './page-space.ts';

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
  const { trees } = kernel;
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
      if (call.call === 'writeFile' || call.call === 'open') return useStream(kernel, call, answer.ends);
      return useStream(kernel, { call: 'readFile', path: call.path }, answer.ends);
    case 'file':
      if (call.call === 'open') return opened(kernel.pageOpenFiles, new TreeOpenFile(trees, answer.handle));
      try {
        if (call.call === 'writeFile') {
          return call.data.length === 0
            ? 0
            : Math.min(0, await trees.write(answer.handle, call.data, trees.page));
        }
        const bytes = await trees.read(answer.handle, 0, Infinity, trees.page);
        return typeof bytes === 'number' ? bytes : new Uint8Array(bytes);
      } finally {
        trees.close(answer.handle, undefined);
      }
    default:
      return undefined;
  }
}

function attributesFor({ mode, ino, uid, gid, rdev, size, timeMs }: TreeAttributes): FileAttributes {
  const times = { atimeMs: timeMs, mtimeMs: timeMs, ctimeMs: timeMs, birthtimeMs: timeMs };
  return { dev: 14, ino, mode, nlink: 1, uid, gid, rdev, size, blksize: 4096, blocks: 0, ...times };
}

/** What the call wants of a stream's ends, which are dropped afterwards. A whole read takes all until nobody writes any more. */
export async function useStream(
  kernel: Kernel,
  call: Extract<PathCall, { call: 'readFile' | 'writeFile' | 'open' }>,
  ends: PipeEnds,
): Promise<object | number> {
  const file = new RingOpenFile(kernel, ends);
  if (call.call === 'open') return opened(kernel.pageOpenFiles, file);
  try {
    return call.call === 'writeFile'
      ? await writeAll(file, call.data)
      : await readAll(file, OUTPUT_CHUNK_BYTES);
  } finally {
    file.close();
  }
}
