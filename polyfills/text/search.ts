import { fillBytes, indexOfByte, lastIndexOfByte, lengthOf, viewBuffer, viewByteOffset } from './captured.ts';

/** From this needle length on, skipping by the last byte (Horspool) beats testing each place of the first byte. */
const SKIP_NEEDLE_BYTES = 6;
const SKIP_HAYSTACK_BYTES = 512;

/** From this length on, comparing words is worth making the views. */
const WORD_COMPARE_BYTES = 64;

const skips = new Uint8Array(256);

/**
 * Where `needle` stands in `haystack[0…end)`, starting at `from` and going on by `step` (2 = whole UTF-16 units);
 * -1 when it does not. Forward finds the first place ≥ from, backward the last place ≤ from.
 */
export function searchBytes(
  haystack: Uint8Array,
  end: number,
  needle: Uint8Array,
  from: number,
  forward: boolean,
  step: 1 | 2,
): number {
  const length = lengthOf(needle) - (step === 2 ? lengthOf(needle) & 1 : 0);
  const last = end - length;
  if (!forward) {
    for (let at = from < last ? from : last; at >= 0; at -= step) {
      if (matches(haystack, at, needle, length)) return at;
    }
    return -1;
  }
  if (step === 2) {
    for (let at = from; at <= last; at += 2) if (matches(haystack, at, needle, length)) return at;
    return -1;
  }
  if (length >= SKIP_NEEDLE_BYTES && last - from > SKIP_HAYSTACK_BYTES) {
    return searchSkipping(haystack, last, needle, length, from);
  }
  const first = needle[0] as number;
  for (let at = from; at <= last; at++) {
    at = indexOfByte(haystack, first, at);
    if (at < 0 || at > last) return -1;
    if (matches(haystack, at, needle, length)) return at;
  }
  return -1;
}

/** Horspool: the byte under the needle's end says how far it may move. Moves over 255 are taken as 255. */
function searchSkipping(
  haystack: Uint8Array,
  last: number,
  needle: Uint8Array,
  length: number,
  from: number,
): number {
  fillBytes(skips, length < 255 ? length : 255, 0, 256);
  const start = length > 256 ? length - 256 : 0;
  for (let at = start; at < length - 1; at++) {
    const move = length - 1 - at;
    skips[needle[at] as number] = move < 255 ? move : 255;
  }
  const tail = length - 1;
  const final = needle[tail] as number;
  let at = from;
  while (at <= last) {
    const byte = haystack[at + tail] as number;
    if (byte === final && matches(haystack, at, needle, tail)) return at;
    at += skips[byte] as number;
  }
  return -1;
}

function matches(haystack: Uint8Array, at: number, needle: Uint8Array, length: number): boolean {
  for (let index = 0; index < length; index++) if (haystack[at + index] !== needle[index]) return false;
  return true;
}

/** As searchBytes for one byte. */
export function searchByte(
  haystack: Uint8Array,
  end: number,
  byte: number,
  from: number,
  forward: boolean,
): number {
  if (forward) {
    const at = indexOfByte(haystack, byte, from);
    return at >= end ? -1 : at;
  }
  return end === 0 ? -1 : lastIndexOfByte(haystack, byte, from < end ? from : end - 1);
}

/** memcmp over `count` bytes: negative, 0 or positive. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  count: number,
): number {
  let at = 0;
  if (count >= WORD_COMPARE_BYTES) {
    // Four bytes at a time up to the words that differ.
    const left = new DataView(viewBuffer(a), viewByteOffset(a) + aStart, count);
    const right = new DataView(viewBuffer(b), viewByteOffset(b) + bStart, count);
    while (at + 4 <= count && left.getInt32(at) === right.getInt32(at)) at += 4;
  }
  for (; at < count; at++) {
    const difference = (a[aStart + at] as number) - (b[bStart + at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
