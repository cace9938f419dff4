/** Errors of the public surface: a `code` to branch on, a message that says what to do. */
import { errnoName } from '../src/base/errno.ts';
import type { Failure } from '../src/protocol/container.ts';

export type ContainerErrorCode =
  | 'ERR_NOT_CROSS_ORIGIN_ISOLATED'
  | 'ERR_CONTAINER_CLOSED'
  | 'ERR_CONTAINER_BOOT'
  | 'ERR_STORE_BUSY'
  | 'ERR_STORE_DAMAGED'
  | 'ERR_STORE_UNKNOWN'
  | 'ERR_STORE_VERSION'
  | 'ERR_SNAPSHOT_DAMAGED'
  | 'ERR_SNAPSHOT_TOO_LARGE'
  | 'ERR_SNAPSHOT_UNAVAILABLE'
  | 'ERR_FEATURE_UNAVAILABLE'
  | 'ERR_UNKNOWN_SIGNAL'
  | 'ERR_PROCESS_ABORTED';

export class ContainerError extends Error {
  override readonly name = 'ContainerError';
  readonly code: ContainerErrorCode;

  constructor(code: ContainerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A call was given what it cannot take: a value of another type, one that is out of range, an option that does not exist.
 * The message names it.
 */
export class ArgumentError extends TypeError {
  override readonly name = 'ArgumentError';
  readonly code = 'ERR_INVALID_ARG_VALUE';
}

/** As Node's file system errors: `code`, `errno`, `syscall`, `path`, `dest`. */
export class SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;

  constructor({ errno, syscall, path, destination }: Failure) {
    const code = errnoName(errno) ?? 'UNKNOWN';
    const target = destination === undefined ? '' : ` -> '${destination}'`;
    const subject = path === undefined ? '' : ` '${path}'${target}`;
    super(`${code}: ${REASONS[code] ?? 'system call failed'}, ${syscall}${subject}`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    if (path !== undefined) this.path = path;
    if (destination !== undefined) this.dest = destination;
  }
}

/** libuv's words for the errors that these calls can give. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EAGAIN: 'resource temporarily unavailable',
  EBADF: 'bad file descriptor',
  EBUSY: 'resource busy or locked',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EISDIR: 'illegal operation on a directory',
  ELOOP: 'too many symbolic links encountered',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'name too long',
  ENFILE: 'file table overflow',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  ENOTSUP: 'operation not supported on socket',
  EOPNOTSUPP: 'operation not supported on socket',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ESRCH: 'no such process',
  EXDEV: 'cross-device link not permitted',
};

/** A failure of the external runtime, or of the way to it. `code` is an errno name (docs/runtime.md lists them). */
export class RemoteRuntimeError extends Error {
  override readonly name = 'RemoteRuntimeError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
