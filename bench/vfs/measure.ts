/** Times one row over one implementation. */
import type { BenchFiles, Row } from './workload.ts';

export interface MeasureOptions {
  /** Milliseconds of one batch. */
  budgetMs: number;
  rounds: number;
}

/** Nanoseconds an operation: the best of several batches, for noise only ever adds. */
export class Measurement {
  readonly #step: (index: number) => void;
  readonly #row: Row;
  #index = 0;
  #steps = 1;
  best = Infinity;

  constructor(row: Row, files: BenchFiles, root: string, budgetMs: number) {
    this.#row = row;
    files.mkdir(root);
    this.#step = row.prepare(files, root);
    const limit = row.stepsMax ?? Infinity;
    for (let total = 0; total < budgetMs;) {
      const time = this.#batch();
      total += Math.max(time, 0.01);
      if (time < budgetMs / 2) this.#steps = Math.min(limit, Math.max(1, this.#steps * 2));
    }
  }

  #batch(): number {
    const start = performance.now();
    for (let step = 0; step < this.#steps; step++) this.#step(this.#index++);
    return performance.now() - start;
  }

  round(): void {
    const time = this.#batch();
    this.best = Math.min(this.best, (time * 1e6) / this.#steps / this.#row.per);
  }
}

export const geomean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
