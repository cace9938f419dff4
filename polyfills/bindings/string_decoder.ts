import type { NodeContext } from '../context.ts';
import { ArgumentChecks } from '../text/arguments.ts';
import { bytesOf, isView, lengthOf, min, range, setBytes } from '../text/captured.ts';
import { decodeText } from '../text/codec.ts';
import { Encoding, ENCODING_NAMES, type EncodingNumber, STRING_MAX_LENGTH } from '../text/encodings.ts';

/** Layout of the state that lib/string_decoder.js allocates: up to 4 bytes of a cut character, then the counts. */
const MISSING = 4;
const BUFFERED = 5;
const ENCODING = 6;
const STATE_BYTES = 7;
const CHARACTER_BYTES_MAX = 4;

/** `internalBinding('string_decoder')` (src/string_decoder.cc). */
export function createStringDecoder(context: NodeContext): object {
  const checks = new ArgumentChecks(context.errors);
  return {
    kIncompleteCharactersStart: 0,
    kIncompleteCharactersEnd: CHARACTER_BYTES_MAX,
    kMissingBytes: MISSING,
    kBufferedBytes: BUFFERED,
    kEncodingField: ENCODING,
    kNumFields: STATE_BYTES,
    kSize: STATE_BYTES,
    encodings: [...ENCODING_NAMES],
    decode(state: Uint8Array, chunk: unknown): string {
      if (!isView(chunk)) {
        const expected = 'an instance of Buffer, TypedArray, or DataView';
        throw checks.type(`The "buf" argument must be ${expected}.`);
      }
      const bytes = bytesOf(chunk);
      if (lengthOf(bytes) > STRING_MAX_LENGTH) {
        const limit = STRING_MAX_LENGTH.toString(16);
        const message = `Cannot create a string longer than 0x${limit} characters`;
        throw checks.error(Error, 'ERR_STRING_TOO_LONG', message);
      }
      return decodeChunk(state, bytes);
    },
    flush: flushState,
  };
}

function decodeChunk(state: Uint8Array, bytes: Uint8Array): string {
  const encoding = state[ENCODING] as EncodingNumber;
  let end = lengthOf(bytes);
  if (encoding === Encoding.ascii || encoding === Encoding.latin1 || encoding === Encoding.hex) {
    return decodeText(encoding, bytes, 0, end);
  }
  let start = 0;
  let text = '';
  if ((state[MISSING] as number) > 0) {
    start = completeCharacter(state, encoding, bytes, end);
    if (state[MISSING] === 0) {
      text = decodeText(encoding, state, 0, state[BUFFERED] as number);
      state[BUFFERED] = 0;
    }
  }
  if (start === end) return text;
  holdCutCharacter(state, encoding, bytes, start, end);
  const held = state[BUFFERED] as number;
  if (held > 0) {
    end -= held;
    setBytes(state, range(bytes, end, end + held), 0);
  }
  return end > start ? text + decodeText(encoding, bytes, start, end) : text;
}

/** Moves the bytes that the held character misses from the chunk into the state; returns where the rest begins. */
function completeCharacter(
  state: Uint8Array,
  encoding: EncodingNumber,
  bytes: Uint8Array,
  end: number,
): number {
  const missing = state[MISSING] as number;
  const buffered = state[BUFFERED] as number;
  let found = min(end, missing);
  let broken = false;
  if (encoding === Encoding.utf8) {
    for (let at = 0; at < found; at++) {
      if (((bytes[at] as number) & 0xc0) === 0x80) continue;
      // Not a continuation: the held character ends here, and this byte begins another.
      found = at;
      broken = true;
      break;
    }
  }
  setBytes(state, range(bytes, 0, found), buffered);
  state[BUFFERED] = buffered + found;
  state[MISSING] = broken ? 0 : missing - found;
  return found;
}

/** Sets how many bytes at the end of the chunk belong to a character that the next chunk completes. */
function holdCutCharacter(
  state: Uint8Array,
  encoding: EncodingNumber,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const last = bytes[end - 1] as number;
  if (encoding === Encoding.utf16le) {
    const odd = (end - start) % 2 === 1;
    if (odd) hold(state, 1, 1);
    else if ((last & 0xfc) === 0xd8) hold(state, 2, 2);
  } else if (encoding === Encoding.utf8) {
    if (last & 0x80) holdUtf8(state, bytes, start, end);
  } else {
    const rest = (end - start) % 3;
    if (rest > 0) hold(state, rest, 3 - rest);
  }
}

function hold(state: Uint8Array, buffered: number, missing: number): void {
  state[BUFFERED] = buffered;
  state[MISSING] = missing;
}

function holdUtf8(state: Uint8Array, bytes: Uint8Array, start: number, end: number): void {
  for (let at = end - 1, count = 1; ; at--, count++) {
    const byte = bytes[at] as number;
    if ((byte & 0xc0) === 0x80) {
      // No lead byte in reach: invalid, left to the decoder.
      if (count >= CHARACTER_BYTES_MAX || at === start) return;
      continue;
    }
    const needed = (byte & 0xe0) === 0xc0 ? 2 : (byte & 0xf0) === 0xe0 ? 3 : (byte & 0xf8) === 0xf0 ? 4 : 0;
    if (count < needed) hold(state, count, needed - count);
    return;
  }
}

function flushState(state: Uint8Array): string {
  const encoding = state[ENCODING] as EncodingNumber;
  let buffered = state[BUFFERED] as number;
  // Half a UTF-16 unit is dropped.
  if (encoding === Encoding.utf16le && buffered % 2 === 1) buffered--;
  state[MISSING] = 0;
  state[BUFFERED] = 0;
  return buffered === 0 ? '' : decodeText(encoding, state, 0, buffered);
}
