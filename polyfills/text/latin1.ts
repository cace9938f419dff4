import { apply, charCodeAt, fromCharCode, min, plainRange, range, setBytes, uncurry } from './captured.ts';

/** Arguments of one fromCharCode call: well under the engine's limit, big enough to amortise the call. */
const CHUNK_UNITS = 4096;
const SMALL_DECODE_BYTES = 16;
const LARGE_DECODE_BYTES = 1024;
const LARGE_ENCODE_UNITS = 64;

const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const decode = uncurry<TextDecoder, [ArrayBufferView], string>(TextDecoder.prototype.decode);
const encoder = new TextEncoder();
const encodeInto = uncurry<TextEncoder, [string, Uint8Array], { read: number; written: number }>(
  TextEncoder.prototype.encodeInto,
);

export function latin1Decode(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length < SMALL_DECODE_BYTES) {
    let text = '';
    for (let at = start; at < end; at++) text += fromCharCode(bytes[at] as number);
    return text;
  }
  if (length >= LARGE_DECODE_BYTES) {
    if (isAscii(bytes, start, end)) return decode(utf8, plainRange(bytes, start, end));
    // The platform's 'latin1' is windows-1252; widened to UTF-16 each byte is its own code point.
    const units = new Uint16Array(length);
    setBytes(units as unknown as Uint8Array, range(bytes, start, end), 0);
    return decode(utf16, units);
  }
  return apply(fromCharCode, undefined, range(bytes, start, end));
}

/** Node's 'ascii': the high bit of each byte is dropped. */
export function asciiDecode(bytes: Uint8Array, start: number, end: number): string {
  if (isAscii(bytes, start, end)) return latin1Decode(bytes, start, end);
  const masked = new Uint8Array(end - start);
  for (let at = start; at < end; at++) masked[at - start] = (bytes[at] as number) & 0x7f;
  return latin1Decode(masked, 0, end - start);
}

export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 127) return false;
  return true;
}

/** Writes the low byte of each unit, at most `limit` bytes. */
export function latin1Write(bytes: Uint8Array, at: number, limit: number, text: string): number {
  const count = min(limit, text.length);
  if (count > LARGE_ENCODE_UNITS && text.length === count) {
    // ASCII text is the common case and its UTF-8 is itself: the platform copies it many bytes at a time.
    const { read, written } = encodeInto(encoder, text, range(bytes, at, at + count));
    if (read === count && written === count) return count;
  }
  for (let done = 0; done < count; done++) bytes[at + done] = charCodeAt(text, done);
  return count;
}

/** UTF-16 code units as they are, lone surrogates kept. `end - start` may be odd: the last byte is ignored. */
export function utf16Decode(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start - ((end - start) & 1);
  if (length >= LARGE_DECODE_BYTES) {
    const text = decode(utf16, plainRange(bytes, start, start + length));
    // The platform's decoder replaces lone surrogates; without a replacement character it changed nothing.
    if (!hasReplacement(text)) return text;
  }
  let text = '';
  if (length < 64) {
    for (let at = start; at < start + length; at += 2) text += fromCharCode(unitAt(bytes, at));
    return text;
  }
  const units = new Uint16Array(length >> 1);
  for (let at = 0; at < units.length; at++) units[at] = unitAt(bytes, start + 2 * at);
  for (let at = 0; at < units.length; at += CHUNK_UNITS) {
    const chunk = new Uint16Array(units.buffer, 2 * at, min(CHUNK_UNITS, units.length - at));
    text += apply(fromCharCode, undefined, chunk);
  }
  return text;
}

function unitAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

const includes = uncurry<string, [string], boolean>(String.prototype.includes);
function hasReplacement(text: string): boolean {
  return includes(text, '\ufffd');
}

/** Writes whole units only, at most `limit` bytes. */
export function utf16Write(bytes: Uint8Array, at: number, limit: number, text: string): number {
  const count = min(limit >> 1, text.length);
  for (let done = 0; done < count; done++) {
    const unit = charCodeAt(text, done);
    bytes[at + 2 * done] = unit;
    bytes[at + 2 * done + 1] = unit >> 8;
  }
  return count * 2;
}
