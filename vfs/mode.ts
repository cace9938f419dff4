/** File modes and open flags of Linux on x86-64. */

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;

export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IXGRP = 0o0010;
export const MODE_BITS = 0o7777;

export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DSYNC = 0o10000;
export const O_DIRECT = 0o40000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_NOATIME = 0o1000000;
export const O_CLOEXEC = 0o2000000;
export const O_SYNC = 0o4010000;
export const O_PATH = 0o10000000;
/** The bit of O_TMPFILE beside O_DIRECTORY. */
export const O_TMPFILE_BIT = 0o20000000;

/** Flags that fcntl(F_SETFL) may change. */
export const O_SETTABLE = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
/** Flags that act at open and are not part of the status. */
export const O_AT_OPEN = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC;

export const R_OK = 4;
export const W_OK = 2;
export const X_OK = 1;

/** UV_DIRENT_* by S_IFMT >> 12. */
const DIRENT_TYPES = [0, 4, 6, 0, 2, 0, 7, 0, 1, 0, 3, 0, 5];

/** 1 file, 2 dir, 3 link, 4 fifo, 5 socket, 6 char, 7 block; 0 unknown. */
export function direntType(mode: number): number {
  return DIRENT_TYPES[(mode & S_IFMT) >> 12] ?? 0;
}
