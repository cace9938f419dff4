import type { ArgumentChecks } from '../../text/arguments.ts';
import { lengthOf, max, min, trunc } from '../../text/captured.ts';
import { encodeText } from '../../text/codec.ts';
import { Encoding, type EncodingNumber } from '../../text/encodings.ts';
import { searchByte, searchBytes } from '../../text/search.ts';

/** The three searches behind Buffer's indexOf, lastIndexOf and includes. */
export function createIndexOf(checks: ArgumentChecks) {
  return {
    indexOfString(
      view: unknown,
      needle: string,
      offset: number,
      encoding: EncodingNumber,
      forward: boolean,
      end: number,
    ): number {
      const haystack = checks.view(view);
      const length = encoding === Encoding.utf16le ? lengthOf(haystack) & ~1 : lengthOf(haystack);
      return find(haystack, length, encodeText(encoding, needle), offset, encoding, forward, end);
    },
    indexOfBuffer(
      view: unknown,
      value: unknown,
      offset: number,
      encoding: EncodingNumber,
      forward: boolean,
      end: number,
    ): number {
      const haystack = checks.view(view);
      const needle = checks.view(value);
      return find(haystack, lengthOf(haystack), needle, offset, encoding, forward, end);
    },
    indexOfNumber(view: unknown, byte: number, offset: number, forward: boolean, end: number): number {
      const haystack = checks.view(view);
      const length = lengthOf(haystack);
      const from = startOffset(length, toInteger(offset), 1, forward);
      if (from < 0 || length === 0) return -1;
      const searchEnd = min(max(toInteger(end), 0), length);
      if (forward && from >= searchEnd) return -1;
      return searchByte(haystack, searchEnd, byte & 255, from, forward);
    },
  };
}

function find(
  haystack: Uint8Array,
  length: number,
  needle: Uint8Array,
  offset: number,
  encoding: EncodingNumber,
  forward: boolean,
  end: number,
): number {
  const needleLength = lengthOf(needle);
  let searchEnd = min(max(toInteger(end), 0), length);
  const wide = encoding === Encoding.utf16le;
  if (wide) searchEnd -= searchEnd & 1;
  let from = startOffset(length, toInteger(offset), needleLength, forward);
  if (needleLength === 0) return min(from, searchEnd);
  if (length === 0 || from < 0) return -1;
  if (from >= searchEnd) {
    if (forward || searchEnd === 0) return -1;
    from = searchEnd - 1;
  }
  if ((forward && needleLength + from > searchEnd) || needleLength > searchEnd) return -1;
  if (!wide) return searchBytes(haystack, searchEnd, needle, from, forward, 1);
  if (searchEnd < 2 || needleLength < 2) return -1;
  return searchBytes(haystack, searchEnd, needle, from - (from & 1), forward, 2);
}

/** Where a search begins: negative offsets count from the end; -1 when nothing can match. */
function startOffset(length: number, offset: number, needleLength: number, forward: boolean): number {
  if (offset < 0) {
    if (offset + length >= 0) return length + offset;
    return forward || needleLength === 0 ? 0 : -1;
  }
  if (offset + needleLength <= length) return offset;
  if (needleLength === 0) return length;
  return forward ? -1 : length - 1;
}

/** A number as V8's Integer: truncated, NaN is 0. */
function toInteger(value: number): number {
  return value !== value ? 0 : trunc(value);
}
