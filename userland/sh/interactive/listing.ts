/** How completion shows its candidates: in columns, read downwards, as readline does. */
import { displayWidth, padToWidth } from '../../text/width.ts';

const GAP = 2;

export function columnsOf(names: readonly string[], columns: number): string {
  // The mark of a folder is not counted, as readline has it.
  const width = Math.max(...names.map((name) => displayWidth(name.replace(/\/$/, '')))) + GAP;
  const perRow = Math.max(1, Math.floor(columns / width));
  const rows = Math.ceil(names.length / perRow);
  let text = '';
  for (let row = 0; row < rows; row++) {
    let line = '';
    for (let at = row; at < names.length; at += rows) {
      const name = names[at] ?? '';
      line += at + rows < names.length ? padToWidth(name, width) : name;
    }
    text += `${line}\n`;
  }
  return text;
}

export function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
