/** Waiting for a shared word to change without blocking the thread. */
import { atomicLoad, futexWaitAsync, promiseThen } from '../base/intrinsics.ts';

export interface Cancel {
  close(): void;
}
export interface Wait extends Cancel {
  /** Looks now, without waiting for the wake-up to arrive. → whether it was ready */
  look(): boolean;
}

/**
 * Calls `then` once, from a microtask or later task, when `ready()` holds; looks again each time the word changes.
 * The first look is made at once (its call still comes later). A cancelled wait calls nothing.
 */
export function whenWord(words: Int32Array, index: number, ready: () => boolean, then: () => void): Wait {
  let open = true;
  const look = (): void => {
    if (!open) return;
    for (;;) {
      const seen = atomicLoad(words, index);
      if (ready()) {
        open = false;
        then();
        return;
      }
      const wait = futexWaitAsync(words, index, seen);
      if (wait.async) {
        promiseThen(wait.value, look);
        return;
      }
    }
  };
  promiseThen(settled, look);
  return {
    close() {
      open = false;
    },
    look() {
      if (!open || !ready()) return false;
      open = false;
      then();
      return true;
    },
  };
}

const settled = Promise.resolve();
