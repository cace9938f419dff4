/**
 * Source rewriting by edits that keep every line where it is: an edit holds as many line breaks as what it replaces.
 * So only columns move, and `columnMap` tells how.
 */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The source position that the inserted text stands for. */
  readonly origin: number;
}

/** Numbers per entry of a column map. */
const ENTRY = 5;

/**
 * Flat entries `line, generatedStart, generatedEnd, originColumn, sourceEnd`, ascending; lines and columns from 0.
 * Generated columns in [generatedStart, generatedEnd) stand for originColumn; from generatedEnd on, to the next entry
 * of the line, column = sourceEnd + distance.
 */
export type ColumnMap = readonly number[];

export class Edits {
  readonly #edits: Edit[] = [];

  get empty(): boolean {
    return this.#edits.length === 0;
  }

  insert(at: number, text: string, origin = at): void {
    this.#edits.push({ start: at, end: at, text, origin });
  }

  replace(start: number, end: number, text: string): void {
    this.#edits.push({ start, end, text, origin: start });
  }

  /** Replaces by spaces: neither lines nor columns move. */
  blank(code: string, start: number, end: number): void {
    this.replace(start, end, code.slice(start, end).replace(/[^\n\r\u2028\u2029]/g, ' '));
  }

  /** Replaces a whole statement by `;` and spaces, so that its neighbours do not run into each other. */
  blankStatement(code: string, start: number, end: number): void {
    this.replace(start, end, ';' + code.slice(start + 1, end).replace(/[^\n\r\u2028\u2029]/g, ' '));
  }

  /** Edits at one position come out in the order in which they were made, insertions before replacements. */
  apply(code: string): { code: string; columns: ColumnMap } {
    const sorted = this.#edits.sort(
      (a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start),
    );
    const columns: number[] = [];
    let out = '';
    let position = 0;
    let line = 0;
    let lineStart = 0;
    let shift = 0; // generated column − source column on this line
    for (const edit of sorted) {
      if (edit.start < position) continue; // inside a replaced range
      out += code.slice(position, edit.start) + edit.text;
      for (
        let at = nextLine(code, lineStart, edit.start);
        at >= 0;
        at = nextLine(code, lineStart, edit.start)
      ) {
        line++;
        lineStart = at;
        shift = 0;
      }
      position = edit.end;
      const grown = edit.text.length - (edit.end - edit.start);
      if (grown === 0) continue;
      const from = edit.start - lineStart + shift;
      const origin = Math.max(0, edit.origin - lineStart);
      columns.push(line, from, from + edit.text.length, origin, edit.end - lineStart);
      shift += grown;
    }
    return { code: out + code.slice(position), columns };
  }
}

/** The start of the line after the one that begins at `lineStart`, when it is at or before `limit`; else −1. */
function nextLine(code: string, lineStart: number, limit: number): number {
  const at = code.indexOf('\n', lineStart);
  return at < 0 || at >= limit ? -1 : at + 1;
}

/** The source column of a generated column; both from 0. */
export function sourceColumn(map: ColumnMap, line: number, column: number): number {
  let low = 0;
  let high = map.length / ENTRY;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entryLine = map[middle * ENTRY] ?? 0;
    const before = entryLine < line || (entryLine === line && (map[middle * ENTRY + 1] ?? 0) <= column);
    if (before) low = middle + 1;
    else high = middle;
  }
  const at = (low - 1) * ENTRY;
  if (at < 0 || map[at] !== line) return column;
  const generatedEnd = map[at + 2] ?? 0;
  return column < generatedEnd ? (map[at + 3] ?? 0) : (map[at + 4] ?? 0) + column - generatedEnd;
}
