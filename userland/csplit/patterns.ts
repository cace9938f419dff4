import { compile, RegexError } from '../text/regex.ts';
import { Failure } from '../program/program.ts';

interface Repeated {
  /** As typed, for messages. */
  readonly text: string;
  repeat: number;
  forever: boolean;
}
export type Pattern =
  | (Repeated & { kind: 'line'; line: number })
  | (Repeated & { kind: 'regex'; regex: RegExp; offset: number; skip: boolean });

export function parsePatterns(words: readonly string[]): Pattern[] {
  const patterns: Pattern[] = [];
  let lastLine = 0;
  for (const word of words) {
    const previous = patterns.at(-1);
    if (word.startsWith('{') && previous !== undefined) {
      const count = /^\{(\*|\d+)\}$/.exec(word)?.[1];
      if (count === undefined) throw new Failure(`'${word}': integer required between '{' and '}'`);
      if (count === '*') previous.forever = true;
      else previous.repeat = Number(count);
      continue;
    }
    const pattern = one(word);
    patterns.push(pattern);
    if (pattern.kind !== 'line') continue;
    if (pattern.line < lastLine)
      throw new Failure(`line number '${word}' is smaller than preceding line number, ${lastLine}`);
    lastLine = pattern.line;
  }
  return patterns;
}

function one(text: string): Pattern {
  const common = { text, repeat: 0, forever: false };
  const [mark] = text;
  if (mark !== '/' && mark !== '%') {
    if (!/^\d+$/.test(text)) throw new Failure(`'${text}': invalid pattern`);
    if (Number(text) === 0) throw new Failure(`'${text}': line number must be greater than zero`);
    return { ...common, kind: 'line', line: Number(text) };
  }
  const end = text.lastIndexOf(mark);
  if (end === 0) throw new Failure(`'${text}': closing delimiter '${mark}' missing`);
  const offset = text.slice(end + 1);
  if (!/^([+-]?\d+)?$/.test(offset)) throw new Failure(`'${text}': integer expected after delimiter`);
  return {
    ...common,
    kind: 'regex',
    regex: regexOf(text, end),
    offset: Number(offset || 0),
    skip: mark === '%',
  };
}

function regexOf(text: string, end: number): RegExp {
  try {
    return compile(text.slice(1, end), 'basic', 's');
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new Failure(`'${text}': invalid regular expression: ${error.message}`);
  }
}
