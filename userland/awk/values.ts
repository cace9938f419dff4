/**
 * awk's values: numbers, strings, and what came from input and looks like a number (a "strnum"), which compares as one.
 * A value never set is both the empty string and zero.
 */
export class InputText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Value = number | string | InputText | undefined;

const NUMERIC = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/;
const WHOLLY_NUMERIC = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;
const LARGEST_PLAIN = 1e16;

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  const match = NUMERIC.exec(typeof value === 'string' ? value : value.text);
  return match ? Number(match[0]) : 0;
}

/** Integers are printed as they are, others by a printf format (CONVFMT or OFMT). */
export function toText(value: Value, convert: (value: number) => string): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (typeof value !== 'number') return value.text;
  if (Number.isInteger(value) && Math.abs(value) < LARGEST_PLAIN) return String(value === 0 ? 0 : value);
  return Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? convert(value) : value < 0 ? '-inf' : 'inf';
}

export function looksNumeric(value: Value): boolean {
  return (
    value === undefined ||
    typeof value === 'number' ||
    (typeof value === 'object' && WHOLLY_NUMERIC.test(value.text))
  );
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0;
  if (value === undefined) return false;
  if (typeof value === 'string') return value !== '';
  return WHOLLY_NUMERIC.test(value.text) ? Number(value.text) !== 0 : value.text !== '';
}

export function compareValues(a: Value, b: Value, convert: (value: number) => string): number {
  if (looksNumeric(a) && looksNumeric(b)) {
    const [x, y] = [toNumber(a), toNumber(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const [x, y] = [toText(a, convert), toText(b, convert)];
  return x < y ? -1 : x > y ? 1 : 0;
}
