import { UsageError } from '../program/program.ts';
import { compareVersions } from './version-compare.ts';

/** How keys compare: of one key, or of all that have no letters of their own. */
export interface Ordering {
  blanks: boolean;
  dictionary: boolean;
  fold: boolean;
  printable: boolean;
  kind: 'text' | 'numeric' | 'general' | 'human' | 'month' | 'version' | 'random';
  reverse: boolean;
}

export interface KeySpec {
  from: { field: number; character: number };
  to: { field: number; character: number } | undefined;
  ordering: Ordering;
  /** `b` of the end, which is of its own. */
  endBlanks: boolean;
  /** Has letters: the global ordering does not apply. */
  own: boolean;
}

export const NO_ORDERING: Readonly<Ordering> = {
  blanks: false,
  dictionary: false,
  fold: false,
  printable: false,
  kind: 'text',
  reverse: false,
};

const KINDS: Readonly<Record<string, Ordering['kind']>> = {
  n: 'numeric',
  g: 'general',
  h: 'human',
  M: 'month',
  V: 'version',
  R: 'random',
};

/** Sets what an ordering letter asks for; false when it is none. */
export function applyLetter(ordering: Ordering, letter: string): boolean {
  const kind = KINDS[letter];
  if (kind !== undefined) ordering.kind = kind;
  else if (letter === 'b') ordering.blanks = true;
  else if (letter === 'd') ordering.dictionary = true;
  else if (letter === 'f') ordering.fold = true;
  else if (letter === 'i') ordering.printable = true;
  else if (letter === 'r') ordering.reverse = true;
  else return false;
  return true;
}

/** `-k F[.C][LETTERS][,F[.C][LETTERS]]` */
export function parseKey(text: string): KeySpec {
  const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.(\d+))?([a-zA-Z]*))?$/.exec(text);
  if (!match) throw new UsageError(`invalid number at field start: invalid count at start of '${text}'`);
  const [, field = '', character, letters = '', endField, endCharacter, endLetters = ''] = match;
  if (Number(field) === 0)
    throw new UsageError(`field number is zero: invalid field specification '${text}'`);
  if (character === '0')
    throw new UsageError(`character offset is zero: invalid field specification '${text}'`);
  const ordering = { ...NO_ORDERING };
  for (const letter of letters + endLetters.replace(/b/g, '')) {
    if (!applyLetter(ordering, letter))
      throw new UsageError(`stray character in field spec: invalid field specification '${text}'`);
  }
  return {
    from: { field: Number(field), character: Number(character ?? 1) },
    to:
      endField === undefined ? undefined : { field: Number(endField), character: Number(endCharacter ?? 0) },
    ordering,
    endBlanks: endLetters.includes('b'),
    own: letters + endLetters !== '',
  };
}

const BLANK = /[ \t\n]/;

/** Where field `number` (from 1) starts and ends; without a separator a field begins with the blanks before it. */
function fieldBounds(line: string, number: number, separator: string | undefined): [number, number] {
  let start = 0;
  for (let field = 1; ; field++) {
    let end = start;
    if (separator !== undefined) {
      end = line.indexOf(separator, start);
      if (end < 0) end = line.length;
    } else {
      while (end < line.length && BLANK.test(line[end] ?? '')) end++;
      while (end < line.length && !BLANK.test(line[end] ?? '')) end++;
    }
    if (field === number) return [start, end];
    if (end >= line.length) return [line.length, line.length];
    start = separator === undefined ? end : end + 1;
  }
}

