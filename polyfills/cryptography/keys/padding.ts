/** Paddings of RSA (RFC 8017): PKCS#1 v1.5, OAEP and PSS. */
import { digestByName, hash } from '../digest.ts';
import { type Bytes, bitLength, concat, equalBytes, fromHex, xorInto } from '../encoding/bytes.ts';
import { derNull, octetString, oid, sequence } from '../encoding/der.ts';
import { opensslError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import type { RsaKey } from './key.ts';
import { HASH_OIDS } from './oids.ts';
import { modulusBytes, rsaPrivate, rsaPublic } from './rsa.ts';

export const tooLarge = (): Error => opensslError('RSA', 0x6e, 'data too large for key size');

/** 00 01 FF … FF 00 data */
export function padType1(data: Uint8Array, length: number): Bytes {
  if (data.length > length - 11) throw tooLarge();
  const fill = new Uint8Array(length - data.length - 3).fill(0xff);
  return concat(Uint8Array.of(0, 1), fill, Uint8Array.of(0), data);
}

/** 00 02 random 00 data */
export function padType2(data: Uint8Array, length: number): Bytes {
  if (data.length > length - 11) throw tooLarge();
  const fill = randomBytes(length - data.length - 3).map((byte) => (byte === 0 ? 1 : byte));
  return concat(Uint8Array.of(0, 2), fill, Uint8Array.of(0), data);
}

/** The data behind a type 1 padding, undefined when there is none. */
export function unpadType1(block: Uint8Array): Bytes | undefined {
  if (block[0] !== 0 || block[1] !== 1) return undefined;
  let at = 2;
  while (block[at] === 0xff) at++;
  return at >= 10 && block[at] === 0 ? (block.slice(at + 1) as Bytes) : undefined;
}

export function unpadType2(block: Uint8Array): Bytes | undefined {
  const end = block.indexOf(0, 2);
  return block[0] === 0 && block[1] === 2 && end >= 10 ? (block.slice(end + 1) as Bytes) : undefined;
}

export function digestInfo(name: string, digest: Uint8Array): Bytes {
  return sequence(sequence(oid(HASH_OIDS[name] ?? ''), derNull()), octetString(digest));
}

export function mgf1(name: string, seed: Uint8Array, length: number): Bytes {
  const blocks: Bytes[] = [];
  const size = digestByName(name).outputLen;
  for (let i = 0; i * size < length; i++) {
    blocks.push(hash(name, seed, fromHex(i.toString(16).padStart(8, '0'))));
  }
  return concat(...blocks).slice(0, length);
}

export function oaepEncrypt(key: RsaKey, name: string, label: Uint8Array, data: Uint8Array): Bytes {
  const length = modulusBytes(key);
  const size = digestByName(name).outputLen;
  if (data.length > length - 2 * size - 2) throw tooLarge();
  const zeros = new Uint8Array(length - data.length - 2 * size - 2);
  const block = concat(hash(name, label), zeros, Uint8Array.of(1), data);
  const seed = randomBytes(size);
  xorInto(block, mgf1(name, seed, block.length));
  xorInto(seed, mgf1(name, block, size));
  return rsaPublic(key, concat(Uint8Array.of(0), seed, block));
}

export function oaepDecrypt(key: RsaKey, name: string, label: Uint8Array, data: Uint8Array): Bytes {
  const failure = (): Error => opensslError('RSA', 0x79, 'oaep decoding error');
  const length = modulusBytes(key);
  const size = digestByName(name).outputLen;
  if (data.length > length || length < 2 * size + 2) throw failure();
  const plain = rsaPrivate(key, data);
  const seed = plain.slice(1, 1 + size);
  const block = plain.slice(1 + size);
  xorInto(seed, mgf1(name, block, size));
  xorInto(block, mgf1(name, seed, block.length));
  const start = block.findIndex((byte, i) => i >= size && byte !== 0);
  const good = equalBytes(block.subarray(0, size), hash(name, label));
  if (plain[0] !== 0 || !good || block[start] !== 1) throw failure();
  return block.slice(start + 1);
}

export interface PssOptions {
  hash: string;
  mgf1Hash: string;
  /** A length, or what to find out from the signature. */
  saltLength: number | 'auto';
}

export function pssSign(
  key: RsaKey,
  digest: Uint8Array,
  { hash: name, mgf1Hash, saltLength }: PssOptions,
): Bytes {
  const bits = bitLength(key.n) - 1;
  const length = Math.ceil(bits / 8);
  const longest = length - digest.length - 2;
  const size = saltLength === 'auto' ? longest : saltLength;
  if (longest < 0 || size > longest) throw tooLarge();
  const salt = randomBytes(size);
  const check = hash(name, new Uint8Array(8), digest, salt);
  const block = concat(new Uint8Array(longest - size), Uint8Array.of(1), salt);
  xorInto(block, mgf1(mgf1Hash, check, block.length));
  block[0] = (block[0] ?? 0) & (0xff >> (8 * length - bits));
  return rsaPrivate(key, concat(block, check, Uint8Array.of(0xbc)));
}

export function pssVerify(
  key: RsaKey,
  digest: Uint8Array,
  signature: Uint8Array,
  { hash: name, mgf1Hash, saltLength }: PssOptions,
): boolean {
  if (signature.length !== modulusBytes(key)) return false;
  const bits = bitLength(key.n) - 1;
  const length = Math.ceil(bits / 8);
  let plain: Bytes;
  try {
    plain = rsaPublic(key, signature);
  } catch {
    return false;
  }
  const encoded = plain.subarray(plain.length - length);
  if (encoded.at(-1) !== 0xbc || length < digest.length + 2) return false;
  const check = encoded.subarray(length - digest.length - 1, length - 1);
  const block = encoded.slice(0, length - digest.length - 1) as Bytes;
  if ((block[0] ?? 0) >> (8 - (8 * length - bits)) !== 0 && 8 * length !== bits) return false;
  xorInto(block, mgf1(mgf1Hash, check, block.length));
  block[0] = (block[0] ?? 0) & (0xff >> (8 * length - bits));
  const mark = block.findIndex((byte) => byte !== 0);
  if (mark < 0 || block[mark] !== 1) return false;
  const salt = block.subarray(mark + 1);
  if (saltLength !== 'auto' && salt.length !== saltLength) return false;
  return equalBytes(hash(name, new Uint8Array(8), digest, salt), check);
}
