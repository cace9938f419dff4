import { charCodeAt, fromCharCode, lengthOf, plainRange, range, uncurry } from './captured.ts';

/** Below this many bytes a loop in JavaScript beats the call into the platform's decoder. */
const SMALL_DECODE_BYTES = 24;
const SMALL_ENCODE_UNITS = 48;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();
const decode = uncurry<TextDecoder, [Uint8Array<ArrayBuffer>], string>(TextDecoder.prototype.decode);
const encode = uncurry<TextEncoder, [string], Uint8Array<ArrayBuffer>>(TextEncoder.prototype.encode);
const encodeInto = uncurry<TextEncoder, [string, Uint8Array], { read: number; written: number }>(
  TextEncoder.prototype.encodeInto,
);

/** Invalid sequences become U+FFFD as the WHATWG decoder makes them; a byte order mark stays. */
export function utf8Decode(bytes: Uint8Array, start: number, end: number): string {
  if (end - start < SMALL_DECODE_BYTES) {
    let text = '';
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte > 127) break;
      text += fromCharCode(byte);
    }
    if (at === end) return text;
  }
  return decode(decoder, plainRange(bytes, start, end));
}

/** As utf8Decode; undefined when the bytes are not valid UTF-8. */
export function utf8DecodeStrict(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decode(strictDecoder, plainRange(bytes, start, end));
  } catch {
    return undefined;
  }
}

export function isValidUtf8(bytes: Uint8Array): boolean {
  const length = lengthOf(bytes);
  let ascii = 0;
  while (ascii < length && ascii < SMALL_DECODE_BYTES && (bytes[ascii] as number) < 128) ascii++;
  return ascii === length || utf8DecodeStrict(bytes, ascii, length) !== undefined;
}

/** Bytes of `text` in UTF-8, a lone surrogate counted as U+FFFD. */
export function utf8ByteLength(text: string): number {
  const units = text.length;
  let bytes = units;
  for (let at = 0; at < units; at++) {
    const unit = charCodeAt(text, at);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes++;
      continue;
    }
    bytes += 2;
    // a surrogate pair is 4 bytes over 2 units: one more than its units each need
    if ((unit & 0xfc00) === 0xd800 && at + 1 < units && (charCodeAt(text, at + 1) & 0xfc00) === 0xdc00) at++;
  }
  return bytes;
}

export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  return encode(encoder, text);
}

/** What the last utf8Write consumed, in UTF-16 units. */
export let unitsRead = 0;

/** Writes whole characters only, at most `limit` bytes. Returns the bytes written; `unitsRead` says what was consumed. */
export function utf8Write(bytes: Uint8Array, at: number, limit: number, text: string): number {
  const units = text.length;
  if (units <= SMALL_ENCODE_UNITS && units <= limit) {
    let done = 0;
    for (; done < units; done++) {
      const unit = charCodeAt(text, done);
      if (unit > 127) break;
      bytes[at + done] = unit;
    }
    if (done === units) {
      unitsRead = units;
      return units;
    }
  }
  const result = encodeInto(encoder, text, range(bytes, at, at + limit));
  unitsRead = result.read;
  return result.written;
}
