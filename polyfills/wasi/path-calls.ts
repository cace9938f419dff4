/** path_*: what is done by name, beneath a directory descriptor. */
import { Errno } from '../../src/base/errno.ts';
import type { System } from '../system.ts';
import {
  FdFlag,
  FileType,
  LookupFlag,
  Open,
  OpenFlag,
  Rights,
  rightsOf,
  WasiErrno,
  wasiErrno,
} from './abi.ts';
import { must, timesOf, writeStat } from './descriptor-calls.ts';
import { Stat, typeOfMode, type WasiDescriptors } from './descriptors.ts';
import { type GuestMemory, WasiFailure } from './memory.ts';
import { resolvePath } from './paths.ts';

const READS = Rights.fdRead | Rights.fdReaddir;
const WRITES = Rights.fdDatasync | Rights.fdWrite | Rights.fdAllocate | Rights.fdFilestatSetSize;
const FILE_MODE = 0o666;
const DIRECTORY_MODE = 0o777;

export function createPathCalls(system: System, memory: GuestMemory, table: WasiDescriptors) {
  const { files } = system;
  const at = (fd: number, rights: bigint, path: number, length: number, follow = false): string =>
    resolvePath(files, table.preopens(), table.get(fd, rights), memory.text(path, length), follow);
  const followed = (flags: number): boolean => (flags & LookupFlag.symlinkFollow) !== 0;
  return {
    path_create_directory: (fd: number, path: number, length: number) =>
      wasiErrno(files.mkdir(at(fd, Rights.pathCreateDirectory, path, length), DIRECTORY_MODE)),
    path_filestat_get(fd: number, flags: number, path: number, length: number, out: number) {
      const stat = new BigInt64Array(Stat.count);
      must(files.lstat(at(fd, Rights.pathFilestatGet, path, length, followed(flags)), stat, 0));
      writeStat(memory, out, stat);
      return WasiErrno.SUCCESS;
    },
    path_filestat_set_times(
      fd: number,
      flags: number,
      path: number,
      length: number,
      atime: bigint,
      mtime: bigint,
      which: number,
    ) {
      const target = at(fd, Rights.pathFilestatSetTimes, path, length, followed(flags));
      const times = timesOf(atime, mtime, which);
      return wasiErrno(files.utimes(target, times.atime, times.mtime, false));
    },
    path_link(
      fromFd: number,
      flags: number,
      from: number,
      fromLength: number,
      toFd: number,
      to: number,
      toLength: number,
    ) {
      const existing = at(fromFd, Rights.pathLinkSource, from, fromLength, followed(flags));
      return wasiErrno(files.link(existing, at(toFd, Rights.pathLinkTarget, to, toLength)));
    },
    path_open: (...request: OpenRequest) => open(system, memory, table, at, request),
    path_readlink(
      fd: number,
      path: number,
      length: number,
      buffer: number,
      bufferLength: number,
      used: number,
    ) {
      const target = files.readlink(at(fd, Rights.pathReadlink, path, length));
      if (typeof target === 'number') return wasiErrno(target);
      const count = Math.min(target.length, bufferLength);
      memory.bytes(buffer, count).set(target.subarray(0, count));
      memory.setUint32(used, count);
      return WasiErrno.SUCCESS;
    },
    path_remove_directory: (fd: number, path: number, length: number) =>
      wasiErrno(files.rmdir(at(fd, Rights.pathRemoveDirectory, path, length))),
    path_rename(
      fromFd: number,
      from: number,
      fromLength: number,
      toFd: number,
      to: number,
      toLength: number,
    ) {
      const source = at(fromFd, Rights.pathRenameSource, from, fromLength);
      return wasiErrno(files.rename(source, at(toFd, Rights.pathRenameTarget, to, toLength)));
    },
    path_symlink(target: number, targetLength: number, fd: number, path: number, length: number) {
      const text = memory.text(target, targetLength);
      // A link to an absolute path could lead out of the sandbox for others who follow it.
      if (text.startsWith('/')) return WasiErrno.NOTCAPABLE;
      return wasiErrno(files.symlink(text, at(fd, Rights.pathSymlink, path, length)));
    },
    path_unlink_file: (fd: number, path: number, length: number) =>
      wasiErrno(files.unlink(at(fd, Rights.pathUnlinkFile, path, length))),
  };
}

type OpenRequest = [
  fd: number,
  lookup: number,
  path: number,
  length: number,
  flags: number,
  base: bigint,
  inheriting: bigint,
  fdFlags: number,
  out: number,
];

function open(
  { files }: System,
  memory: GuestMemory,
  table: WasiDescriptors,
  at: (fd: number, rights: bigint, path: number, length: number, follow: boolean) => string,
  [fd, lookup, path, length, flags, base, inheriting, fdFlags, out]: OpenRequest,
): number {
  const needed =
    Rights.pathOpen |
    (flags & OpenFlag.create ? Rights.pathCreateFile : 0n) |
    (flags & OpenFlag.truncate ? Rights.pathFilestatSetSize : 0n);
  table.get(fd, needed, base | inheriting);
  const target = at(fd, needed, path, length, (lookup & LookupFlag.symlinkFollow) !== 0);
  const opened = must(files.open(target, linuxFlags(flags, base, fdFlags), FILE_MODE));
  const stat = new Float64Array(Stat.count);
  must(files.fstat(opened, stat, 0));
  const type = typeOfMode(stat[Stat.mode] ?? 0);
  if ((flags & OpenFlag.directory) !== 0 && type !== FileType.directory) {
    files.close(opened);
    throw new WasiFailure(WasiErrno.NOTDIR);
  }
  const most = rightsOf(type);
  const number = table.add({
    fd: opened,
    type,
    base: base & most.base,
    inheriting: inheriting & most.inheriting,
    flags: fdFlags,
    path: type === FileType.directory ? realPath(files, target) : target,
    position: type === FileType.regularFile ? 0n : null,
  });
  memory.setUint32(out, number);
  return WasiErrno.SUCCESS;
}

/** The way it is opened follows from what the guest wants to be allowed. */
function linuxFlags(flags: number, base: bigint, fdFlags: number): number {
  const reads = (base & READS) !== 0n;
  const writes = (base & WRITES) !== 0n;
  let result: number = writes ? (reads ? Open.readWrite : Open.writeOnly) : Open.readOnly;
  if (flags & OpenFlag.create) result |= Open.create;
  if (flags & OpenFlag.exclusive) result |= Open.exclusive;
  if (flags & OpenFlag.truncate) result |= Open.truncate;
  if (flags & OpenFlag.directory) result = (result & ~3) | Open.directory;
  if (fdFlags & FdFlag.append) result |= Open.append;
  // The path was resolved: what is a link now was put there meanwhile.
  return result | Open.noFollow;
}

function realPath(files: System['files'], path: string): string {
  const real = files.realpath(path);
  if (typeof real === 'number')
    throw new WasiFailure(wasiErrno(real === -Errno.ENOENT ? -Errno.ENOTDIR : real));
  return new TextDecoder().decode(real);
}
