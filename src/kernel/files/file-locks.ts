/** Locks of byte ranges, by file: each belongs to a descriptor of a thread, and ends with it at the latest. */
import { Errno } from '../../base/errno.ts';
import { FILE_LOCKS_MAX } from '../../base/limits.ts';
import type { FileLockCall, FileLockStep } from '../../protocol/file-locks.ts';
import type { Process } from '../process/process.ts';

interface Held {
  readonly owner: Process;
  readonly fd: number;
  readonly exclusive: boolean;
  readonly start: number;
  readonly end: number;
}

export class FileLocks {
  readonly #files = new Map<string, readonly Held[]>();

  apply(owner: Process, { dev, ino, fd, steps }: FileLockCall): number {
    const key = `${dev}:${ino}`;
    let held = this.#files.get(key) ?? [];
    for (const step of steps) {
      const end = step.start + step.length;
      const mine = (lock: Held): boolean => lock.owner === owner && lock.fd === fd;
      const others = held.some(
        (lock) => !mine(lock) && overlaps(lock, step.start, end) && conflicts(lock, step),
      );
      if (others) return -Errno.EAGAIN;
      held = held.flatMap((lock) => (mine(lock) ? without(lock, step.start, end) : [lock]));
      if (step.kind !== 'none') {
        held = [...held, { owner, fd, exclusive: step.kind === 'exclusive', start: step.start, end }];
      }
    }
    if (held.length > FILE_LOCKS_MAX) return -Errno.ENOLCK;
    if (held.length === 0) this.#files.delete(key);
    else this.#files.set(key, held);
    return 0;
  }

  release(owner: Process): void {
    for (const [key, held] of this.#files) {
      const rest = held.filter((lock) => lock.owner !== owner);
      if (rest.length === 0) this.#files.delete(key);
      else if (rest.length < held.length) this.#files.set(key, rest);
    }
  }
}

const overlaps = (lock: Held, start: number, end: number): boolean => lock.start < end && start < lock.end;

const conflicts = (lock: Held, step: FileLockStep): boolean =>
  step.kind !== 'none' && (lock.exclusive || step.kind === 'exclusive');

/** What is left of a lock when a range is taken out of it. */
function without(lock: Held, start: number, end: number): Held[] {
  if (!overlaps(lock, start, end)) return [lock];
  const rest: Held[] = [];
  if (lock.start < start) rest.push({ ...lock, end: start });
  if (end < lock.end) rest.push({ ...lock, start: end });
  return rest;
}
