import { chunks, lines } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import { type Program, UsageError } from '../program/program.ts';
import { outputColumns } from '../program/terminal.ts';
import { latin1 } from '../text/text.ts';
import { displayWidth, padToWidth } from '../text/width.ts';

const STRING_LENGTH = '4';

/** Runs of printable characters in any file. */
export const strings: Program = {
  name: 'strings',
  usage: 'strings [OPTION]... [FILE]...',
  help: `Print runs of printable characters.

  -a, --all              all of the file (always)
  -f, --print-file-name  before each
  -n, --bytes=N          of at least N characters (4)
  -t, --radix=R          where they are: o, d, x
  -w, --include-all-whitespace`,
  usageStatus: 1,
  main(context) {
    const specs = {
      all: { short: 'a', long: 'all' },
      fileName: { short: 'f', long: 'print-file-name' },
      bytes: { short: 'n', long: 'bytes', value: 'required' },
      radix: { short: 't', long: 'radix', value: 'required' },
      whitespace: { short: 'w', long: 'include-all-whitespace' },
    } as const;
    let old: string | undefined;
    const { has, value, operands } = parseOptions(context.args, specs, {
      number: (digits) => ((old = digits), true),
    });
    const shortest = parseCount(value('bytes') ?? old ?? STRING_LENGTH, 'minimum string length');
    const radix = { o: 8, d: 10, x: 16 }[value('radix') ?? ''];
    if (value('radix') !== undefined && radix === undefined)
      throw new UsageError(`invalid radix '${value('radix')}'`);
    return forEachFile(context, operands, (fd, path) => {
      let run: number[] = [];
      let at = 0;
      const end = (): void => {
        if (run.length >= shortest) {
          const name = has('fileName') ? `${path === '-' ? '{standard input}' : path}: ` : '';
          const place = radix === undefined ? '' : `${(at - run.length).toString(radix).padStart(7)} `;
          context.stdout.write(`${name}${place}${latin1(Uint8Array.from(run))}\n`);
        }
        run = [];
      };
      for (const chunk of chunks(context.system.files, fd, path)) {
        for (const byte of chunk) {
          const shown =
            (byte >= 32 && byte < 127) || byte === 9 || (has('whitespace') && byte >= 9 && byte <= 13);
          if (shown) run.push(byte);
          else end();
          at++;
        }
      }
      end();
    });
  },
};

export const column: Program = {
  name: 'column',
  usage: 'column [OPTION]... [FILE]...',
  help: `Put lines into columns.

  -t, --table                  words of lines below each other
  -s, --separator=CHARS        words are separated by one of these (blanks)
  -o, --output-separator=TEXT  between columns of a table (two blanks)
  -x, --fillrows               rows before columns
  -c, --output-width=N         as wide as this (the terminal)`,
  usageStatus: 1,
  main(context) {
    const specs = {
      table: { short: 't', long: 'table' },
      separator: { short: 's', long: 'separator', value: 'required' },
      outputSeparator: { short: 'o', long: 'output-separator', value: 'required' },
      rows: { short: 'x', long: 'fillrows' },
      width: { short: 'c', long: 'output-width', value: 'required' },
    } as const;
    const { has, value, operands } = parseOptions(context.args, specs);
    const all: string[] = [];
    const status = forEachFile(context, operands, (fd, path) => {
      for (const line of lines(context.system.files, fd, path)) if (line.trim() !== '') all.push(line);
    });
    const width =
      value('width') === undefined
        ? outputColumns(context)
        : parseCount(value('width') ?? '', 'columns argument');
    const text = has('table')
      ? table(all, value('separator'), value('outputSeparator') ?? '  ')
      : grid(all, width, has('rows'));
    context.stdout.write(text);
    return status;
  },
};

function table(all: readonly string[], separator: string | undefined, between: string): string {
  const rows = all.map((line) => {
    if (separator === undefined) return line.split(/[ \t]+/).filter((word) => word !== '');
    return line.split(new RegExp(`[${separator.replace(/[\\\]^-]/g, '\\$&')}]`));
  });
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, displayWidth(cell))));
  return rows
    .map(
      (row) =>
        `${row.map((cell, index) => (index === row.length - 1 ? cell : padToWidth(cell, widths[index] ?? 0))).join(between)}\n`,
    )
    .join('');
}

const TAB_STOP = 8;

/** Columns as wide as the longest line and a tab. */
function grid(all: readonly string[], width: number, byRows: boolean): string {
  const longest = Math.max(0, ...all.map(displayWidth));
  const cell = (Math.floor(longest / TAB_STOP) + 1) * TAB_STOP;
  const columns = Math.max(1, Math.floor(width / cell));
  const rows = Math.ceil(all.length / columns);
  let text = '';
  for (let row = 0; row < rows; row++) {
    const items = byRows
      ? all.slice(row * columns, (row + 1) * columns)
      : all.filter((_, index) => index % rows === row);
    text += items
      .map((item, index) =>
        index === items.length - 1
          ? item
          : item + '\t'.repeat(Math.ceil((cell - displayWidth(item)) / TAB_STOP)),
      )
      .join('');
    text += '\n';
  }
  return text;
}

/** Names so that each comes after those that it is said to follow. */
export const tsort: Program = {
  name: 'tsort',
  usage: 'tsort [FILE]',
  help: 'Print names so that the first of each pair of words comes before the second.',
  usageStatus: 1,
  main(context) {
    const { operands } = parseOptions(context.args, {});
    if (operands.length > 1) throw new UsageError(`extra operand '${operands[1]}'`);
    const words: string[] = [];
    let result = forEachFile(context, operands, (fd, path) => {
      for (const line of lines(context.system.files, fd, path))
        words.push(...line.split(/\s+/).filter((word) => word !== ''));
    });
    const where = operands[0] ?? '-';
    if (words.length % 2 === 1) throw new UsageError(`${where}: input contains an odd number of tokens`);
    const after = new Map<string, string[]>();
    const waits = new Map<string, number>();
    for (const word of words) {
      if (!after.has(word)) after.set(word, []);
      waits.set(word, waits.get(word) ?? 0);
    }
    for (let at = 0; at < words.length; at += 2) {
      const [a = '', b = ''] = words.slice(at, at + 2);
      if (a === b) continue;
      after.get(a)?.push(b);
      waits.set(b, (waits.get(b) ?? 0) + 1);
    }
    const sorted = [...waits.keys()].sort();
    const ready = sorted.filter((word) => waits.get(word) === 0);
    const done = new Set<string>();
    while (done.size < sorted.length) {
      let word = ready.shift();
      if (word === undefined) {
        word = sorted.find((one) => !done.has(one)) ?? '';
        context.stderr.write(`tsort: ${where}: input contains a loop:\ntsort: ${word}\n`);
        result = 1;
      }
      if (done.has(word)) continue;
      done.add(word);
      context.stdout.write(`${word}\n`);
      for (const next of after.get(word) ?? []) {
        const left = (waits.get(next) ?? 0) - 1;
        waits.set(next, left);
        if (left === 0) ready.push(next);
      }
    }
    return result;
  },
};
