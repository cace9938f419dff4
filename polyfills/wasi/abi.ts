/** Numbers of WASI preview 1 (the witx files of wasi_snapshot_preview1). */
import { Errno } from '../../src/base/errno.ts';

export const WasiErrno = {
  SUCCESS: 0,
  AGAIN: 6,
  BADF: 8,
  FAULT: 21,
  INVAL: 28,
  IO: 29,
  ISDIR: 31,
  LOOP: 32,
  NAMETOOLONG: 37,
  NOBUFS: 42,
  NOENT: 44,
  NOSYS: 52,
  NOTDIR: 54,
  NOTSOCK: 57,
  NOTSUP: 58,
  OVERFLOW: 61,
  SPIPE: 70,
  NOTCAPABLE: 76,
} as const;

/** errno_t in its order, by the names of Linux. */
const NAMES =
  'SUCCESS 2BIG ACCES ADDRINUSE ADDRNOTAVAIL AFNOSUPPORT AGAIN ALREADY BADF BADMSG BUSY CANCELED CHILD CONNABORTED ' +
  'CONNREFUSED CONNRESET DEADLK DESTADDRREQ DOM DQUOT EXIST FAULT FBIG HOSTUNREACH IDRM ILSEQ INPROGRESS INTR INVAL IO ' +
  'ISCONN ISDIR LOOP MFILE MLINK MSGSIZE MULTIHOP NAMETOOLONG NETDOWN NETRESET NETUNREACH NFILE NOBUFS NODEV NOENT ' +
  'NOEXEC NOLCK NOLINK NOMEM NOMSG NOPROTOOPT NOSPC NOSYS NOTCONN NOTDIR NOTEMPTY NOTRECOVERABLE NOTSOCK NOTSUP NOTTY ' +
  'NXIO OVERFLOW OWNERDEAD PERM PIPE PROTO PROTONOSUPPORT PROTOTYPE RANGE ROFS SPIPE SRCH STALE TIMEDOUT TXTBSY XDEV ' +
  'NOTCAPABLE';
export const WASI_ERRNO_NAMES: readonly string[] = NAMES.split(' ');

const fromLinux = new Map<number, number>();
for (const [name, number] of Object.entries(Errno)) {
  const index = WASI_ERRNO_NAMES.indexOf(name.slice(1));
  if (index > 0) fromLinux.set(number, index);
}

/** A result of the system (≥ 0 or -errno) as WASI's error. */
export function wasiErrno(result: number): number {
  return result >= 0 ? WasiErrno.SUCCESS : (fromLinux.get(-result) ?? WasiErrno.IO);
}

export const FileType = {
  unknown: 0,
  blockDevice: 1,
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  socketDatagram: 5,
  socketStream: 6,
  symbolicLink: 7,
} as const;

const bit = (index: number): bigint => 1n << BigInt(index);
export const Rights = {
  fdDatasync: bit(0),
  fdRead: bit(1),
  fdSeek: bit(2),
  fdFdstatSetFlags: bit(3),
  fdSync: bit(4),
  fdTell: bit(5),
  fdWrite: bit(6),
  fdAdvise: bit(7),
  fdAllocate: bit(8),
  pathCreateDirectory: bit(9),
  pathCreateFile: bit(10),
  pathLinkSource: bit(11),
  pathLinkTarget: bit(12),
  pathOpen: bit(13),
  fdReaddir: bit(14),
  pathReadlink: bit(15),
  pathRenameSource: bit(16),
  pathRenameTarget: bit(17),
  pathFilestatGet: bit(18),
  pathFilestatSetSize: bit(19),
  pathFilestatSetTimes: bit(20),
  fdFilestatGet: bit(21),
  fdFilestatSetSize: bit(22),
  fdFilestatSetTimes: bit(23),
  pathSymlink: bit(24),
  pathRemoveDirectory: bit(25),
  pathUnlinkFile: bit(26),
  pollFdReadwrite: bit(27),
  sockShutdown: bit(28),
  sockAccept: bit(29),
} as const;

const R = Rights;
const TERMINAL = R.fdRead | R.fdFdstatSetFlags | R.fdWrite | R.fdFilestatGet | R.pollFdReadwrite;
const REGULAR_FILE =
  TERMINAL |
  R.fdDatasync |
  R.fdSeek |
  R.fdSync |
  R.fdTell |
  R.fdAdvise |
  R.fdAllocate |
  R.fdFilestatSetSize |
  R.fdFilestatSetTimes;
const DIRECTORY =
  R.fdFdstatSetFlags |
  R.fdSync |
  R.fdAdvise |
  R.pathCreateDirectory |
  R.pathCreateFile |
  R.pathLinkSource |
  R.pathLinkTarget |
  R.pathOpen |
  R.fdReaddir |
  R.pathReadlink |
  R.pathRenameSource |
  R.pathRenameTarget |
  R.pathFilestatGet |
  R.pathFilestatSetSize |
  R.pathFilestatSetTimes |
  R.fdFilestatGet |
  R.fdFilestatSetTimes |
  R.pathSymlink |
  R.pathUnlinkFile |
  R.pathRemoveDirectory |
  R.pollFdReadwrite;
const SOCKET = TERMINAL | R.sockShutdown | R.sockAccept;

/** What can be done with a descriptor of a type, and with what is opened beneath it. */
export function rightsOf(type: number): { base: bigint; inheriting: bigint } {
  switch (type) {
    case FileType.regularFile:
      return { base: REGULAR_FILE, inheriting: 0n };
    case FileType.directory:
      return { base: DIRECTORY, inheriting: DIRECTORY | REGULAR_FILE };
    case FileType.socketStream:
    case FileType.socketDatagram:
      return { base: SOCKET, inheriting: SOCKET };
    default:
      return { base: TERMINAL, inheriting: 0n };
  }
}

export const FdFlag = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;
export const OpenFlag = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const LookupFlag = { symlinkFollow: 1 } as const;
export const TimeFlag = { atime: 1, atimeNow: 2, mtime: 4, mtimeNow: 8 } as const;
export const Whence = { set: 0, current: 1, end: 2 } as const;
export const ClockId = { realtime: 0, monotonic: 1, processCpuTime: 2, threadCpuTime: 3 } as const;
export const EventType = { clock: 0, fdRead: 1, fdWrite: 2 } as const;

/** open(2) of Linux. */
export const Open = {
  readOnly: 0,
  writeOnly: 1,
  readWrite: 2,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
  directory: 0o200000,
  noFollow: 0o400000,
} as const;
