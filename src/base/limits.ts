/** Every bound of the system: name, unit, value and why. A queue without a line here is a bug. */

/** Bytes a pipe buffers before its writer waits: Linux's default (pipe(7)). */
export const PIPE_BUFFER_BYTES = 64 * 1024;

/** Writes to a pipe up to this size are atomic (POSIX PIPE_BUF on Linux). */
export const PIPE_ATOMIC_BYTES = 4096;

/** Longest path in bytes, its terminating NUL counted (Linux PATH_MAX). */
export const PATH_MAX_BYTES = 4096;

/** Longest file name in bytes (Linux NAME_MAX). */
export const NAME_MAX_BYTES = 255;

/** Symbolic links followed in one path walk before ELOOP (Linux MAXSYMLINKS). */
export const SYMLINKS_MAX = 40;
