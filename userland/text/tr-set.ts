import { UsageError } from '../program/program.ts';
import { encodeText } from './text.ts';

const inRange = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const code = (character: string): number => character.charCodeAt(0);

const UPPER = inRange(code('A'), code('Z'));
const LOWER = inRange(code('a'), code('z'));
const DIGIT = inRange(code('0'), code('9'));
const PRINTED = inRange(33, 126);
const ALNUM = [...DIGIT, ...UPPER, ...LOWER];

/** Character classes of the C locale, by name. */
export const CLASSES: Readonly<Record<string, readonly number[]>> = {
  alnum: ALNUM,
  alpha: [...UPPER, ...LOWER],
  blank: [9, 32],
  cntrl: [...inRange(0, 31), 127],
  digit: DIGIT,
  graph: PRINTED,
  lower: LOWER,
  print: [32, ...PRINTED],
  punct: PRINTED.filter((byte) => !ALNUM.includes(byte)),
  space: [...inRange(9, 13), 32],
  upper: UPPER,
  xdigit: [...DIGIT, ...inRange(code('A'), code('F')), ...inRange(code('a'), code('f'))],
};

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 92 };

interface Item {
  bytes: readonly number[];
  /** `[x*]`: repeats to fill the set. */
  fill: boolean;
}

/** The bytes of a set of tr(1); `length` is what a `[x*]` fills up to. */
export function expandSet(text: string, length: number | undefined): number[] {
  const source = String.fromCharCode(...encodeText(text));
  const items: Item[] = [];
  let at = 0;
  while (at < source.length) {
    const [item, used] = construct(source.slice(at)) ?? single(source.slice(at));
    items.push(item);
    at += used;
  }
  const fixed = items.reduce((sum, item) => sum + (item.fill ? 0 : item.bytes.length), 0);
  return items.flatMap(({ bytes, fill }) =>
    fill ? Array.from({ length: Math.max(0, (length ?? 0) - fixed) }, () => bytes[0] ?? 0) : [...bytes],
  );
}

/** `[:class:]`, `[=x=]`, `[x*n]`. */
function construct(source: string): [Item, number] | undefined {
  const named = /^\[:(\w+):\]/.exec(source);
  if (named) {
    const bytes = CLASSES[named[1] ?? ''];
    if (bytes === undefined) throw new UsageError(`invalid character class '${named[1]}'`);
    return [{ bytes, fill: false }, named[0].length];
  }
  const equivalent = /^\[=([\s\S])=\]/.exec(source);
  if (equivalent) return [{ bytes: [code(equivalent[1] ?? '')], fill: false }, equivalent[0].length];
  const repeat = /^\[([^\\]|\\(?:[0-7]{1,3}|[\s\S]))\*(\d*)\]/.exec(source);
  if (!repeat) return undefined;
  const [byte] = character(repeat[1] ?? '');
  const count = /^0/.test(repeat[2] ?? '') ? parseInt(repeat[2] ?? '0', 8) : Number(repeat[2] ?? 0);
  if (count === 0) return [{ bytes: [byte], fill: true }, repeat[0].length];
  return [{ bytes: Array.from({ length: count }, () => byte), fill: false }, repeat[0].length];
}

function single(source: string): [Item, number] {
  const [first, used] = character(source);
  if (source[used] !== '-' || used + 1 >= source.length) return [{ bytes: [first], fill: false }, used];
  const [last, more] = character(source.slice(used + 1));
  if (last < first) {
    throw new UsageError(
      `range-endpoints of '${source.slice(0, used + 1 + more)}' are in reverse collating sequence order`,
    );
  }
  return [{ bytes: inRange(first, last), fill: false }, used + 1 + more];
}

/** One byte, escapes understood, and how many characters it took. */
function character(source: string): [number, number] {
  if (source[0] !== '\\' || source.length < 2) return [code(source), 1];
  const octal = /^\\([0-7]{1,3})/.exec(source);
  if (octal) return [parseInt(octal[1] ?? '0', 8) & 255, octal[0].length];
  return [ESCAPES[source[1] ?? ''] ?? source.charCodeAt(1), 2];
}
