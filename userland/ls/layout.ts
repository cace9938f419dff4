import type { Output } from '../program/output.ts';
import type { Shown } from './name.ts';

const GAP = 2;
const NARROWEST = 3;
const TAB_STOP = 8;

/** `-C` (down the columns) or `-x` (across): as many columns as fit in `width`, with tabs between them as GNU has. */
export function printColumns(out: Output, items: readonly Shown[], width: number, across: boolean): void {
  if (width === 0) {
    if (items.length) out.write(`${items.map((item) => item.text).join('  ')}\n`);
    return;
  }
  const { columns, widths } = fit(items, width, across);
  const rows = Math.ceil(items.length / columns);
  for (let row = 0; row < rows; row++) {
    let at = 0;
    let target = 0;
    for (let column = 0; column < columns; column++) {
      const item = items[across ? row * columns + column : column * rows + row];
      if (item === undefined) break;
      out.write(indent(at, target) + item.text);
      at = target + item.width;
      target += widths[column] ?? 0;
    }
    out.write('\n');
  }
}

/** The most columns whose lines stay shorter than the width. */
function fit(items: readonly Shown[], width: number, across: boolean): { columns: number; widths: number[] } {
  const most = Math.max(1, Math.min(items.length, Math.ceil(width / NARROWEST)));
  for (let columns = most; columns > 1; columns--) {
    const rows = Math.ceil(items.length / columns);
    const widths = new Array<number>(columns).fill(NARROWEST);
    items.forEach((item, index) => {
      const column = across ? index % columns : Math.floor(index / rows);
      const last = column === columns - 1;
      widths[column] = Math.max(widths[column] ?? 0, item.width + (last ? 0 : GAP));
    });
    if (widths.reduce((sum, one) => sum + one, 0) < width) return { columns, widths };
  }
  return { columns: 1, widths: [0] };
}

function indent(from: number, to: number): string {
  let text = '';
  let at = from;
  while (at < to) {
    if (Math.floor(to / TAB_STOP) > Math.floor((at + 1) / TAB_STOP)) {
      text += '\t';
      at += TAB_STOP - (at % TAB_STOP);
    } else {
      text += ' ';
      at++;
    }
  }
  return text;
}

/** `-m`: names with commas, lines broken at the width. */
export function printCommas(out: Output, items: readonly Shown[], width: number): void {
  let at = 0;
  items.forEach((item, index) => {
    if (index > 0) {
      const fits = width === 0 || at + item.width + GAP < width;
      out.write(fits ? ', ' : ',\n');
      at = fits ? at + GAP : 0;
    }
    out.write(item.text);
    at += item.width;
  });
  if (items.length) out.write('\n');
}
