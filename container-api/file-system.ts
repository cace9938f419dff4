/** `container.fs`: WebContainer's seven methods and the rest of Node's fs.promises that makes sense from outside. */
import type {
  FileAnswer,
  FileAttributes,
  FileSystemSpace,
  Outcome,
  PageFileCall,
  WatchEvent,
} from '../src/protocol/container.ts';
import { decodeName, encodeName } from '../src/base/path-text.ts';
import { check } from './arguments/check.ts';
import * as accepted from './arguments/files.ts';
import { ArgumentError, SystemError } from './errors.ts';
import { type FileCaller, readStream, writeStream } from './file-streams.ts';
import type { Paths } from './paths.ts';
import { type BufferEncoding, decode, encode } from './text-encoding.ts';

export type { BufferEncoding, FileSystemSpace };

/** Bytes, for names that are not UTF-8. */
export type FilePath = string | Uint8Array;
type Encoded = { encoding?: BufferEncoding | null } | BufferEncoding | null;
/** How names are given: 'buffer' for bytes. */
type NameOptions = { encoding?: BufferEncoding | 'buffer' | null } | BufferEncoding | 'buffer' | null;
type AsBytes = { encoding: 'buffer' } | 'buffer';
type AsText = { encoding?: BufferEncoding | null } | BufferEncoding | null;
interface ListOptions {
  withFileTypes?: boolean;
  encoding?: BufferEncoding | 'buffer' | null;
  /** What is in folders below too, by its path from here. */
  recursive?: boolean;
}

const O_WRONLY = 0o1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const FLAGS: Readonly<Record<string, number>> = {
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
};
const COPYFILE_EXCL = 1;

const S_IFMT = 0o170000;

export interface Stats extends FileAttributes {
  atime: Date;
  mtime: Date;
  ctime: Date;
  birthtime: Date;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

export interface Dirent {
  name: string;
  parentPath: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export interface FileSystemWatcher {
  /** Resolves when changes are told from now on; rejects when there is nothing to watch. */
  readonly ready: Promise<void>;
  close(): void;
}
type WatchListener = (event: 'rename' | 'change', filename: string | Uint8Array) => void;
interface WatchOptions {
  encoding?: BufferEncoding | 'buffer' | null;
  persistent?: boolean;
  recursive?: boolean;
}

export interface FileSystemLink {
  file(call: PageFileCall): Promise<Outcome<unknown>>;
  watch(path: string, recursive: boolean, listener: (event: WatchEvent) => void): Promise<() => void>;
}

export class FileSystemAPI {
  readonly #link: FileSystemLink;
  readonly #paths: Paths;

  /** @internal */
  constructor(link: FileSystemLink, paths: Paths) {
    this.#link = link;
    this.#paths = paths;
  }

  readFile(path: FilePath, options?: { encoding?: null } | null): Promise<Uint8Array<ArrayBuffer>>;
  readFile(path: FilePath, options: { encoding: BufferEncoding } | BufferEncoding): Promise<string>;
  async readFile(path: FilePath, options?: Encoded): Promise<Uint8Array<ArrayBuffer> | string> {
    check('readFile', accepted.read, options);
    const bytes = await this.#call({ call: 'readFile', path: this.#absolute(path) });
    const encoding = encodingOf(options);
    return encoding === undefined ? bytes : decode(bytes, encoding);
  }

  async writeFile(
    path: FilePath,
    data: string | Uint8Array,
    options?: { encoding?: BufferEncoding | null; mode?: number; flag?: string } | BufferEncoding | null,
  ): Promise<void> {
    check('writeFile', accepted.data, data);
    check('writeFile', accepted.write, options);
    const given = typeof options === 'object' && options !== null ? options : {};
    const flags = FLAGS[given.flag ?? 'w'] ?? 0;
    const bytes = typeof data === 'string' ? encode(data, encodingOf(options) ?? 'utf8') : data;
    await this.#call({
      call: 'writeFile',
      path: this.#absolute(path),
      data: bytes,
      flags,
      mode: given.mode ?? 0o666,
    });
  }

  async appendFile(
    path: FilePath,
    data: string | Uint8Array,
    options?: { encoding?: BufferEncoding | null; mode?: number } | BufferEncoding | null,
  ): Promise<void> {
    check('appendFile', accepted.append, options);
    const given = typeof options === 'string' ? { encoding: options } : options;
    await this.writeFile(path, data, { ...given, flag: 'a' });
  }

