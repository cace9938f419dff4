/** The line that is being edited: its characters, the cursor, what was killed, and how it was before each change. */
import { EDIT_UNDO_MAX, KILL_RING_MAX } from '../../../src/base/limits.ts';

interface Snapshot {
  readonly text: readonly string[];
  readonly cursor: number;
}

/** What the last command was, where the next one goes on with it. */
type Run = 'typing' | 'kill' | 'yank' | undefined;

const WORD = /[\p{L}\p{N}]/u;

export class LineBuffer {
  text: string[] = [];
  cursor = 0;
  readonly #killed: string[] = [];
  #yanked: { start: number; length: number; ring: number } | undefined;
  #undo: Snapshot[] = [];
  #run: Run;
  /** Changes since then are undone together. */
  #groupStart: number | undefined;

  reset(text = ''): void {
    this.text = [...text];
    this.cursor = this.text.length;
    this.#undo = [];
    this.#run = undefined;
    this.#groupStart = undefined;
  }

  /** Other text in the line's place: recalled, found, completed. */
  replace(text: string, cursor?: number): void {
    this.text = [...text];
    this.cursor = Math.min(cursor ?? this.text.length, this.text.length);
    this.#undo = [];
    this.#groupStart = undefined;
    this.#run = undefined;
  }

  get line(): string {
    return this.text.join('');
  }

  /** A command that neither types nor kills: the next that does begins anew. */
  rest(): void {
    this.#run = undefined;
  }

  moveTo(position: number): void {
    this.cursor = Math.max(0, Math.min(this.text.length, position));
    this.#run = undefined;
  }

  type(text: string): void {
    this.#change('typing');
    this.#insert(text);
  }

  insert(text: string): void {
    this.#change(undefined);
    this.#insert(text);
  }

  /** Puts `text` where `from`…`to` was, the cursor after it. */
  splice(from: number, to: number, text: string): void {
    this.#change(undefined);
    this.text.splice(from, to - from);
    this.cursor = from;
    this.#insert(text);
  }

  /** Deletes without keeping it for a yank. → false when there was nothing */
  delete(from: number, to: number): boolean {
    const [start, end] = [Math.max(0, from), Math.min(this.text.length, to)];
    if (end <= start) return false;
    this.#change(undefined);
    this.text.splice(start, end - start);
    this.cursor = start;
    return true;
  }

  /** Deletes into the kill ring; kills in a row make one entry. */
  kill(from: number, to: number): void {
    if (to <= from) return;
    const goesOn = this.#run === 'kill';
    const backward = to === this.cursor && from !== this.cursor;
    this.#change('kill');
    const removed = this.text.splice(from, to - from).join('');
    this.cursor = from;
    const before = goesOn ? (this.#killed.pop() ?? '') : '';
    this.#keep(backward ? removed + before : before + removed);
  }

  /** What was done so far is not undone. */
  forget(): void {
    this.#undo = [];
  }

  /** All changes until `ungroup` are one for undo. */
  group(): void {
    this.#groupStart = this.#undo.length;
  }
  ungroup(): void {
    this.#groupStart = undefined;
  }

  /** What a yank gives next, without deleting it. */
  copy(from: number, to: number): void {
    if (to <= from) return;
    this.#keep(this.text.slice(from, to).join(''));
  }

  #keep(killed: string): void {
    this.#killed.push(killed);
    if (this.#killed.length > KILL_RING_MAX) this.#killed.shift();
  }

  /** → false when nothing was killed yet */
  yank(): boolean {
    const text = this.#killed.at(-1);
    if (text === undefined) return false;
    const start = this.cursor;
    this.insert(text);
    this.#yanked = { start, length: this.cursor - start, ring: this.#killed.length - 1 };
    this.#run = 'yank';
    return true;
  }

  /** What was killed before, in the place of what was just yanked. */
  yankPop(): boolean {
    const last = this.#yanked;
    if (this.#run !== 'yank' || last === undefined) return false;
    const ring = (last.ring + this.#killed.length - 1) % this.#killed.length;
    this.splice(last.start, last.start + last.length, this.#killed[ring] ?? '');
    this.#yanked = { start: last.start, length: this.cursor - last.start, ring };
    this.#run = 'yank';
    return true;
  }

  undo(): boolean {
    this.#groupStart = undefined;
    const before = this.#undo.pop();
    if (before === undefined) return false;
    [this.text, this.cursor] = [[...before.text], before.cursor];
    this.#run = undefined;
    return true;
  }

  revert(): void {
    while (this.undo());
  }

  /** Start of the word before the cursor: of letters and digits, or between spaces. */
  wordStart(bySpaces = false, from = this.cursor): number {
    const inWord = wordTest(bySpaces);
    let at = from;
    while (at > 0 && !inWord(this.text[at - 1] ?? '')) at--;
    while (at > 0 && inWord(this.text[at - 1] ?? '')) at--;
    return at;
  }

  wordEnd(from = this.cursor): number {
    const inWord = wordTest(false);
    let at = from;
    while (at < this.text.length && !inWord(this.text[at] ?? '')) at++;
    while (at < this.text.length && inWord(this.text[at] ?? '')) at++;
    return at;
  }

  transposeCharacters(): boolean {
    const at = Math.min(this.cursor, this.text.length - 1);
    const [a, b] = [this.text[at - 1], this.text[at]];
    if (a === undefined || b === undefined) return false;
    this.splice(at - 1, at + 1, b + a);
    return true;
  }

  transposeWords(): boolean {
    const end = this.wordEnd();
    const start = this.wordStart(false, end);
    const firstStart = this.wordStart(false, start);
    const firstEnd = this.wordEnd(firstStart);
    if (firstEnd > start || firstStart === start) return false;
    const part = (from: number, to: number): string => this.text.slice(from, to).join('');
    this.splice(firstStart, end, part(start, end) + part(firstEnd, start) + part(firstStart, firstEnd));
    return true;
  }

  /** The word from the cursor on, in other letters. */
  changeCase(change: (word: string) => string): void {
    const end = this.wordEnd();
    this.splice(this.cursor, end, change(this.text.slice(this.cursor, end).join('')));
  }

  #insert(text: string): void {
    const characters = [...text];
    this.text.splice(this.cursor, 0, ...characters);
    this.cursor += characters.length;
  }

  /** Remembers how it is, except within a run of typing. */
  #change(run: Run): void {
    const isGrouped = this.#groupStart !== undefined && this.#undo.length > this.#groupStart;
    if (!isGrouped && (run !== 'typing' || this.#run !== 'typing')) {
      this.#undo.push({ text: [...this.text], cursor: this.cursor });
      if (this.#undo.length > EDIT_UNDO_MAX) this.#undo.shift();
    }
    this.#run = run;
  }
}

const wordTest = (bySpaces: boolean): ((character: string) => boolean) =>
  bySpaces ? (character) => !/\s/.test(character) : (character) => WORD.test(character);
