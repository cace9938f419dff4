import { literal, RegexError, translate } from '../text/regex.ts';

export interface MatcherOptions {
  syntax: 'basic' | 'extended' | 'fixed' | 'perl';
  ignoreCase: boolean;
  word: boolean;
  line: boolean;
}

export interface Matcher {
  /** Whether the line is selected by any pattern. */
  test(line: string): boolean;
  /** Where it matches, left to right, the longest of those that start at one place; empty matches are left out. */
  ranges(line: string): [from: number, to: number][];
}

const WORD_CHARACTER = /[\p{L}\p{N}_]/u;
/** Fixed strings: where nothing else is asked for, finding them needs no expression. */
const FIXED_DIRECTLY = 1;

export function matcherOf(patterns: readonly string[], options: MatcherOptions): Matcher {
  const [only] = patterns;
  if (patterns.length === 0) return { test: () => false, ranges: () => [] };
  if (
    options.syntax === 'fixed' &&
    patterns.length === FIXED_DIRECTLY &&
    only &&
    !options.ignoreCase &&
    !options.word &&
    !options.line
  )
    return { test: (line) => line.includes(only), ranges: (line) => occurrences(line, only) };
  const expressions = patterns.map((pattern) => expressionOf(pattern, options));
  return new RegexMatcher(expressions, options.word);
}

function occurrences(line: string, text: string): [number, number][] {
  const found: [number, number][] = [];
  for (let at = line.indexOf(text); at >= 0; at = line.indexOf(text, at + text.length))
    found.push([at, at + text.length]);
  return found;
}

function sourceOf(pattern: string, syntax: MatcherOptions['syntax']): string {
  if (syntax === 'fixed') return [...pattern].map(literal).join('');
  if (syntax === 'perl') return perlSource(pattern);
  return translate(pattern, syntax).source;
}

/** What Perl spells otherwise than JavaScript. */
function perlSource(pattern: string): string {
  return pattern
    .replace(/\(\?<([A-Za-z_]\w*)>/g, '(?<$1>')
    .replace(/\(\?P<([A-Za-z_]\w*)>/g, '(?<$1>')
    .replace(/\\A/g, '(?<![^])')
    .replace(/\\[zZ]/g, '(?![^])')
    .replace(/\\h/g, '[ \\t]')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => PERL_CLASSES[name] ?? whole);
}
const PERL_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  space: '\\s',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9A-Fa-f',
  punct: '!-\\/:-@\\[-`\\{-~',
};

function expressionOf(pattern: string, options: MatcherOptions): RegExp {
  const source = sourceOf(pattern, options.syntax);
  const flags = `gs${options.ignoreCase ? 'i' : ''}`;
  const whole = options.line ? `^(?:${source})$` : source;
  try {
    return new RegExp(whole, `${flags}u`);
  } catch (error) {
    // Perl's expressions may escape what the flag u does not let them.
    if (options.syntax === 'perl') return perlWithoutUnicode(whole, flags);
    throw error instanceof RegexError ? error : new RegexError('Invalid regular expression');
  }
}

function perlWithoutUnicode(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw new RegexError('this Perl expression is none that JavaScript has');
  }
}

class RegexMatcher implements Matcher {
  readonly #expressions: readonly RegExp[];
  readonly #word: boolean;

  constructor(expressions: readonly RegExp[], word: boolean) {
    this.#expressions = expressions;
    this.#word = word;
  }

  test(line: string): boolean {
    return this.#expressions.some((expression) => {
      expression.lastIndex = 0;
      return this.#word ? this.#wordAt(expression, line, 0) !== undefined : expression.test(line);
    });
  }

  ranges(line: string): [number, number][] {
    const found: [number, number][] = [];
    let at = 0;
    while (at <= line.length) {
      const next = this.#next(line, at);
      if (next === undefined) return found;
      if (next[1] > next[0]) found.push(next);
      at = next[1] > next[0] ? next[1] : next[1] + 1;
    }
    return found;
  }

  /** The leftmost match at or after `at`; of several the longest. */
  #next(line: string, at: number): [number, number] | undefined {
    let best: [number, number] | undefined;
    for (const expression of this.#expressions) {
      const range = this.#word ? this.#wordAt(expression, line, at) : plainAt(expression, line, at);
      if (range === undefined) continue;
      if (best === undefined || range[0] < best[0] || (range[0] === best[0] && range[1] > best[1]))
        best = range;
    }
    return best;
  }

  /** -w: a match that no word character touches; shorter ones at the same place are tried, then later ones. */
  #wordAt(expression: RegExp, line: string, from: number): [number, number] | undefined {
    for (let at = from; at <= line.length;) {
      const range = plainAt(expression, line, at);
      if (range === undefined) return undefined;
      const [start, end] = range;
      if (!touches(line, start - 1)) {
        if (!touches(line, end)) return range;
        const shorter = this.#shorter(expression, line, start, end);
        if (shorter !== undefined) return shorter;
      }
      at = start + 1;
    }
    return undefined;
  }

  #shorter(expression: RegExp, line: string, start: number, end: number): [number, number] | undefined {
    for (let limit = end - 1; limit > start; limit--) {
      const range = plainAt(expression, line.slice(0, limit), start);
      if (range?.[0] !== start) return undefined;
      if (!touches(line, range[1])) return range;
      limit = range[1];
    }
    return undefined;
  }
}

function touches(line: string, at: number): boolean {
  return WORD_CHARACTER.test(line[at] ?? ' ');
}

function plainAt(expression: RegExp, line: string, at: number): [number, number] | undefined {
  expression.lastIndex = at;
  const match = expression.exec(line);
  return match === null ? undefined : [match.index, match.index + match[0].length];
}
