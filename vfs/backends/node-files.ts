/** Any object with Node's `fs.promises`: ZenFS, memfs, Node's own. What it throws is answered by its code. */
import { Errno } from '../../src/base/errno.ts';
import { direntType, S_IFDIR, S_IFLNK, S_IFMT } from '../mode.ts';
import {
  ALL_CAPABILITIES,
  type Answer,
  type Attributes,
  type Backend,
  type BackendFile,
  type Capabilities,
  type Entry,
  isWithin,
  joinPath,
  type OpenMode,
  parentPath,
  type Space,
} from './backend.ts';
import { answering, doing } from './errors.ts';

/** What of a Stats is used: fields that attributes have by the same names. */
export type NodeStats = Attributes;

/** What of a FileHandle is used. */
export interface NodeFileHandle {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  stat(): Promise<NodeStats>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
  chmod?(mode: number): Promise<void>;
  chown?(uid: number, gid: number): Promise<void>;
  utimes?(atime: number, mtime: number): Promise<void>;
}

/** What of `fs.promises` is used. */
export interface NodePromises {
  lstat(path: string): Promise<NodeStats>;
  readdir(path: string): Promise<string[]>;
  open(path: string, flags: string, mode?: number): Promise<NodeFileHandle>;
  readlink(path: string): Promise<unknown>;
  mkdir(path: string, mode?: number): Promise<unknown>;
  rmdir(path: string): Promise<unknown>;
  unlink(path: string): Promise<unknown>;
  rename(from: string, to: string): Promise<unknown>;
  link(from: string, to: string): Promise<unknown>;
  symlink(target: string, path: string): Promise<unknown>;
  chmod(path: string, mode: number): Promise<unknown>;
  lchown(path: string, uid: number, gid: number): Promise<unknown>;
  utimes(path: string, atime: number, mtime: number): Promise<unknown>;
  /** Without it a link's own times cannot be set. */
  lutimes?(path: string, atime: number, mtime: number): Promise<unknown>;
  statfs?(path: string): Promise<NodeSpace>;
}

/** What of StatFs is used. */
export interface NodeSpace {
  bsize: number;
  blocks: number;
  bfree: number;
}

export interface NodeFilesOptions {
  /** The folder of that file system which is the mount's root. */
  root?: string;
  /** What it cannot do; everything else is taken to work. */
  capabilities?: Partial<Capabilities>;
  /** The mount has been taken away. */
  closed?: () => void;
}

export class NodeFilesBackend implements Backend {
  readonly capabilities: Capabilities;
  readonly #fs: NodePromises;
  readonly #root: string;
  readonly #closed: (() => void) | undefined;

  /** `fs` is a module like node:fs, or its promises. */
  constructor(fs: NodePromises | { promises: NodePromises }, options: NodeFilesOptions = {}) {
    this.#fs = 'promises' in fs ? fs.promises : fs;
    this.#root = (options.root ?? '/').replace(/\/+$/, '');
    this.#closed = options.closed;
    this.capabilities = { ...ALL_CAPABILITIES, ...options.capabilities };
  }

