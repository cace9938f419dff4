import { closeInput, lines, openInput } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, UsageError } from '../program/program.ts';

const SPECS = {
  echo: { short: 'e', long: 'echo' },
  range: { short: 'i', long: 'input-range', value: 'required' },
  count: { short: 'n', long: 'head-count', value: 'required' },
  output: { short: 'o', long: 'output', value: 'required' },
  repeat: { short: 'r', long: 'repeat' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;

function* range(text: string): Generator<string> {
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (!match) throw new UsageError(`invalid input range: '${text}'`);
  for (let value = Number(match[1]); value <= Number(match[2]); value++) yield String(value);
}

export const shuf: Program = {
  name: 'shuf',
  usage: 'shuf [OPTION]... [FILE]  or  shuf -e [ARG]...  or  shuf -i LO-HI',
  help: `Print lines in a random order.

  -e, --echo              the operands are the lines
  -i, --input-range=LO-HI numbers are
  -n, --head-count=N      at most N lines
  -o, --output=FILE       write to FILE
  -r, --repeat            lines may come again
  -z, --zero-terminated   lines end in NUL`,
  usageStatus: 1,
  main(context) {
    const { has, value, operands } = parseOptions(context.args, SPECS);
    const { files } = context.system;
    const end = has('zero') ? '\0' : '\n';
    let all: string[];
    if (has('echo')) all = [...operands];
    else if (value('range') !== undefined) all = [...range(value('range') ?? '')];
    else {
      const [path = '-', extra] = operands;
      if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
      const fd = openInput(files, path);
      all = [...lines(files, fd, path, end.charCodeAt(0))];
      closeInput(files, fd);
    }
    const limit =
      value('count') === undefined
        ? has('repeat')
          ? Infinity
          : all.length
        : parseCount(value('count') ?? '', 'line count');
    if (has('repeat') && all.length === 0 && limit > 0) throw new Failure('no lines to repeat');
    const target = value('output');
    const text: string[] = [];
    const emit = (line: string): void => {
      if (target === undefined) context.stdout.write(line + end);
      else text.push(line + end);
    };
    for (
      let count = 0;
      count < limit && (has('repeat') || count < all.length) && !context.stdout.failed;
      count++
    ) {
      const from = has('repeat') ? 0 : count;
      const chosen = from + Math.floor(Math.random() * (all.length - from));
      emit(all[chosen] ?? '');
      if (!has('repeat')) all[chosen] = all[count] ?? '';
    }
    if (target !== undefined) {
      const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
      if (files.writeFile(target, new TextEncoder().encode(text.join('')), CREATE_TRUNCATE, 0o666) < 0)
        throw new Failure(`${target}: cannot be written`);
    }
    return 0;
  },
};
