import type { ClockCalls } from '../../../polyfills/system.ts';

const { performance } = globalThis;
const workerNow = performance.now.bind(performance);
const workerOrigin = performance.timeOrigin;

/** The monotonic clock of a process: a spare has run for a while when it is given a program, and starts it at zero. */
export class Clock implements ClockCalls {
  #zero = 0;

  now(): number {
    return workerNow() - this.#zero;
  }
  get timeOrigin(): number {
    return workerOrigin + this.#zero;
  }
  start(): void {
    this.#zero = workerNow();
  }
}
