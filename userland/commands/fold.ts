import { records } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { decodeText, latin1 } from '../text/text.ts';

const SPECS = {
  bytes: { short: 'b', long: 'bytes' },
  spaces: { short: 's', long: 'spaces' },
  width: { short: 'w', long: 'width', value: 'required' },
} as const;

const DEFAULT_WIDTH = '80';
const TAB_STOP = 8;

function foldLine(line: string, width: number, atSpaces: boolean, countBytes: boolean): string[] {
  const pieces: string[] = [];
  let piece = '';
  let column = 0;
  for (const character of line) {
    const next = columnAfter(character, column, countBytes);
    if (next > width && piece !== '') {
      const space = atSpaces ? Math.max(piece.lastIndexOf(' '), piece.lastIndexOf('\t')) + 1 : 0;
      pieces.push(space > 0 ? piece.slice(0, space) : piece);
      piece = space > 0 ? piece.slice(space) : '';
      column = 0;
      for (const kept of piece) column = columnAfter(kept, column, countBytes);
      column = columnAfter(character, column, countBytes);
    } else column = next;
    piece += character;
  }
  pieces.push(piece);
  return pieces;
}

function columnAfter(character: string, column: number, countBytes: boolean): number {
  if (countBytes) return column + 1;
  if (character === '\t') return column + TAB_STOP - (column % TAB_STOP);
  if (character === '\b') return Math.max(0, column - 1);
  return character === '\r' ? 0 : column + 1;
}

function main(context: ProgramContext): number {
  let old: string | undefined;
  const { has, value, operands } = parseOptions(context.args, SPECS, {
    number: (digits) => ((old = digits), true),
  });
  const width = parseCount(value('width') ?? old ?? DEFAULT_WIDTH, 'number of columns');
  return forEachFile(context, operands, (fd, path) => {
    for (const { bytes, terminated } of records(context.system.files, fd, path)) {
      const text = has('bytes') ? latin1(bytes) : decodeText(bytes);
      const folded = foldLine(text, width, has('spaces'), has('bytes')).join('\n') + (terminated ? '\n' : '');
      context.stdout.write(has('bytes') ? Uint8Array.from(folded, (c) => c.charCodeAt(0)) : folded);
    }
  });
}

export const fold: Program = {
  name: 'fold',
  usage: 'fold [OPTION]... [FILE]...',
  help: `Break long lines.

  -b, --bytes      count bytes, not columns
  -s, --spaces     break after spaces
  -w, --width=N    columns (80)`,
  usageStatus: 1,
  main,
};
