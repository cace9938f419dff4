/** Errors that Node's C++ makes with ErrnoException: the number positive, the message free. */
import { errnoName } from '../../src/base/errno.ts';

const NativeError = Error;

interface ErrnoError extends Error {
  errno: number;
  code: string;
  path: string;
  syscall: string;
}

/** `errno` is positive, as `error.errno` shows it. */
export function errnoException(errno: number, syscall: string, message: string, path: string): Error {
  const code = errnoName(errno) ?? '';
  const error = new NativeError(`${code}, ${message} '${path}'`) as ErrnoError;
  error.errno = errno;
  error.code = code;
  error.path = path;
  error.syscall = syscall;
  return error;
}

/** strerror(3) of the numbers that the recursive copies and removals can meet. */
const DESCRIPTIONS: Readonly<Record<number, string>> = {
  1: 'Operation not permitted',
  2: 'No such file or directory',
  5: 'Input/output error',
  13: 'Permission denied',
  16: 'Device or resource busy',
  17: 'File exists',
  18: 'Invalid cross-device link',
  20: 'Not a directory',
  21: 'Is a directory',
  22: 'Invalid argument',
  23: 'Too many open files in system',
  24: 'Too many open files',
  27: 'File too large',
  28: 'No space left on device',
  30: 'Read-only file system',
  31: 'Too many links',
  36: 'File name too long',
  39: 'Directory not empty',
  40: 'Too many levels of symbolic links',
};

export function errnoDescription(errno: number): string {
  return DESCRIPTIONS[errno] ?? `Unknown error ${errno}`;
}
