import { blake2b, blake2s } from '@noble/hashes/blake2.js';
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js';
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from '@noble/hashes/sha2.js';
import { sha3_224, sha3_256, sha3_384, sha3_512, shake128, shake256 } from '@noble/hashes/sha3.js';

/** A running hash. */
export interface HashState {
  update(data: Uint8Array): HashState;
  digest(): Uint8Array;
  clone(): HashState;
}

/** A hash function as @noble/hashes makes them. */
export interface Digest {
  (data: Uint8Array): Uint8Array;
  readonly outputLen: number;
  readonly blockLen: number;
  create(options?: { dkLen: number }): HashState;
}

/** OpenSSL's short name → the function. */
const DIGESTS: ReadonlyMap<string, Digest> = new Map(
  Object.entries({
    md5,
    sha1,
    ripemd160,
    sha224,
    sha256,
    sha384,
    sha512,
    'sha512-224': sha512_224,
    'sha512-256': sha512_256,
    'sha3-224': sha3_224,
    'sha3-256': sha3_256,
    'sha3-384': sha3_384,
    'sha3-512': sha3_512,
    shake128,
    shake256,
    blake2b512: blake2b,
    blake2s256: blake2s,
  }) as unknown as [string, Digest][],
);

/** Bytes that the extendable-output functions give when no length is asked for (OpenSSL before 3.4). */
const XOF_DEFAULT_BYTES: ReadonlyMap<string, number> = new Map([
  ['shake128', 16],
  ['shake256', 32],
]);

/** Other names that OpenSSL knows them by, in lower case. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['ssl3-md5', 'md5'],
  ['md5withrsaencryption', 'md5'],
  ['rsa-md5', 'md5'],
  ['sha-1', 'sha1'],
  ['ssl3-sha1', 'sha1'],
  ['rsa-sha1', 'sha1'],
  ['rsa-sha1-2', 'sha1'],
  ['dss1', 'sha1'],
  ['sha1withrsaencryption', 'sha1'],
  ['ripemd', 'ripemd160'],
  ['rmd160', 'ripemd160'],
  ['ripemd-160', 'ripemd160'],
  ['rsa-ripemd160', 'ripemd160'],
  ['ripemd160withrsa', 'ripemd160'],
  ['blake2b-512', 'blake2b512'],
  ['blake2s-256', 'blake2s256'],
  ['shake-128', 'shake128'],
  ['shake-256', 'shake256'],
  ...['224', '256', '384', '512'].flatMap((bits): [string, string][] => [
    [`sha-${bits}`, `sha${bits}`],
    [`sha2-${bits}`, `sha${bits}`],
    [`rsa-sha${bits}`, `sha${bits}`],
    [`sha${bits}withrsaencryption`, `sha${bits}`],
    [`rsa-sha3-${bits}`, `sha3-${bits}`],
    [`id-rsassa-pkcs1-v1_5-with-sha3-${bits}`, `sha3-${bits}`],
  ]),
  ...['224', '256'].flatMap((bits): [string, string][] => [
    [`sha512/${bits}`, `sha512-${bits}`],
    [`sha-512/${bits}`, `sha512-${bits}`],
    [`sha2-512/${bits}`, `sha512-${bits}`],
    [`rsa-sha512/${bits}`, `sha512-${bits}`],
    [`sha512-${bits}withrsaencryption`, `sha512-${bits}`],
  ]),
]);

/** crypto.getHashes(): the names that OpenSSL lists, of those that are here. */
export const HASH_NAMES: readonly string[] = [
  ...['RSA-MD5', 'RSA-RIPEMD160', 'RSA-SHA1', 'RSA-SHA1-2', 'RSA-SHA224', 'RSA-SHA256'],
  ...['RSA-SHA3-224', 'RSA-SHA3-256', 'RSA-SHA3-384', 'RSA-SHA3-512', 'RSA-SHA384', 'RSA-SHA512'],
  ...['RSA-SHA512/224', 'RSA-SHA512/256', 'blake2b512', 'blake2s256'],
  ...['224', '256', '384', '512'].map((bits) => `id-rsassa-pkcs1-v1_5-with-sha3-${bits}`),
  ...['md5', 'md5WithRSAEncryption', 'ripemd', 'ripemd160', 'ripemd160WithRSA', 'rmd160', 'sha1'],
  ...['sha1WithRSAEncryption', 'sha224', 'sha224WithRSAEncryption', 'sha256', 'sha256WithRSAEncryption'],
  ...['sha3-224', 'sha3-256', 'sha3-384', 'sha3-512', 'sha384', 'sha384WithRSAEncryption', 'sha512'],
  ...['sha512-224', 'sha512-224WithRSAEncryption', 'sha512-256', 'sha512-256WithRSAEncryption'],
  ...['sha512WithRSAEncryption', 'shake128', 'shake256', 'ssl3-md5', 'ssl3-sha1'],
];

export interface NamedDigest {
  readonly name: string;
  readonly digest: Digest;
  /** Whether any output length may be asked for. */
  readonly extendable: boolean;
  readonly outputBytes: number;
}

/** By any of OpenSSL's names, in any case; undefined for what is not here. */
export function findDigest(asked: string): NamedDigest | undefined {
  const lower = asked.toLowerCase();
  const name = ALIASES.get(lower) ?? lower;
  const digest = DIGESTS.get(name);
  if (digest === undefined) return undefined;
  const xofBytes = XOF_DEFAULT_BYTES.get(name);
  return { name, digest, extendable: xofBytes !== undefined, outputBytes: xofBytes ?? digest.outputLen };
}
