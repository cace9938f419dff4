/** Errors of the platform and of Node-like libraries as error numbers. */
import { Errno, type ErrnoName } from '../../src/base/errno.ts';

/** DOMException names, as the File System, Fetch and Streams standards throw them. */
const BY_NAME: Readonly<Record<string, number>> = {
  NotFoundError: Errno.ENOENT,
  NotAllowedError: Errno.EACCES,
  SecurityError: Errno.EACCES,
  NoModificationAllowedError: Errno.EBUSY,
  InvalidModificationError: Errno.ENOTEMPTY,
  QuotaExceededError: Errno.ENOSPC,
  TypeError: Errno.EINVAL,
  AbortError: Errno.EIO,
};

/** → -errno. What is not known is EIO: the program learns that it failed, if not why. */
export function errnoOf(error: unknown): number {
  const { code, name, errno } = (error ?? {}) as { code?: unknown; name?: unknown; errno?: unknown };
  if (typeof code === 'string' && code in Errno) return -Errno[code as ErrnoName];
  if (typeof name === 'string' && Object.hasOwn(BY_NAME, name)) return -(BY_NAME[name] ?? Errno.EIO);
  // A library's own numbers come with a code of its own.
  if (code === undefined && typeof errno === 'number' && Number.isInteger(errno) && errno !== 0)
    return -Math.abs(errno);
  return -Errno.EIO;
}

/** Runs what may throw. */
export async function answering<Value>(action: () => Promise<Value> | Value): Promise<Value | number> {
  try {
    return await action();
  } catch (error) {
    return errnoOf(error);
  }
}

/** The same where only success counts. */
export async function doing(action: () => unknown): Promise<number> {
  try {
    await action();
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}
