/** Output types of od(1): how many bytes a field is of, how wide it is, and its text. */
import { UsageError } from '../program/program.ts';
import { dumpedByte } from '../text/c-escapes.ts';

export interface OdType {
  readonly bytes: number;
  /** Columns of a field without the blank before it. */
  readonly width: number;
  readonly text: (view: DataView, at: number) => string;
  /** The line's characters beside it (`z`). */
  readonly showsText: boolean;
}

const NAMES =
  'nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp'.split(
    ' ',
  );
const DELETE = 127;
const WIDTHS = {
  d: { 1: 4, 2: 6, 4: 11, 8: 20 },
  o: { 1: 3, 2: 6, 4: 11, 8: 22 },
  u: { 1: 3, 2: 5, 4: 10, 8: 20 },
  x: { 1: 2, 2: 4, 4: 8, 8: 16 },
} as const;
const RADIX = { d: 10, o: 8, u: 10, x: 16 } as const;
const SIZE_LETTERS: Readonly<Record<string, number>> = { C: 1, S: 2, I: 4, L: 8, F: 4, D: 8 };
const DEFAULT_BYTES = 4;

const isSize = (bytes: number): bytes is 1 | 2 | 4 | 8 => [1, 2, 4, 8].includes(bytes);

export function parseOdTypes(text: string): OdType[] {
  const types: OdType[] = [];
  const pattern = /([acdouxf])(?:(\d+)|([CSILFD]))?(z?)/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw new UsageError(`invalid character '${text[at]}' in type string '${text}'`);
    const [, kind = '', digits, letter, z] = match;
    const fallback = kind === 'f' ? 8 : kind === 'a' || kind === 'c' ? 1 : DEFAULT_BYTES;
    const bytes =
      digits !== undefined ? Number(digits) : letter !== undefined ? (SIZE_LETTERS[letter] ?? 0) : fallback;
    types.push({ ...typeOf(kind, bytes, text), showsText: z === 'z' });
  }
  return types;
}

function typeOf(kind: string, bytes: number, text: string): Omit<OdType, 'showsText'> {
  if (kind === 'a') return { bytes: 1, width: 3, text: (view, at) => named(view.getUint8(at) & 127) };
  if (kind === 'c') return { bytes: 1, width: 3, text: (view, at) => dumpedByte(view.getUint8(at)) };
  if (kind === 'f' && (bytes === 4 || bytes === 8)) return float(bytes);
  if (!isSize(bytes) || kind === 'f')
    throw new UsageError(
      `invalid type string '${text}';\nthis system doesn't provide a ${bytes}-byte ${kind === 'f' ? 'floating point' : 'integral'} type`,
    );
  const radix = RADIX[kind as keyof typeof RADIX];
  const width = WIDTHS[kind as keyof typeof WIDTHS][bytes];
  const fill = kind === 'd' || kind === 'u' ? ' ' : '0';
  return {
    bytes,
    width,
    text: (view, at) =>
      integer(view, at, bytes, kind === 'd')
        .toString(radix)
        .padStart(width, fill),
  };
}

function integer(view: DataView, at: number, bytes: 1 | 2 | 4 | 8, signed: boolean): number | bigint {
  if (bytes === 8) return signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
  if (bytes === 4) return signed ? view.getInt32(at, true) : view.getUint32(at, true);
  if (bytes === 2) return signed ? view.getInt16(at, true) : view.getUint16(at, true);
  return signed ? view.getInt8(at) : view.getUint8(at);
}

const named = (byte: number): string => NAMES[byte] ?? (byte === DELETE ? 'del' : String.fromCharCode(byte));

/** The shortest decimal that reads back as the same number. */
function float(bytes: 4 | 8): Omit<OdType, 'showsText'> {
  const same = (value: number, shown: number): boolean =>
    bytes === 4 ? Math.fround(shown) === value : shown === value;
  const text = (view: DataView, at: number): string => {
    const value = bytes === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
    if (!Number.isFinite(value))
      return Number.isNaN(value)
        ? view.getUint8(at + bytes - 1) & 128
          ? '-nan'
          : 'nan'
        : value < 0
          ? '-inf'
          : 'inf';
    for (let digits = 1; digits <= 17; digits++) {
      const shown = value.toPrecision(digits);
      if (same(value, Number(shown))) return generalForm(value, digits);
    }
    return String(value);
  };
  return { bytes, width: bytes === 4 ? 15 : 24, text };
}

/** `%.*g` of C. */
function generalForm(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  if (exponent >= -4 && exponent < digits) {
    const fixed = value.toFixed(Math.max(0, digits - 1 - exponent));
    return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
  }
  const [mantissa = '', power = ''] = value.toExponential(digits - 1).split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${short}e${power.replace(/^([+-])(\d)$/, '$10$2')}`;
}
