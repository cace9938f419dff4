/** How a thread's loop spends its time, for others to read: milliseconds since the epoch, and milliseconds. */
const Figure = { loopStart: 0, idleMs: 1, idleSince: 2 } as const;
const FIGURES = 3;

/** Written by one thread. */
export class LoopFigures {
  readonly memory: SharedArrayBuffer;
  readonly #figures: Float64Array;

  constructor(memory = new SharedArrayBuffer(FIGURES * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#figures = new Float64Array(memory);
  }

  started(epochMs: number): void {
    this.#figures[Figure.loopStart] = epochMs;
  }

  /** The loop begins to wait, or has waited for `idleMs` in all. */
  waits(epochMs: number): void {
    this.#figures[Figure.idleSince] = epochMs;
  }
  turns(idleMs: number): void {
    this.#figures[Figure.idleMs] = idleMs;
    this.#figures[Figure.idleSince] = 0;
  }

  /** Undefined before the loop has begun to turn. */
  get loopStart(): number | undefined {
    return this.#figures[Figure.loopStart] || undefined;
  }

  idleTime(nowEpochMs: number): number {
    const since = this.#figures[Figure.idleSince] || nowEpochMs;
    return (this.#figures[Figure.idleMs] ?? 0) + Math.max(0, nowEpochMs - since);
  }
}