  #at(path: string): string {
    return `${this.#root}/${path}`;
  }

  /** A change that the capabilities allow. */
  #change(possible: boolean, action: () => Promise<unknown>): Promise<number> {
    if (!this.capabilities.writable) return Promise.resolve(-Errno.EROFS);
    return possible ? doing(action) : Promise.resolve(-Errno.ENOTSUP);
  }

  async lookup(path: string): Answer<Attributes> {
    const found = await answering(async () => attributesOf(await this.#fs.lstat(this.#at(path))));
    if (found !== -Errno.ENOENT || !path.includes('/')) return found;
    // Not every such library tells the two apart.
    const above = await this.lookup(parentPath(path));
    if (typeof above === 'number') return above;
    return (above.mode & S_IFMT) === S_IFDIR ? -Errno.ENOENT : -Errno.ENOTDIR;
  }

  list(path: string): Answer<Entry[]> {
    return answering(async () => {
      const names = await this.#fs.readdir(this.#at(path));
      return Promise.all(
        names.map(async (name) => {
          const found = await this.lookup(joinPath(path, name));
          return { name, type: typeof found === 'number' ? 0 : direntType(found.mode) };
        }),
      );
    });
  }

  async open(path: string, mode: OpenMode): Answer<BackendFile> {
    const found = await this.lookup(path);
    const exists = typeof found !== 'number';
    if (!exists && (found !== -Errno.ENOENT || !mode.create)) return found;
    if (exists && mode.create && mode.exclusive) return -Errno.EEXIST;
    if (exists && (found.mode & S_IFMT) === S_IFLNK) return -Errno.ELOOP;
    if (exists && direntType(found.mode) === 2) return -Errno.EISDIR;
    if ((!exists || mode.write) && !this.capabilities.writable) return -Errno.EROFS;
    const flags = exists ? (mode.write ? (mode.truncate ? 'w+' : 'r+') : 'r') : 'wx+';
    return answering(
      async () => new OpenNodeFile(await this.#fs.open(this.#at(path), flags, mode.mode), this.capabilities),
    );
  }

  readlink(path: string): Answer<string> {
    return answering(async () => String(await this.#fs.readlink(this.#at(path))));
  }

  mkdir(path: string, mode: number): Promise<number> {
    return this.#change(true, () => this.#fs.mkdir(this.#at(path), mode));
  }
  rmdir(path: string): Promise<number> {
    return this.#change(true, () => this.#fs.rmdir(this.#at(path)));
  }
  unlink(path: string): Promise<number> {
    return this.#change(true, async () => {
      // Libraries differ in how they refuse it: EPERM, EISDIR, or not at all.
      const { mode } = await this.#fs.lstat(this.#at(path));
      if ((Number(mode) & S_IFMT) === S_IFDIR) throw Object.assign(new Error('unlink'), { code: 'EISDIR' });
      await this.#fs.unlink(this.#at(path));
    });
  }
  rename(from: string, to: string): Promise<number> {
    if (from !== to && isWithin(to, from)) return Promise.resolve(-Errno.EINVAL);
    return this.#change(true, () => this.#fs.rename(this.#at(from), this.#at(to)));
  }
  link(from: string, to: string): Promise<number> {
    return this.#change(this.capabilities.hardLinks, () => this.#fs.link(this.#at(from), this.#at(to)));
  }
  symlink(target: string, path: string): Promise<number> {
    return this.#change(this.capabilities.symlinks, () => this.#fs.symlink(target, this.#at(path)));
  }
  chmod(path: string, mode: number): Promise<number> {
    return this.#change(this.capabilities.modes, () => this.#fs.chmod(this.#at(path), mode));
  }
  chown(path: string, uid: number, gid: number): Promise<number> {
    return this.#change(this.capabilities.owners, () => this.#fs.lchown(this.#at(path), uid, gid));
  }
  utimes(path: string, atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#change(this.capabilities.times, async () => {
      const times = [this.#at(path), atimeMs / 1000, mtimeMs / 1000] as const;
      const { mode } = await this.#fs.lstat(times[0]);
      // Links were followed, where they are to be, before the path came here.
      if ((Number(mode) & S_IFMT) !== S_IFLNK) return this.#fs.utimes(...times);
      if (this.#fs.lutimes === undefined) throw Object.assign(new Error('lutimes'), { code: 'ENOTSUP' });
      return this.#fs.lutimes(...times);
    });
  }
  async space(): Answer<Space> {
    const unknown = { blockBytes: 4096, blocks: 0, free: 0 };
    const found = await answering(() => this.#fs.statfs?.(this.#at('')));
    if (found === undefined || found === -Errno.ENOTSUP) return unknown;
    if (typeof found === 'number') return found;
    return { blockBytes: Number(found.bsize), blocks: Number(found.blocks), free: Number(found.bfree) };
  }
  close(): Promise<void> {
    this.#closed?.();
    return Promise.resolve();
  }
}

class OpenNodeFile implements BackendFile {
  readonly #handle: NodeFileHandle;
  readonly #capabilities: Capabilities;

  constructor(handle: NodeFileHandle, capabilities: Capabilities) {
    this.#handle = handle;
    this.#capabilities = capabilities;
  }

  #change(possible: boolean, change: (() => Promise<void>) | undefined): Promise<number> {
    if (!this.#capabilities.writable) return Promise.resolve(-Errno.EROFS);
    return possible && change !== undefined ? doing(change) : Promise.resolve(-Errno.ENOTSUP);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return answering(async () => (await this.#handle.read(into, 0, into.length, position)).bytesRead);
  }
  write(from: Uint8Array, position: number): Promise<number> {
    return answering(async () => (await this.#handle.write(from, 0, from.length, position)).bytesWritten);
  }
  attributes(): Answer<Attributes> {
    return answering(async () => attributesOf(await this.#handle.stat()));
  }
  truncate(size: number): Promise<number> {
    return doing(() => this.#handle.truncate(size));
  }
  chmod(mode: number): Promise<number> {
    const { chmod } = this.#handle;
    return this.#change(this.#capabilities.modes, chmod && (() => chmod.call(this.#handle, mode)));
  }
  chown(uid: number, gid: number): Promise<number> {
    const { chown } = this.#handle;
    return this.#change(this.#capabilities.owners, chown && (() => chown.call(this.#handle, uid, gid)));
  }
  utimes(atimeMs: number, mtimeMs: number): Promise<number> {
    const { utimes } = this.#handle;
    const set = utimes && (() => utimes.call(this.#handle, atimeMs / 1000, mtimeMs / 1000));
    return this.#change(this.#capabilities.times, set);
  }
  sync(): Promise<number> {
    return doing(() => this.#handle.sync());
  }
  close(): Promise<number> {
    return doing(() => this.#handle.close());
  }
}

function attributesOf(stats: NodeStats): Attributes {
  const { mode, size, ino, nlink, uid, gid, atimeMs, mtimeMs, ctimeMs, birthtimeMs } = stats;
  return {
    mode: Number(mode),
    size: Number(size),
    ino: Number(ino),
    nlink: Number(nlink),
    uid: Number(uid),
    gid: Number(gid),
    atimeMs,
    mtimeMs,
    ctimeMs,
    birthtimeMs,
  };
}
