import { charCodeAt, lengthOf, stringSlice, test, uncurry } from './captured.ts';
import { base64Decode, base64MaxBytes, base64Write } from './base64.ts';
import { latin1Decode, latin1Write } from './latin1.ts';

const replace = uncurry<string, [RegExp, string], string>(String.prototype.replace);

/** Error numbers that lib/buffer.js turns into InvalidCharacterError. */
const REMAINDER = -1;
const INVALID_CHARACTER = -2;

/** WHATWG forgiving-base64 decode to a binary string, or an error number. */
export function atob(input: string): string | number {
  let text = replace(input, /[\t\n\f\r ]/g, '');
  if (text.length % 4 === 0) text = replace(text, /={1,2}$/, '');
  if (test(/[^A-Za-z0-9+/]/, text)) return INVALID_CHARACTER;
  if (text.length % 4 === 1) return REMAINDER;
  const bytes = new Uint8Array(base64MaxBytes(text.length));
  return latin1Decode(bytes, 0, base64Write(bytes, 0, lengthOf(bytes), text));
}

/** Base64 of a binary string; -1 when a unit is over 255. */
export function btoa(input: string): string | number {
  for (let at = 0; at < input.length; at++) if (charCodeAt(input, at) > 255) return -1;
  const bytes = new Uint8Array(input.length);
  latin1Write(bytes, 0, input.length, stringSlice(input, 0));
  return base64Decode(bytes, 0, input.length);
}