  readdir(path: FilePath, options: ListOptions & { withFileTypes: true }): Promise<Dirent[]>;
  readdir(
    path: FilePath,
    options: (ListOptions & { withFileTypes?: false; encoding: 'buffer' }) | 'buffer',
  ): Promise<Uint8Array[]>;
  readdir(
    path: FilePath,
    options?:
      (ListOptions & { withFileTypes?: false; encoding?: BufferEncoding | null }) | BufferEncoding | null,
  ): Promise<string[]>;
  async readdir(
    path: FilePath,
    options?: ListOptions | BufferEncoding | 'buffer' | null,
  ): Promise<string[] | Dirent[] | Uint8Array[]> {
    check('readdir', accepted.list, options);
    const given = typeof options === 'object' && options !== null ? options : {};
    const exact = isExact(options);
    const parent = pathText(path);
    const entries = await this.#entries(this.#absolute(path), exact, given.recursive === true);
    if (given.withFileTypes === true) {
      return entries.map(({ folder, name, type }) => {
        const parentPath = folder === '' ? parent : `${parent}/${folder}`;
        return new DirectoryEntry(name, parentPath.toWellFormed(), type);
      });
    }
    const paths = entries.map(({ folder, name }) => (folder === '' ? name : `${folder}/${name}`));
    return paths.map((text) => named(text, options)) as string[] | Uint8Array[];
  }

