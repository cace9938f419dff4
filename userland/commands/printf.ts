import { onePass } from '../text/printf-pass.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

/** Formats with as many passes over the format as the arguments need (POSIX printf). */
function main({ args, stdout, stderr, name }: ProgramContext): number {
  const operands = args[0] === '--' ? args.slice(1) : [...args];
  const format = operands[0];
  if (format === undefined) throw new Failure('missing operand');
  const queue = operands.slice(1);
  let result = 0;
  const complain = (message: string): void => {
    stderr.write(`${name}: ${message}\n`);
    result = 1;
  };
  do {
    const before = queue.length;
    const piece = onePass(format, queue, complain);
    stdout.write(piece.text);
    if (piece.stop || queue.length === before) break;
  } while (queue.length > 0);
  return result;
}

export const printf: Program = {
  name: 'printf',
  usage: 'printf FORMAT [ARGUMENT]...',
  help: `Print the arguments by the format, which is used again while arguments remain.

Conversions as in C: %d %i %o %u %x %X %f %F %e %E %g %G %c %s, and %b (a string with backslash escapes),
%q (quoted for the shell). Escapes in the format: \\a \\b \\e \\f \\n \\r \\t \\v \\\\ \\NNN \\xHH \\uHHHH.`,
  usageStatus: 1,
  main,
};
