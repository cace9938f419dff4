/** Command lines that must do here what they do with GNU coreutils. Standard input is latin-1 text: a character a byte. */
export interface Case {
  argv: string[];
  input: string;
  compareErrors: boolean;
}

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\ntwelve\n';

function cases(input: string, ...lines: string[]): Case[] {
  return lines.map((line) => ({ argv: words(line), input, compareErrors: false }));
}

/** Splits at spaces, quotes respected; `\n` and the like stay as typed. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

export const CASES: Case[] = [
  ...cases(
    'stdin\n',
    'true x',
    'false',
    'echo -n a b',
    'echo -e a\\tb\\x41\\0101',
    "echo '-e' '\\u00e9'",
    'echo -E a\\tb',
    'echo --',
  ),
  ...cases(
    'stdin\n',
    'cat',
    'cat words -',
    'cat -n words noeol',
    'cat -b words',
    'cat -s words',
    'cat -A utf8',
    'cat -v bytes',
    'cat -et bytes',
    'cat missing words',
  ),
  ...cases(
    '',
    "printf '%s-%s\\n' a b c",
    "printf '%5d|%-5d|%05d|%+d|% d\\n' 42 42 42 42 42",
    "printf '%x %X %o %#x %#o\\n' 255 255 255 255 255",
    "printf '%.3f|%10.2f|%-10.1f|%e|%g|%G\\n' 3.14159 2.5 2.5 12345.678 0.0001 1e20",
    "printf '%c%c\\n' hello world",
    "printf '%b' 'a\\tb\\n'",
    "printf '%s\\n'",
    "printf '%d\\n' 0x1f 010 -7",
    "printf '%5s|%-5s|%.2s\\n' abc abc abc",
    "printf '%%|\\x41\\101\\n'",
    "printf '%*d\\n' 6 42",
    'printf %d abc',
  ),
  ...cases(
    LINES,
    'wc',
    'wc -l',
    'wc -w -c',
    'wc words utf8',
    'wc -m utf8',
    'wc -L utf8',
    'wc -c words numbers missing',
    'wc empty',
  ),
  ...cases(
    LINES,
    'head',
    'head -n 3',
    'head -3',
    'head -n -3',
    'head -c 5',
    'head -c -5',
    'head words numbers',
    'head -q words numbers',
    'head -v -n1 words',
    'head -n -1 noeol',
    'head missing',
    'head -n 2 -z',
  ),
];
