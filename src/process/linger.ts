/**
 * Looks at a word again and again for a moment before the thread sleeps on it. To sleep and be woken costs the sleeper a
 * task of the browser and who wakes it 10 to 15 µs: two processes that answer each other within less are better served
 * by looking. It is done only while it pays: when what was waited for came within that moment the last times.
 */
import { atomicLoad, pause } from '../base/intrinsics.ts';
import { LINGER_CREDIT_MAX, LINGER_LOOKS, LINGER_MS } from '../base/limits.ts';

const now = performance.now.bind(performance);

export class Linger {
  readonly #words: Int32Array;
  readonly #index: number;
  /** How often it may still fail before it is left alone. */
  #credit = 0;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** → whether the word has left `ticket` */
  look(ticket: number): boolean {
    if (this.#credit === 0) return false;
    const end = now() + LINGER_MS;
    do {
      for (let looks = 0; looks < LINGER_LOOKS; looks++) {
        if (atomicLoad(this.#words, this.#index) !== ticket) {
          if (this.#credit < LINGER_CREDIT_MAX) this.#credit++;
          return true;
        }
        pause();
      }
    } while (now() < end);
    this.#credit--;
    return false;
  }

  /** Told of each sleep. */
  slept(milliseconds: number): void {
    if (milliseconds < LINGER_MS && this.#credit < LINGER_CREDIT_MAX) this.#credit++;
  }
}
