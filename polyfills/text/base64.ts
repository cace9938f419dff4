import { charCodeAt, fromCharCode, plainRange, range, stringIncludes, uncurry } from './captured.ts';

/** Below this many characters the loop beats the platform's decoder and its options object. */
const SMALL_TEXT = 48;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_ALPHABET = ALPHABET.slice(0, 62) + '-_';

/** Value by code; both alphabets decode alike. */
const VALUES = new Int8Array(256).fill(-1);
for (let value = 0; value < 64; value++) {
  VALUES[ALPHABET.charCodeAt(value)] = value;
  VALUES[URL_ALPHABET.charCodeAt(value)] = value;
}
const EQUALS = 61;

type Alphabet = 'base64' | 'base64url';
interface Base64Methods {
  toBase64?: (options?: { alphabet?: Alphabet; omitPadding?: boolean }) => string;
  setFromBase64?: (text: string, options?: { alphabet?: Alphabet }) => { read: number; written: number };
}
const methods = Uint8Array.prototype as Base64Methods;
const toBase64 =
  methods.toBase64 === undefined
    ? undefined
    : uncurry<Uint8Array<ArrayBuffer>, [object?], string>(methods.toBase64);
const setFromBase64 =
  methods.setFromBase64 === undefined
    ? undefined
    : uncurry<Uint8Array, [string, object], { read: number; written: number }>(methods.setFromBase64);

const OPTIONS = { alphabet: 'base64', __proto__: null };
const URL_OPTIONS = { alphabet: 'base64url', omitPadding: true, __proto__: null };

export function base64Decode(bytes: Uint8Array, start: number, end: number): string {
  if (toBase64 !== undefined) return toBase64(plainRange(bytes, start, end));
  return encodeWith(ALPHABET, '=', bytes, start, end);
}

export function base64urlDecode(bytes: Uint8Array, start: number, end: number): string {
  if (toBase64 !== undefined) return toBase64(plainRange(bytes, start, end), URL_OPTIONS);
  return encodeWith(URL_ALPHABET, '', bytes, start, end);
}

/** Where the platform has no toBase64. */
function encodeWith(alphabet: string, pad: string, bytes: Uint8Array, start: number, end: number): string {
  const digit = (value: number): string => fromCharCode(charCodeAt(alphabet, value & 63));
  let text = '';
  let at = start;
  for (; at + 2 < end; at += 3) {
    const group =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    text += digit(group >> 18) + digit(group >> 12) + digit(group >> 6) + digit(group);
  }
  if (end - at === 1) {
    const byte = bytes[at] as number;
    text += digit(byte >> 2) + digit(byte << 4) + pad + pad;
  } else if (end - at === 2) {
    const pair = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    text += digit(pair >> 10) + digit(pair >> 4) + digit(pair << 2) + pad;
  }
  return text;
}

/** Most bytes that `length` characters can give. */
export function base64MaxBytes(length: number): number {
  return Math.ceil(length / 4) * 3;
}

/**
 * Decodes either alphabet into `bytes`, at most `limit` bytes: what is no digit is skipped, `=` ends it. The lenient
 * rule gives the same bytes as the strict one wherever the strict one accepts, so the platform may do the valid ones.
 */
export function base64Write(bytes: Uint8Array, at: number, limit: number, text: string): number {
  if (setFromBase64 !== undefined && text.length > SMALL_TEXT && limit >= base64MaxBytes(text.length)) {
    const url = stringIncludes(text, '-') || stringIncludes(text, '_');
    try {
      return setFromBase64(range(bytes, at, at + limit), text, url ? URL_OPTIONS : OPTIONS).written;
    } catch {
      // not valid: the lenient loop below
    }
  }
  return decodeLeniently(bytes, at, limit, text);
}

function decodeLeniently(bytes: Uint8Array, at: number, limit: number, text: string): number {
  const length = text.length;
  let written = 0;
  let bits = 0;
  let pending = 0;
  for (let index = 0; index < length && written < limit; index++) {
    const code = charCodeAt(text, index) & 0xff;
    const value = VALUES[code] as number;
    if (value < 0) {
      if (code === EQUALS) break;
      continue;
    }
    pending = ((pending << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at + written++] = pending >> bits;
    }
  }
  return written;
}
