/** fd_*: what is done with an open descriptor. */
import { Errno } from '../../src/base/errno.ts';
import type { System, TimeSpec } from '../system.ts';
import { FdFlag, FileType, Rights, TimeFlag, WasiErrno, wasiErrno, Whence } from './abi.ts';
import { Stat, typeOfMode, type WasiDescriptor, type WasiDescriptors } from './descriptors.ts';
import { type GuestMemory, WasiFailure } from './memory.ts';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const FILESTAT_BYTES = 64;
const FDSTAT_BYTES = 24;
const DIRENT_BYTES = 24;
const PREOPEN_DIRECTORY = 0;
const encoder = new TextEncoder();

/** Fails by a negative result of the system. */
export function must(result: number): number {
  if (result < 0) throw new WasiFailure(wasiErrno(result));
  return result;
}

/** Bytes go piece by piece into (or out of) what the guest named, until a piece is cut short. */
function transfer(vectors: readonly Uint8Array[], one: (piece: Uint8Array, done: number) => number): number {
  let done = 0;
  for (const piece of vectors) {
    if (piece.length === 0) continue;
    const count = one(piece, done);
    if (count < 0 && done > 0) break;
    must(count);
    done += count;
    if (count < piece.length) break;
  }
  return done;
}

export function createDescriptorCalls(system: System, memory: GuestMemory, table: WasiDescriptors) {
  const { files } = system;
  const size = (entry: WasiDescriptor): bigint => {
    const stat = new BigInt64Array(Stat.count);
    must(files.fstat(entry.fd, stat, 0));
    return stat[Stat.size] ?? 0n;
  };
  const read = (entry: WasiDescriptor, vectors: Uint8Array[], from: bigint | null): number =>
    transfer(vectors, (piece, done) =>
      files.read(entry.fd, piece, from === null ? null : Number(from) + done),
    );
  const write = (entry: WasiDescriptor, vectors: Uint8Array[], at: bigint | null): number => {
    const start = entry.flags & FdFlag.append ? null : at;
    return transfer(vectors, (piece, done) =>
      files.write(entry.fd, piece, start === null ? null : Number(start) + done),
    );
  };
  return {
    fd_advise: (fd: number) => done(table.get(fd, Rights.fdAdvise)),
    fd_allocate(fd: number, offset: bigint, length: bigint) {
      const entry = table.get(fd, Rights.fdAllocate);
      const end = offset + length;
      if (end > size(entry)) must(files.ftruncate(entry.fd, Number(end)));
      return WasiErrno.SUCCESS;
    },
    fd_close: (fd: number) => table.close(fd),
    fd_datasync: (fd: number) => wasiErrno(files.fsync(table.get(fd, Rights.fdDatasync).fd, true)),
    fd_sync: (fd: number) => wasiErrno(files.fsync(table.get(fd, Rights.fdSync).fd, false)),
    fd_fdstat_get(fd: number, out: number) {
      const entry = table.get(fd);
      const view = memory.view(out, FDSTAT_BYTES);
      view.setUint8(0, entry.type);
      view.setUint16(2, entry.flags, true);
      view.setBigUint64(8, entry.base, true);
      view.setBigUint64(16, entry.inheriting, true);
      return WasiErrno.SUCCESS;
    },
    fd_fdstat_set_flags(fd: number, flags: number) {
      const entry = table.get(fd, Rights.fdFdstatSetFlags);
      must(system.streams.setNonBlocking(entry.fd, (flags & FdFlag.nonblock) !== 0));
      entry.flags = flags;
      return WasiErrno.SUCCESS;
    },
    fd_fdstat_set_rights(fd: number, base: bigint, inheriting: bigint) {
      const entry = table.get(fd);
      if ((base & ~entry.base) !== 0n || (inheriting & ~entry.inheriting) !== 0n) return WasiErrno.NOTCAPABLE;
      entry.base = base;
      entry.inheriting = inheriting;
      return WasiErrno.SUCCESS;
    },
    fd_filestat_get(fd: number, out: number) {
      const stat = new BigInt64Array(Stat.count);
      must(files.fstat(table.get(fd, Rights.fdFilestatGet).fd, stat, 0));
      writeStat(memory, out, stat);
      return WasiErrno.SUCCESS;
    },
    fd_filestat_set_size: (fd: number, wanted: bigint) =>
      wasiErrno(files.ftruncate(table.get(fd, Rights.fdFilestatSetSize).fd, Number(wanted))),
    fd_filestat_set_times(fd: number, atime: bigint, mtime: bigint, flags: number) {
      const entry = table.get(fd, Rights.fdFilestatSetTimes);
      const times = timesOf(atime, mtime, flags);
      return wasiErrno(files.futimes(entry.fd, times.atime, times.mtime));
    },
    fd_pread(fd: number, vectors: number, count: number, offset: bigint, out: number) {
      const entry = table.get(fd, Rights.fdRead | Rights.fdSeek);
      memory.setUint32(out, read(entry, memory.vectors(vectors, count), offset));
      return WasiErrno.SUCCESS;
    },
    fd_pwrite(fd: number, vectors: number, count: number, offset: bigint, out: number) {
      const entry = table.get(fd, Rights.fdWrite | Rights.fdSeek);
      memory.setUint32(out, write(entry, memory.vectors(vectors, count), offset));
      return WasiErrno.SUCCESS;
    },
    fd_read(fd: number, vectors: number, count: number, out: number) {
      const entry = table.get(fd, Rights.fdRead);
      const total = read(entry, memory.vectors(vectors, count), entry.position);
      if (entry.position !== null) entry.position += BigInt(total);
      memory.setUint32(out, total);
      return WasiErrno.SUCCESS;
    },
    fd_write(fd: number, vectors: number, count: number, out: number) {
      const entry = table.get(fd, Rights.fdWrite);
      const total = write(entry, memory.vectors(vectors, count), entry.position);
      if (entry.position !== null) {
        entry.position = entry.flags & FdFlag.append ? size(entry) : entry.position + BigInt(total);
      }
      memory.setUint32(out, total);
      return WasiErrno.SUCCESS;
    },
    fd_seek(fd: number, offset: bigint, whence: number, out: number) {
      const entry = table.get(fd, whence === Whence.current && offset === 0n ? Rights.fdTell : Rights.fdSeek);
      // The position of what came from the process is its own, which nothing tells.
      if (entry.position === null) return WasiErrno.SPIPE;
      if (whence > Whence.end) return WasiErrno.INVAL;
      const from = whence === Whence.set ? 0n : whence === Whence.current ? entry.position : size(entry);
      if (from + offset < 0n) return WasiErrno.INVAL;
      entry.position = from + offset;
      memory.setUint64(out, entry.position);
      return WasiErrno.SUCCESS;
    },
    fd_tell(fd: number, out: number) {
      const entry = table.get(fd, Rights.fdTell);
      if (entry.position === null) return WasiErrno.SPIPE;
      memory.setUint64(out, entry.position);
      return WasiErrno.SUCCESS;
    },
    fd_renumber: (from: number, to: number) => table.renumber(from, to),
    fd_prestat_get(fd: number, out: number) {
      const { guestPath } = table.get(fd);
      if (guestPath === undefined) return WasiErrno.INVAL;
      const view = memory.view(out, 8);
      view.setUint8(0, PREOPEN_DIRECTORY);
      view.setUint32(4, encoder.encode(guestPath).length, true);
      return WasiErrno.SUCCESS;
    },
    fd_prestat_dir_name(fd: number, path: number, length: number) {
      const { guestPath } = table.get(fd);
      if (guestPath === undefined) return WasiErrno.BADF;
      const bytes = encoder.encode(guestPath);
      if (bytes.length > length) return WasiErrno.NOBUFS;
      memory.bytes(path, bytes.length).set(bytes);
      return WasiErrno.SUCCESS;
    },
    fd_readdir(fd: number, buffer: number, length: number, cookie: bigint, out: number) {
      const entry = table.get(fd, Rights.fdReaddir);
      memory.setUint32(out, readDirectory(system, entry, memory.bytes(buffer, length), Number(cookie)));
      return WasiErrno.SUCCESS;
    },
  };
}

