/**
 * A tree of the container's files, entry by entry, for what is made of it: archives, snapshots, plain objects. Parents
 * come before what they hold. Reads in turns, so that the kernel goes on answering meanwhile.
 */
import { Errno } from '../../base/errno.ts';
import { ARCHIVE_CHUNK_BYTES } from '../../base/limits.ts';
import { decodeName } from '../../base/path-text.ts';
import type { FileTime } from '../../base/tar.ts';
import { FIRST_BACKEND_MOUNT } from '../../protocol/trees.ts';
import { CROSSED, type FileSystem, StatField } from '../../../vfs/file-system.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../../../vfs/mode.ts';
import { bytesOf } from '../files/tree-walk.ts';
import type { Selector } from './selection.ts';
import { Turns } from './turns.ts';

const PERMISSIONS = 0o7777;

export interface TreeItem {
  kind: 'directory' | 'file' | 'symlink' | 'hardlink' | 'device' | 'fifo';
  /** Relative to the root of the tree, which is ''. Names that are not UTF-8 as path-text has them. */
  path: string;
  /** Type and permissions. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: FileTime;
  atime: FileTime;
  rdev: number;
  /** Of a symbolic link; of a hard link the path of its first name. */
  target: string;
  /** The contents of a file, exactly `size` bytes: one that shrinks meanwhile is filled up with zeros. */
  read(): AsyncIterable<Uint8Array>;
}

/** A call on the way failed. */
export class TreeError extends Error {
  readonly errno: number;
  readonly syscall: string;
  readonly path: string;
  constructor(errno: number, syscall: string, path: string) {
    super(`${syscall} ${path}: ${errno}`);
    this.errno = errno;
    this.syscall = syscall;
    this.path = path;
  }
}

/** What stands in a mounted file system, in the kernel's own terms. Throws TreeError. */
export interface MountedTree {
  item(full: string, path: string): Promise<TreeItem>;
  list(full: string): Promise<string[]>;
}

export interface ReaderOptions {
  files: FileSystem;
  base: string;
  selector: Selector;
  /** Left out: mounted file systems are empty directories. */
  mounted?: MountedTree;
  /** A file's further names are hard links; else files of their own. */
  hardLinks?: boolean;
}

export class TreeReader {
  readonly turns = new Turns();
  readonly #options: ReaderOptions;
  readonly #stat = new Float64Array(StatField.count);
  /** First names of files that have several. */
  readonly #firstNames = new Map<number, string>();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Throws TreeError. */
  async *items(): AsyncGenerator<TreeItem> {
    const { selector } = this.#options;
    const pending = [''];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const pause = this.turns.pause();
      if (pause !== undefined) await pause;
      const takes = selector.takes(path);
      if (!takes && !selector.enters(path)) continue;
      const item = this.#item(path) ?? (await this.#mountedItem(path));
      if (item === undefined) continue;
      if (takes) yield item;
      if (item.kind !== 'directory') continue;
      const names = this.#list(path) ?? (await this.#mountedNames(path));
      for (let at = names.length - 1; at >= 0; at--)
        pending.push(path === '' ? (names[at] ?? '') : `${path}/${names[at]}`);
    }
  }

  fullPath(path: string): string {
    const { base } = this.#options;
    if (path === '') return base;
    return base === '/' ? `/${path}` : `${base}/${path}`;
  }

  /** undefined: it stands in a mount. */
  #item(path: string): TreeItem | undefined {
    const { files, hardLinks = false } = this.#options;
    const full = this.fullPath(path);
    const found = files.lstat(bytesOf(full), this.#stat, 0);
    if (found === CROSSED) return undefined;
    if (found < 0) throw new TreeError(found, 'lstat', full);
    const item = itemOf(this.#stat, path);
    if (item === undefined) return undefined;
    if (item.kind === 'symlink') item.target = this.#target(full);
    if (item.kind !== 'file') return item;
    if (hardLinks && (this.#stat[StatField.nlink] ?? 0) > 1) {
      const ino = this.#stat[StatField.ino] ?? 0;
      const first = this.#firstNames.get(ino);
      if (first !== undefined) return { ...item, kind: 'hardlink', target: first };
      this.#firstNames.set(ino, path);
    }
    item.read = () => this.#contents(full, item.size);
    return item;
  }

  #target(full: string): string {
    const target = this.#options.files.readlink(bytesOf(full));
    if (typeof target === 'number') throw new TreeError(target, 'readlink', full);
    return decodeName(target);
  }

  /** undefined: it is a mount, or stands in one. */
  #list(path: string): string[] | undefined {
    const full = this.fullPath(path);
    const list = this.#options.files.readdir(bytesOf(full), true);
    if (list === CROSSED) return undefined;
    if (typeof list === 'number') throw new TreeError(list, 'scandir', full);
    const { names, rawNames } = list;
    return names.map((name, at) =>
      name.includes('\ufffd') ? decodeName(rawNames?.[at] ?? bytesIn(name)) : name,
    );
  }

  /** Whether the path leads into a mounted file system; control trees are no one's data. */
  #isForeign(): boolean {
    return this.#options.files.crossing.mount >= FIRST_BACKEND_MOUNT;
  }

  async #mountedItem(path: string): Promise<TreeItem | undefined> {
    const { files, mounted } = this.#options;
    const full = this.fullPath(path);
    if (files.lstat(bytesOf(full), this.#stat, 0) !== CROSSED) return undefined; // a socket: nobody's data
    if (mounted !== undefined && this.#isForeign()) return mounted.item(full, path);
    const now = { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 };
    return { ...EMPTY, kind: 'directory', path, mode: S_IFDIR | 0o755, mtime: now, atime: now };
  }

  async #mountedNames(path: string): Promise<string[]> {
    const { mounted } = this.#options;
    return mounted !== undefined && this.#isForeign() ? mounted.list(this.fullPath(path)) : [];
  }

  async *#contents(full: string, size: number): AsyncGenerator<Uint8Array> {
    const { files } = this.#options;
    if (size === 0) return;
    if (size <= ARCHIVE_CHUNK_BYTES) {
      const whole = files.readFile(bytesOf(full));
      if (typeof whole === 'number') throw new TreeError(whole, 'open', full);
      yield exactly(whole, size);
      return;
    }
    const ofd = files.open(bytesOf(full), 0, 0);
    if (ofd < 0) throw new TreeError(ofd, 'open', full);
    try {
      for (let at = 0; at < size;) {
        const part = new Uint8Array(Math.min(ARCHIVE_CHUNK_BYTES, size - at));
        const count = files.read(ofd, part, at);
        if (count < 0) throw new TreeError(count, 'read', full);
        yield part;
        at += part.length;
        await this.turns.pause();
      }
    } finally {
      files.close(ofd);
    }
  }
}

