import { formatDirective } from '../text/printf-format.ts';
import { parseOptions } from '../program/options.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  format: { short: 'f', long: 'format', value: 'required' },
  separator: { short: 's', long: 'separator', value: 'required' },
  equalWidth: { short: 'w', long: 'equal-width' },
} as const;

function decimals(text: string): number {
  return /^[-+]?\d*(?:\.(\d*))?$/.exec(text)?.[1]?.length ?? 0;
}

function parse(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new UsageError(`invalid floating point argument: '${text}'`);
  return value;
}

function main({ args, stdout }: ProgramContext): number {
  const { has, value, operands } = parseOptions(args, SPECS, { negativeOperands: true });
  if (operands.length < 1) throw new UsageError('missing operand');
  if (operands.length > 3) throw new UsageError(`extra operand '${operands[3]}'`);
  const [a = '1', b, c] = operands;
  const [first, step, last] =
    c !== undefined ? [a, b ?? '1', c] : b !== undefined ? [a, '1', b] : ['1', '1', a];
  const by = parse(step);
  if (by === 0) throw new UsageError(`invalid Zero increment value: '${step}'`);
  const precision = Math.max(decimals(first), decimals(step));
  const from = parse(first);
  const to = parse(last);
  const width = Math.max(from.toFixed(precision).length, to.toFixed(precision).length);
  const format = formatter(value('format'), precision, has('equalWidth') ? width : 0);
  const separator = value('separator') ?? '\n';
  let count = 0;
  for (
    let n = from;
    by > 0 ? n <= to + Math.abs(by) * 1e-10 : n >= to - Math.abs(by) * 1e-10;
    n = from + by * ++count
  ) {
    stdout.write((count ? separator : '') + format(n));
    if (stdout.failed) return 1;
  }
  if (count) stdout.write('\n');
  return 0;
}

function formatter(format: string | undefined, precision: number, width: number): (n: number) => string {
  if (format === undefined) {
    return (n) => {
      const text = n.toFixed(precision);
      return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
    };
  }
  const match = /^((?:[^%]|%%)*)%([-+ #0']*)(\d*)(?:\.(\d*))?([aefgAEFG])((?:[^%]|%%)*)$/.exec(format);
  if (!match) throw new UsageError(`format '${format}' has no % directive`);
  const [, before = '', flags = '', wide, exact, conversion = 'f', after = ''] = match;
  return (n) =>
    before.replaceAll('%%', '%') +
    formatDirective(
      { flags, width: wide || undefined, precision: exact, conversion },
      String(n),
      () => undefined,
    ).text +
    after.replaceAll('%%', '%');
}

export const seq: Program = {
  name: 'seq',
  usage: 'seq [OPTION]... [FIRST [INCREMENT]] LAST',
  help: `Print numbers from FIRST (1) to LAST in steps of INCREMENT (1).

  -f, --format=FORMAT      printf's %e %f %g
  -s, --separator=STRING   between numbers (newline)
  -w, --equal-width        pad with zeros`,
  usageStatus: 1,
  main,
};
