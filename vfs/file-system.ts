/**
 * The contract of the shared-memory file system as one attached worker sees it. Synchronous, POSIX in behaviour,
 * Linux in numbers: a call returns ≥ 0 on success and `-errno` on failure and never throws for what the caller
 * or the disk did. Every trusted worker holds an instance over the same memory.
 *
 * Open files are *open file descriptions* in shared memory (inode, offset, status flags, reference count), named by
 * small integers (`Ofd`). Descriptor numbers are a process's own business; `dup` and inheritance share an Ofd.
 */

/** A path as the program gave it. Strings are UTF-16 and stand for their UTF-8 bytes; bytes may be any but NUL. */
export type Path = string | Uint8Array;

/** Index of an open file description. */
export type Ofd = number;

/** Where `stat` puts its figures: the order and the units of Node's `statValues` (see StatField). */
export type StatTarget = Float64Array | BigInt64Array;

/** Positions in a StatTarget. Times are split into whole seconds and nanoseconds. */
export const StatField = {
  dev: 0,
  mode: 1,
  nlink: 2,
  uid: 3,
  gid: 4,
  rdev: 5,
  blksize: 6,
  ino: 7,
  size: 8,
  blocks: 9,
  atimeSec: 10,
  atimeNsec: 11,
  mtimeSec: 12,
  mtimeNsec: 13,
  ctimeSec: 14,
  ctimeNsec: 15,
  birthtimeSec: 16,
  birthtimeNsec: 17,
  count: 18,
} as const;

/** Directory entry types as `d_type`/Node's UV_DIRENT_*: 1 file, 2 dir, 3 link, 4 fifo, 5 socket, 6 char, 7 block. */
export interface DirectoryList {
  /** Names decoded as UTF-8 (U+FFFD for what is not), in directory order, without `.` and `..`. */
  names: string[];
  /** The exact bytes, only where asked for. */
  rawNames?: Uint8Array[];
  types: number[];
  /** Where it is known: the entries stand in the order of their names. */
  sorted?: true;
}

/** A time for utimes: seconds and nanoseconds, or 'now', or 'omit' (UTIME_NOW, UTIME_OMIT). */
export type TimeSpec = { seconds: number; nanoseconds: number } | 'now' | 'omit';

/** Milliseconds, with fractions, as a time. */
export function timeSpec(ms: number): { seconds: number; nanoseconds: number } {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
}

export interface Credentials {
  uid: number;
  gid: number;
  groups: readonly number[];
  umask: number;
}

/** Where a walk met a mount point: the namespace layer above continues with the rest in that mount's backend. */
export interface MountCrossing {
  mount: number;
  rest: string;
}

/** What a path call answers at a mount point; `FileSystem.crossing` then says which and where. */
export const CROSSED = -1_000_001;

export interface FileSystem {
  readonly credentials: Credentials;
  /** Of the last call that answered CROSSED. */
  readonly crossing: MountCrossing;

  /** open(2): O_* flags of Linux x86-64. → Ofd */
  open(path: Path, flags: number, mode: number): Ofd;
  close(ofd: Ofd): number;
  /** One more reference of this process (dup). */
  retain(ofd: Ofd): number;
  /** One more reference, held by another process: inheritance. The kernel calls it while the parent waits. */
  share(ofd: Ofd, processSlot: number): number;
  /** `position` < 0 or null means the description's own offset, which then moves. → bytes read (0 = end) */
  read(ofd: Ofd, into: Uint8Array, position: number | null): number;
  write(ofd: Ofd, from: Uint8Array, position: number | null): number;
  seek(ofd: Ofd, offset: number, whence: 0 | 1 | 2): number;
  /** fcntl F_GETFL / F_SETFL */
  getFlags(ofd: Ofd): number;
  setFlags(ofd: Ofd, flags: number): number;
  fstat(ofd: Ofd, out: StatTarget, at: number): number;
  ftruncate(ofd: Ofd, size: number): number;
  fsync(ofd: Ofd, dataOnly: boolean): number;
  fchmod(ofd: Ofd, mode: number): number;
  fchown(ofd: Ofd, uid: number, gid: number): number;
  futimes(ofd: Ofd, atime: TimeSpec, mtime: TimeSpec): number;
  /** The path by which the description was opened, as far as it still exists (for /proc/self/fd, fchdir). */
  pathOf(ofd: Ofd): string | undefined;

  stat(path: Path, out: StatTarget, at: number): number;
  lstat(path: Path, out: StatTarget, at: number): number;
  /** Cheap probe for module loading: 0 file, 1 directory, < 0 error. */
  kind(path: Path): number;
  access(path: Path, mode: number): number;
  /** Whole file in one call, no descriptor made. A fresh array of its own memory, or -errno. */
  readFile(path: Path): Uint8Array<ArrayBuffer> | number;
  /** open(flags, mode) + write all + close in one call. */
  writeFile(path: Path, data: Uint8Array, flags: number, mode: number): number;
  readdir(path: Path, wantRaw: boolean): DirectoryList | number;
  /** Entries by description (for opendir): from `cookie`, at most `limit`; an empty list is the end. */
  readdirAt(
    ofd: Ofd,
    cookie: number,
    limit: number,
    wantRaw: boolean,
  ): (DirectoryList & { next: number }) | number;
  mkdir(path: Path, mode: number): number;
  rmdir(path: Path): number;
  unlink(path: Path): number;
  rename(from: Path, to: Path): number;
  link(from: Path, to: Path): number;
  symlink(target: Path, path: Path): number;
  readlink(path: Path): Uint8Array<ArrayBuffer> | number;
  realpath(path: Path): Uint8Array<ArrayBuffer> | number;
  mknod(path: Path, mode: number, rdev: number): number;
  chmod(path: Path, mode: number, follow: boolean): number;
  chown(path: Path, uid: number, gid: number, follow: boolean): number;
  utimes(path: Path, atime: TimeSpec, mtime: TimeSpec, follow: boolean): number;
  truncate(path: Path, size: number): number;
  /** type, bsize, blocks, bfree, bavail, files, ffree */
  statfs(path: Path, out: Float64Array | BigInt64Array): number;

  chdir(path: Path): number;
  cwd(): string | number;
  /** From now on the working directory is that of the process in `slot`, which outlives this one. */
  followDirectory(slot: number): void;
  setCredentials(next: Partial<Credentials>): void;

  /** Every change under a watched inode, as inotify names them; see the watch module. */
  watch(path: Path, recursive: boolean, listener: (event: FileEvent) => void): { close(): void } | number;
  /** The same for `below` in what is mounted where `path` leads, as far as `noteMounted` tells of it. */
  watchMounted(
    path: Path,
    below: string,
    recursive: boolean,
    listener: (event: FileEvent) => void,
  ): { close(): void } | number;
}

export interface FileEvent {
  kind: 'rename' | 'change';
  name: string;
}
