import { parse, type Statement } from 'unbash';

/** Ends of a line that was complete: what was read until then has run before the next line is looked at. */
const END_OF_LINE = /^[ \t]*[;&]?[ \t]*(?:#[^\n]*)?(?:\n|$)/;

export interface Lines {
  statements: readonly Statement[];
  /** Where the text is no shell script, and why. */
  error: { pos: number; message: string } | undefined;
}

/** A script's statements; of one with a syntax error those of the lines before, as a shell reads and runs line by line. */
export function readLines(text: string): Lines {
  const { commands, errors } = parse(text);
  const error = errors?.[0];
  if (error === undefined) return { statements: commands, error };
  const good = commands.filter((statement) => statement.end <= error.pos);
  while (!END_OF_LINE.test(text.slice(good.at(-1)?.end ?? text.length))) good.pop();
  return { statements: good, error };
}
