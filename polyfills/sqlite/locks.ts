import { Errno } from '../../src/base/errno.ts';
import type { FileCalls, LockStep } from '../system.ts';
import { Result } from './codes.ts';

/** What a connection holds of a file, each more than the one before (https://sqlite.org/lockingv3.html). */
export const Level = { none: 0, shared: 1, reserved: 2, pending: 3, exclusive: 4 } as const;

/** The bytes whose locks stand for these levels, as in SQLite's own Unix VFS (os.h). */
const PENDING_BYTE = 0x4000_0000;
const pendingByte = { start: PENDING_BYTE, length: 1 };
const reservedByte = { start: PENDING_BYTE + 1, length: 1 };
const sharedBytes = { start: PENDING_BYTE + 2, length: 510 };

/** The locks of one open file of one connection. */
export class FileLock {
  readonly #files: FileCalls;
  readonly #fd: number;
  #level: number = Level.none;

  constructor(files: FileCalls, fd: number) {
    this.#files = files;
    this.#fd = fd;
  }

  lock(wanted: number): number {
    if (this.#level >= wanted) return Result.ok;
    if (wanted === Level.shared) {
      // Whoever waits to write holds the pending byte: no new readers then.
      return this.#take(Level.shared, [
        { kind: 'shared', ...pendingByte },
        { kind: 'shared', ...sharedBytes },
        { kind: 'none', ...pendingByte },
      ]);
    }
    if (wanted === Level.reserved)
      return this.#take(Level.reserved, [{ kind: 'exclusive', ...reservedByte }]);
    if (this.#level < Level.pending) {
      const result = this.#take(Level.pending, [{ kind: 'exclusive', ...pendingByte }]);
      if (result !== Result.ok || wanted === Level.pending) return result;
    }
    return this.#take(Level.exclusive, [{ kind: 'exclusive', ...sharedBytes }]);
  }

  unlock(wanted: number): number {
    if (this.#level <= wanted) return Result.ok;
    const rest: LockStep = { kind: wanted === Level.shared ? 'shared' : 'none', ...sharedBytes };
    const result = this.#files.lock(this.#fd, [
      rest,
      { kind: 'none', ...pendingByte },
      { kind: 'none', ...reservedByte },
    ]);
    if (result < 0) return Result.ioUnlock;
    this.#level = wanted;
    return Result.ok;
  }

  /** Somebody is about to write. */
  isReserved(): boolean {
    if (this.#level >= Level.reserved) return true;
    const result = this.#files.lock(this.#fd, [
      { kind: 'exclusive', ...reservedByte },
      { kind: 'none', ...reservedByte },
    ]);
    return result === -Errno.EAGAIN;
  }

  #take(level: number, steps: readonly LockStep[]): number {
    const result = this.#files.lock(this.#fd, steps);
    if (result === -Errno.EAGAIN) return Result.busy;
    if (result < 0) return Result.ioLock;
    this.#level = level;
    return Result.ok;
  }
}
