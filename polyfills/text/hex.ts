import { charCodeAt, min, plainRange, range, uncurry } from './captured.ts';

const SMALL_BYTES = 32;

const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Value of a hexadecimal digit by its code, -1 for others. */
const DIGITS = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  DIGITS[digit.charCodeAt(0)] = value;
  DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

interface HexMethods {
  toHex?: () => string;
  setFromHex?: (text: string) => { read: number; written: number };
}
const methods = Uint8Array.prototype as HexMethods;
const toHex =
  methods.toHex === undefined ? undefined : uncurry<Uint8Array<ArrayBuffer>, [], string>(methods.toHex);
const setFromHex =
  methods.setFromHex === undefined
    ? undefined
    : uncurry<Uint8Array, [string], { read: number; written: number }>(methods.setFromHex);

export function hexDecode(bytes: Uint8Array, start: number, end: number): string {
  if (toHex !== undefined && end - start > SMALL_BYTES) return toHex(plainRange(bytes, start, end));
  let text = '';
  for (let at = start; at < end; at++) text += PAIRS[bytes[at] as number] as string;
  return text;
}

/** Writes until the first pair that is not hexadecimal, as Node does. Units above 255 count by their low byte. */
export function hexWrite(bytes: Uint8Array, at: number, limit: number, text: string): number {
  const count = min(limit, text.length >> 1);
  if (setFromHex !== undefined && count > SMALL_BYTES && count * 2 === text.length) {
    try {
      return setFromHex(range(bytes, at, at + count), text).written;
    } catch {
      // not all hexadecimal (or memory it refuses): the loop finds where it ends
    }
  }
  for (let done = 0; done < count; done++) {
    const high = DIGITS[charCodeAt(text, done * 2) & 0xff] as number;
    const low = DIGITS[charCodeAt(text, done * 2 + 1) & 0xff] as number;
    if ((high | low) < 0) return done;
    bytes[at + done] = (high << 4) | low;
  }
  return count;
}
