/**
 * Bytes to text and back, for the names and the contents that cross the file bindings. Short ASCII never reaches
 * TextDecoder: its fixed cost is several times that of the whole file operation.
 */
import type { NodeContext } from '../context.ts';
import type { Path } from '../system.ts';

/** Longest byte run decoded without TextDecoder: about where the two cost the same in Chromium. */
const SHORT_TEXT_BYTES = 48;

/** Strings up to this many bytes are encoded into a buffer that is kept, not into a fresh one. */
const SCRATCH_BYTES = 64 * 1024;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const decodeBytes = decoder.decode.bind(decoder);
const encodeString = encoder.encode.bind(encoder);
const encodeInto = encoder.encodeInto.bind(encoder);
const { apply } = Reflect;
const { fromCharCode } = String;
const charCodeAt = Function.prototype.call.bind(String.prototype.charCodeAt) as (s: string, i: number) => number;
const lower = Function.prototype.call.bind(String.prototype.toLowerCase) as (s: string) => string;
const Bytes = Uint8Array;

/** The encodings of Node's `enum encoding`, by their canonical names. */
export type Encoding =
  'utf8' | 'latin1' | 'ascii' | 'ucs2' | 'hex' | 'base64' | 'base64url' | 'buffer';

const ENCODINGS: Readonly<Record<string, Encoding>> = Object.freeze({
  __proto__: null,
  utf8: 'utf8',
  'utf-8': 'utf8',
  latin1: 'latin1',
  binary: 'latin1',
  ascii: 'ascii',
  ucs2: 'ucs2',
  'ucs-2': 'ucs2',
  utf16le: 'ucs2',
  'utf-16le': 'ucs2',
  hex: 'hex',
  base64: 'base64',
  base64url: 'base64url',
  buffer: 'buffer',
}) as never;

/** ParseEncoding: what is not an encoding's name means UTF-8. */
export function parseEncoding(value: unknown): Encoding {
  if (value === undefined || value === 'utf8' || typeof value !== 'string') return 'utf8';
  return ENCODINGS[value] ?? ENCODINGS[lower(value)] ?? 'utf8';
}

export function decodeUtf8(bytes: Uint8Array<ArrayBuffer>): string {
  const { length } = bytes;
  if (length > SHORT_TEXT_BYTES) return decodeBytes(bytes);
  for (let i = 0; i < length; i++) {
    if ((bytes[i] as number) >= 0x80) return decodeBytes(bytes);
  }
  return apply(fromCharCode, undefined, bytes) as string;
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encodeString(text);
}

const scratch = new Bytes(SCRATCH_BYTES);

/** UTF-8 of `text`, valid until the next call: for data that is consumed before anything else runs. */
export function encodeUtf8Briefly(text: string): Uint8Array<ArrayBuffer> {
  if (text.length * 3 > SCRATCH_BYTES) return encodeString(text);
  return new Bytes(scratch.buffer, 0, encodeInto(text, scratch).written);
}

/** Low byte of each code unit: how Node writes both latin1 and ascii. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = charCodeAt(text, i);
  return bytes;
}

export function encodeUcs2(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes(text.length * 2);
  for (let i = 0, at = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i);
    bytes[at++] = unit;
    bytes[at++] = unit >> 8;
  }
  return bytes;
}

/** A path as text, for error messages. */
export function pathText(path: Path | undefined): string | undefined {
  return path === undefined || typeof path === 'string' ? path : decodeUtf8(new Bytes(path));
}

/** A path as its bytes. */
export function pathBytes(path: Path): Uint8Array {
  return typeof path === 'string' ? encodeString(path) : path;
}

/** A path that outlives the call: a Buffer may be changed by its owner while the request waits. */
export function pathForLater(path: Path): Path {
  return typeof path === 'string' ? path : new Bytes(path);
}

interface BufferLibrary {
  Buffer: {
    from(text: string, encoding: string): Uint8Array<ArrayBuffer>;
    prototype: { toString(encoding: string): string };
  };
}
interface InternalBufferLibrary {
  FastBuffer: new (buffer: ArrayBuffer, offset: number, length: number) => Uint8Array<ArrayBuffer>;
}

/** The encodings that need Node's own Buffer, which is loaded at first need. */
export interface TextCodec {
  /** Bytes of `text`; valid until the next call of any encoder. */
  encode(text: string, encoding: Encoding): Uint8Array<ArrayBuffer>;
  /** StringBytes::Encode: a string, or a Buffer for 'buffer'. */
  decode(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding): unknown;
  /** A Buffer over the same memory. */
  toBuffer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

export function createTextCodec(context: NodeContext): TextCodec {
  let FastBuffer: InternalBufferLibrary['FastBuffer'] | undefined;
  let bufferFrom: BufferLibrary['Buffer']['from'] | undefined;
  let bufferToString: BufferLibrary['Buffer']['prototype']['toString'] | undefined;

  const loadBuffer = (): void => {
    const { Buffer } = context.realm.require('buffer') as BufferLibrary;
    bufferFrom = Buffer.from;
    bufferToString = Buffer.prototype.toString;
  };
  const toBuffer: TextCodec['toBuffer'] = (bytes) => {
    FastBuffer ??= (context.realm.require('internal/buffer') as InternalBufferLibrary).FastBuffer;
    return new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  return {
    toBuffer,
    encode(text, encoding) {
      if (encoding === 'utf8' || encoding === 'buffer') return encodeUtf8Briefly(text);
      if (encoding === 'latin1' || encoding === 'ascii') return encodeLatin1(text);
      if (encoding === 'ucs2') return encodeUcs2(text);
      if (bufferFrom === undefined) loadBuffer();
      return (bufferFrom as BufferLibrary['Buffer']['from'])(text, encoding);
    },
    decode(bytes, encoding) {
      if (encoding === 'utf8') return decodeUtf8(bytes);
      const buffer = toBuffer(bytes);
      if (encoding === 'buffer') return buffer;
      if (bufferToString === undefined) loadBuffer();
      return apply(bufferToString as () => string, buffer, [encoding]);
    },
  };
}
