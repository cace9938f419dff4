/** Shell patterns (fnmatch(3)) as regular expressions: `*`, `?`, `[…]` with ranges and classes, `\` quotes. */
export interface GlobOptions {
  ignoreCase?: boolean;
  /** `*` and `?` do not match `/` (FNM_PATHNAME). */
  pathname?: boolean;
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

export function globToRegExp(pattern: string, options: GlobOptions = {}): RegExp {
  return new RegExp(`^${globSource(pattern, options)}$`, options.ignoreCase ? 'sui' : 'su');
}

/** The source for a RegExp with the flags `su`. */
export function globSource(pattern: string, { pathname = false }: GlobOptions = {}): string {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? '';
    if (character === '*') source += pathname ? '[^/]*' : '.*';
    else if (character === '?') source += pathname ? '[^/]' : '.';
    else if (character === '\\' && i + 1 < pattern.length) source += literal(pattern[++i] ?? '');
    else if (character === '[') {
      const end = bracketEnd(pattern, i);
      if (end < 0) source += '\\[';
      else {
        source += bracket(pattern.slice(i + 1, end));
        i = end;
      }
    } else source += literal(character);
  }
  return source;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Where a bracket expression closes; `]` at its start is a member. */
function bracketEnd(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === '!' || pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === '[' && pattern[i + 1] === ':') {
      const close = pattern.indexOf(':]', i + 2);
      if (close >= 0) i = close + 1;
    } else if (pattern[i] === '\\') i++;
    else if (pattern[i] === ']') return i;
  }
  return -1;
}

function bracket(body: string): string {
  const negated = /^[!^]/.test(body);
  const members = (negated ? body.slice(1) : body).replace(
    /\[:(\w+):\]|\\(.)|([[\]\\^&|(){}/])/gsu,
    (_whole, name?: string, escaped?: string, special?: string) =>
      name !== undefined
        ? (CLASSES[name] ?? '')
        : escaped !== undefined
          ? member(escaped)
          : member(special ?? ''),
  );
  return `[${negated ? '^' : ''}${members}]`;
}

function member(character: string): string {
  return /[[\]\\^\-/(){}|]/.test(character) ? `\\${character}` : character;
}
