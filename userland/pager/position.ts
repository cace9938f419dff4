/** Which part of a text is on the screen, and how that moves. Lines that were not read yet are asked for. */
import type { PagerLine } from './text.ts';

export interface PositionSource {
  /** Reads until line `index` is there; false when the text ends before, or the wait for it was broken off. */
  has(index: number): boolean;
  lines(): readonly PagerLine[];
  rows(line: PagerLine): string[];
  /** Rows of text on the screen. */
  height(): number;
}

export interface Shown {
  rows: string[];
  /** Index behind the last line that is shown. */
  last: number;
  atEnd: boolean;
}

export class Position {
  top = 0;
  /** Row within the first line. */
  topRow = 0;
  readonly #source: PositionSource;

  constructor(source: PositionSource) {
    this.#source = source;
  }

  shown(): Shown {
    const height = this.#source.height();
    const rows: string[] = [];
    let index = this.top;
    let skip = this.topRow;
    for (; rows.length < height && this.#source.has(index); index++) {
      rows.push(...this.#rows(index).slice(skip));
      skip = 0;
    }
    const whole = rows.length <= height;
    return { rows: rows.slice(0, height), last: index, atEnd: whole && !this.#source.has(index) };
  }

  /** → false at the end */
  forward(count: number): boolean {
    for (let left = count; left > 0; left--) {
      if (this.shown().atEnd) return left !== count;
      this.#down();
    }
    return true;
  }
  /** Past the end too: what a match below it needs, and `J`. */
  forced(count: number): void {
    for (let left = count; left > 0 && this.#source.has(this.top + 1); left--) this.#down();
  }
  back(count: number): boolean {
    for (let left = count; left > 0; left--) {
      if (this.topRow > 0) this.topRow--;
      else if (this.top > 0) {
        this.top--;
        this.topRow = this.#rows(this.top).length - 1;
      } else return left !== count;
    }
    return true;
  }

  goTo(index: number): void {
    this.topRow = 0;
    if (this.#source.has(Math.max(0, index))) this.top = Math.max(0, index);
    else this.toEnd();
  }
  /** The last screen of what was read. */
  toEnd(): void {
    this.top = this.#source.lines().length;
    this.topRow = 0;
    this.back(this.#source.height());
  }

  #down(): void {
    if (++this.topRow < this.#rows(this.top).length) return;
    this.topRow = 0;
    this.top++;
  }
  #rows(index: number): string[] {
    const line = this.#source.lines()[index];
    return line === undefined ? [''] : this.#source.rows(line);
  }
}
