import { Errno } from '../../src/base/errno.ts';
import type { System } from '../system.ts';
import { Open, Result } from './codes.ts';
import type { Callback, Engine } from './engine.ts';
import { FileLock } from './locks.ts';

interface OpenFile {
  readonly fd: number;
  readonly lock: FileLock;
  /** Removed when it is closed. */
  readonly temporary: string | undefined;
}

const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const FILE_MODE = 0o644;
const NAME = 'container';
const PATH_MAX_BYTES = 4096;
/** sqlite3_file: the pointer to its methods, then the number of our own. */
const FILE_BYTES = 8;
const SECTOR_BYTES = 4096;
/** SQLITE_IOCAP_POWERSAFE_OVERWRITE: what is beside a written range stays whole. */
const CHARACTERISTICS = 0x1000;
const STAT_FIELDS = 18;
const STAT_SIZE = 8;
/** Milliseconds from the Julian epoch to Unix's. */
const JULIAN_EPOCH_MS = 210_866_760_000_000;
const MS_PER_DAY = 86_400_000;
/** Methods of version 1: no shared memory, so that a write-ahead log works only under `locking_mode=EXCLUSIVE`. */
const METHODS_VERSION = 1;
const VFS_VERSION = 2;

/** SQLite's files are the container's: its own VFS over the system interface (https://sqlite.org/vfs.html). */
export class ContainerVfs {
  readonly #engine: Engine;
  readonly #system: System;
  readonly #open = new Map<number, OpenFile>();
  readonly #figures = new Float64Array(STAT_FIELDS);
  readonly #methods: number;
  readonly #random: (bytes: Uint8Array) => void;
  #last = 0;
  #temporaries = 0;

  constructor(engine: Engine, system: System, random: (bytes: Uint8Array) => void) {
    this.#engine = engine;
    this.#system = system;
    this.#random = random;
    this.#methods = this.#table([METHODS_VERSION], this.#fileMethods());
    const name = engine.copyIn(engine.encode(`${NAME}\0`));
    const vfs = this.#table([VFS_VERSION, FILE_BYTES, PATH_MAX_BYTES, 0, name, 0], this.#systemMethods());
    engine.api.sqlite3_vfs_register(vfs, 1);
  }

