/** Arguments and results of the crypto binding as bytes. */
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf, plainRange } from '../text/captured.ts';
import { decodeText, encodeText } from '../text/codec.ts';
import { Encoding, parseEncoding } from '../text/encodings.ts';

export function inputBytes(data: unknown, encoding: unknown): Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') return encodeText(parseEncoding(encoding, Encoding.utf8), data);
  const bytes = bytesOf(data as ArrayBufferView);
  return plainRange(bytes, 0, lengthOf(bytes));
}

export function output(bytes: Uint8Array, encodingName: unknown): unknown {
  const encoding = parseEncoding(encodingName, Encoding.buffer);
  if (encoding === Encoding.buffer) return toBuffer(copyBytes(bytes, 0, bytes.length));
  return decodeText(encoding, bytes);
}

export function copyOf(bytes: Uint8Array): ArrayBuffer {
  return copyBytes(bytes, 0, bytes.length).buffer;
}
