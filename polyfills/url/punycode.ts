import { charCodeAt, stringSlice, uncurry } from '../text/captured.ts';

/** Parameters of RFC 3492 section 5. */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_CODE_POINT = 128;
const CODE_POINT_MAX = 0x10ffff;

const fromCodePoint = String.fromCodePoint;
const lastIndexOf = uncurry<string, [string], number>(String.prototype.lastIndexOf);
const splice = uncurry<number[], [number, number, number], number[]>(Array.prototype.splice);

/** Decodes one label without its `xn--`; undefined when it is not Punycode. */
export function punycodeDecode(label: string): string | undefined {
  const codePoints: number[] = [];
  const delimiter = lastIndexOf(label, '-');
  for (let at = 0; at < delimiter; at++) codePoints[at] = charCodeAt(label, at);
  let bias = INITIAL_BIAS;
  let codePoint = INITIAL_CODE_POINT;
  let index = 0;
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < label.length;) {
    const before = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      if (at >= label.length) return undefined;
      const digit = digitValue(charCodeAt(label, at++));
      if (digit < 0) return undefined;
      index += digit * weight;
      if (index > Number.MAX_SAFE_INTEGER) return undefined;
      const threshold = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const count = codePoints.length + 1;
    bias = adapt(index - before, count, before === 0);
    codePoint += Math.floor(index / count);
    if (codePoint > CODE_POINT_MAX || (codePoint >= 0xd800 && codePoint < 0xe000)) return undefined;
    index %= count;
    splice(codePoints, index++, 0, codePoint);
  }
  let text = '';
  for (let at = 0; at < codePoints.length; at++) text += fromCodePoint(codePoints[at] as number);
  return stringSlice(text, 0);
}

function digitValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 22;
  const lower = code | 32;
  return lower >= 97 && lower <= 122 ? lower - 97 : -1;
}

function adapt(delta: number, count: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
