/** A command line without a shell: words and quotes. What needs a shell says so. */
import { ContainerError } from './errors.ts';

const OPERATORS = /[|&;<>()$`*?[\]{}~#!\n]/;

/** Splits as a POSIX shell does where no expansion is asked for. Throws ERR_FEATURE_UNAVAILABLE. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const end = line.indexOf(character, at + 1);
      if (end < 0) throw new SyntaxError(`exec: the quote at column ${at + 1} is not closed`);
      const quoted = line.slice(at + 1, end);
      if (character === '"' && /[$`\\]/.test(quoted)) throw needsShell(line);
      word = (word ?? '') + quoted;
      at = end;
    } else if (character === '\\') {
      word = (word ?? '') + (line[++at] ?? '');
    } else if (OPERATORS.test(character)) {
      throw needsShell(line);
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function needsShell(line: string): ContainerError {
  return new ContainerError(
    'ERR_FEATURE_UNAVAILABLE',
    `exec: "${line}" needs a shell, and the container has no /bin/sh. Run its commands by spawn().`,
  );
}
