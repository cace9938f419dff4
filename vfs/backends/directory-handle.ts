/**
 * A FileSystemDirectoryHandle: a folder of the user's disk, or of the origin's private file system. It has no links,
 * no permissions and no times to set; renames of folders, and of files where the browser cannot move them, copy.
 *
 * The browser writes through a copy that replaces the file when it is closed. A file that is being written keeps that
 * copy open until someone looks: a read, a stat, a sync, the close.
 */
import { Errno } from '../../src/base/errno.ts';
import { S_IFDIR, S_IFREG } from '../mode.ts';
import {
  type Answer,
  type Attributes,
  type BackendFile,
  baseName,
  type Capabilities,
  type Entry,
  inodeNumber,
  isWithin,
  joinPath,
  NO_CAPABILITIES,
  type OpenMode,
  parentPath,
  RefusingBackend,
} from './backend.ts';
import { answering, doing, errnoOf } from './errors.ts';

/** Not yet in the DOM's types: WHATWG File System, "move". */
interface MovableHandle extends FileSystemFileHandle {
  move?(directory: FileSystemDirectoryHandle, name: string): Promise<void>;
}
type Handle = FileSystemDirectoryHandle | MovableHandle;

export class DirectoryHandleBackend extends RefusingBackend {
  override readonly capabilities: Capabilities = { ...NO_CAPABILITIES, writable: true, openUnlinked: false };
  readonly #root: FileSystemDirectoryHandle;
  /** Files with bytes that the browser has not taken over yet. */
  readonly #unflushed = new Map<string, Set<OpenHandleFile>>();

  constructor(root: FileSystemDirectoryHandle) {
    super();
    this.#root = root;
  }

  override lookup(path: string): Answer<Attributes> {
    return answering(async () => {
      const handle = await this.#find(path);
      if (typeof handle === 'number') return handle;
      if (handle.kind === 'directory') return attributesOf(path, S_IFDIR | 0o755, 0, 0);
      await this.#flush(path);
      const { size, lastModified } = await handle.getFile();
      return attributesOf(path, S_IFREG | 0o644, size, lastModified);
    });
  }

  override list(path: string): Answer<Entry[]> {
    return answering(async () => {
      const handle = await this.#find(path);
      if (typeof handle === 'number') return handle;
      if (handle.kind !== 'directory') return -Errno.ENOTDIR;
      const entries: Entry[] = [];
      for await (const [name, { kind }] of handle.entries()) {
        entries.push({ name, type: kind === 'directory' ? 2 : 1 });
      }
      return entries;
    });
  }

  override open(path: string, mode: OpenMode): Answer<BackendFile> {
    return answering(async () => {
      const there = await this.#find(path);
      if (typeof there === 'number' && (there !== -Errno.ENOENT || !mode.create)) return there;
      if (typeof there !== 'number') {
        if (mode.create && mode.exclusive) return -Errno.EEXIST;
        if (there.kind === 'directory') return -Errno.EISDIR;
      }
      const handle = typeof there === 'number' ? await this.#create(path) : there;
      if (typeof handle === 'number') return handle;
      const file = new OpenHandleFile(handle, path, this.#unflushed);
      if (mode.truncate && mode.write && typeof there !== 'number') {
        const cut = await file.truncate(0);
        if (cut < 0) return cut;
      }
      return file;
    });
  }

  override mkdir(path: string): Promise<number> {
    return answering(async () => {
      const there = await this.#find(path);
      if (typeof there !== 'number') return -Errno.EEXIST;
      const above = await this.#directory(parentPath(path));
      if (typeof above === 'number') return above;
      await above.getDirectoryHandle(baseName(path), { create: true });
      return 0;
    });
  }

  override rmdir(path: string): Promise<number> {
    return this.#remove(path, 'directory', -Errno.ENOTDIR);
  }

  override unlink(path: string): Promise<number> {
    return this.#remove(path, 'file', -Errno.EISDIR);
  }

  #remove(path: string, kind: Handle['kind'], otherwise: number): Promise<number> {
    return answering(async () => {
      if (path === '') return -Errno.EBUSY;
      const there = await this.#find(path);
      if (typeof there === 'number') return there;
      if (there.kind !== kind) return otherwise;
      await this.#flush(path);
      const above = await this.#directory(parentPath(path));
      if (typeof above === 'number') return above;
      await above.removeEntry(baseName(path));
      return 0;
    });
  }

  override rename(from: string, to: string): Promise<number> {
    return answering(async () => {
      if (from === '' || to === '') return -Errno.EBUSY;
      const source = await this.#find(from);
      if (typeof source === 'number') return source;
      if (from === to) return 0;
      if (isWithin(to, from)) return -Errno.EINVAL;
      const above = await this.#directory(parentPath(to));
      if (typeof above === 'number') return above;
      const target = await this.#find(to);
      if (typeof target !== 'number') {
        if (source.kind === 'directory' && target.kind !== 'directory') return -Errno.ENOTDIR;
        if (source.kind !== 'directory' && target.kind === 'directory') return -Errno.EISDIR;
        if (target.kind === 'directory') await above.removeEntry(baseName(to)); // throws unless it is empty
      }
      await this.#flush(from);
      await this.#flush(to);
      return source.kind === 'file'
        ? this.#moveFile(source, from, above, baseName(to))
        : this.#moveDirectory(source, from, to);
    });
  }

