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

/** Bytes of a command's output on the way from the page to `oac` before the page waits: keeps a local socket busy. */
export const COMMAND_LINE_OUTPUT_WINDOW_BYTES = 4 * 1024 * 1024;

/** Bytes of input on the way from `oac` to a command before `oac` stops reading its own stdin. */
export const COMMAND_LINE_INPUT_WINDOW_BYTES = 1024 * 1024;

/** How long a headless browser may take until its page answers, before it counts as failed: a cold, loaded machine. */
export const BROWSER_START_TIMEOUT_MS = 60_000;

/** How long output may still come after a command has exited (from children that hold its pipes) before `oac` ends. */
export const OUTPUT_LINGER_MS = 1000;
