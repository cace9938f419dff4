import { lengthOf, plainRange } from './captured.ts';
import { base64Decode, base64MaxBytes, base64urlDecode, base64Write } from './base64.ts';
import { Encoding, type EncodingNumber } from './encodings.ts';
import { hexDecode, hexWrite } from './hex.ts';
import { asciiDecode, latin1Decode, latin1Write, utf16Decode, utf16Write } from './latin1.ts';
import { utf8Decode, utf8Encode, utf8Write } from './utf8.ts';

/** Bytes to text in any of Node's encodings (StringBytes::Encode). 'buffer' counts as UTF-8. */
export function decodeText(
  encoding: EncodingNumber,
  bytes: Uint8Array,
  start = 0,
  end = lengthOf(bytes),
): string {
  switch (encoding) {
    case Encoding.ascii:
      return asciiDecode(bytes, start, end);
    case Encoding.base64:
      return base64Decode(bytes, start, end);
    case Encoding.utf16le:
      return utf16Decode(bytes, start, end);
    case Encoding.latin1:
      return latin1Decode(bytes, start, end);
    case Encoding.hex:
      return hexDecode(bytes, start, end);
    case Encoding.base64url:
      return base64urlDecode(bytes, start, end);
    default:
      return utf8Decode(bytes, start, end);
  }
}

/** Text into `bytes[at…at+limit)`; returns the bytes written (StringBytes::Write). */
export function writeText(
  encoding: EncodingNumber,
  bytes: Uint8Array,
  at: number,
  limit: number,
  text: string,
): number {
  switch (encoding) {
    case Encoding.ascii:
    case Encoding.latin1:
      return latin1Write(bytes, at, limit, text);
    case Encoding.base64:
    case Encoding.base64url:
      return base64Write(bytes, at, limit, text);
    case Encoding.utf16le:
      return utf16Write(bytes, at, limit, text);
    case Encoding.hex:
      return hexWrite(bytes, at, limit, text);
    default:
      return utf8Write(bytes, at, limit, text);
  }
}

/** Text to fresh bytes. */
export function encodeText(encoding: EncodingNumber, text: string): Uint8Array<ArrayBuffer> {
  const limit = storageSize(encoding, text);
  if (limit === undefined) return utf8Encode(text);
  const bytes = new Uint8Array(limit);
  return plainRange(bytes, 0, writeText(encoding, bytes, 0, limit, text));
}

/** Bytes enough for `text`; undefined when only encoding tells. */
function storageSize(encoding: EncodingNumber, text: string): number | undefined {
  switch (encoding) {
    case Encoding.ascii:
    case Encoding.latin1:
      return text.length;
    case Encoding.base64:
    case Encoding.base64url:
      return base64MaxBytes(text.length);
    case Encoding.utf16le:
      return text.length * 2;
    case Encoding.hex:
      return text.length >> 1;
    default:
      return undefined;
  }
}
