import { backslashEscapes } from '../text/escapes.ts';
import { closeInput, lines, openInput } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import type { Program, ProgramContext } from '../program/program.ts';

const SPECS = {
  delimiters: { short: 'd', long: 'delimiters', value: 'required' },
  serial: { short: 's', long: 'serial' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  const { files } = context.system;
  const given = value('delimiters') ?? '\t';
  // `\0` is no delimiter at all.
  const delimiters = [...backslashEscapes(given.replaceAll('\\0', '\udfff'), 'format').text].map((one) =>
    one === '\udfff' ? '' : one,
  );
  const delimiter = (index: number): string =>
    delimiters.length ? (delimiters[index % delimiters.length] ?? '') : '';
  const separator = has('zero') ? 0 : 10;
  const end = has('zero') ? '\0' : '\n';
  const paths = operands.length ? operands : ['-'];
  const open = new Map<string, Iterator<string>>();
  // Several `-` share one standard input.
  const inputs = paths.map((path) => {
    const shared = path === '-' ? open.get(path) : undefined;
    const input = shared ?? lines(files, openInput(files, path), path, separator);
    open.set(path, input);
    return input;
  });
  if (has('serial')) {
    for (const input of inputs) {
      let index = 0;
      for (let next = input.next(); !next.done; next = input.next()) {
        context.stdout.write((index === 0 ? '' : delimiter(index - 1)) + next.value);
        index++;
      }
      context.stdout.write(end);
    }
    return 0;
  }
  for (;;) {
    const row = inputs.map((input) => input.next());
    if (row.every((next) => next.done)) break;
    context.stdout.write(
      row
        .map((next, index) => (index === 0 ? '' : delimiter(index - 1)) + (next.done ? '' : next.value))
        .join('') + end,
    );
    if (context.stdout.failed) return 1;
  }
  closeInput(files, 0);
  return 0;
}

export const paste: Program = {
  name: 'paste',
  usage: 'paste [OPTION]... [FILE]...',
  help: `Join lines of files side by side, with tabs between them.

  -d, --delimiters=LIST   characters of LIST in turn instead of tabs
  -s, --serial            all lines of one file in one line, file by file
  -z, --zero-terminated   lines end in NUL`,
  usageStatus: 1,
  main,
};
