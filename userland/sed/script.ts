/** A sed script, parsed. */
export type Address =
  | { kind: 'line'; line: number }
  | { kind: 'last' }
  | { kind: 'step'; first: number; step: number }
  | { kind: 'regex'; regex: ScriptRegex };

export type RangeEnd = Address | { kind: 'plus'; count: number } | { kind: 'multiple'; of: number };

/** undefined: the empty expression, which is the last one used. */
export type ScriptRegex = RegExp | undefined;

export interface Substitution {
  regex: ScriptRegex;
  replacement: readonly ReplacementPart[];
  global: boolean;
  /** The occurrence from which on it replaces. */
  number: number;
  print: boolean;
  evaluate: boolean;
  file: string | undefined;
}

export type CaseMode = 'L' | 'U' | 'l' | 'u' | 'E';
export type ReplacementPart =
  { kind: 'text'; text: string } | { kind: 'group'; group: number } | { kind: 'case'; mode: CaseMode };

export interface Command {
  letter: string;
  first: Address | undefined;
  last: RangeEnd | undefined;
  /** `!` */
  negated: boolean;
  /** Text of a, i and c; label of b, t and T; file of r, R, w and W. */
  text: string;
  /** Number of l, q, Q. */
  number: number | undefined;
  substitution: Substitution | undefined;
  transliteration: ReadonlyMap<string, string> | undefined;
  /** Where b, t, T go, and `{` when it does not apply: the index after its `}`. */
  target: number;
}

export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly status: number;
  constructor(message: string, status = BAD_USAGE) {
    super(message);
    this.status = status;
  }
}

/** Exit statuses of sed: a script that is none, and what it cannot go on after. */
export const BAD_USAGE = 1;
export const PANIC = 4;
