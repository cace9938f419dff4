import { parseDuration } from '../text/duration.ts';
import { parseOptions } from '../program/options.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SECOND_MS = 1000;
/** One wait of the system at most: an endless sleep is many of them. */
const SLICE_MS = 3_600_000;

function main(context: ProgramContext): number {
  const { operands } = parseOptions(context.args, {});
  if (operands.length === 0) throw new UsageError('missing operand');
  let left = 0;
  for (const text of operands) {
    const seconds = parseDuration(text);
    if (seconds === undefined) throw new UsageError(`invalid time interval '${text}'`);
    left += seconds * SECOND_MS;
  }
  while (left > 0) {
    const slice = Math.min(left, SLICE_MS);
    context.system.unix.sleep(slice);
    left -= slice;
  }
  return 0;
}

export const sleep: Program = {
  name: 'sleep',
  usage: 'sleep NUMBER[SUFFIX]...',
  help: 'Wait for the sum of the times: seconds, or with a suffix s, m, h or d. Fractions and infinity are understood.',
  usageStatus: 1,
  main,
};
