/** FileCalls over the host's own file system: what the bindings are tested on beside node:fs itself. */
import fs from 'node:fs';
import os from 'node:os';
import type { FileCalls, Path, TimeSpec } from '../../polyfills/system.ts';

type Figures = Float64Array | BigInt64Array;

function attempt<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (errno !== undefined) return errno;
    return -(os.constants.errno[code as keyof typeof os.constants.errno] ?? 22);
  }
}

const done = (call: () => void): number => attempt(() => (call(), 0)) as number;
const asPath = (path: Path): string | Buffer => (typeof path === 'string' ? path : Buffer.from(path));
const seconds = (time: TimeSpec): number =>
  typeof time === 'string' ? Date.now() / 1000 : time.seconds + time.nanoseconds / 1e9;

function fill(out: Figures, at: number, stats: fs.BigIntStats): number {
  const split = (ns: bigint): bigint[] => [ns / 1_000_000_000n, ns % 1_000_000_000n];
  const { dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks } = stats;
  const times = [stats.atimeNs, stats.mtimeNs, stats.ctimeNs, stats.birthtimeNs].flatMap(split);
  [dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, ...times].forEach((value, index) => {
    if (out instanceof BigInt64Array) out[at + index] = value;
    else out[at + index] = Number(value);
  });
  return 0;
}

const direntType = (entry: fs.Dirent): number =>
  entry.isDirectory() ? 2 : entry.isSymbolicLink() ? 3 : entry.isFIFO() ? 4 : 1;

function readdir(path: Path, wantRaw: boolean) {
  return attempt(() => {
    const entries = fs.readdirSync(asPath(path), { withFileTypes: true, encoding: 'buffer' } as never);
    const list = entries as unknown as fs.Dirent<Buffer>[];
    return {
      names: list.map((entry) => entry.name.toString()),
      types: list.map((entry) => direntType(entry as unknown as fs.Dirent)),
      ...(wantRaw && { rawNames: list.map((entry) => new Uint8Array(entry.name)) }),
    };
  });
}

export function createNodeFiles(): FileCalls {
  const directories = new Map<number, Path>();
  const open = (path: Path, flags: number, mode: number): number => {
    const fd = attempt(() => fs.openSync(asPath(path), flags, mode));
    if (fd >= 0) directories.set(fd, path);
    return fd;
  };
  return {
    open,
    openLater: open,
    close: (fd) => done(() => fs.closeSync(fd)),
    mkfifo: () => -38,
    lock: () => -38,
    dup: () => -38,
    dup2: () => -38,
    read: (fd, into, position) => attempt(() => fs.readSync(fd, into, 0, into.length, position)),
    write: (fd, from, position) => attempt(() => fs.writeSync(fd, from, 0, from.length, position)),
    stat: (path, out, at) => attempt(() => fill(out, at, fs.statSync(asPath(path), { bigint: true }))),
    lstat: (path, out, at) => attempt(() => fill(out, at, fs.lstatSync(asPath(path), { bigint: true }))),
    fstat: (fd, out, at) => attempt(() => fill(out, at, fs.fstatSync(fd, { bigint: true }))),
    kind: (path) => attempt(() => (fs.statSync(asPath(path)).isDirectory() ? 1 : 0)),
    access: (path, mode) => done(() => fs.accessSync(asPath(path), mode)),
    readFile: (path) => attempt(() => new Uint8Array(fs.readFileSync(asPath(path)))),
    writeFile: (path, data, flags, mode) =>
      done(() => fs.writeFileSync(asPath(path), data, { flag: flags as never, mode })),
    readdir,
    readdirAt(fd, cookie, limit, wantRaw) {
      const list = readdir(directories.get(fd) ?? '', wantRaw);
      if (typeof list === 'number') return list;
      const end = Math.min(cookie + limit, list.names.length);
      const part = { names: list.names.slice(cookie, end), types: list.types.slice(cookie, end), next: end };
      return wantRaw ? { ...part, rawNames: list.rawNames?.slice(cookie, end) ?? [] } : part;
    },
    mkdir: (path, mode) => done(() => fs.mkdirSync(asPath(path), mode)),
    rmdir: (path) => done(() => fs.rmdirSync(asPath(path))),
    unlink: (path) => done(() => fs.unlinkSync(asPath(path))),
    rename: (from, to) => done(() => fs.renameSync(asPath(from), asPath(to))),
    link: (from, to) => done(() => fs.linkSync(asPath(from), asPath(to))),
    symlink: (target, path) => done(() => fs.symlinkSync(asPath(target), asPath(path))),
    readlink: (path) => attempt(() => new Uint8Array(fs.readlinkSync(asPath(path), 'buffer'))),
    realpath: (path) => attempt(() => new Uint8Array(fs.realpathSync.native(asPath(path), 'buffer'))),
    chmod: (path, mode) => done(() => fs.chmodSync(asPath(path), mode)),
    fchmod: (fd, mode) => done(() => fs.fchmodSync(fd, mode)),
    chown: (path, uid, gid, follow) =>
      done(() => (follow ? fs.chownSync : fs.lchownSync)(asPath(path), uid, gid)),
    fchown: (fd, uid, gid) => done(() => fs.fchownSync(fd, uid, gid)),
    utimes: (path, atime, mtime, follow) =>
      done(() => (follow ? fs.utimesSync : fs.lutimesSync)(asPath(path), seconds(atime), seconds(mtime))),
    futimes: (fd, atime, mtime) => done(() => fs.futimesSync(fd, seconds(atime), seconds(mtime))),
    truncate: (path, size) => done(() => fs.truncateSync(asPath(path) as string, size)),
    ftruncate: (fd, size) => done(() => fs.ftruncateSync(fd, size)),
    fsync: (fd, dataOnly) => done(() => (dataOnly ? fs.fdatasyncSync : fs.fsyncSync)(fd)),
    statfs: (path, out) =>
      attempt(() => {
        const { type, bsize, blocks, bfree, bavail, files, ffree } = fs.statfsSync(asPath(path));
        [type, bsize, blocks, bfree, bavail, files, ffree].forEach((value, index) => {
          if (out instanceof BigInt64Array) out[index] = BigInt(value);
          else out[index] = value;
        });
        return 0;
      }),
    chdir: () => -38,
    cwd: () => process.cwd(),
    umask: (mask) => (mask === undefined ? process.umask() : process.umask(mask)),
    watch: () => -38,
  };
}
