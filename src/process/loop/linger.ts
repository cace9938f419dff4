/**
 * Looks at a word again and again for a moment before the thread sleeps on it. A sleep costs its thread a task of the
 * browser, who wakes it 15 to 35 µs, and up to 100 µs pass until a halted processor runs it: two processes that answer each
 * other within less are better served by looking. It is done only while it pays; where it did not, short sleeps are
 * the sign to try it again, more and more rarely.
 */
import { atomicLoad, pause } from '../../base/intrinsics.ts';
import {
  LINGER_CREDIT_MAX,
  LINGER_LOOKS,
  LINGER_MS,
  LINGER_SLEEP_MS,
  LINGER_SLEEPS_MAX,
} from '../../base/limits.ts';

const now = performance.now.bind(performance);
/** Unknown outside of browsers. */
const processors = (globalThis as { navigator?: { hardwareConcurrency: number } }).navigator
  ?.hardwareConcurrency;

export class Linger {
  /** How often it may still fail before it is left alone. */
  #credit = 0;
  /** Short sleeps since then, and how many are wanted before it is tried again. */
  #sleeps = 0;
  #wanted = 1;

  /** The next look takes its moment; without this it answers at once. */
  get isWorthwhile(): boolean {
    return this.#credit > 0;
  }

  /** → whether `words[index]` has left `ticket` */
  look(words: Int32Array, index: number, ticket: number): boolean {
    if (!this.isWorthwhile) return false;
    const end = now() + LINGER_MS;
    do {
      for (let looks = 0; looks < LINGER_LOOKS; looks++) {
        if (atomicLoad(words, index) !== ticket) {
          if (this.#credit < LINGER_CREDIT_MAX) this.#credit++;
          this.#wanted = 1;
          return true;
        }
        pause();
      }
    } while (now() < end);
    this.#credit--;
    if (this.#credit === 0 && this.#wanted < LINGER_SLEEPS_MAX) this.#wanted *= 2;
    return false;
  }

  /** Told of each sleep. */
  slept(milliseconds: number): void {
    if (this.isWorthwhile || milliseconds >= LINGER_SLEEP_MS) return;
    if (++this.#sleeps < this.#wanted) return;
    this.#sleeps = 0;
    this.#credit = 1;
  }
}

/** None with one processor: who should change the word runs only when this thread does not. */
export function createLinger(): Linger | undefined {
  return processors === 1 ? undefined : new Linger();
}
