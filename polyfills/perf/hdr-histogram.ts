/**
 * Counts of integer values at a fixed number of significant figures (HdrHistogram): a value falls into one of the
 * sub-buckets of its power of two, and stands for every value of the same sub-bucket. Exact below 2^53.
 */
const INT64_MAX = 9223372036854775807;

export interface HdrOptions {
  lowest: number;
  highest: number;
  figures: number;
}

/** One sub-bucket that holds something. */
export interface HdrEntry {
  index: number;
  count: number;
  /** Lowest, middle and highest value that it stands for. */
  value: number;
  median: number;
  highest: number;
}

export class HdrHistogram {
  readonly options: HdrOptions;
  readonly #unitMagnitude: number;
  readonly #halfMagnitude: number;
  readonly #halfCount: number;
  readonly #length: number;
  readonly #counts = new Map<number, number>();
  #total = 0;
  #min = INT64_MAX;
  #max = 0;

  constructor(options: HdrOptions) {
    this.options = options;
    this.#unitMagnitude = Math.floor(Math.log2(options.lowest));
    const resolution = 2 * 10 ** options.figures;
    this.#halfMagnitude = Math.max(Math.ceil(Math.log2(resolution)), 1) - 1;
    this.#halfCount = 2 ** this.#halfMagnitude;
    let buckets = 1;
    for (let end = this.#halfCount * 2 * 2 ** this.#unitMagnitude; end <= options.highest; end *= 2)
      buckets++;
    this.#length = (buckets + 1) * this.#halfCount;
  }

  get total(): number {
    return this.#total;
  }

  record(value: number, count = 1): boolean {
    const index = this.#indexOf(value);
    if (value < 0 || index < 0 || index >= this.#length) return false;
    this.#addAt(index, count);
    if (value < this.#min && value !== 0) this.#min = value;
    if (value > this.#max) this.#max = value;
    return true;
  }

  /** A value that took longer than `interval` hides those that would have been recorded meanwhile. */
  recordCorrected(value: number, interval: number): boolean {
    if (!this.record(value)) return false;
    if (interval <= 0) return true;
    for (let missing = value - interval; missing >= interval; missing -= interval) this.record(missing);
    return true;
  }

  reset(): void {
    this.#counts.clear();
    this.#total = 0;
    this.#min = INT64_MAX;
    this.#max = 0;
  }

  /** → how many values of `other` had no place here. */
  add(other: HdrHistogram): number {
    let dropped = 0;
    for (const { value, count } of [...other.entries()]) if (!this.record(value, count)) dropped += count;
    return dropped;
  }

  /** → how many more values `other` has than could be taken away. */
  subtract(other: HdrHistogram): number {
    let dropped = 0;
    for (const { index, count } of [...other.entries()]) {
      const left = (this.#counts.get(index) ?? 0) - count;
      if (left > 0) this.#counts.set(index, left);
      else this.#counts.delete(index);
      dropped += Math.max(0, -left);
    }
    this.#recount();
    return dropped;
  }

  get min(): number {
    if (this.#counts.has(0)) return 0;
    return this.#min === INT64_MAX ? INT64_MAX : this.#range(this.#indexOf(this.#min)).value;
  }
  get max(): number {
    return this.#range(this.#indexOf(this.#max)).highest;
  }
  get mean(): number {
    return this.moment(1, 0);
  }
  get stddev(): number {
    return Math.sqrt(this.moment(2, this.mean));
  }

  /** The mean of (value − centre) to the power. */
  moment(power: number, centre: number): number {
    let sum = 0;
    for (const { count, median } of this.entries()) sum += count * (median - centre) ** power;
    return sum / this.#total;
  }

  percentile(percentile: number): number {
    const wanted = Math.max(1, Math.floor((Math.min(percentile, 100) / 100) * this.#total + 0.5));
    let seen = 0;
    for (const { count, value, highest } of this.entries()) {
      seen += count;
      if (seen >= wanted) return percentile === 0 ? value : highest;
    }
    return 0;
  }

  /** [percentile, value] at steps that halve the rest: 0, 50, 75, 87.5 … 100. */
  *percentiles(): Iterable<[number, number]> {
    let next = 0;
    let seen = 0;
    let last = 0;
    for (const { count, value } of this.entries()) {
      seen += count;
      last = value;
      while (seen < this.#total && next <= (100 * seen) / this.#total) {
        yield [next, value];
        next += 100 / 2 ** (Math.floor(Math.log2(100 / (100 - next))) + 1);
      }
      if (seen === this.#total) {
        yield [next, value];
        break;
      }
    }
    yield [100, last];
  }

  countAt(value: number): number {
    return this.#counts.get(this.#indexOf(value)) ?? 0;
  }

  /** The share of values at or below that of `value`. */
  cdf(value: number): number {
    if (this.#total === 0) return 0;
    const end = this.#indexOf(value);
    let seen = 0;
    for (const { index, count } of this.entries()) if (index <= end) seen += count;
    return seen / this.#total;
  }

  /** What is not empty, in order. */
  *entries(): Iterable<HdrEntry> {
    const indexes = [...this.#counts.keys()].sort((a, b) => a - b);
    for (const index of indexes) yield { index, count: this.#counts.get(index) ?? 0, ...this.#range(index) };
  }

  #addAt(index: number, count: number): void {
    this.#counts.set(index, (this.#counts.get(index) ?? 0) + count);
    this.#total += count;
  }

  #recount(): void {
    this.#total = 0;
    this.#min = INT64_MAX;
    this.#max = 0;
    for (const { count, value, highest } of this.entries()) {
      this.#total += count;
      if (value !== 0) this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, highest);
    }
  }

  #indexOf(value: number): number {
    const unit = 2 ** this.#unitMagnitude;
    const units = Math.floor(value / unit);
    const bucket = Math.max(0, Math.floor(Math.log2(Math.max(units, 1))) - this.#halfMagnitude);
    const sub = Math.floor(units / 2 ** bucket);
    return (bucket + 1) * this.#halfCount + sub - this.#halfCount;
  }

  #range(index: number): { value: number; median: number; highest: number } {
    const row = Math.floor(index / this.#halfCount);
    const bucket = Math.max(0, row - 1);
    const sub = (index % this.#halfCount) + (row === 0 ? 0 : this.#halfCount);
    const size = 2 ** (bucket + this.#unitMagnitude);
    const value = sub * size;
    return { value, median: value + Math.floor(size / 2), highest: value + size - 1 };
  }
}
