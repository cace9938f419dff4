/** Where the characters of a line come to lie on the terminal. */
import { displayWidth } from '../../text/width.ts';

const ANSI = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x01\x02]/g;
const TAB_STOP = 8;

export interface Layout {
  /** As it is written; a line that ends at the edge goes on in the next row. */
  readonly text: string;
  readonly rows: number;
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

/** Columns that a prompt takes. */
export const promptWidth = (prompt: string): number => displayWidth(prompt.replace(ANSI, ''));

/** A control character shows as `^X`, a tab as the spaces to the next stop. */
export function shownAs(character: string, column: number): string {
  const code = character.charCodeAt(0);
  if (character === '\t') return ' '.repeat(TAB_STOP - (column % TAB_STOP));
  if (code < 32 || code === 127) return `^${String.fromCharCode(code ^ 64)}`;
  return character;
}

/** The characters behind a prompt of `offset` columns. A row is left only when the next character needs room. */
export function layOut(
  characters: readonly string[],
  cursor: number,
  offset: number,
  columns: number,
): Layout {
  let text = '';
  let row = Math.floor(offset / columns);
  let column = offset % columns;
  let at: [row: number, column: number] = [row, column];
  characters.forEach((character, index) => {
    const shown = character === '\n' ? '\n' : shownAs(character, column);
    const width = displayWidth(shown);
    if (character !== '\n' && column + width > columns) [row, column] = [row + 1, 0];
    if (index === cursor) at = column >= columns ? [row + 1, 0] : [row, column];
    if (character === '\n') [row, column] = [row + 1, 0];
    else column += width;
    text += shown;
  });
  if (column >= columns) {
    [row, column] = [row + 1, 0];
    text += '\n';
  } else if (characters.length === 0 && offset > 0 && column === 0) text += '\n';
  if (cursor >= characters.length) at = [row, column];
  return { text, rows: row, cursorRow: at[0], cursorColumn: at[1] };
}
