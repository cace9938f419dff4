/**
 * Text as programs see it. Input bytes are UTF-8 where they can be; a byte that is not part of valid UTF-8 becomes the
 * lone surrogate U+DC80…U+DCFF (Python's "surrogateescape"), and is written back as that byte. So every byte sequence
 * survives a round trip, `length` counts characters, and regular expressions work on characters.
 */
import { concat } from '../../src/base/bytes.ts';

const ESCAPE_BASE = 0xdc00;
const ESCAPE_FIRST = 0xdc80;
const ESCAPE_LAST = 0xdcff;
const CODES_PER_CALL = 4096;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeText(bytes: Uint8Array): string {
  if (isAscii(bytes)) return latin1(bytes);
  try {
    return strict.decode(copyIfShared(bytes));
  } catch {
    return decodeEscaping(bytes);
  }
}

export function encodeText(text: string): Uint8Array {
  return ESCAPED.test(text) ? encodeEscaping(text) : encoder.encode(text);
}

// A low surrogate of the escape range that does not follow a high surrogate.
const ESCAPED = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/;

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CODES_PER_CALL) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + CODES_PER_CALL) as unknown as number[]);
  }
  return text;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] ?? 0) > 127) return false;
  return true;
}

function copyIfShared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice();
}

/** Length of the valid UTF-8 sequence at `at`, 0 when there is none (overlong forms and surrogates are not valid). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const a = bytes[at] ?? 0;
  if (a < 0x80) return 1;
  const length = a >= 0xf0 && a <= 0xf4 ? 4 : a >= 0xe0 && a < 0xf0 ? 3 : a >= 0xc2 && a < 0xe0 ? 2 : 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const b = bytes[at + 1] ?? 0;
  if (
    (a === 0xe0 && b < 0xa0) ||
    (a === 0xed && b > 0x9f) ||
    (a === 0xf0 && b < 0x90) ||
    (a === 0xf4 && b > 0x8f)
  )
    return 0;
  return length;
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = '';
  let valid = 0;
  let at = 0;
  const take = (end: number): void => {
    if (end > valid) text += strict.decode(bytes.slice(valid, end));
  };
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      take(at);
      text += String.fromCharCode(ESCAPE_BASE + (bytes[at] ?? 0));
      valid = ++at;
    } else at += length;
  }
  take(at);
  return text;
}

function encodeEscaping(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff) {
      i++; // a pair, or a lone high surrogate that encodes as U+FFFD
    } else if (code >= ESCAPE_FIRST && code <= ESCAPE_LAST) {
      parts.push(encoder.encode(text.slice(from, i)));
      parts.push(Uint8Array.of(code - ESCAPE_BASE));
      from = i + 1;
    }
  }
  parts.push(encoder.encode(text.slice(from)));
  return concat(parts);
}
