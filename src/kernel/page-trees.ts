/** File calls of the page that met a control tree. Reading a stream waits, so these are answered later. */
import { Errno } from '../base/errno.ts';
import { OUTPUT_CHUNK_BYTES } from '../base/limits.ts';
import type { FileAttributes, PageFileCall } from '../protocol/container.ts';
import type { PipeEnds } from '../protocol/process.ts';
import type { PipeRing } from '../protocol/pipe.ts';
import {
  FIRST_BACKEND_MOUNT,
  type TreeAnswer,
  type TreeAttributes,
  type TreeOperation,
} from '../protocol/trees.ts';
import { whenWord } from '../protocol/wait-async.ts';
import type { Kernel } from './kernel.ts';
import { mountFileCall } from './page-mounts.ts';
import { spaceFor } from './page-space.ts';

const O_RDONLY = 0;
type Result = number | object | string | undefined;

/** `call`, whose path the file system has just found to lie in a tree. `again` makes it with another path. */
export async function treeFileCall(
  kernel: Kernel,
  call: PageFileCall,
  again: (call: PageFileCall) => Promise<Result>,
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

function operationOf(call: PageFileCall): TreeOperation | number {
  switch (call.call) {
    case 'readFile':
      return { name: 'open', flags: O_RDONLY };
    case 'writeFile':
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

async function take(kernel: Kernel, call: PageFileCall, answer: TreeAnswer): Promise<Result> {
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
      return call.call === 'writeFile'
        ? writeStream(kernel, answer.ends, call.data)
        : readStream(kernel, answer.ends);
    case 'file':
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

function changed(ring: PipeRing, word: number, ready: () => boolean): Promise<void> {
  return new Promise((resolve) => whenWord(ring.words, word, ready, resolve));
}

/** All that comes until nobody writes any more. */
export async function readStream({ books, holdings }: Kernel, ends: PipeEnds): Promise<Uint8Array | number> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  try {
    const ring = books.ring(ends.input ?? 0);
    for (;;) {
      const chunk = new Uint8Array(OUTPUT_CHUNK_BYTES);
      const count = ring.tryRead(chunk);
      if (count > 0) chunks.push(chunk.subarray(0, count));
      else if (count === -Errno.EAGAIN) await changed(ring, ring.readWord, () => ring.readable);
      else if (count === 0) return new Uint8Array(await new Blob(chunks).arrayBuffer());
      else return count;
    }
  } finally {
    books.drop(holdings, ends);
  }
}

export async function writeStream(
  { books, holdings }: Kernel,
  ends: PipeEnds,
  data: Uint8Array,
): Promise<number> {
  try {
    const ring = books.ring(ends.output ?? 0);
    for (let done = 0; done < data.length;) {
      const count = ring.tryWrite(data.subarray(done));
      if (count > 0) done += count;
      else if (count === -Errno.EAGAIN) await changed(ring, ring.writeWord, () => ring.writable);
      else return count;
    }
    return 0;
  } finally {
    books.drop(holdings, ends);
  }
}
