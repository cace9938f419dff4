/** The text that a pager shows: read as far as it is looked at, in rows of the screen's width. */
import type { FileCalls } from '../../polyfills/system.ts';
import { lines } from '../input.ts';
import { displayWidth } from '../width.ts';

/** A colour sequence or the like: takes no room. */
const ESCAPE = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/y;
/** Overstruck text of old manual pages: a letter over itself is bold, an underline under it underlines. */
const OVERSTRUCK = /(.)\x08(.)/gs;
const TAB_STOP = 8;

export interface PagerOptions {
  readonly chop: boolean;
  readonly numbers: boolean;
  readonly rawColors: boolean;
  readonly squeeze: boolean;
}

export class PagerText {
  readonly lines: string[] = [];
  readonly #source: Iterator<string>;
  readonly #options: PagerOptions;
  complete = false;

  constructor(files: FileCalls, fd: number, name: string, options: PagerOptions) {
    this.#source = lines(files, fd, name);
    this.#options = options;
  }

  /** Reads on until line `index` is there; false when the text ends before. */
  has(index: number): boolean {
    while (this.lines.length <= index && !this.complete) {
      const next = this.#source.next();
      if (next.done === true) this.complete = true;
      else if (!(this.#options.squeeze && next.value === '' && this.lines.at(-1) === ''))
        this.lines.push(next.value);
    }
    return index < this.lines.length;
  }

  readAll(): void {
    this.has(Infinity);
  }

  /** Line `index` as rows of at most `columns`. */
  rows(index: number, columns: number, shift: number): string[] {
    const number = this.#options.numbers ? `${String(index + 1).padStart(7)} ` : '';
    const text = number + this.#visible(this.lines[index] ?? '');
    if (this.#options.chop) return [cut(text, shift, columns)];
    return wrap(text, columns);
  }

  #visible(line: string): string {
    const bold = line
      .replace(OVERSTRUCK, (_, a: string, b: string) =>
        a === '_' ? `\x1b[4m${b}\x1b[24m` : `\x1b[1m${b}\x1b[22m`,
      )
      .replace(/\r$/, '');
    let text = '';
    for (let at = 0; at < bold.length;) {
      ESCAPE.lastIndex = at;
      const escape = ESCAPE.exec(bold)?.[0];
      if (escape !== undefined && (this.#options.rawColors || bold !== line)) {
        text += escape;
        at += escape.length;
        continue;
      }
      const code = bold.codePointAt(at) ?? 0;
      const character = String.fromCodePoint(code);
      if (character === '\t') text += ' '.repeat(TAB_STOP - (displayWidth(withoutEscapes(text)) % TAB_STOP));
      else if (code === 27) text += '\x1b[7mESC\x1b[27m';
      else if (code < 32) text += `\x1b[7m^${String.fromCharCode(code + 64)}\x1b[27m`;
      else text += character;
      at += character.length;
    }
    return text;
  }
}

export const withoutEscapes = (text: string): string => text.replace(new RegExp(ESCAPE.source, 'g'), '');

function wrap(text: string, columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  let width = 0;
  for (const piece of pieces(text)) {
    const room = piece.startsWith('\x1b') ? 0 : displayWidth(piece);
    if (width + room > columns) {
      rows.push(row);
      row = '';
      width = 0;
    }
    row += piece;
    width += room;
  }
  rows.push(row);
  return rows;
}

function cut(text: string, shift: number, columns: number): string {
  let row = '';
  let at = 0;
  for (const piece of pieces(text)) {
    if (piece.startsWith('\x1b')) row += piece;
    else {
      const room = displayWidth(piece);
      if (at >= shift && at + room <= shift + columns) row += piece;
      at += room;
    }
  }
  return row;
}

function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    ESCAPE.lastIndex = at;
    const piece = ESCAPE.exec(text)?.[0] ?? String.fromCodePoint(text.codePointAt(at) ?? 0);
    yield piece;
    at += piece.length;
  }
}
