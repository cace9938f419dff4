/** Files that the page holds open: what its streams read and write, wherever the path leads. */
import type { Device } from '../../base/devices.ts';
import { Errno } from '../../base/errno.ts';
import { PAGE_OPEN_FILES_MAX } from '../../base/limits.ts';
import type { PathCall } from '../../protocol/container.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import type { PipeEnds } from '../../protocol/process.ts';
import { FIRST_MOUNT_HANDLE } from '../../protocol/trees.ts';
import { whenWord } from '../../protocol/wait-async.ts';
import type { FileSystem, Ofd } from '../../../vfs/file-system.ts';
import type { Holdings, PipeBooks } from '../pipes/books.ts';
import type { TreeServer } from '../trees/server.ts';

/** Each answers at least 0, or -errno. A read of nothing is the end. */
export interface OpenFile {
  read(into: Uint8Array): number | Promise<number>;
  write(data: Uint8Array): number | Promise<number>;
  close(): number | Promise<number>;
}

export class PageOpenFiles {
  readonly #files = new Map<number, OpenFile>();
  #last = 0;

  /** → its number, or -EMFILE */
  add(file: OpenFile): number {
    if (this.#files.size >= PAGE_OPEN_FILES_MAX) {
      void file.close();
      return -Errno.EMFILE;
    }
    this.#files.set(++this.#last, file);
    return this.#last;
  }

  /** At most `lengthMax` bytes from where the last read ended. */
  async read(handle: number, lengthMax: number): Promise<Uint8Array | number> {
    const into = new Uint8Array(lengthMax);
    const count = (await this.#files.get(handle)?.read(into)) ?? -Errno.EBADF;
    return count < 0 ? count : into.subarray(0, count);
  }

  /** All of `data`. */
  async write(handle: number, data: Uint8Array): Promise<number> {
    const file = this.#files.get(handle);
    return file === undefined ? -Errno.EBADF : writeAll(file, data);
  }

  /** What waits to read or to write ends. */
  async close(handle: number): Promise<number> {
    const file = this.#files.get(handle);
    this.#files.delete(handle);
    return (await file?.close()) ?? -Errno.EBADF;
  }
}

export type FileCall = Extract<PathCall, { call: 'readFile' | 'writeFile' | 'open' }>;

/** What the call wants of a file that was opened for it: the file itself, or all of it in pieces, and its end. */
export async function useFile(
  files: PageOpenFiles,
  call: FileCall,
  file: OpenFile,
  pieceBytes: number,
): Promise<object | number> {
  if (call.call === 'open') return opened(files, file);
  let result: Uint8Array | number;
  try {
    result = call.call === 'readFile' ? await readAll(file, pieceBytes) : await writeAll(file, call.data);
  } catch (error) {
    await file.close();
    throw error;
  }
  const closed = await file.close();
  return closed < 0 && (typeof result !== 'number' || result >= 0) ? closed : result;
}

/** → 0, or -errno */
async function writeAll(file: OpenFile, data: Uint8Array): Promise<number> {
  for (let at = 0; at < data.length;) {
    const count = await file.write(data.subarray(at));
    if (count <= 0) return count < 0 ? count : -Errno.ENOSPC;
    at += count;
  }
  return 0;
}

async function readAll(file: OpenFile, pieceBytes: number): Promise<Uint8Array | number> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const into = new Uint8Array(pieceBytes);
    const count = await file.read(into);
    if (count < 0) return count;
    if (count === 0) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(into.subarray(0, count));
  }
}

/** The answer to `open`. */
export function opened(files: PageOpenFiles, file: OpenFile): { handle: number } | number {
  const handle = files.add(file);
  return handle < 0 ? handle : { handle };
}

/** Of the shared file system. */
export class SharedOpenFile implements OpenFile {
  readonly #files: FileSystem;
  readonly #ofd: Ofd;

  constructor(files: FileSystem, ofd: Ofd) {
    this.#files = files;
    this.#ofd = ofd;
  }
  read(into: Uint8Array): number {
    return this.#files.read(this.#ofd, into, null);
  }
  write(data: Uint8Array): number {
    return this.#files.write(this.#ofd, data, null);
  }
  close(): number {
    return this.#files.close(this.#ofd);
  }
}

/** Of a control tree or of what is mounted. */
export class TreeOpenFile implements OpenFile {
  readonly #trees: TreeServer;
  readonly #handle: number;
  #position = 0;
  #isWritten = false;

  constructor(trees: TreeServer, handle: number) {
    this.#trees = trees;
    this.#handle = handle;
  }

  get #isMounted(): boolean {
    return this.#handle >= FIRST_MOUNT_HANDLE;
  }

  async read(into: Uint8Array): Promise<number> {
    const { mounts, page } = this.#trees;
    const bytes = this.#isMounted
      ? await mounts.read(this.#handle, this.#position, into.length, undefined)
      : await this.#trees.read(this.#handle, this.#position, into.length, page);
    if (typeof bytes === 'number') return bytes;
    into.set(bytes);
    this.#position += bytes.length;
    return bytes.length;
  }

  async write(data: Uint8Array): Promise<number> {
    const { mounts, page } = this.#trees;
    if (!this.#isMounted) return this.#trees.write(this.#handle, data, page);
    this.#isWritten = true;
    const count = await mounts.write(this.#handle, data, this.#position, undefined);
    if (count > 0) this.#position += count;
    return count;
  }

  async close(): Promise<number> {
    const synced = this.#isWritten ? await this.#trees.mounts.sync(this.#handle, undefined) : 0;
    this.#trees.close(this.#handle, undefined);
    return Math.min(0, synced);
  }
}

/** A device that needs no kernel. */
export const deviceFile = ({ read, write }: Device): OpenFile => ({ read, write, close: () => 0 });

/** Ends of a pipe or of a terminal, which it drops when it is closed. A read waits until there is something. */
export class RingOpenFile implements OpenFile {
  readonly #books: PipeBooks;
  readonly #holdings: Holdings;
  readonly #ends: PipeEnds;
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor({ books, holdings }: { books: PipeBooks; holdings: Holdings }, ends: PipeEnds) {
    this.#books = books;
    this.#holdings = holdings;
    this.#ends = ends;
  }

  read(into: Uint8Array): Promise<number> {
    return this.#done(this.#ends.input, 'read', (ring) => ring.tryRead(into));
  }
  write(data: Uint8Array): Promise<number> {
    return this.#done(this.#ends.output, 'write', (ring) => ring.tryWrite(data));
  }
  close(): number {
    if (this.#isClosed) return 0;
    this.#isClosed = true;
    for (const end of this.#waiting) end();
    this.#books.drop(this.#holdings, this.#ends);
    return 0;
  }

  async #done(
    id: number | undefined,
    side: 'read' | 'write',
    attempt: (ring: PipeRing) => number,
  ): Promise<number> {
    while (!this.#isClosed && id !== undefined) {
      const ring = this.#books.ring(id);
      const result = attempt(ring);
      if (result !== -Errno.EAGAIN) return result;
      await this.#changed(ring, side);
    }
    return -Errno.EBADF;
  }

  #changed(ring: PipeRing, side: 'read' | 'write'): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        wait.close();
        this.#waiting.delete(end);
        resolve();
      };
      const [word, ready] =
        side === 'read' ? [ring.readWord, () => ring.readable] : [ring.writeWord, () => ring.writable];
      const wait = whenWord(ring.words, word, ready, end);
      this.#waiting.add(end);
    });
  }
}