  async #moveFile(
    source: MovableHandle,
    from: string,
    above: FileSystemDirectoryHandle,
    name: string,
  ): Promise<number> {
    try {
      if (source.move !== undefined) {
        await source.move(above, name);
        return 0;
      }
    } catch {
      // across file systems, or refused by the browser: copied
    }
    const target = await above.getFileHandle(name, { create: true });
    await (await source.getFile()).stream().pipeTo(await target.createWritable());
    const old = await this.#directory(parentPath(from));
    if (typeof old === 'number') return old;
    await old.removeEntry(baseName(from));
    return 0;
  }

  async #moveDirectory(source: FileSystemDirectoryHandle, from: string, to: string): Promise<number> {
    const made = await this.mkdir(to);
    if (made < 0) return made;
    const names: string[] = [];
    for await (const name of source.keys()) names.push(name);
    for (const name of names) {
      const moved = await this.rename(joinPath(from, name), joinPath(to, name));
      if (moved < 0) return moved;
    }
    return this.rmdir(from);
  }

  async #flush(path: string): Promise<void> {
    for (const file of this.#unflushed.get(path) ?? []) {
      const result = await file.sync();
      if (result < 0) throw Object.assign(new Error('sync'), { errno: result });
    }
  }

  async #directory(path: string): Promise<FileSystemDirectoryHandle | number> {
    let handle = this.#root;
    for (const part of path === '' ? [] : path.split('/')) {
      try {
        handle = await handle.getDirectoryHandle(part);
      } catch (error) {
        return isMismatch(error) ? -Errno.ENOTDIR : errnoOf(error);
      }
    }
    return handle;
  }

  async #find(path: string): Promise<Handle | number> {
    if (path === '') return this.#root;
    const above = await this.#directory(parentPath(path));
    if (typeof above === 'number') return above;
    try {
      return await above.getFileHandle(baseName(path));
    } catch (error) {
      return isMismatch(error) ? above.getDirectoryHandle(baseName(path)) : errnoOf(error);
    }
  }

  async #create(path: string): Promise<FileSystemFileHandle | number> {
    const above = await this.#directory(parentPath(path));
    return typeof above === 'number' ? above : above.getFileHandle(baseName(path), { create: true });
  }
}

const isMismatch = (error: unknown): boolean =>
  (error as { name?: unknown } | null)?.name === 'TypeMismatchError';

class OpenHandleFile implements BackendFile {
  readonly #handle: FileSystemFileHandle;
  readonly #path: string;
  readonly #unflushed: Map<string, Set<OpenHandleFile>>;
  #writing: FileSystemWritableFileStream | undefined;
  #seen: File | undefined;

  constructor(handle: FileSystemFileHandle, path: string, unflushed: Map<string, Set<OpenHandleFile>>) {
    this.#handle = handle;
    this.#path = path;
    this.#unflushed = unflushed;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return answering(async () => {
      const file = await this.#file();
      const part = new Uint8Array(await file.slice(position, position + into.length).arrayBuffer());
      into.set(part);
      return part.length;
    });
  }

  write(from: Uint8Array, position: number): Promise<number> {
    return answering(async () => {
      const stream = await this.#writable();
      await stream.write({ type: 'write', position, data: from as Uint8Array<ArrayBuffer> });
      return from.length;
    });
  }

  attributes(): Answer<Attributes> {
    return answering(async () => {
      const { size, lastModified } = await this.#file();
      return attributesOf(this.#path, S_IFREG | 0o644, size, lastModified);
    });
  }

  truncate(size: number): Promise<number> {
    return doing(async () => (await this.#writable()).truncate(size));
  }

  sync(): Promise<number> {
    return doing(async () => {
      const stream = this.#writing;
      if (stream === undefined) return;
      this.#writing = undefined;
      this.#seen = undefined;
      const others = this.#unflushed.get(this.#path);
      others?.delete(this);
      if (others?.size === 0) this.#unflushed.delete(this.#path);
      await stream.close();
    });
  }

  chmod(): Promise<number> {
    return Promise.resolve(-Errno.ENOTSUP);
  }
  chown(): Promise<number> {
    return Promise.resolve(-Errno.ENOTSUP);
  }
  utimes(): Promise<number> {
    return Promise.resolve(-Errno.ENOTSUP);
  }

  close(): Promise<number> {
    return this.sync();
  }

  /** What the browser gave as the file's contents goes stale with every change from elsewhere. */
  async #file(): Promise<File> {
    for (const file of this.#unflushed.get(this.#path) ?? []) {
      const result = await file.sync();
      if (result < 0) throw Object.assign(new Error('sync'), { errno: result });
    }
    const now = await this.#handle.getFile();
    if (this.#seen?.lastModified !== now.lastModified || this.#seen.size !== now.size) this.#seen = now;
    return this.#seen;
  }

  async #writable(): Promise<FileSystemWritableFileStream> {
    if (this.#writing !== undefined) return this.#writing;
    // Two copies of one file would lose the other's bytes: the others' are taken over first.
    for (const file of this.#unflushed.get(this.#path) ?? []) await file.sync();
    this.#writing = await this.#handle.createWritable({ keepExistingData: true });
    const writers = this.#unflushed.get(this.#path) ?? new Set();
    this.#unflushed.set(this.#path, writers.add(this));
    return this.#writing;
  }
}

function attributesOf(path: string, mode: number, size: number, mtimeMs: number): Attributes {
  const times = { atimeMs: mtimeMs, mtimeMs, ctimeMs: mtimeMs, birthtimeMs: mtimeMs };
  return { mode, size, ino: inodeNumber(path), nlink: 1, uid: 0, gid: 0, ...times };
}
