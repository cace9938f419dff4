import { lines, openInput } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  first: { short: '1' },
  second: { short: '2' },
  both: { short: '3' },
  check: { long: 'check-order' },
  noCheck: { long: 'nocheck-order' },
  delimiter: { long: 'output-delimiter', value: 'required' },
  total: { long: 'total' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;

/** Lines of one file, with a look at whether they are sorted. */
class Sorted {
  value: string | undefined;
  disordered = false;
  readonly #lines: Iterator<string>;

  constructor(source: Iterator<string>) {
    this.#lines = source;
    this.advance();
  }
  advance(): void {
    const before = this.value;
    const next = this.#lines.next();
    this.value = next.done ? undefined : next.value;
    if (before !== undefined && this.value !== undefined && this.value < before) this.disordered = true;
  }
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  const [first, second, extra] = operands;
  if (first === undefined) throw new UsageError('missing operand');
  if (second === undefined) throw new UsageError(`missing operand after '${first}'`);
  if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
  const { files } = context.system;
  const separator = has('zero') ? 0 : 10;
  const end = has('zero') ? '\0' : '\n';
  const open = (path: string): Sorted => new Sorted(lines(files, openInput(files, path), path, separator));
  const [a, b] = [open(first), open(second)];
  const delimiter = value('delimiter') ?? '\t';
  const lead = [
    '',
    has('first') ? '' : delimiter,
    (has('first') ? '' : delimiter) + (has('second') ? '' : delimiter),
  ];
  const hidden = [has('first'), has('second'), has('both')];
  const counts = [0, 0, 0];
  const print = (column: 0 | 1 | 2, line: string): void => {
    counts[column] = (counts[column] ?? 0) + 1;
    if (!hidden[column]) context.stdout.write(lead[column] + line + end);
  };
  let unpaired = false;
  while (a.value !== undefined || b.value !== undefined) {
    const order =
      a.value === undefined
        ? 1
        : b.value === undefined
          ? -1
          : a.value < b.value
            ? -1
            : a.value > b.value
              ? 1
              : 0;
    if (order !== 0) unpaired = true;
    if (order <= 0) print(order === 0 ? 2 : 0, a.value ?? '');
    else print(1, b.value ?? '');
    if (order <= 0) a.advance();
    if (order >= 0) b.advance();
  }
  if (has('total')) context.stdout.write(`${counts.join(delimiter)}${delimiter}total${end}`);
  if (has('noCheck') || !(unpaired || has('check'))) return 0;
  [a, b].forEach((one, index) => {
    if (one.disordered) complain(context, `file ${index + 1} is not in sorted order`);
  });
  return a.disordered || b.disordered ? 1 : 0;
}

export const comm: Program = {
  name: 'comm',
  usage: 'comm [OPTION]... FILE1 FILE2',
  help: `Compare two sorted files: lines only in the first, only in the second, in both, in three columns.

  -1, -2, -3                   without that column
      --check-order            complain of files that are not sorted
      --nocheck-order          never
      --output-delimiter=STR   between columns
      --total                  counts at the end
  -z, --zero-terminated        lines end in NUL`,
  usageStatus: 1,
  main,
};
