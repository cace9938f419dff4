/** Functions over Keccak beside the hashes: cSHAKE and KMAC to the bit (SP 800-185), TurboSHAKE and KangarooTwelve (RFC 9861). */
import {
  cshake128,
  cshake256,
  kt128,
  kt256,
  turboshake128,
  turboshake256,
} from '@noble/hashes/sha3-addons.js';
import { type Bytes, concat, fromBigInt } from './encoding/bytes.ts';

export type Strength = 128 | 256;

/** Bytes that the sponge takes in at a time. */
const RATE_BYTES: Readonly<Record<Strength, number>> = { 128: 168, 256: 136 };

const bytesFor = (bits: number): number => Math.ceil(bits / 8);

function encodedLength(value: number): Bytes {
  let size = 1;
  while (value >= 256 ** size) size++;
  return fromBigInt(BigInt(value), size);
}
const leftEncode = (value: number): Bytes => {
  const bytes = encodedLength(value);
  return concat(Uint8Array.of(bytes.length), bytes);
};
const rightEncode = (value: number): Bytes => {
  const bytes = encodedLength(value);
  return concat(bytes, Uint8Array.of(bytes.length));
};

/** The bits that were asked for: what is left of the last byte is zero. */
function truncated(bytes: Bytes, bits: number): Bytes {
  if (bits % 8 !== 0) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) & (0xff << (8 - (bits % 8)));
  return bytes;
}

export function cshake(
  strength: Strength,
  data: Uint8Array,
  functionName: Uint8Array,
  customization: Uint8Array,
  bits: number,
): Bytes {
  if (bits === 0) return new Uint8Array(0);
  const options = { dkLen: bytesFor(bits), NISTfn: functionName, personalization: customization };
  return truncated((strength === 128 ? cshake128 : cshake256)(data, options) as Bytes, bits);
}

export interface KmacInput {
  readonly key: Uint8Array;
  readonly keyBits: number;
  readonly customization: Uint8Array;
  readonly bits: number;
}
const KMAC = Uint8Array.from('KMAC', (character) => character.charCodeAt(0));

export function kmac(strength: Strength, data: Uint8Array, input: KmacInput): Bytes {
  const rate = RATE_BYTES[strength];
  const key = input.key.subarray(0, bytesFor(input.keyBits));
  const head = concat(leftEncode(rate), leftEncode(input.keyBits), key);
  const fill = new Uint8Array((rate - (head.length % rate)) % rate);
  const message = concat(head, fill, data, rightEncode(input.bits));
  return cshake(strength, message, KMAC, input.customization, input.bits);
}

export function turboshake(strength: Strength, data: Uint8Array, domain: number, length: number): Bytes {
  return (strength === 128 ? turboshake128 : turboshake256)(data, { dkLen: length, D: domain }) as Bytes;
}

export function kangarooTwelve(
  strength: Strength,
  data: Uint8Array,
  customization: Uint8Array,
  length: number,
): Bytes {
  const options = { dkLen: length, personalization: customization };
  return (strength === 128 ? kt128 : kt256)(data, options) as Bytes;
}
