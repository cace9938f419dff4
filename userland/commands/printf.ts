import { backslashEscapes } from '../escapes.ts';
import { formatDirective } from '../printf-format.ts';
import { Failure, type Program, type ProgramContext } from '../program.ts';

const DIRECTIVE = /%(%|([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|ll|l|L|j|z|t)?([a-zA-Z]))/g;

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

function onePass(
  format: string,
  queue: string[],
  complain: (message: string) => void,
): { text: string; stop: boolean } {
  let text = '';
  let last = 0;
  for (const match of format.matchAll(DIRECTIVE)) {
    const literal = backslashEscapes(format.slice(last, match.index), 'format');
    text += literal.text;
    last = match.index + match[0].length;
    if (match[1] === '%') {
      text += '%';
      continue;
    }
    const star = (given: string | undefined): string | undefined =>
      given === '*' ? (queue.shift() ?? '0') : given;
    const flags = match[2] ?? '';
    const width = star(match[3]);
    const precision = star(match[4]);
    const conversion = match[5] ?? 's';
    const formatted = formatDirective({ flags, width, precision, conversion }, queue.shift(), complain);
    text += formatted.text;
    if (formatted.stop) return { text, stop: true };
  }
  return { text: text + backslashEscapes(format.slice(last), 'format').text, stop: false };
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
