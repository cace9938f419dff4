import { records } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  body: { short: 'b', long: 'body-numbering', value: 'required' },
  increment: { short: 'i', long: 'line-increment', value: 'required' },
  format: { short: 'n', long: 'number-format', value: 'required' },
  separator: { short: 's', long: 'number-separator', value: 'required' },
  start: { short: 'v', long: 'starting-line-number', value: 'required' },
  width: { short: 'w', long: 'number-width', value: 'required' },
} as const;

function main(context: ProgramContext): number {
  const { value, operands } = parseOptions(context.args, SPECS);
  const width = parseCount(value('width') ?? '6', 'line number field width');
  const style = value('body') ?? 't';
  const pattern = style.startsWith('p') ? new RegExp(style.slice(1)) : undefined;
  const separator = value('separator') ?? '\t';
  let number = Number(value('start') ?? 1);
  const step = Number(value('increment') ?? 1);
  const numbered = (line: string): boolean =>
    style === 'a' ? true : style === 't' ? line !== '' : (pattern?.test(line) ?? false);
  const shown = (n: number): string => {
    const text = String(n);
    const format = value('format') ?? 'rn';
    return format === 'ln' ? text.padEnd(width) : text.padStart(width, format === 'rz' ? '0' : ' ');
  };
  return forEachFile(context, operands, (fd, path) => {
    for (const { bytes } of records(context.system.files, fd, path)) {
      const line = decodeText(bytes);
      if (numbered(line)) {
        context.stdout.write(`${shown(number)}${separator}${line}\n`);
        number += step;
      } else context.stdout.write(`${' '.repeat(width + separator.length)}${line}\n`);
    }
  });
}

export const nl: Program = {
  name: 'nl',
  usage: 'nl [OPTION]... [FILE]...',
  help: `Number the lines of files.

  -b, --body-numbering=a|t|n|pREGEX   which lines: all, those not empty (default), none, those that match
  -i, --line-increment=N              step (1)
  -n, --number-format=ln|rn|rz        left, right (default), right with zeros
  -s, --number-separator=STRING       between number and line (TAB)
  -v, --starting-line-number=N        first number (1)
  -w, --number-width=N                columns (6)`,
  usageStatus: 1,
  main,
};
