import type { NodeContext } from '../context.ts';
import { setBufferPrototype } from '../node-buffer.ts';
import { ArgumentChecks } from '../text/arguments.ts';
import { atob, btoa } from '../text/atob.ts';
import { bytesOf, isView, lengthOf, min, range, setBytes } from '../text/captured.ts';
import { decodeText, writeText } from '../text/codec.ts';
import { Encoding, type EncodingNumber, STRING_MAX_LENGTH } from '../text/encodings.ts';
import { fillRepeating, swapBytes } from '../text/fill.ts';
import { isAscii } from '../text/latin1.ts';
import { compareBytes } from '../text/search.ts';
import { isValidUtf8, utf8ByteLength } from '../text/utf8.ts';
import { createIndexOf } from './buffer/index-of.ts';

/** `internalBinding('buffer')`: what lib/buffer.js stands on (src/node_buffer.cc). */
export function createBuffer(context: NodeContext): object {
  const checks = new ArgumentChecks(context.errors);
  return {
    ...context.facts.bindings['buffer']?.constants(),
    kMaxLength: Number.MAX_SAFE_INTEGER,
    kStringMaxLength: STRING_MAX_LENGTH,
    setBufferPrototype,
    atob,
    btoa,
    byteLengthUtf8: utf8ByteLength,
    ...createCopying(checks),
    ...createComparing(checks),
    ...createIndexOf(checks),
    ...createSlices(checks),
    ...createWrites(checks),
    swap16: (view: ArrayBufferView) => swapBytes(bytesOf(view), 2),
    swap32: (view: ArrayBufferView) => swapBytes(bytesOf(view), 4),
    swap64: (view: ArrayBufferView) => swapBytes(bytesOf(view), 8),
    isUtf8: (value: ArrayBufferView | ArrayBufferLike) => isValidUtf8(contents(value)),
    isAscii(value: ArrayBufferView | ArrayBufferLike): boolean {
      const bytes = contents(value);
      return isAscii(bytes, 0, lengthOf(bytes));
    },
    setDetachKey: pinBuffer,
  };
}

/**
 * The engine's detach keys cannot be reached from JavaScript: what a keyed buffer refuses, its own methods refuse.
 * (Transfer lists are checked against the mark that the library sets beside the key.)
 */
function pinBuffer(buffer: ArrayBuffer): void {
  const refuse = (): never => {
    throw new TypeError('Cannot perform ArrayBuffer.prototype.transfer on an undetachable ArrayBuffer');
  };
  for (const name of ['transfer', 'transferToFixedLength']) {
    Object.defineProperty(buffer, name, {
      value: refuse,
      configurable: true,
      writable: true,
      enumerable: false,
    });
  }
}

const nothing = new Uint8Array(0);

/** As bytesOf; a detached buffer counts as empty. */
function contents(value: ArrayBufferView | ArrayBufferLike): Uint8Array {
  try {
    return bytesOf(value);
  } catch {
    return nothing;
  }
}

function createCopying(checks: ArgumentChecks) {
  return {
    copy(
      source: ArrayBufferView,
      target: ArrayBufferView,
      targetStart: number,
      sourceStart: number,
      count: number,
    ): number {
      const from = bytesOf(source);
      setBytes(bytesOf(target), range(from, sourceStart, sourceStart + count), targetStart);
      return count;
    },
    copyArrayBuffer(
      target: ArrayBufferLike,
      targetOffset: number,
      source: ArrayBufferLike,
      sourceOffset: number,
      count: number,
    ): void {
      setBytes(new Uint8Array(target, targetOffset, count), new Uint8Array(source, sourceOffset, count), 0);
    },
    createUnsafeArrayBuffer(size: number): ArrayBuffer {
      try {
        return new ArrayBuffer(size);
      } catch {
        throw checks.error(Error, 'ERR_MEMORY_ALLOCATION_FAILED', 'Failed to allocate memory');
      }
    },
    fill(
      target: unknown,
      value: unknown,
      start: unknown,
      end: unknown,
      encoding: unknown,
    ): number | undefined {
      const bytes = checks.view(target);
      const from = checks.index(start, 0);
      const to = checks.index(end, 0);
      if (from > to || to > lengthOf(bytes)) return -2;
      const pattern = isView(value) ? bytesOf(value) : value;
      return fillRepeating(bytes, from, to, pattern, encoding);
    },
  };
}

