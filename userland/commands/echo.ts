import { backslashEscapes } from '../text/escapes.ts';
import type { Program, ProgramContext } from '../program/program.ts';

/** Options as bash's echo: only arguments made of n, e and E are options; everything else is text. */
function main({ args, stdout }: ProgramContext): number {
  let newline = true;
  let escapes = false;
  let first = 0;
  for (; first < args.length; first++) {
    const arg = args[first] ?? '';
    if (!/^-[neE]+$/.test(arg)) break;
    for (const letter of arg.slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  const text = args.slice(first).join(' ');
  if (!escapes) {
    stdout.write(text + (newline ? '\n' : ''));
    return 0;
  }
  const expanded = backslashEscapes(text, 'echo');
  stdout.write(expanded.text + (newline && !expanded.stop ? '\n' : ''));
  return 0;
}

export const echo: Program = {
  name: 'echo',
  usage: 'echo [-neE] [STRING]...',
  help: `Write the strings, separated by spaces, and a newline.

  -n   no newline at the end
  -e   interpret backslash escapes (\\a \\b \\c \\e \\f \\n \\r \\t \\v \\\\ \\0NNN \\xHH \\uHHHH)
  -E   do not (the default)`,
  main,
};