const done = (_entry: WasiDescriptor): number => WasiErrno.SUCCESS;

/** Whole entries, and as much of the next one as there is room for: the guest then asks again with more. */
function readDirectory({ files }: System, entry: WasiDescriptor, into: Uint8Array, cookie: number): number {
  if (entry.type !== FileType.directory) throw new WasiFailure(WasiErrno.NOTDIR);
  if (cookie === 0 || entry.entries === undefined) entry.entries = listOf(files, entry.path);
  let used = 0;
  for (let i = cookie; i < entry.entries.length && used < into.length; i++) {
    const { name, type } = entry.entries[i] ?? { name: '', type: 0 };
    const bytes = encoder.encode(name);
    const record = new Uint8Array(DIRENT_BYTES + bytes.length);
    const view = new DataView(record.buffer);
    const stat = new BigInt64Array(Stat.count);
    const known = files.lstat(`${entry.path}/${name}`, stat, 0) >= 0;
    view.setBigUint64(0, BigInt(i + 1), true);
    view.setBigUint64(8, known ? BigInt.asUintN(64, stat[Stat.ino] ?? 0n) : 0n, true);
    view.setUint32(16, bytes.length, true);
    view.setUint8(20, type);
    record.set(bytes, DIRENT_BYTES);
    const count = Math.min(record.length, into.length - used);
    into.set(record.subarray(0, count), used);
    used += count;
  }
  return used;
}

