/** A bucket of tokens: so many at once, so many a second after that. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #second: number;

  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = this.#left = burst;
    this.#perSecond = perSecond;
    this.#second = Math.floor(nowMs / 1000);
  }

  /** False: there was no token left. */
  take(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000);
    if (second > this.#second) {
      this.#left = Math.min(this.#burst, this.#left + (second - this.#second) * this.#perSecond);
      this.#second = second;
    }
    if (this.#left <= 0) return false;
    this.#left--;
    return true;
  }
}
