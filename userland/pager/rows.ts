/** A line as rows of the screen: controls made visible, matches marked, wrapped or cut at the edge. */
import { displayWidth } from '../text/width.ts';

/** A colour sequence or the like: takes no room. */
const ESCAPE = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/y;
const ESCAPES = new RegExp(ESCAPE.source, 'g');
const COLOUR = /^\x1b\[[0-9;:]*m$/;
/** Overstruck text of old manual pages: a letter over itself is bold, an underline under it underlines. */
const OVERSTRUCK = /(.)\x08(.)/gs;
const MARK_ON = '\x1b[7m';
const MARK_OFF = '\x1b[27m';

export interface RowOptions {
  readonly chop: boolean;
  readonly numbers: boolean;
  readonly rawColors: boolean;
  readonly tabStop: number;
  /** Columns that are out of sight at the left. */
  readonly shift: number;
  readonly columns: number;
  /** What to mark. */
  readonly pattern: RegExp | undefined;
}

export const withoutEscapes = (text: string): string => text.replace(ESCAPES, '');
/** What a search looks at. */
export const searchable = (text: string): string =>
  withoutEscapes(text).replace(
    /_\x08(.)|(.)\x08\2/gs,
    (_, under?: string, bold?: string) => under ?? bold ?? '',
  );

export function rowsOf(line: { text: string; number: number }, options: RowOptions): string[] {
  const number = options.numbers ? `${String(line.number).padStart(7)} ` : '';
  const room = Math.max(1, options.columns - number.length);
  const pieces = marked([...visible(line.text.replace(/\r$/, ''), options)], options.pattern);
  const rows =
    options.chop || options.shift > 0 ? [cut(pieces, options.shift, room, options.chop)] : wrap(pieces, room);
  return number === '' ? rows : rows.map((row) => number + row);
}

/** Pieces that take no room (escapes) and pieces that do. */
function* visible(line: string, options: RowOptions): Generator<string> {
  const text = line.replace(OVERSTRUCK, (_, a: string, b: string) =>
    a === '_' ? `\x1b[4m${b}\x1b[24m` : `\x1b[1m${b}\x1b[22m`,
  );
  let column = 0;
  for (let at = 0; at < text.length;) {
    ESCAPE.lastIndex = at;
    const escape = ESCAPE.exec(text)?.[0];
    if (escape !== undefined && (options.rawColors || text !== line)) {
      yield escape;
      at += escape.length;
      continue;
    }
    const code = text.codePointAt(at) ?? 0;
    const character = String.fromCodePoint(code);
    at += character.length;
    const shown = shownAs(character, code, column, options.tabStop);
    column += displayWidth(withoutEscapes(shown));
    yield shown;
  }
}

function shownAs(character: string, code: number, column: number, tabStop: number): string {
  if (character === '\t') return ' '.repeat(tabStop - (column % tabStop));
  if (code === 27) return `${MARK_ON}ESC${MARK_OFF}`;
  if (code < 32 || code === 127) return `${MARK_ON}^${String.fromCharCode(code ^ 64)}${MARK_OFF}`;
  // A byte that is no part of UTF-8 (userland/text/text.ts).
  if (code >= 0xdc80 && code <= 0xdcff)
    return `${MARK_ON}<${(code - 0xdc00).toString(16).toUpperCase()}>${MARK_OFF}`;
  return character;
}

const isEscape = (piece: string): boolean => piece.startsWith('\x1b') && withoutEscapes(piece) === '';

/** The pieces with the pattern's matches between marks. */
function marked(pieces: string[], pattern: RegExp | undefined): string[] {
  if (pattern === undefined) return pieces;
  const text = pieces.map((piece) => (isEscape(piece) ? '' : withoutEscapes(piece))).join('');
  const edges: [from: number, to: number][] = [];
  for (const match of text.matchAll(new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`)))
    if (match[0] !== '') edges.push([match.index, match.index + match[0].length]);
  if (edges.length === 0) return pieces;
  const result: string[] = [];
  let at = 0;
  for (const piece of pieces) {
    const length = isEscape(piece) ? 0 : withoutEscapes(piece).length;
    if (length > 0 && edges.some(([from]) => from >= at && from < at + length)) result.push(MARK_ON);
    result.push(piece);
    if (length > 0 && edges.some(([, to]) => to > at && to <= at + length)) result.push(MARK_OFF);
    at += length;
  }
  return result;
}

function wrap(pieces: readonly string[], columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  let width = 0;
  /** Colours that hold where the next row begins. */
  let colours = '';
  for (const piece of pieces) {
    const isColour = COLOUR.test(piece);
    if (isColour) colours = /^\x1b\[0?m$/.test(piece) ? '' : colours + piece;
    const room = isEscape(piece) ? 0 : displayWidth(withoutEscapes(piece));
    if (width + room > columns) {
      rows.push(row);
      row = isColour ? '' : colours;
      width = 0;
    }
    row += piece;
    width += room;
  }
  rows.push(row);
  return rows;
}

/** `mark`: a `>` in the last column says that the line goes on. */
function cut(pieces: readonly string[], shift: number, columns: number, mark: boolean): string {
  let row = '';
  let at = 0;
  let lastColumn = '';
  for (const piece of pieces) {
    if (isEscape(piece)) {
      row += piece;
      continue;
    }
    const room = displayWidth(withoutEscapes(piece));
    if (at >= shift && at + room <= shift + columns) {
      if (at + room === shift + columns) lastColumn = row;
      row += piece;
    } else if (at + room > shift + columns)
      return mark && lastColumn !== '' ? `${lastColumn}${MARK_ON}>` : row;
    at += room;
  }
  return row;
}
