import type { HistoryCursor } from './history-cursor.ts';
import type { Key } from './keys.ts';
import type { LineBuffer } from './line-buffer.ts';

/** Incremental search through the history: ^R backwards, ^S forwards. */
export class SearchLine {
  readonly #history: HistoryCursor;
  readonly #line: LineBuffer;
  readonly #bell: () => void;
  #wanted: string | undefined;
  /** What was searched for last: ^R ^R looks for it again. */
  #last = '';
  #step: -1 | 1 = -1;
  #failed = false;
  #origin = { text: '', position: 0, cursor: 0 };

  constructor(history: HistoryCursor, line: LineBuffer, bell: () => void) {
    this.#history = history;
    this.#line = line;
    this.#bell = bell;
  }

  get active(): boolean {
    return this.#wanted !== undefined;
  }
  get prompt(): string | undefined {
    if (this.#wanted === undefined) return undefined;
    return `(${this.#failed ? 'failed ' : ''}${this.#step < 0 ? 'reverse-' : ''}i-search)\`${this.#wanted}': `;
  }

  begin(step: -1 | 1): void {
    this.#wanted = '';
    this.#step = step;
    this.#failed = false;
    this.#origin = {
      text: this.#line.line,
      position: this.#history.position,
      cursor: this.#line.cursor,
    };
  }

  end(): void {
    if (this.#wanted) this.#last = this.#wanted;
    this.#wanted = undefined;
  }

  /** → true when the key belonged to the search; any other key ends it and does what it does */
  take(key: Key): boolean {
    if (key.kind === 'text' || key.kind === 'paste') this.#look(this.#wanted + key.text, false);
    else if (key.kind === 'named' && key.name === 'backspace')
      this.#look([...(this.#wanted ?? '')].slice(0, -1).join(''), false);
    else if (key.kind === 'control' && (key.letter === 'r' || key.letter === 's')) {
      this.#step = key.letter === 'r' ? -1 : 1;
      this.#look(this.#wanted || this.#last, true);
    } else if (key.kind === 'control' && key.letter === 'g') {
      this.#history.goTo(this.#origin.position, this.#line.line);
      this.#line.replace(this.#origin.text, this.#origin.cursor);
      this.end();
      this.#bell();
    } else {
      this.end();
      return key.kind === 'control' && key.letter === '[';
    }
    return true;
  }

  #look(wanted: string, beyond: boolean): void {
    this.#wanted = wanted;
    if (wanted === '') return;
    // Another match on the same line comes first, as readline has it.
    if (beyond && this.#moveWithin(wanted)) return;
    const found = this.#history.find(wanted, this.#step, beyond, this.#line.line);
    this.#failed = found === undefined;
    if (found === undefined) return this.#bell();
    const at = this.#step < 0 ? found.lastIndexOf(wanted) : found.indexOf(wanted);
    this.#line.replace(found, [...found.slice(0, at)].length);
  }

  /** To a further match on this line. → false without one */
  #moveWithin(wanted: string): boolean {
    const { line, text, cursor } = this.#line;
    const offset = text.slice(0, cursor).join('').length;
    if (this.#step < 0 && offset === 0) return false;
    const at = this.#step < 0 ? line.lastIndexOf(wanted, offset - 1) : line.indexOf(wanted, offset + 1);
    if (at < 0) return false;
    this.#line.moveTo([...line.slice(0, at)].length);
    this.#failed = false;
    return true;
  }
}
