/** A command line without a shell: words and quotes. */

const OPERATORS = /[|&;<>()$`*?[\]{}~#!\n]/;

/** Splits as a POSIX shell does where nothing is expanded; undefined for a line that needs a shell. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === ' ' || character === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === "'" || character === '"') {
      const end = line.indexOf(character, at + 1);
      if (end < 0) return undefined;
      const quoted = line.slice(at + 1, end);
      if (character === '"' && /[$`\\]/.test(quoted)) return undefined;
      word = (word ?? '') + quoted;
      at = end;
    } else if (character === '\\') {
      word = (word ?? '') + (line[++at] ?? '');
    } else if (OPERATORS.test(character)) {
      return undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
