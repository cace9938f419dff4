import type { NodeContext } from '../context.ts';
import { cloneHostObject } from '../host-object.ts';
import { HdrHistogram } from '../perf/hdr-histogram.ts';

const FIGURES = 3;
const INT64_MAX = 9223372036854775807;
const NS_PER_MS = 1e6;

/** Exponentially weighted averages, where they were asked for. */
class Averages {
  readonly #alpha: number;
  readonly #threshold: number;
  #started = false;
  mean = 0;
  variance = 0;
  errorRate = 0;

  constructor(halfLife: number, threshold: number) {
    this.#alpha = halfLife > 0 ? 1 - Math.exp(-Math.LN2 / halfLife) : 0;
    this.#threshold = threshold;
  }

  update(value: number): void {
    if (this.#alpha === 0) return;
    const exceeded = this.#threshold > 0 && value > this.#threshold ? 1 : 0;
    if (!this.#started) {
      this.#started = true;
      this.mean = value;
      this.errorRate = exceeded;
      return;
    }
    const difference = value - this.mean;
    this.mean += this.#alpha * difference;
    this.variance = (1 - this.#alpha) * (this.variance + this.#alpha * difference * difference);
    if (this.#threshold > 0) this.errorRate += this.#alpha * (exceeded - this.errorRate);
  }

  reset(): void {
    this.#started = false;
    this.mean = this.variance = this.errorRate = 0;
  }
}

/** What the clones of a histogram share. */
interface Shared {
  readonly values: HdrHistogram;
  readonly averages: Averages;
  exceeds: number;
  previous: number;
}

/** The classes of src/histogram.cc: `createHistogram` and `monitorEventLoopDelay` of perf_hooks. */
export function createHistograms({ system, intrinsics, loop }: NodeContext) {
  class HistogramBase {
    protected shared: Shared;

    constructor(shared: Shared) {
      this.shared = shared;
    }
    count = (): number => this.shared.values.total;
    countBigInt = (): bigint => BigInt(this.shared.values.total);
    exceeds = (): number => this.shared.exceeds;
    exceedsBigInt = (): bigint => BigInt(this.shared.exceeds);
    min = (): number => this.shared.values.min;
    minBigInt = (): bigint => toBigInt(this.shared.values.min);
    max = (): number => this.shared.values.max;
    maxBigInt = (): bigint => toBigInt(this.shared.values.max);
    mean = (): number => this.shared.values.mean;
    stddev = (): number => this.shared.values.stddev;
    ewmaMean = (): number => this.shared.averages.mean;
    ewmaStddev = (): number => Math.sqrt(this.shared.averages.variance);
    ewmaErrorRate = (): number => this.shared.averages.errorRate;
    percentile = (percentile: number): number => this.shared.values.percentile(percentile);
    percentileBigInt = (percentile: number): bigint => toBigInt(this.shared.values.percentile(percentile));
    countAt = (value: number): number => this.shared.values.countAt(value);
    cdf = (value: number): number => this.shared.values.cdf(value);
    percentiles(map: Map<number, number>): void {
      for (const [percentile, value] of this.shared.values.percentiles()) map.set(percentile, value);
    }
    percentilesBigInt(map: Map<number, bigint>): void {
      for (const [percentile, value] of this.shared.values.percentiles())
        map.set(percentile, toBigInt(value));
    }
    percentilesAt(map: Map<number, number>, percentiles: ArrayLike<number>): void {
      for (let i = 0; i < percentiles.length; i++) {
        const percentile = percentiles[i] ?? 0;
        map.set(percentile, this.shared.values.percentile(percentile));
      }
    }
    skewness(): number {
      const { values } = this.shared;
      const variance = values.moment(2, values.mean);
      return values.total < 3 || variance === 0
        ? 0
        : values.moment(3, values.mean) / (variance * Math.sqrt(variance));
    }
    kurtosis(): number {
      const { values } = this.shared;
      const variance = values.moment(2, values.mean);
      return values.total < 4 || variance === 0 ? 0 : values.moment(4, values.mean) / variance ** 2 - 3;
    }
    reset(): void {
      this.shared.values.reset();
      this.shared.averages.reset();
      this.shared.exceeds = this.shared.previous = 0;
    }
    protected recordValue(value: number): void {
      if (this.shared.values.record(value)) this.shared.averages.update(value);
      else this.shared.exceeds++;
    }
    /** Nanoseconds since the last call; the first one only starts the clock. */
    protected recordSincePrevious(): void {
      const now = system.clock.now() * NS_PER_MS;
      const delta = Math.round(now - this.shared.previous);
      if (this.shared.previous > 0 && delta > 0) this.recordValue(delta);
      this.shared.previous = now;
    }
    [cloneHostObject](): object {
      return new HistogramBase(this.shared);
    }
  }

  class Histogram extends HistogramBase {
    constructor(lowest = 1, highest = INT64_MAX, figures = FIGURES, halfLife = 0, threshold = 0) {
      super(newShared(Number(lowest), Number(highest), figures, halfLife, threshold));
    }
    record(value: number | bigint): void {
      this.recordValue(Number(value));
    }
    recordDelta(): void {
      this.recordSincePrevious();
    }
    recordCorrected(value: number | bigint, interval: number | bigint): void {
      const number = Number(value);
      if (this.shared.values.recordCorrected(number, Number(interval))) this.shared.averages.update(number);
      else this.shared.exceeds++;
    }
    add(other: HistogramBase): number {
      const theirs = sharedOf(other);
      this.shared.exceeds += theirs.exceeds;
      this.shared.previous = Math.max(this.shared.previous, theirs.previous);
      return this.shared.values.add(theirs.values);
    }
    subtract(other: HistogramBase): number {
      const theirs = sharedOf(other);
      this.shared.exceeds = Math.max(0, this.shared.exceeds - theirs.exceeds);
      return this.shared.values.subtract(theirs.values);
    }
    override [cloneHostObject](): object {
      const clone = new Histogram();
      clone.shared = this.shared;
      return clone;
    }
  }

  /** Measures by a timer how late the loop's turns come; the timer does not keep the loop alive. */
  class IntervalHistogram extends HistogramBase {
    readonly #intervalMs: number;
    #timer: unknown;

    constructor(intervalMs: number) {
      super(newShared(1, 3.6e12, FIGURES, 0, 0));
      this.#intervalMs = intervalMs;
    }
    start(reset?: boolean): void {
      if (this.#timer !== undefined) return;
      if (reset === true) this.reset();
      this.shared.previous = system.clock.now() * NS_PER_MS;
      this.#schedule();
    }
    stop(): void {
      intrinsics.clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    #schedule(): void {
      this.#timer = intrinsics.setTimeout(() => {
        loop.enqueueUnref(() => {
          if (this.#timer === undefined) return;
          this.recordSincePrevious();
          this.#schedule();
        });
      }, this.#intervalMs);
    }
  }
  const sharedOf = (histogram: HistogramBase): Shared => (histogram as unknown as { shared: Shared }).shared;
  return { Histogram, createELDHistogram: (intervalMs: number) => new IntervalHistogram(intervalMs) };
}

function newShared(
  lowest: number,
  highest: number,
  figures: number,
  halfLife: number,
  threshold: number,
): Shared {
  return {
    values: new HdrHistogram({ lowest, highest, figures }),
    averages: new Averages(halfLife, threshold),
    exceeds: 0,
    previous: 0,
  };
}

const toBigInt = (value: number): bigint => (value >= INT64_MAX ? 9223372036854775807n : BigInt(value));
