import {
  copyWithin,
  fillBytes,
  lengthOf,
  min,
  range,
  setBytes,
  typedArrayName,
  viewByteOffset,
  viewBuffer,
} from './captured.ts';
import { encodeText, writeText } from './codec.ts';
import { Encoding, parseEncoding } from './encodings.ts';

/**
 * Fills `bytes[start…end)` with a repeated pattern: bytes, text in an encoding, or a number's low byte.
 * Returns -1 when the pattern is empty (nothing could be written), as Node's C++ does.
 */
export function fillRepeating(
  bytes: Uint8Array,
  start: number,
  end: number,
  pattern: unknown,
  encodingName: unknown,
): -1 | undefined {
  const length = end - start;
  let written: number;
  if (typeof pattern === 'string') {
    const encoding = parseEncoding(encodingName, Encoding.utf8);
    if (encoding === Encoding.utf8 || encoding === Encoding.utf16le) {
      written = putPrefix(bytes, start, length, encodeText(encoding, pattern));
    } else {
      written = writeText(encoding, bytes, start, length, pattern);
    }
  } else if (typedArrayName(pattern) === 'Uint8Array') {
    written = putPrefix(bytes, start, length, pattern as Uint8Array);
  } else {
    fillBytes(bytes, Number(pattern) & 255, start, end);
    return undefined;
  }
  if (written >= length) return undefined;
  if (written === 0) return -1;
  for (let done = written; done < length; done *= 2) {
    copyWithin(bytes, start + done, start, start + min(done, length - done));
  }
  return undefined;
}

/** Copies as much of `pattern` as fits, cut anywhere; returns the pattern's whole length. */
function putPrefix(bytes: Uint8Array, start: number, length: number, pattern: Uint8Array): number {
  const whole = lengthOf(pattern);
  setBytes(bytes, range(pattern, 0, min(whole, length)), start);
  return whole;
}

/** Reverses each group of `size` bytes in place. A length that is no multiple is the caller's to refuse. */
export function swapBytes(bytes: Uint8Array, size: 2 | 4 | 8): void {
  const length = lengthOf(bytes);
  const offset = viewByteOffset(bytes);
  if (size === 4 && offset % 4 === 0)
    return swapWords(new Uint32Array(viewBuffer(bytes), offset, length >> 2));
  if (size === 2 && offset % 2 === 0)
    return swapHalves(new Uint16Array(viewBuffer(bytes), offset, length >> 1));
  for (let at = 0; at + size <= length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = bytes[low] as number;
      bytes[low] = bytes[high] as number;
      bytes[high] = byte;
    }
  }
}

function swapHalves(units: Uint16Array): void {
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] as number;
    units[at] = (unit << 8) | (unit >> 8);
  }
}

function swapWords(words: Uint32Array): void {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as number;
    words[at] = (word << 24) | ((word & 0xff00) << 8) | ((word >> 8) & 0xff00) | (word >>> 24);
  }
}
