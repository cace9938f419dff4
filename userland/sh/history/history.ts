import { HISTORY_MAX } from '../../../src/base/limits.ts';

export interface HistoryEntry {
  text: string;
  /** When it was read, in seconds since the epoch. */
  time: number;
}

/** Command lines that the shell remembers. */
export class History {
  #entries: HistoryEntry[] = [];
  #max = HISTORY_MAX;
  /** Number of the first entry: 1, and more once older ones were dropped. */
  #first = 1;
  /** Entries of this session that no file has. */
  unsaved = 0;
  /** Lines of the history file that were read or written, for `history -n`. */
  linesInFile = 0;
  /** The command that runs is the last entry. */
  hasCurrent = false;

  clone(): History {
    const copy = new History();
    copy.#entries = [...this.#entries];
    copy.#max = this.#max;
    copy.#first = this.#first;
    copy.unsaved = this.unsaved;
    copy.linesInFile = this.linesInFile;
    copy.hasCurrent = this.hasCurrent;
    return copy;
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }
  get lines(): string[] {
    return this.#entries.map(({ text }) => text);
  }
  get length(): number {
    return this.#entries.length;
  }
  get first(): number {
    return this.#first;
  }
  get nextNumber(): number {
    return this.#first + this.#entries.length;
  }

  add(text: string, time = Math.floor(Date.now() / 1000)): void {
    this.#entries.push({ text, time });
    this.#drop();
  }
  /** Keeps this many at most. */
  limit(max: number): void {
    this.#max = Math.min(max, HISTORY_MAX);
    this.#drop();
  }
  get max(): number {
    return this.#max;
  }
  #drop(): void {
    const excess = this.#entries.length - this.#max;
    if (excess <= 0) return;
    this.#entries.splice(0, excess);
    this.#first += excess;
  }

  clear(): void {
    this.#entries = [];
    this.#first = 1;
    this.unsaved = 0;
    this.hasCurrent = false;
  }
  /** Removes entries from `index` on. */
  remove(index: number, count = 1): void {
    this.#entries.splice(index, count);
  }
  removeEqual(text: string): void {
    this.#entries = this.#entries.filter((entry) => entry.text !== text);
  }
  /** Takes the command that runs out: what `history -s` and `fc` put in its place. */
  dropCurrent(): void {
    if (!this.hasCurrent) return;
    this.#entries.pop();
    this.unsaved = Math.max(0, this.unsaved - 1);
    this.hasCurrent = false;
  }
}