/** By libuv's dirent types: 1 file, 2 directory, 3 link, 4 FIFO, 5 socket, 6 character and 7 block device. */
const DIRENT_TYPES = [
  FileType.unknown,
  FileType.regularFile,
  FileType.directory,
  FileType.symbolicLink,
  FileType.socketStream,
  FileType.socketStream,
  FileType.characterDevice,
  FileType.blockDevice,
];

function listOf(files: System['files'], path: string): { name: string; type: number }[] {
  const list = files.readdir(path, false);
  if (typeof list === 'number') throw new WasiFailure(wasiErrno(list));
  return list.names.map((name, i) => ({
    name,
    type: DIRENT_TYPES[list.types[i] ?? 0] ?? FileType.unknown,
  }));
}

export function writeStat(memory: GuestMemory, at: number, stat: BigInt64Array): void {
  const field = (index: number): bigint => BigInt.asUintN(64, stat[index] ?? 0n);
  const time = (index: number): bigint => field(index) * NANOSECONDS_PER_SECOND + field(index + 1);
  const view = memory.view(at, FILESTAT_BYTES);
  view.setBigUint64(0, field(Stat.dev), true);
  view.setBigUint64(8, field(Stat.ino), true);
  view.setUint8(16, typeOfMode(Number(field(Stat.mode))));
  view.setBigUint64(24, field(Stat.nlink), true);
  view.setBigUint64(32, field(Stat.size), true);
  view.setBigUint64(40, time(Stat.atime), true);
  view.setBigUint64(48, time(Stat.mtime), true);
  view.setBigUint64(56, time(Stat.ctime), true);
}

export function timesOf(atime: bigint, mtime: bigint, flags: number): { atime: TimeSpec; mtime: TimeSpec } {
  const both = (exact: number, now: number): boolean => (flags & exact) !== 0 && (flags & now) !== 0;
  if (both(TimeFlag.atime, TimeFlag.atimeNow) || both(TimeFlag.mtime, TimeFlag.mtimeNow)) {
    throw new WasiFailure(wasiErrno(-Errno.EINVAL));
  }
  const spec = (exact: number, now: number, time: bigint): TimeSpec => {
    if (flags & now) return 'now';
    if ((flags & exact) === 0) return 'omit';
    return {
      seconds: Number(time / NANOSECONDS_PER_SECOND),
      nanoseconds: Number(time % NANOSECONDS_PER_SECOND),
    };
  };
  return {
    atime: spec(TimeFlag.atime, TimeFlag.atimeNow, atime),
    mtime: spec(TimeFlag.mtime, TimeFlag.mtimeNow, mtime),
  };
}
