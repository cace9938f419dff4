/** Command lines that must do here what they do with GNU coreutils. Standard input is latin-1 text: a character a byte. */
export interface Case {
  argv: string[];
  input: string;
}

export function cases(input: string, ...lines: string[]): Case[] {
  return lines.map((line) => ({ argv: words(line), input }));
}

/** Splits at spaces, quotes respected; `\n` and the like stay as typed. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}