const bytesIn = (text: string): Uint8Array => new TextEncoder().encode(text);

function exactly(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length >= size) return bytes.subarray(0, size);
  const whole = new Uint8Array(size);
  whole.set(bytes);
  return whole;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

const EMPTY = { uid: 0, gid: 0, size: 0, rdev: 0, target: '', read: nothing };

/** undefined: what no archive has a use for. */
function itemOf(stat: Float64Array, path: string): TreeItem | undefined {
  const at = (field: number): number => stat[field] ?? 0;
  const mode = at(StatField.mode);
  const kind = KINDS[mode & S_IFMT];
  if (kind === undefined) return undefined;
  return {
    ...EMPTY,
    kind,
    path,
    mode,
    uid: at(StatField.uid),
    gid: at(StatField.gid),
    rdev: at(StatField.rdev),
    size: kind === 'file' ? at(StatField.size) : 0,
    mtime: { seconds: at(StatField.mtimeSec), nanoseconds: at(StatField.mtimeNsec) },
    atime: { seconds: at(StatField.atimeSec), nanoseconds: at(StatField.atimeNsec) },
  };
}

const KINDS: Readonly<Record<number, TreeItem['kind']>> = {
  [S_IFDIR]: 'directory',
  [S_IFREG]: 'file',
  [S_IFLNK]: 'symlink',
  [S_IFCHR]: 'device',
  [S_IFBLK]: 'device',
  [S_IFIFO]: 'fifo',
};

export const permissionsOf = ({ mode }: TreeItem): number => mode & PERMISSIONS;

/** A mounted file system by the calls that the page makes. */
export function mountedTree(call: {
  lstat(path: string): Promise<{ mode: number; size: number; mtimeMs: number } | number>;
  readdir(path: string): Promise<{ names: string[] } | number>;
  readlink(path: string): Promise<string | number>;
  readFile(path: string): Promise<Uint8Array | number>;
}): MountedTree {
  const must = <T>(answer: T | number, syscall: string, path: string): T => {
    if (typeof answer === 'number') throw new TreeError(answer || -Errno.EIO, syscall, path);
    return answer;
  };
  return {
    async item(full, path) {
      const { mode, size, mtimeMs } = must(await call.lstat(full), 'lstat', full);
      const kind = KINDS[mode & S_IFMT] ?? 'file';
      const seconds = Math.floor(mtimeMs / 1000);
      const time = { seconds, nanoseconds: Math.round((mtimeMs - seconds * 1000) * 1e6) };
      const target = kind === 'symlink' ? must(await call.readlink(full), 'readlink', full) : '';
      const read = async function* (): AsyncGenerator<Uint8Array> {
        if (size > 0) yield exactly(must(await call.readFile(full), 'open', full), size);
      };
      return {
        ...EMPTY,
        kind,
        path,
        mode,
        mtime: time,
        atime: time,
        target,
        size: kind === 'file' ? size : 0,
        read,
      };
    },
    async list(full) {
      return must(await call.readdir(full), 'scandir', full).names;
    },
  };
}
