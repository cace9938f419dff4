/** What a pager looks for: a pattern as typed after `/`, `?` and `&`. */
import { searchable } from './rows.ts';

export interface SearchOptions {
  /** Without regard to case: where the pattern has no capitals, or always. */
  ignoreCase: 'no' | 'lower' | 'always';
}

export interface Pattern {
  readonly expression: RegExp;
  /** Lines without a match are meant. */
  readonly inverted: boolean;
}

/** `!` or ^N first means lines that do not match, ^R text instead of a regular expression. */
export function patternOf(typed: string, { ignoreCase }: SearchOptions): Pattern {
  let text = typed;
  let [inverted, plain] = [false, false];
  for (let first = text.charAt(0); /[!\x0e\x12]/.test(first); first = text.charAt(0)) {
    if (first === '\x12') plain = true;
    else inverted = true;
    text = text.slice(1);
  }
  const anyCase = ignoreCase === 'always' || (ignoreCase === 'lower' && text === text.toLowerCase());
  const flags = anyCase ? 'iu' : 'u';
  const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  try {
    return { expression: new RegExp(plain ? escaped : text, flags), inverted };
  } catch {
    return { expression: new RegExp(escaped, flags), inverted };
  }
}

export const matches = ({ expression, inverted }: Pattern, text: string): boolean =>
  expression.test(searchable(text)) !== inverted;
