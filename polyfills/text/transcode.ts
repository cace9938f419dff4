import { lengthOf, test, uncurry } from './captured.ts';
import { encodeText } from './codec.ts';
import { Encoding, type EncodingNumber } from './encodings.ts';
import { latin1Decode, utf16Decode } from './latin1.ts';
import { utf8Decode, utf8DecodeStrict } from './utf8.ts';

/** UErrorCode of ICU, as far as transcoding returns them. */
export const IcuError = { U_ILLEGAL_ARGUMENT_ERROR: 1, U_INVALID_CHAR_FOUND: 10 } as const;

const toWellFormed = uncurry<string, [], string>(String.prototype.toWellFormed);
const isWellFormed = uncurry<string, [], boolean>(String.prototype.isWellFormed);

const codePointAt = uncurry<string, [number], number>(String.prototype.codePointAt);
const { fromCodePoint } = String;

const REPLACEMENT = '\ufffd';
const QUESTION_MARK = 63;

/** Bytes of one encoding as bytes of another, or an IcuError. Only ascii, latin1, utf8 and utf16le are known. */
export function transcode(
  source: Uint8Array,
  from: EncodingNumber,
  to: EncodingNumber,
): Uint8Array<ArrayBuffer> | number {
  if (!isSupported(from) || !isSupported(to)) return IcuError.U_ILLEGAL_ARGUMENT_ERROR;
  const text = toText(source, from, to);
  if (text === undefined) return IcuError.U_INVALID_CHAR_FOUND;
  switch (to) {
    case Encoding.ascii:
      return substitute(text, 0x7f);
    case Encoding.latin1:
      return substitute(text, 0xff);
    default:
      return encodeText(to, text);
  }
}

function isSupported(encoding: EncodingNumber): boolean {
  return (
    encoding === Encoding.ascii ||
    encoding === Encoding.latin1 ||
    encoding === Encoding.utf16le ||
    encoding === Encoding.utf8
  );
}

/** undefined where Node refuses what is invalid; elsewhere it is replaced. */
function toText(source: Uint8Array, from: EncodingNumber, to: EncodingNumber): string | undefined {
  const length = lengthOf(source);
  switch (from) {
    case Encoding.utf8: {
      if (to !== Encoding.utf16le) return utf8Decode(source, 0, length);
      const text = utf8DecodeStrict(source, 0, length);
      return text === '' ? undefined : text;
    }
    case Encoding.utf16le: {
      const text = utf16Decode(source, 0, length);
      if (to === Encoding.utf8) return text !== '' && isWellFormed(text) ? text : undefined;
      const cut = to === Encoding.utf16le && length % 2 === 1 ? REPLACEMENT : '';
      return toWellFormed(text) + cut;
    }
    case Encoding.ascii:
      return to === Encoding.utf16le ? latin1Decode(source, 0, length) : strictAscii(source, length);
    default:
      return latin1Decode(source, 0, length);
  }
}

function strictAscii(source: Uint8Array, length: number): string {
  let text = '';
  for (let at = 0; at < length; at++) {
    const byte = source[at] as number;
    text += byte > 127 ? REPLACEMENT : String.fromCharCode(byte);
  }
  return text;
}

/** What ICU drops where it cannot be encoded: it would not show anyway. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;

/** One byte a character, `?` for each that is over `last`. */
function substitute(text: string, last: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let written = 0;
  for (let at = 0; at < text.length;) {
    const codePoint = codePointAt(text, at);
    at += codePoint > 0xffff ? 2 : 1;
    if (codePoint <= last) bytes[written++] = codePoint;
    else if (!test(IGNORABLE, fromCodePoint(codePoint))) bytes[written++] = QUESTION_MARK;
  }
  return new Uint8Array(bytes.buffer, 0, written);
}
