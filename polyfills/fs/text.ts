/** Bytes to text and back, for the names and the contents that cross the file and stream bindings. */
import type { Path } from '../system.ts';
import { toBuffer } from '../node-buffer.ts';
import { lengthOf } from '../text/captured.ts';
import { decodeText, encodeText, writeText } from '../text/codec.ts';
import { Encoding, parseEncoding as parse, type EncodingNumber } from '../text/encodings.ts';
import { utf8Decode, utf8Encode, utf8Write } from '../text/utf8.ts';

export { Encoding, type EncodingNumber };

/** Strings that surely fit are encoded into a buffer that is kept, not into a fresh one. */
const SCRATCH_BYTES = 64 * 1024;
const Bytes = Uint8Array;
const scratch = new Bytes(SCRATCH_BYTES);

/** ParseEncoding with UTF-8 for whatever is not an encoding's name. */
export function parseEncoding(value: unknown): EncodingNumber {
  return value === undefined || value === 'utf8' ? Encoding.utf8 : parse(value, Encoding.utf8);
}

export function decodeUtf8(bytes: Uint8Array): string {
  return utf8Decode(bytes, 0, lengthOf(bytes));
}

/** Text to bytes that stay good only until the next call: for data consumed before anything else runs. */
export function encodeBriefly(text: string, encoding: EncodingNumber): Uint8Array<ArrayBuffer> {
  if (encoding === Encoding.latin1 && text.length <= SCRATCH_BYTES) {
    return new Bytes(scratch.buffer, 0, writeText(encoding, scratch, 0, text.length, text));
  }
  if (encoding !== Encoding.utf8 && encoding !== Encoding.buffer) return encodeText(encoding, text);
  if (text.length * 3 > SCRATCH_BYTES) return utf8Encode(text);
  return new Bytes(scratch.buffer, 0, utf8Write(scratch, 0, SCRATCH_BYTES, text));
}

/** Text to bytes of their own. */
export function encodeFresh(text: string, encoding: EncodingNumber): Uint8Array<ArrayBuffer> {
  return encodeText(encoding, text);
}

/** StringBytes::Encode: a string, or for 'buffer' a Buffer over the same memory. */
export function decodeAs(bytes: Uint8Array<ArrayBuffer>, encoding: EncodingNumber): unknown {
  if (encoding === Encoding.utf8) return decodeUtf8(bytes);
  return encoding === Encoding.buffer ? toBuffer(bytes) : decodeText(encoding, bytes);
}

/** A path as text, for error messages. */
export function pathText(path: Path): string;
export function pathText(path: Path | undefined): string | undefined;
export function pathText(path: Path | undefined): string | undefined {
  return path === undefined || typeof path === 'string' ? path : decodeUtf8(path);
}

/** A path as its bytes. */
export function pathBytes(path: Path): Uint8Array {
  return typeof path === 'string' ? utf8Encode(path) : path;
}

/** A path that outlives the call: a Buffer may be changed by its owner while the request waits. */
export function pathForLater(path: Path): Path {
  return typeof path === 'string' ? path : new Bytes(path);
}