export function extractKey(line: string, key: KeySpec, separator: string | undefined): string {
  const skip = (at: number, on: boolean): number => {
    let to = at;
    if (on) while (to < line.length && BLANK.test(line[to] ?? '')) to++;
    return to;
  };
  const [fromStart] = fieldBounds(line, key.from.field, separator);
  const from = Math.min(line.length, skip(fromStart, key.ordering.blanks) + key.from.character - 1);
  if (key.to === undefined) return line.slice(from);
  const [toStart, toEnd] = fieldBounds(line, key.to.field, separator);
  const to =
    key.to.character === 0 ? toEnd : Math.min(line.length, skip(toStart, key.endBlanks) + key.to.character);
  return line.slice(from, Math.max(from, to));
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const SUFFIXES = 'KMGTPEZY';

/** The number at the start of a key by its sign and digits, exact at any length. */
interface Decimal {
  negative: boolean;
  whole: string;
  fraction: string;
}

function decimalOf(text: string): Decimal {
  const match = /^\s*(-?)(\d*)(?:\.(\d*))?/.exec(text);
  const whole = (match?.[2] ?? '').replace(/^0+/, '');
  const fraction = (match?.[3] ?? '').replace(/0+$/, '');
  return { negative: match?.[1] === '-' && (whole !== '' || fraction !== ''), whole, fraction };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.negative !== b.negative) return a.negative ? -1 : 1;
  const sign = a.negative ? -1 : 1;
  return (
    sign *
    (a.whole.length - b.whole.length || compareText(a.whole, b.whole) || compareText(a.fraction, b.fraction))
  );
}

function humanRank(text: string): number {
  const match = /^\s*-?\d*(?:\.\d*)?([kKMGTPEZY])?/.exec(text);
  const unit = match?.[1];
  return unit === undefined ? 0 : SUFFIXES.indexOf(unit.toUpperCase()) + 1;
}

function compareHuman(a: string, b: string): number {
  const [x, y] = [decimalOf(a), decimalOf(b)];
  const zero = (one: Decimal): boolean => one.whole === '' && one.fraction === '';
  const rank = (one: Decimal, text: string): number =>
    zero(one) ? 0 : (humanRank(text) + 1) * (one.negative ? -1 : 1);
  return rank(x, a) - rank(y, b) || compareDecimals(x, y);
}

/** Not a number before all numbers, NaN after those. */
function compareGeneral(a: string, b: string): number {
  const value = (text: string): [rank: number, value: number] => {
    const match = /^\s*([-+]?(?:inf(?:inity)?|nan|0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?))/i.exec(text);
    if (!match) return [0, 0];
    const word = (match[1] ?? '').toLowerCase();
    if (word.includes('nan')) return [1, 0];
    if (word.includes('inf')) return [2, word.startsWith('-') ? -Infinity : Infinity];
    return [2, Number(word)];
  };
  const [[rankA, x], [rankB, y]] = [value(a), value(b)];
  return rankA - rankB || (x < y ? -1 : x > y ? 1 : 0);
}

function compareMonths(a: string, b: string): number {
  const month = (text: string): number => MONTHS.indexOf(text.trimStart().slice(0, 3).toUpperCase());
  return month(a) - month(b);
}

/** A stable stand-in for the hash that `-R` sorts by: equal keys stay together. */
function scrambled(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

export function comparatorOf(ordering: Ordering, seed: number): (a: string, b: string) => number {
  const prepare = (text: string): string => {
    let key = ordering.blanks ? text.replace(/^[ \t\n]+/, '') : text;
    if (ordering.dictionary) key = key.replace(/[^A-Za-z0-9 \t\n]/g, '');
    else if (ordering.printable) key = key.replace(/[^ -~]/g, '');
    return ordering.fold ? key.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : key;
  };
  const plain = !ordering.blanks && !ordering.dictionary && !ordering.printable && !ordering.fold;
  const kinds: Record<Ordering['kind'], (a: string, b: string) => number> = {
    text: plain ? compareText : (a, b) => compareText(prepare(a), prepare(b)),
    numeric: (a, b) => compareDecimals(decimalOf(a), decimalOf(b)),
    general: compareGeneral,
    human: compareHuman,
    month: compareMonths,
    version: (a, b) => compareVersions(prepare(a), prepare(b)),
    random: (a, b) => scrambled(a, seed) - scrambled(b, seed),
  };
  const compare = kinds[ordering.kind];
  return ordering.reverse ? (a, b) => compare(b, a) : compare;
}