  /** A C structure: numbers, then function pointers (null where there is no function). */
  #table(head: readonly number[], methods: readonly ([`i:${string}`, Callback] | null)[]): number {
    const engine = this.#engine;
    const at = engine.allocate(4 * (head.length + methods.length));
    const pointers = methods.map((method) => (method ? engine.callback(...method) : 0));
    [...head, ...pointers].forEach((value, index) => engine.view.setUint32(at + 4 * index, value, true));
    return at;
  }

  #fileMethods(): [`i:${string}`, Callback][] {
    return [
      ['i:i', (file: number) => this.#close(file)],
      [
        'i:iiij',
        (file: number, at: number, count: number, offset: bigint) =>
          this.#read(file, at, count, Number(offset)),
      ],
      [
        'i:iiij',
        (file: number, at: number, count: number, offset: bigint) =>
          this.#write(file, at, count, Number(offset)),
      ],
      [
        'i:ij',
        (file: number, size: bigint) =>
          this.#onFile(file, Result.ioTruncate, (fd) => this.#system.files.ftruncate(fd, Number(size))),
      ],
      [
        'i:ii',
        (file: number) => this.#onFile(file, Result.ioFsync, (fd) => this.#system.files.fsync(fd, false)),
      ],
      ['i:ii', (file: number, at: number) => this.#size(file, at)],
      ['i:ii', (file: number, level: number) => this.#file(file)?.lock.lock(level) ?? Result.ioLock],
      ['i:ii', (file: number, level: number) => this.#file(file)?.lock.unlock(level) ?? Result.ioUnlock],
      ['i:ii', (file: number, at: number) => this.#isReserved(file, at)],
      ['i:iii', () => Result.notFound],
      ['i:i', () => SECTOR_BYTES],
      ['i:i', () => CHARACTERISTICS],
    ];
  }

  #systemMethods(): ([`i:${string}`, Callback] | null)[] {
    const { clock, unix } = this.#system;
    const now = (): number => clock.timeOrigin + clock.now() + JULIAN_EPOCH_MS;
    return [
      ['i:iiiii', (_vfs: number, name: number, file: number, flags: number, out: number) => this.#openFile(name, file, flags, out)],
      ['i:iii', (_vfs: number, name: number) => this.#delete(name)],
      ['i:iiii', (_vfs: number, name: number, mode: number, out: number) => this.#access(name, mode, out)],
      ['i:iiii', (_vfs: number, name: number, size: number, out: number) => this.#fullPath(name, size, out)],
      ...[null, null, null, null],
      ['i:iii', (_vfs: number, size: number, at: number) => {
        this.#random(this.#engine.bytes.subarray(at, at + size));
        return size;
      }],
      ['i:ii', (_vfs: number, microseconds: number) => {
        unix.sleep(Math.ceil(microseconds / 1000));
        return microseconds;
      }],
      ['i:ii', (_vfs: number, at: number) => {
        this.#engine.view.setFloat64(at, now() / MS_PER_DAY, true);
        return Result.ok;
      }],
      ['i:iii', () => 0],
      ['i:ii', (_vfs: number, at: number) => {
        this.#engine.view.setBigInt64(at, BigInt(Math.round(now())), true);
        return Result.ok;
      }],
    ]; // prettier-ignore
  }

  #file(at: number): OpenFile | undefined {
    return this.#open.get(this.#engine.pointer(at + 4));
  }
  #onFile(at: number, failure: number, call: (fd: number) => number): number {
    const file = this.#file(at);
    return file !== undefined && call(file.fd) >= 0 ? Result.ok : failure;
  }

  #openFile(name: number, at: number, flags: number, out: number): number {
    const engine = this.#engine;
    const { files } = this.#system;
    engine.view.setUint32(at, 0, true);
    const given = engine.cString(name);
    const path = given ?? `/tmp/etilqs_${this.#system.process.pid}_${this.#temporaries++}`;
    let granted = flags;
    let fd = files.open(path, openFlags(flags), FILE_MODE);
    if (
      fd < 0 &&
      flags & Open.readWrite &&
      (fd === -Errno.EACCES || fd === -Errno.EROFS || fd === -Errno.EPERM)
    ) {
      granted = (flags & ~(Open.readWrite | Open.create)) | Open.readOnly;
      fd = files.open(path, openFlags(granted), FILE_MODE);
    }
    if (fd < 0) return Result.cantOpen;
    const number = ++this.#last;
    const temporary = given === null || flags & Open.deleteOnClose ? path : undefined;
    this.#open.set(number, { fd, lock: new FileLock(files, fd), temporary });
    engine.view.setUint32(at, this.#methods, true);
    engine.view.setUint32(at + 4, number, true);
    if (out !== 0) engine.view.setInt32(out, granted, true);
    return Result.ok;
  }

  #close(at: number): number {
    const number = this.#engine.pointer(at + 4);
    const file = this.#open.get(number);
    if (file === undefined) return Result.ok;
    this.#open.delete(number);
    file.lock.unlock(0);
    this.#system.files.close(file.fd);
    if (file.temporary !== undefined) this.#system.files.unlink(file.temporary);
    return Result.ok;
  }

  #read(at: number, into: number, count: number, offset: number): number {
    const file = this.#file(at);
    if (file === undefined) return Result.ioRead;
    const target = this.#engine.bytes.subarray(into, into + count);
    let done = 0;
    while (done < count) {
      const got = this.#system.files.read(file.fd, target.subarray(done), offset + done);
      if (got < 0) return Result.ioRead;
      if (got === 0) {
        target.fill(0, done);
        return Result.ioShortRead;
      }
      done += got;
    }
    return Result.ok;
  }

  #write(at: number, from: number, count: number, offset: number): number {
    const file = this.#file(at);
    if (file === undefined) return Result.ioWrite;
    const source = this.#engine.bytes.subarray(from, from + count);
    for (let done = 0; done < count;) {
      const put = this.#system.files.write(file.fd, source.subarray(done), offset + done);
      if (put <= 0) return put === -Errno.ENOSPC ? Result.full : Result.ioWrite;
      done += put;
    }
    return Result.ok;
  }

  #size(at: number, out: number): number {
    const result = this.#onFile(at, Result.ioFstat, (fd) => this.#system.files.fstat(fd, this.#figures, 0));
    if (result === Result.ok) this.#engine.view.setBigInt64(out, BigInt(this.#figures[STAT_SIZE] ?? 0), true);
    return result;
  }

  #isReserved(at: number, out: number): number {
    this.#engine.view.setInt32(out, this.#file(at)?.lock.isReserved() === true ? 1 : 0, true);
    return Result.ok;
  }

  #delete(name: number): number {
    const result = this.#system.files.unlink(this.#engine.cString(name) ?? '');
    if (result === -Errno.ENOENT) return Result.ioDeleteNoEntry;
    return result < 0 ? Result.ioDelete : Result.ok;
  }

  /** An empty file counts as none: a journal that was never written is nothing to roll back. */
  #access(name: number, mode: number, out: number): number {
    const { files } = this.#system;
    const path = this.#engine.cString(name) ?? '';
    const yes =
      mode === 0
        ? files.stat(path, this.#figures, 0) === 0 && this.#figures[STAT_SIZE] !== 0
        : files.access(path, mode === 1 ? 6 : 4) === 0;
    this.#engine.view.setInt32(out, yes ? 1 : 0, true);
    return Result.ok;
  }

  #fullPath(name: number, size: number, out: number): number {
    const engine = this.#engine;
    const { files } = this.#system;
    const given = engine.cString(name) ?? '';
    const real = files.realpath(given);
    const path = typeof real === 'number' ? absolutePath(given, files.cwd()) : decodePath(real);
    const bytes = engine.encode(`${path}\0`);
    if (bytes.length > size) return Result.cantOpen;
    engine.bytes.set(bytes, out);
    return Result.ok;
  }
}

function openFlags(flags: number): number {
  const access = flags & Open.readWrite ? O_RDWR : 0;
  const exclusive = flags & Open.exclusive ? O_EXCL : 0;
  return access | (flags & Open.create ? O_CREAT | exclusive : 0);
}

function absolutePath(path: string, cwd: string | number): string {
  const parts: string[] = [];
  const whole = path.startsWith('/') ? path : `${typeof cwd === 'string' ? cwd : ''}/${path}`;
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const decodePath = (bytes: Uint8Array): string => decoder.decode(bytes);