function createComparing(checks: ArgumentChecks) {
  const sign = (difference: number, lengths: number): number =>
    difference === 0 ? Math.sign(lengths) : difference < 0 ? -1 : 1;
  return {
    compare(first: unknown, second: unknown): number {
      const a = checks.view(first);
      const b = checks.view(second);
      const count = min(lengthOf(a), lengthOf(b));
      return sign(compareBytes(a, 0, b, 0, count), lengthOf(a) - lengthOf(b));
    },
    compareOffset(
      source: unknown,
      target: unknown,
      targetAt: unknown,
      sourceAt: unknown,
      targetTo: unknown,
      sourceTo: unknown,
    ): number {
      const a = checks.view(source);
      const b = checks.view(target);
      const targetStart = checks.index(targetAt, 0);
      const sourceStart = checks.index(sourceAt, 0);
      const targetEnd = checks.index(targetTo, lengthOf(b));
      const sourceEnd = checks.index(sourceTo, lengthOf(a));
      if (sourceStart > lengthOf(a)) throw checks.range('The value of "sourceStart" is out of range.');
      if (targetStart > lengthOf(b)) throw checks.range('The value of "targetStart" is out of range.');
      const sourceLength = sourceEnd - sourceStart;
      const targetLength = targetEnd - targetStart;
      const count = min(min(sourceLength, targetLength), lengthOf(a) - sourceStart);
      return sign(compareBytes(a, sourceStart, b, targetStart, count), sourceLength - targetLength);
    },
  };
}

/** Most bytes whose text cannot be longer than a string may be. */
const TEXT_UNITS_PER_BYTE: Readonly<Record<EncodingNumber, number>> = {
  [Encoding.ascii]: 1,
  [Encoding.utf8]: 1,
  [Encoding.base64]: 4 / 3,
  [Encoding.utf16le]: 0.5,
  [Encoding.latin1]: 1,
  [Encoding.hex]: 2,
  [Encoding.buffer]: 1,
  [Encoding.base64url]: 4 / 3,
};

function createSlices(checks: ArgumentChecks) {
  const slice = (encoding: EncodingNumber) => {
    const bytesMax = STRING_MAX_LENGTH / TEXT_UNITS_PER_BYTE[encoding];
    return (view: unknown, startAt: unknown, endAt: unknown): string => {
      const bytes = checks.view(view);
      const length = lengthOf(bytes);
      if (length === 0) return '';
      const start = checks.index(startAt, 0);
      const end = checks.index(endAt, length);
      if (end <= start) return '';
      if (end > length) throw checks.range('Index out of range');
      if (end - start > bytesMax) throw stringTooLong(checks);
      return decodeText(encoding, bytes, start, end);
    };
  };
  return {
    asciiSlice: slice(Encoding.ascii),
    base64Slice: slice(Encoding.base64),
    base64urlSlice: slice(Encoding.base64url),
    latin1Slice: slice(Encoding.latin1),
    hexSlice: slice(Encoding.hex),
    ucs2Slice: slice(Encoding.utf16le),
    utf8Slice: slice(Encoding.utf8),
  };
}

function stringTooLong(checks: ArgumentChecks): Error {
  const limit = STRING_MAX_LENGTH.toString(16);
  return checks.error(
    Error,
    'ERR_STRING_TOO_LONG',
    `Cannot create a string longer than 0x${limit} characters`,
  );
}

function createWrites(checks: ArgumentChecks) {
  const write =
    (encoding: EncodingNumber) =>
    (view: unknown, value: unknown, offsetAt: unknown, lengthLimit: unknown): number => {
      const bytes = checks.view(view);
      const text = checks.string(value);
      const offset = checks.index(offsetAt, 0);
      const length = lengthOf(bytes);
      if (offset > length) {
        const message = '"offset" is outside of buffer bounds';
        throw checks.error(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', message);
      }
      const limit = min(length - offset, checks.index(lengthLimit, length - offset));
      return limit === 0 ? 0 : writeText(encoding, bytes, offset, limit, text);
    };
  return {
    base64Write: write(Encoding.base64),
    base64urlWrite: write(Encoding.base64url),
    hexWrite: write(Encoding.hex),
    ucs2Write: write(Encoding.utf16le),
    asciiWriteStatic: write(Encoding.ascii),
    latin1WriteStatic: write(Encoding.latin1),
    utf8WriteStatic: write(Encoding.utf8),
  };
}
