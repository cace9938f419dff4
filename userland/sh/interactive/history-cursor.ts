/** Earlier lines: walked through with their edits kept until a line is entered, and searched letter by letter. */
export class HistoryCursor {
  readonly #lines: () => readonly string[];
  readonly #edited = new Map<number, string>();
  #at = 0;

  constructor(lines: () => readonly string[]) {
    this.#lines = lines;
  }

  reset(): void {
    this.#edited.clear();
    this.#at = this.#lines().length;
  }

  /** A line further on (+) or back (-), leaving `current` where it was; undefined when there is none. */
  step(step: number, current: string): string | undefined {
    return this.#goTo(this.#at + step, current);
  }
  first(current: string): string | undefined {
    return this.#at === 0 ? undefined : this.#goTo(0, current);
  }
  last(current: string): string | undefined {
    return this.#at === this.#lines().length ? undefined : this.#goTo(this.#lines().length, current);
  }

  /** The nearest line with `wanted` in it: this one, or with `beyond` another one in that direction. */
  find(wanted: string, step: -1 | 1, beyond: boolean, current: string): string | undefined {
    const last = this.#lines().length - 1;
    const start = this.#at + (beyond ? step : 0);
    for (let at = step < 0 ? Math.min(start, last) : start; at >= 0 && at <= last; at += step) {
      const line = this.#line(at);
      if (line.includes(wanted) && !(beyond && line === current)) return this.#goTo(at, current);
    }
    return undefined;
  }

  /** The nearest line that begins with `prefix`, in that direction, other than `current`. */
  findPrefix(prefix: string, step: -1 | 1, current: string): string | undefined {
    const count = this.#lines().length;
    for (let at = this.#at + step; at >= 0 && at < count; at += step) {
      const line = this.#line(at);
      if (line.startsWith(prefix) && line !== current) return this.#goTo(at, current);
    }
    return undefined;
  }

  get position(): number {
    return this.#at;
  }
  goTo(position: number, current: string): string | undefined {
    return this.#goTo(position, current);
  }

  /** The last word of the `back`-th line before the one that is being made; undefined past the first. */
  lastWord(back: number): string | undefined {
    return this.#lines()
      .at(-back)
      ?.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s'"\\])+/gs)
      ?.at(-1);
  }

  #line(at: number): string {
    return this.#edited.get(at) ?? this.#lines()[at] ?? '';
  }
  #goTo(at: number, current: string): string | undefined {
    if (at < 0 || at > this.#lines().length) return undefined;
    if (current !== this.#line(this.#at)) this.#edited.set(this.#at, current);
    this.#at = at;
    return this.#line(at);
  }
}
