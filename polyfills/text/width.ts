import { uncurry } from './captured.ts';
import { WIDTH_RUNS } from './width-table.ts';

const CLASS_ZERO = 0;
const CLASS_ONE = 1;
const CLASS_TWO = 2;
const CLASS_AMBIGUOUS = 3;
const ZERO_WIDTH_JOINER = 0x200d;

const codePointAt = uncurry<string, [number], number>(String.prototype.codePointAt);
const test = uncurry<RegExp, [string], boolean>(RegExp.prototype.test);
const fromCodePoint = String.fromCodePoint;
const EMOJI = /[\p{Emoji_Presentation}\p{Emoji_Modifier}]/u;

interface Widths {
  /** First code point of each run. */
  starts: Uint32Array;
  classes: Uint8Array;
}
let widths: Widths | undefined;

function loadWidths(): Widths {
  const runs = [...WIDTH_RUNS.matchAll(/([0-9a-z]+)([A-E])/g)];
  const starts = new Uint32Array(runs.length);
  const classes = new Uint8Array(runs.length);
  let start = 0;
  runs.forEach(([, length = '', name = ''], index) => {
    starts[index] = start;
    classes[index] = name.charCodeAt(0) - 65;
    start += Number.parseInt(length, 36);
  });
  return { starts, classes };
}

function classOf(codePoint: number): number {
  widths ??= loadWidths();
  const { starts, classes } = widths;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= codePoint) low = middle;
    else high = middle - 1;
  }
  return classes[low] as number;
}

function columnsOf(codePoint: number, ambiguousWide: boolean): number {
  if (codePoint < 0x7f) return codePoint >= 0x20 ? 1 : 0;
  const kind = classOf(codePoint);
  if (kind === CLASS_ZERO || kind === CLASS_ONE || kind === CLASS_TWO) return kind;
  if (ambiguousWide) return 2;
  return kind === CLASS_AMBIGUOUS ? 1 : 0;
}

/**
 * Terminal columns of `text`. With `expandEmoji` false an emoji joined to the one before it takes no columns of
 * its own.
 */
export function stringWidth(text: string, ambiguousWide: boolean, expandEmoji: boolean): number {
  let width = 0;
  let previous = 0;
  for (let at = 0; at < text.length;) {
    const codePoint = codePointAt(text, at);
    at += codePoint > 0xffff ? 2 : 1;
    const joined = !expandEmoji && previous === ZERO_WIDTH_JOINER && test(EMOJI, fromCodePoint(codePoint));
    previous = codePoint;
    if (!joined) width += columnsOf(codePoint, ambiguousWide);
  }
  return width;
}