  /** By folders, the nearer ones first; what symbolic links lead to is not looked into. */
  async #entries(path: string, exact: boolean, recursive: boolean): Promise<ListedEntry[]> {
    const entries: ListedEntry[] = [];
    const folders = [''];
    for (const folder of folders) {
      // The text of names is without loss here: it stays as it is.
      const full = folder === '' ? path : `${path}/${folder}`;
      const { names, types } = await this.#call({ call: 'readdir', path: full, exact });
      for (const [i, name] of names.entries()) {
        entries.push({ folder, name, type: types[i] ?? 0 });
        if (recursive && types[i] === DIRECTORY) folders.push(folder === '' ? name : `${folder}/${name}`);
      }
    }
    return entries;
  }

  mkdir(path: FilePath, options: { recursive: true; mode?: number }): Promise<string>;
  mkdir(path: FilePath, options?: { recursive?: boolean; mode?: number }): Promise<void>;
  async mkdir(path: FilePath, options?: { recursive?: boolean; mode?: number }): Promise<string | void> {
    check('mkdir', accepted.make, options);
    const recursive = options?.recursive === true;
    const full = this.#absolute(path);
    const made = await this.#call({ call: 'mkdir', path: full, recursive, mode: options?.mode ?? 0o777 });
    if (recursive) return made ?? full;
  }

  async rm(path: FilePath, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
    check('rm', accepted.remove, options);
    const { recursive = false, force = false } = options ?? {};
    return this.#call({ call: 'rm', path: this.#absolute(path), recursive, force });
  }
  async rmdir(path: FilePath): Promise<void> {
    return this.#call({ call: 'rmdir', path: this.#absolute(path) });
  }
  async unlink(path: FilePath): Promise<void> {
    return this.#call({ call: 'unlink', path: this.#absolute(path) });
  }
  async rename(oldPath: FilePath, newPath: FilePath): Promise<void> {
    return this.#call({
      call: 'rename',
      path: this.#absolute(oldPath),
      destination: this.#absolute(newPath),
    });
  }
  async link(existingPath: FilePath, newPath: FilePath): Promise<void> {
    return this.#call({
      call: 'link',
      path: this.#absolute(existingPath),
      destination: this.#absolute(newPath),
    });
  }
  async symlink(target: FilePath, path: FilePath): Promise<void> {
    return this.#call({ call: 'symlink', target: pathText(target), path: this.#absolute(path) });
  }
  readlink(path: FilePath, options: AsBytes): Promise<Uint8Array>;
  readlink(path: FilePath, options?: AsText): Promise<string>;
  async readlink(path: FilePath, options?: NameOptions): Promise<string | Uint8Array> {
    check('readlink', accepted.names, options);
    return named(await this.#call({ call: 'readlink', path: this.#absolute(path) }), options);
  }
  realpath(path: FilePath, options: AsBytes): Promise<Uint8Array>;
  realpath(path: FilePath, options?: AsText): Promise<string>;
  async realpath(path: FilePath, options?: NameOptions): Promise<string | Uint8Array> {
    check('realpath', accepted.names, options);
    return named(await this.#call({ call: 'realpath', path: this.#absolute(path) }), options);
  }
  async stat(path: FilePath): Promise<Stats> {
    return new FileStats(await this.#call({ call: 'stat', path: this.#absolute(path) }));
  }
  async lstat(path: FilePath): Promise<Stats> {
    return new FileStats(await this.#call({ call: 'lstat', path: this.#absolute(path) }));
  }
  /** What the file system has that the path is on; `statfs('/')` is the container's own, or its store's as far as the browser grants it. */
  async statfs(path: FilePath): Promise<FileSystemSpace> {
    return this.#call({ call: 'statfs', path: this.#absolute(path) });
  }
  async access(path: FilePath, mode = 0): Promise<void> {
    check('access', accepted.accessMode, mode);
    return this.#call({ call: 'access', path: this.#absolute(path), mode });
  }
  async chmod(path: FilePath, mode: number): Promise<void> {
    check('chmod', accepted.mode, mode);
    return this.#call({ call: 'chmod', path: this.#absolute(path), mode });
  }
  /** Times as Node takes them: seconds, or a Date. */
  async utimes(path: FilePath, atime: number | Date, mtime: number | Date): Promise<void> {
    for (const time of [atime, mtime]) check('utimes', accepted.time, time);
    const ms = (time: number | Date): number => (typeof time === 'number' ? time * 1000 : time.getTime());
    return this.#call({ call: 'utimes', path: this.#absolute(path), atimeMs: ms(atime), mtimeMs: ms(mtime) });
  }
  async truncate(path: FilePath, size = 0): Promise<void> {
    check('truncate', accepted.fileSize, size);
    return this.#call({ call: 'truncate', path: this.#absolute(path), size });
  }
  async copyFile(source: FilePath, destination: FilePath, mode = 0): Promise<void> {
    check('copyFile', accepted.copyMode, mode);
    const [path, to] = [this.#absolute(source), this.#absolute(destination)];
    const data = await this.#call({ call: 'readFile', path });
    const { mode: permissions } = await this.#call({ call: 'stat', path });
    const flags = FLAGS[mode & COPYFILE_EXCL ? 'wx' : 'w'] ?? 0;
    await this.#call({ call: 'writeFile', path: to, data, flags, mode: permissions & 0o777 });
  }
  async cp(source: FilePath, destination: FilePath, options?: { recursive?: boolean }): Promise<void> {
    check('cp', accepted.copyTree, options);
    const recursive = options?.recursive === true;
    return this.#call({
      call: 'cp',
      path: this.#absolute(source),
      destination: this.#absolute(destination),
      recursive,
    });
  }

  /**
   * The file as a web stream. It is opened when it is first read, and then is that file, whatever becomes of its name. A
   * device, a pipe or a terminal goes on until its other side ends or the stream is cancelled.
   */
  createReadStream(path: FilePath): ReadableStream<Uint8Array<ArrayBuffer>> {
    return readStream(this.#callIt, this.#absolute(path));
  }
  /** A web stream into the file, which is opened, and without 'a' emptied, at once. */
  createWriteStream(
    path: FilePath,
    options?: { flags?: 'w' | 'wx' | 'a' | 'ax'; mode?: number },
  ): WritableStream<string | Uint8Array> {
    check('createWriteStream', accepted.stream, options);
    const flags = FLAGS[options?.flags ?? 'w'] ?? 0;
    return writeStream(this.#callIt, this.#absolute(path), flags, options?.mode ?? 0o666);
  }

  watch(path: FilePath, listener?: WatchListener): FileSystemWatcher;
  watch(
    path: FilePath,
    options: BufferEncoding | WatchOptions | null,
    listener?: WatchListener,
  ): FileSystemWatcher;
  watch(
    path: FilePath,
    second?: BufferEncoding | WatchOptions | WatchListener | null,
    third?: WatchListener,
  ): FileSystemWatcher {
    const listener = typeof second === 'function' ? second : third;
    const options = typeof second === 'function' ? undefined : second;
    check('watch', accepted.watch, options);
    check('watch', accepted.listener, listener);
    const recursive = typeof options === 'object' && options?.recursive === true;
    const asBytes = nameEncodingOf(options) === 'buffer';
    let closed = false;
    const stop = this.#link.watch(this.#absolute(path), recursive, ({ kind, name }) => {
      if (!closed) listener?.(kind, asBytes ? new TextEncoder().encode(name) : name);
    });
    return {
      ready: stop.then(() => undefined),
      close() {
        closed = true;
        // What could not be watched has been told by `ready`.
        void stop.then(
          (end) => end(),
          () => undefined,
        );
      },
    };
  }

  #absolute(path: FilePath): string {
    const text = pathText(path);
    if (text === '' && !this.#paths.scoped) throw new ArgumentError('The path must not be empty.');
    return this.#paths.absolute(text);
  }

  readonly #callIt: FileCaller = (call) => this.#call(call);

  async #call<C extends PageFileCall>(call: C): Promise<FileAnswer<C['call']>> {
    const outcome = await this.#link.file(call);
    if (!outcome.ok) throw new SystemError(outcome);
    return outcome.value as FileAnswer<C['call']>;
  }
}

/** As Node checks paths: nothing with a NUL is one. */
function pathText(path: FilePath): string {
  if (typeof path !== 'string' && !(path instanceof Uint8Array)) {
    throw new ArgumentError('The path must be a string or a Uint8Array.');
  }
  const text = typeof path === 'string' ? path.toWellFormed() : decodeName(path);
  if (!text.includes('\0')) return text;
  throw new ArgumentError('The path must be without null bytes.');
}

const UTF8 = new Set<string | undefined>([undefined, 'utf8', 'utf-8']);

const nameEncodingOf = (options: NameOptions | undefined): BufferEncoding | 'buffer' | undefined =>
  (typeof options === 'string' ? options : options?.encoding) ?? undefined;

/** The bytes of names are wanted, not their text. */
const isExact = (options: NameOptions | undefined): boolean => !UTF8.has(nameEncodingOf(options));

/** A name without loss, as bytes or in an encoding; as text it is well-formed. */
function named(name: string, options: NameOptions | undefined): string | Uint8Array {
  const encoding = nameEncodingOf(options) ?? 'utf8';
  if (encoding === 'buffer') return encodeName(name);
  return UTF8.has(encoding) ? name.toWellFormed() : decode(encodeName(name), encoding);
}

function encodingOf(
  options: Encoded | { encoding?: BufferEncoding | null } | undefined,
): BufferEncoding | undefined {
  return (typeof options === 'string' ? options : options?.encoding) ?? undefined;
}

class FileStats implements Stats {
  declare readonly dev: number;
  declare readonly ino: number;
  declare readonly mode: number;
  declare readonly nlink: number;
  declare readonly uid: number;
  declare readonly gid: number;
  declare readonly rdev: number;
  declare readonly size: number;
  declare readonly blksize: number;
  declare readonly blocks: number;
  declare readonly atimeMs: number;
  declare readonly mtimeMs: number;
  declare readonly ctimeMs: number;
  declare readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;

  constructor(attributes: FileAttributes) {
    Object.assign(this, attributes);
    this.atime = new Date(attributes.atimeMs);
    this.mtime = new Date(attributes.mtimeMs);
    this.ctime = new Date(attributes.ctimeMs);
    this.birthtime = new Date(attributes.birthtimeMs);
  }

  isFile(): boolean {
    return (this.mode & S_IFMT) === 0o100000;
  }
  isDirectory(): boolean {
    return (this.mode & S_IFMT) === 0o040000;
  }
  isSymbolicLink(): boolean {
    return (this.mode & S_IFMT) === 0o120000;
  }
  isFIFO(): boolean {
    return (this.mode & S_IFMT) === 0o010000;
  }
  isSocket(): boolean {
    return (this.mode & S_IFMT) === 0o140000;
  }
  isCharacterDevice(): boolean {
    return (this.mode & S_IFMT) === 0o020000;
  }
  isBlockDevice(): boolean {
    return (this.mode & S_IFMT) === 0o060000;
  }
}

interface ListedEntry {
  /** From the folder that is listed. */
  folder: string;
  name: string;
  type: number;
}
const DIRECTORY = 2;

class DirectoryEntry implements Dirent {
  readonly name: string;
  readonly parentPath: string;
  readonly #type: number;

  constructor(name: string, parentPath: string, type: number) {
    this.name = name;
    this.parentPath = parentPath;
    this.#type = type;
  }
  isFile(): boolean {
    return this.#type === 1;
  }
  isDirectory(): boolean {
    return this.#type === DIRECTORY;
  }
  isSymbolicLink(): boolean {
    return this.#type === 3;
  }
}
