import fs from 'node:fs';
import os from 'node:os';
import type { FileCalls } from '../../polyfills/system.ts';

type Fallible<T> = () => T;

/** errno results from node:fs, so that a program can run over the real file system of this machine. */
function call(action: Fallible<number | undefined | void>): number {
  try {
    return action() ?? 0;
  } catch (error) {
    return errnoOf(error);
  }
}
function get<T>(action: Fallible<T>): T | number {
  try {
    return action();
  } catch (error) {
    return errnoOf(error);
  }
}
function errnoOf(error: unknown): number {
  const errno = (error as NodeJS.ErrnoException).errno;
  if (typeof errno === 'number') return errno;
  throw error;
}

function fill(out: Float64Array | BigInt64Array, at: number, stats: fs.BigIntStats): number {
  const SECOND = 1_000_000_000n;
  const times = [stats.atimeNs, stats.mtimeNs, stats.ctimeNs, stats.birthtimeNs].flatMap((ns) => [
    ns / SECOND,
    ns % SECOND,
  ]);
  const values = [
    stats.dev,
    stats.mode,
    stats.nlink,
    stats.uid,
    stats.gid,
    stats.rdev,
    stats.blksize,
    stats.ino,
    stats.size,
    stats.blocks,
    ...times,
  ];
  values.forEach((value, index) => {
    if (out instanceof BigInt64Array) out[at + index] = value;
    else out[at + index] = Number(value);
  });
  return 0;
}

const path = (given: string | Uint8Array): string | Buffer =>
  typeof given === 'string' ? given : Buffer.from(given);

/** Seconds for node:fs; UTIME_OMIT keeps what `current` says. */
function seconds(time: Parameters<FileCalls['utimes']>[1], current: number): number {
  if (time === 'now') return Date.now() / 1000;
  return time === 'omit' ? current : time.seconds + time.nanoseconds / 1e9;
}

const DIRENT_TYPES: [keyof fs.Dirent, number][] = [
  ['isFile', 1],
  ['isDirectory', 2],
  ['isSymbolicLink', 3],
  ['isFIFO', 4],
  ['isSocket', 5],
  ['isCharacterDevice', 6],
  ['isBlockDevice', 7],
];

/** The part of FileCalls that commands of the userland use, over node:fs in this process. */
export function hostFiles(cwd: string): FileCalls {
  const at = (given: string | Uint8Array): string | Buffer => {
    const name = path(given);
    return typeof name === 'string' && !name.startsWith('/') && name !== '' ? `${cwd}/${name}` : name;
  };
  const files: Partial<FileCalls> = {
    open: (name, flags, mode) => call(() => fs.openSync(at(name), flags, mode)),
    close: (fd) => call(() => fs.closeSync(fd)),
    read: (fd, into, position) => call(() => fs.readSync(fd, into, 0, into.length, position)),
    write: (fd, from, position) => call(() => fs.writeSync(fd, from, 0, from.length, position)),
    stat: (name, out, from) => call(() => fill(out, from, fs.statSync(at(name), { bigint: true }))),
    lstat: (name, out, from) => call(() => fill(out, from, fs.lstatSync(at(name), { bigint: true }))),
    fstat: (fd, out, from) => call(() => fill(out, from, fs.fstatSync(fd, { bigint: true }))),
    access: (name, mode) => call(() => fs.accessSync(at(name), mode)),
    readFile: (name) => get(() => new Uint8Array(fs.readFileSync(at(name)))),
    writeFile: (name, data, flags, mode) =>
      call(() => fs.writeFileSync(at(name), data, { flag: flags as unknown as string, mode })),
    readdir: (name) =>
      get(() => {
        const entries = fs.readdirSync(at(name), { withFileTypes: true });
        const type = (entry: fs.Dirent): number =>
          DIRENT_TYPES.find(([test]) => (entry[test] as () => boolean).call(entry))?.[1] ?? 0;
        return { names: entries.map((entry) => entry.name), types: entries.map(type) };
      }),
    mkdir: (name, mode) => call(() => void fs.mkdirSync(at(name), mode)),
    rmdir: (name) => call(() => fs.rmdirSync(at(name))),
    unlink: (name) => call(() => fs.unlinkSync(at(name))),
    rename: (from, to) => call(() => fs.renameSync(at(from), at(to))),
    link: (from, to) => call(() => fs.linkSync(at(from), at(to))),
    symlink: (target, name) => call(() => fs.symlinkSync(path(target), at(name))),
    readlink: (name) => get(() => new Uint8Array(fs.readlinkSync(at(name), 'buffer'))),
    realpath: (name) => get(() => new Uint8Array(fs.realpathSync.native(at(name), 'buffer'))),
    chmod: (name, mode) => call(() => fs.chmodSync(at(name), mode)),
    chown: (name, uid, gid, follow) =>
      call(() => (follow ? fs.chownSync : fs.lchownSync)(at(name), uid, gid)),
    utimes: (name, atime, mtime, follow) =>
      call(() => {
        const now = (follow ? fs.statSync : fs.lstatSync)(at(name));
        (follow ? fs.utimesSync : fs.lutimesSync)(
          at(name),
          seconds(atime, now.atimeMs / 1000),
          seconds(mtime, now.mtimeMs / 1000),
        );
      }),
    truncate: (name, size) => call(() => fs.truncateSync(at(name), size)),
    ftruncate: (fd, size) => call(() => fs.ftruncateSync(fd, size)),
    statfs: (name, out) =>
      call(() => {
        const s = fs.statfsSync(at(name));
        [s.type, s.bsize, s.blocks, s.bfree, s.bavail, s.files, s.ffree].forEach((value, index) => {
          if (out instanceof Float64Array) out[index] = value;
        });
      }),
    fsync: (fd) => call(() => fs.fsyncSync(fd)),
    cwd: () => cwd,
    umask: (mask) => (mask === undefined ? process.umask() : process.umask(mask)),
  };
  return files as FileCalls;
}

export const HOST_NAME = os.hostname();
