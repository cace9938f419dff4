/** Shell patterns (glob(7), bash's extglob) as regular expressions. A backslash makes the next character literal. */

const CLASSES: Readonly<Record<string, string>> = {
  alnum: '\\p{L}\\p{Nd}',
  alpha: '\\p{L}',
  ascii: '\\x00-\\x7f',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: '\\p{Ll}',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: '\\p{Lu}',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

export interface PatternStyle {
  /** `*`, `?` and brackets do not match `/` (path names, a component at a time). */
  readonly pathname?: boolean;
  readonly ignoreCase?: boolean;
}

/** A literal text as a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\](){}|+@!^-]/g, '\\$&');
}

/** True when a pattern has something that is not literal. */
export function hasWildcard(pattern: string): boolean {
  return /(^|[^\\])(\\\\)*([*?[]|[+@!]\()/.test(pattern);
}

/** The text that a pattern without wildcards stands for. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\([\s\S])/g, '$1');
}

const cache = new Map<string, RegExp>();
const CACHE_MAX = 500;

/** Matches the whole text. */
export function patternRegExp(pattern: string, style: PatternStyle = {}): RegExp {
  const key = `${style.pathname ? 'p' : ''}${style.ignoreCase ? 'i' : ''}:${pattern}`;
  let found = cache.get(key);
  if (found === undefined) {
    if (cache.size >= CACHE_MAX) cache.clear();
    found = new RegExp(`^(?:${patternSource(pattern, style)})$`, style.ignoreCase ? 'isu' : 'su');
    cache.set(key, found);
  }
  return found;
}

export function matchesPattern(text: string, pattern: string, style: PatternStyle = {}): boolean {
  return patternRegExp(pattern, style).test(text);
}

/** Without anchors, for `${x/pattern/…}`. */
export function patternSource(pattern: string, style: PatternStyle = {}): string {
  const any = style.pathname ? '[^/]' : '[^]';
  let source = '';
  for (let i = 0; i < pattern.length;) {
    const character = String.fromCodePoint(pattern.codePointAt(i) ?? 0);
    const group = '?*+@!'.includes(character) && pattern[i + 1] === '(' ? extendedEnd(pattern, i + 1) : -1;
    if (group > 0) {
      source += extended(character, pattern.slice(i + 2, group), style, any);
      i = group + 1;
    } else if (character === '\\') {
      const next = pattern.codePointAt(i + 1);
      source += next === undefined ? '\\\\' : literal(String.fromCodePoint(next));
      i += next === undefined ? 1 : 1 + String.fromCodePoint(next).length;
    } else if (character === '*') {
      source += `${any}*`;
      i++;
    } else if (character === '?') {
      source += any;
      i++;
    } else if (character === '[') {
      const [text, end] = bracket(pattern, i, style);
      source += text;
      i = end;
    } else {
      source += literal(character);
      i += character.length;
    }
  }
  return source;
}

function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

/** Index of the `)` that ends the group whose `(` is at `open`, or -1. */
function extendedEnd(pattern: string, open: number): number {
  let depth = 0;
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '(') depth++;
    else if (pattern[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function extended(operator: string, body: string, style: PatternStyle, any: string): string {
  const alternatives = splitAlternatives(body).map((part) => patternSource(part, style));
  const group = `(?:${alternatives.join('|')})`;
  if (operator === '@') return group;
  return operator === '!' ? `(?:(?!${group}(?:$|/))${any}*?|(?!${group})${any}*)` : group + operator;
}

function splitAlternatives(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '\\') i++;
    else if (body[i] === '(') depth++;
    else if (body[i] === ')') depth--;
    else if (body[i] === '|' && depth === 0) {
      parts.push(body.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(body.slice(from));
  return parts;
}

/** A bracket expression → its source and the index after it; an unclosed `[` is literal. */
function bracket(pattern: string, start: number, style: PatternStyle): [string, number] {
  let i = start + 1;
  const negated = pattern[i] === '!' || pattern[i] === '^';
  if (negated) i++;
  let set = '';
  for (let first = true; ; first = false) {
    const character = pattern[i];
    if (character === undefined) return ['\\[', start + 1];
    if (character === ']' && !first) break;
    const named = /^\[([:.=])(.*?)\1\]/.exec(pattern.slice(i));
    if (named) {
      set += named[1] === ':' ? (CLASSES[named[2] ?? ''] ?? '') : setLiteral(named[2] ?? '');
      i += named[0].length;
      continue;
    }
    const [from, afterFrom] = setCharacter(pattern, i);
    const isRange =
      pattern[afterFrom] === '-' && pattern[afterFrom + 1] !== undefined && pattern[afterFrom + 1] !== ']';
    if (!isRange) {
      set += setLiteral(from);
      i = afterFrom;
      continue;
    }
    const [to, afterTo] = setCharacter(pattern, afterFrom + 1);
    if ((from.codePointAt(0) ?? 0) <= (to.codePointAt(0) ?? 0))
      set += `${setLiteral(from)}-${setLiteral(to)}`;
    i = afterTo;
  }
  if (set === '') return [negated ? '[^]' : '[]', i + 1];
  if (negated && style.pathname) set += '/';
  return [`[${negated ? '^' : ''}${set}]`, i + 1];
}

function setCharacter(pattern: string, at: number): [string, number] {
  const escaped = pattern[at] === '\\' && at + 1 < pattern.length;
  const character = String.fromCodePoint(pattern.codePointAt(escaped ? at + 1 : at) ?? 0);
  return [character, (escaped ? at + 1 : at) + character.length];
}

function setLiteral(character: string): string {
  return /[\^\\[\]&~|(){}/-]/.test(character) ? `\\${character}` : character;
}
