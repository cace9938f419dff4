import { records } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

const DEFAULT_STOP = 8;

/** `4`, `2,6,10`, `2,6,/4` (then every 4), `2,6,+4` (from the last on). → the first stop after a column */
function tabStops(text: string | undefined): (column: number) => number | undefined {
  const words = (text ?? String(DEFAULT_STOP)).split(/[\s,]+/).filter((word) => word !== '');
  const stops: number[] = [];
  let every: ((column: number) => number) | undefined;
  for (const word of words) {
    const match = /^([/+]?)(\d+)$/.exec(word);
    if (!match) throw new Failure(`tab size contains invalid character(s): '${word}'`);
    const size = Number(match[2]);
    if (size === 0) throw new Failure('tab size cannot be 0');
    const last = stops.at(-1) ?? 0;
    if (match[1] === '/') every = (column) => (Math.floor(column / size) + 1) * size;
    else if (match[1] === '+') every = (column) => last + (Math.floor((column - last) / size) + 1) * size;
    else if (size <= last) throw new Failure('tab sizes must be ascending');
    else stops.push(size);
  }
  const [only] = stops;
  if (stops.length === 1 && only !== undefined && every === undefined)
    return (column) => (Math.floor(column / only) + 1) * only;
  return (column) => stops.find((stop) => stop > column) ?? every?.(column);
}

const TAB_SPECS = { tabs: { short: 't', long: 'tabs', value: 'required' } } as const;

/** Old-style `-4` and `-2,6` too. */
function oldStyle(args: readonly string[]): string[] {
  return args.map((word) => (/^-\d[\d,]*$/.test(word) ? `-t${word.slice(1)}` : word));
}

export const expand: Program = {
  name: 'expand',
  usage: 'expand [OPTION]... [FILE]...',
  help: `Make blanks of tabs.

  -i, --initial    only those before other characters
  -t, --tabs=N     stops every N columns (8), or a list of them`,
  usageStatus: 1,
  main(context: ProgramContext) {
    const { has, value, operands } = parseOptions(oldStyle(context.args), {
      ...TAB_SPECS,
      initial: { short: 'i', long: 'initial' },
    } as const);
    const next = tabStops(value('tabs'));
    return forEachFile(context, operands, (fd, path) => {
      for (const { bytes, terminated } of records(context.system.files, fd, path)) {
        let column = 0;
        let line = '';
        let leading = true;
        for (const character of decodeText(bytes)) {
          if (character === '\t' && (leading || !has('initial'))) {
            const stop = next(column) ?? column + 1;
            line += ' '.repeat(stop - column);
            column = stop;
            continue;
          }
          if (character !== ' ' && character !== '\t') leading = false;
          line += character;
          column += character === '\b' ? -Math.min(1, column) : 1;
        }
        context.stdout.write(line + (terminated ? '\n' : ''));
      }
    });
  },
};

export const unexpand: Program = {
  name: 'unexpand',
  usage: 'unexpand [OPTION]... [FILE]...',
  help: `Make tabs of blanks.

  -a, --all        everywhere, not only before other characters
      --first-only the other way round
  -t, --tabs=N     stops every N columns (8), or a list of them; with -a`,
  usageStatus: 1,
  main(context: ProgramContext) {
    const { has, value, operands } = parseOptions(oldStyle(context.args), {
      ...TAB_SPECS,
      all: { short: 'a', long: 'all' },
      first: { long: 'first-only' },
    } as const);
    const next = tabStops(value('tabs'));
    const everywhere = (has('all') || has('tabs')) && !has('first');
    return forEachFile(context, operands, (fd, path) => {
      for (const { bytes, terminated } of records(context.system.files, fd, path))
        context.stdout.write(packLine(decodeText(bytes), next, everywhere) + (terminated ? '\n' : ''));
    });
  },
};

/** Runs of blanks that end at a tab stop become tabs; one blank before a stop only when it belongs to more. */
function packLine(line: string, next: (column: number) => number | undefined, everywhere: boolean): string {
  let out = '';
  let column = 0;
  let blanks = '';
  let converting = true;
  const flush = (): void => {
    out += blanks;
    blanks = '';
  };
  for (const character of line) {
    const stop = converting ? next(column) : undefined;
    if (converting && (character === ' ' || character === '\t') && stop !== undefined) {
      const isTab = character === '\t';
      column = isTab ? stop : column + 1;
      blanks += character;
      if (column !== stop) continue;
      const single = !isTab && blanks === ' ' && out !== '' && !out.endsWith('\t') && !out.endsWith(' ');
      if (single && line[out.length + 1] !== ' ' && line[out.length + 1] !== '\t') continue;
      blanks = '';
      out += '\t';
      continue;
    }
    flush();
    out += character;
    column += character === '\b' ? -Math.min(1, column) : 1;
    if (!everywhere) converting = false;
  }
  flush();
  return out;
}
