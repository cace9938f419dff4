/** Signatures over a digest or a message, by the kind of the key. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { ed448 } from '@noble/curves/ed448.js';
import { type Bytes, bitLength, concat, equalBytes, fromBigInt, toBigInt } from '../encoding/bytes.ts';
import { DerReader, integer, sequence } from '../encoding/der.ts';
import { opensslError } from '../errors.ts';
import { randomBelow, randomBytes } from '../random.ts';
import { scalarBytes } from './ec.ts';
import type { DsaKey, EcKey, OkpKey, RsaKey } from './key.ts';
import { mod, modInverse, modPow } from './modular.ts';
import { digestInfo, padType1, unpadType1 } from './padding.ts';
import { modulusBytes, rsaPrivate, rsaPublic } from './rsa.ts';

/** The least that a padding of type 1 adds. */
const PKCS1_PADDING_BYTES = 11;

export function pkcs1Sign(key: RsaKey, hash: string, digest: Uint8Array): Bytes {
  const info = digestInfo(hash, digest);
  if (info.length > modulusBytes(key) - PKCS1_PADDING_BYTES) {
    throw opensslError('RSA', 0x70, 'digest too big for rsa key');
  }
  return rsaPrivate(key, padType1(info, modulusBytes(key)));
}

export function pkcs1Verify(key: RsaKey, hash: string, digest: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== modulusBytes(key)) return false;
  try {
    const data = unpadType1(rsaPublic(key, signature));
    return data !== undefined && equalBytes(data, digestInfo(hash, digest));
  } catch {
    return false;
  }
}

/** Two numbers of a (EC)DSA signature. */
export interface SignaturePair {
  readonly r: bigint;
  readonly s: bigint;
}

export function pairToDer({ r, s }: SignaturePair): Bytes {
  return sequence(integer(r), integer(s));
}
/** Of IEEE P1363: both numbers at the length of the order. */
export function pairToFixed({ r, s }: SignaturePair, size: number): Bytes {
  return concat(fromBigInt(r, size), fromBigInt(s, size));
}
export function pairFromDer(bytes: Uint8Array): SignaturePair | undefined {
  try {
    const outer = new DerReader(bytes);
    const fields = outer.sequence();
    outer.end();
    const pair = { r: fields.integer(), s: fields.integer() };
    fields.end();
    return pair;
  } catch {
    return undefined;
  }
}
export function pairFromFixed(bytes: Uint8Array, size: number): SignaturePair | undefined {
  if (bytes.length !== 2 * size) return undefined;
  return { r: toBigInt(bytes.subarray(0, size)), s: toBigInt(bytes.subarray(size)) };
}

export function ecdsaSign(key: EcKey, digest: Uint8Array): SignaturePair {
  if (key.private === undefined) throw opensslError('EC', 0x7d, 'missing private key');
  const { ecdsa } = key.curve;
  const signed = ecdsa.sign(digest, scalarBytes(key), {
    prehash: false,
    lowS: false,
    extraEntropy: randomBytes(key.curve.fieldBytes),
  });
  const size = key.curve.orderBytes;
  return { r: toBigInt(signed.subarray(0, size)), s: toBigInt(signed.subarray(size, 2 * size)) };
}

export function ecdsaVerify(key: EcKey, digest: Uint8Array, { r, s }: SignaturePair): boolean {
  const { n } = key.curve.parameters;
  if (r <= 0n || s <= 0n || r >= n || s >= n) return false;
  const { Point } = key.curve.ecdsa;
  const number = digestNumber(digest, n);
  const inverse = modInverse(s, n);
  const u1 = mod(number * inverse, n);
  const u2 = mod(r * inverse, n);
  const point = Point.fromBytes(key.point).multiplyUnsafe(u2).add(Point.BASE.multiplyUnsafe(u1));
  return !point.is0() && mod(point.toAffine().x, n) === r;
}

/** The leftmost bits of the digest. */
function digestNumber(digest: Uint8Array, order: bigint): bigint {
  const excess = 8 * digest.length - bitLength(order);
  return excess > 0 ? toBigInt(digest) >> BigInt(excess) : toBigInt(digest);
}

export function dsaSign({ p, q, g, private: secret }: DsaKey, digest: Uint8Array): SignaturePair {
  if (secret === undefined) throw opensslError('DSA', 0x6f, 'missing private key');
  const number = digestNumber(digest, q);
  for (;;) {
    const k = randomBelow(q - 1n) + 1n;
    const r = modPow(g, k, p) % q;
    const s = mod(modInverse(k, q) * (number + secret.x * r), q);
    if (r !== 0n && s !== 0n) return { r, s };
  }
}

export function dsaVerify({ p, q, g, y }: DsaKey, digest: Uint8Array, { r, s }: SignaturePair): boolean {
  if (r <= 0n || s <= 0n || r >= q || s >= q) return false;
  const w = modInverse(s, q);
  const u1 = mod(digestNumber(digest, q) * w, q);
  const u2 = mod(r * w, q);
  return ((modPow(g, u1, p) * modPow(y, u2, p)) % p) % q === r;
}

export function eddsaSign(key: OkpKey, message: Uint8Array, context?: Uint8Array): Bytes {
  const secret = key.private?.bytes;
  if (secret === undefined) throw opensslError('EC', 0x7d, 'missing private key');
  if (key.type === 'ed25519') return ed25519.sign(message, secret) as Bytes;
  return ed448.sign(message, secret, context === undefined ? {} : { context }) as Bytes;
}

export function eddsaVerify(
  key: OkpKey,
  message: Uint8Array,
  signature: Uint8Array,
  context?: Uint8Array,
): boolean {
  try {
    if (key.type === 'ed25519') return ed25519.verify(signature, message, key.public, { zip215: false });
    return ed448.verify(signature, message, key.public, context === undefined ? {} : { context });
  } catch {
    return false;
  }
}
