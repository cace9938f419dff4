import { lowerCase } from './captured.ts';

/** Node's `enum encoding`: these numbers cross the binding (node.h). */
export const Encoding = {
  ascii: 0,
  utf8: 1,
  base64: 2,
  utf16le: 3,
  latin1: 4,
  hex: 5,
  buffer: 6,
  base64url: 7,
} as const;
export type EncodingNumber = (typeof Encoding)[keyof typeof Encoding];

/** Longest string V8 can make on a 64-bit host, in UTF-16 units (buffer.constants.MAX_STRING_LENGTH). */
export const STRING_MAX_LENGTH = 536_870_888;

/** Index = encoding number, as string_decoder's `encodings` lists them. */
export const ENCODING_NAMES = [
  'ascii',
  'utf8',
  'base64',
  'utf16le',
  'latin1',
  'hex',
  'buffer',
  'base64url',
] as const;

const byName = new Map<string, EncodingNumber>([
  ['utf8', Encoding.utf8],
  ['utf-8', Encoding.utf8],
  ['ucs2', Encoding.utf16le],
  ['ucs-2', Encoding.utf16le],
  ['utf16le', Encoding.utf16le],
  ['utf-16le', Encoding.utf16le],
  ['latin1', Encoding.latin1],
  ['binary', Encoding.latin1],
  ['buffer', Encoding.buffer],
  ['base64', Encoding.base64],
  ['base64url', Encoding.base64url],
  ['ascii', Encoding.ascii],
  ['hex', Encoding.hex],
]);
const lookUp = Function.prototype.call.bind(byName.get) as unknown as (
  map: typeof byName,
  name: string,
) => EncodingNumber | undefined;

/** ParseEncoding of Node's C++: a name in any case, else `fallback`. */
export function parseEncoding(value: unknown, fallback: EncodingNumber): EncodingNumber {
  if (typeof value !== 'string') return fallback;
  return lookUp(byName, value) ?? lookUp(byName, lowerCase(value)) ?? fallback;
}
