import { chunks } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { complain } from '../files/per-file.ts';
import { errorText } from '../program/errors.ts';
import type { Program, ProgramContext } from '../program/program.ts';

const SPECS = {
  append: { short: 'a', long: 'append' },
  ignoreInterrupts: { short: 'i', long: 'ignore-interrupts' },
} as const;

const WRITE_CREATE = 0o101;
const APPEND = 0o2000;
const TRUNCATE = 0o1000;
const SIGINT = 2;

function main(context: ProgramContext): number {
  const { has, operands } = parseOptions(context.args, SPECS);
  const { files } = context.system;
  let status = 0;
  if (has('ignoreInterrupts')) context.system.process.onSignal(SIGINT, () => undefined);
  const outputs = [context.stdout];
  for (const path of operands) {
    const fd = files.open(path, WRITE_CREATE | (has('append') ? APPEND : TRUNCATE), 0o666);
    if (fd >= 0) outputs.push(new Output(context.system, fd));
    else {
      complain(context, `${path}: ${errorText(fd)}`);
      status = 1;
    }
  }
  for (const chunk of chunks(files, 0, 'standard input')) {
    for (const output of outputs) {
      output.write(chunk);
      output.flush();
    }
    if (outputs.every((output) => output.failed)) return 1;
  }
  return outputs.some((output) => output.failed) ? 1 : status;
}

export const tee: Program = {
  name: 'tee',
  usage: 'tee [-a] [-i] [FILE]...',
  help: `Copy standard input to standard output and to each file.

  -a, --append              add to the files instead of overwriting them
  -i, --ignore-interrupts   ignore SIGINT`,
  usageStatus: 1,
  main,
};
