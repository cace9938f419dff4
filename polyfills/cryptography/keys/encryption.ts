/** Encrypted keys: PBES2 (RFC 8018), the PKCS#12 schemes (RFC 7292) and OpenSSL's old PEM encryption. */
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { createBlockCipher } from '../cipher/block.ts';
import { createBlockStream } from '../cipher/modes.ts';
import { digestByName, hash, type NobleHash } from '../digest.ts';
import { type Bytes, concat } from '../encoding/bytes.ts';
import type { DerReader } from '../encoding/der.ts';
import { derNull, integer, octetString, oid, sequence, Tag } from '../encoding/der.ts';
import { opensslError } from '../errors.ts';
import { randomBytes } from '../random.ts';

export interface BlockScheme {
  readonly name: string;
  readonly oid: string;
  readonly family: 'aes' | 'des3';
  readonly keyBytes: number;
  readonly ivBytes: number;
}

const SCHEMES: readonly BlockScheme[] = [
  { name: 'aes-128-cbc', oid: '2.16.840.1.101.3.4.1.2', family: 'aes', keyBytes: 16, ivBytes: 16 },
  { name: 'aes-192-cbc', oid: '2.16.840.1.101.3.4.1.22', family: 'aes', keyBytes: 24, ivBytes: 16 },
  { name: 'aes-256-cbc', oid: '2.16.840.1.101.3.4.1.42', family: 'aes', keyBytes: 32, ivBytes: 16 },
  { name: 'des-ede3-cbc', oid: '1.2.840.113549.3.7', family: 'des3', keyBytes: 24, ivBytes: 8 },
  { name: 'aes-128-ecb', oid: '2.16.840.1.101.3.4.1.1', family: 'aes', keyBytes: 16, ivBytes: 0 },
  { name: 'aes-192-ecb', oid: '2.16.840.1.101.3.4.1.21', family: 'aes', keyBytes: 24, ivBytes: 0 },
  { name: 'aes-256-ecb', oid: '2.16.840.1.101.3.4.1.41', family: 'aes', keyBytes: 32, ivBytes: 0 },
];
const ALIASES: Readonly<Record<string, string>> = {
  aes128: 'aes-128-cbc',
  aes192: 'aes-192-cbc',
  aes256: 'aes-256-cbc',
  des3: 'des-ede3-cbc',
};

export function findBlockScheme(asked: string): BlockScheme | undefined {
  const lower = asked.toLowerCase();
  const name = ALIASES[lower] ?? lower;
  return SCHEMES.find((scheme) => scheme.name === name);
}

export function runScheme(
  scheme: BlockScheme,
  encrypts: boolean,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Bytes {
  const mode = scheme.ivBytes === 0 ? 'ecb' : 'cbc';
  const stream = createBlockStream(createBlockCipher(scheme.family, key), mode, encrypts, iv);
  return concat(stream.update(data), stream.final());
}

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';
const PKCS12_3DES = '1.2.840.113549.1.12.1.3';
const HMACS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const HMAC_SHA256 = '1.2.840.113549.2.9';
/** As OpenSSL. */
const ITERATIONS = 2048;
const SALT_BYTES = 16;
/** A file may ask for so much work at most. */
const ITERATIONS_MAX = 10_000_000;

const unsupported = (): Error => opensslError('EVP', 0x9c, 'unsupported');

export function encryptPbes2(scheme: BlockScheme, passphrase: Uint8Array, data: Uint8Array): Bytes {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(scheme.ivBytes);
  const key = pbkdf2(digestByName('sha256') as unknown as NobleHash, passphrase, salt, {
    c: ITERATIONS,
    dkLen: scheme.keyBytes,
  });
  const derivation = sequence(
    oid(PBKDF2),
    sequence(octetString(salt), integer(ITERATIONS), sequence(oid(HMAC_SHA256), derNull())),
  );
  const algorithm = sequence(oid(PBES2), sequence(derivation, sequence(oid(scheme.oid), octetString(iv))));
  return sequence(algorithm, octetString(runScheme(scheme, true, key, iv, data)));
}

/** `algorithm` is the AlgorithmIdentifier's contents. */
export function decryptWith(algorithm: DerReader, passphrase: Uint8Array, data: Uint8Array): Bytes {
  const name = algorithm.oid();
  if (name === PKCS12_3DES) return decryptPkcs12(algorithm, passphrase, data);
  if (name !== PBES2) throw unsupported();
  const parameters = algorithm.sequence();
  const derivation = parameters.sequence();
  const cipher = parameters.sequence();
  const cipherOid = cipher.oid();
  const scheme = SCHEMES.find((one) => one.oid === cipherOid);
  if (scheme === undefined) throw unsupported();
  const key = deriveKey(derivation, passphrase, scheme.keyBytes);
  return runScheme(scheme, false, key, cipher.octets(), data);
}

function deriveKey(derivation: DerReader, passphrase: Uint8Array, length: number): Bytes {
  const name = derivation.oid();
  const parameters = derivation.sequence();
  const salt = parameters.octets();
  const count = parameters.smallInteger();
  if (count < 1 || count > ITERATIONS_MAX) throw unsupported();
  if (name === SCRYPT) {
    const [r, p] = [parameters.smallInteger(), parameters.smallInteger()];
    return scrypt(passphrase, salt, { N: count, r, p, dkLen: length }) as Bytes;
  }
  if (name !== PBKDF2) throw unsupported();
  parameters.optional(Tag.integer);
  const prf = parameters.next === Tag.sequence ? parameters.sequence().oid() : '1.2.840.113549.2.7';
  const digest = HMACS[prf];
  if (digest === undefined) throw unsupported();
  return pbkdf2(digestByName(digest) as unknown as NobleHash, passphrase, salt, {
    c: count,
    dkLen: length,
  }) as Bytes;
}

const KEY_MATERIAL = 1;
const IV_MATERIAL = 2;
export const MAC_MATERIAL = 3;

function decryptPkcs12(algorithm: DerReader, passphrase: Uint8Array, data: Uint8Array): Bytes {
  const parameters = algorithm.sequence();
  const salt = parameters.octets();
  const count = parameters.smallInteger();
  if (count < 1 || count > ITERATIONS_MAX) throw unsupported();
  const derive = (id: number, length: number): Bytes =>
    pkcs12Key({ digest: 'sha1', id, passphrase, salt, iterations: count, length });
  const scheme = findBlockScheme('des-ede3-cbc');
  if (scheme === undefined) throw unsupported();
  return runScheme(scheme, false, derive(KEY_MATERIAL, 24), derive(IV_MATERIAL, 8), data);
}

interface Pkcs12Derivation {
  digest: string;
  id: number;
  passphrase: Uint8Array;
  salt: Uint8Array;
  iterations: number;
  length: number;
}

/** RFC 7292, appendix B.2. The passphrase becomes a BMPString that ends with a zero. */
export function pkcs12Key({ digest, id, passphrase, salt, iterations, length }: Pkcs12Derivation): Bytes {
  const block = digestByName(digest).blockLen;
  const fill = (bytes: Uint8Array): Bytes => {
    const size = block * Math.ceil(bytes.length / block);
    return Uint8Array.from({ length: size }, (_, i) => bytes[i % bytes.length] ?? 0);
  };
  const text = new Uint8Array(2 * passphrase.length + 2);
  passphrase.forEach((byte, i) => (text[2 * i + 1] = byte));
  let input = concat(fill(salt), fill(text));
  const diversifier = new Uint8Array(block).fill(id);
  let out: Bytes = new Uint8Array(0);
  while (out.length < length) {
    let a = hash(digest, diversifier, input);
    for (let i = 1; i < iterations; i++) a = hash(digest, a);
    out = concat(out, a);
    input = addToBlocks(input, fill(a).subarray(0, block), block);
  }
  return out.slice(0, length);
}

/** Each block plus `addend` plus one. */
function addToBlocks(input: Bytes, addend: Uint8Array, block: number): Bytes {
  const sum = input.slice();
  for (let begin = 0; begin < sum.length; begin += block) {
    let carry = 1;
    for (let i = block - 1; i >= 0; i--) {
      carry += (sum[begin + i] ?? 0) + (addend[i] ?? 0);
      sum[begin + i] = carry & 0xff;
      carry >>= 8;
    }
  }
  return sum;
}

/** EVP_BytesToKey with MD5, what `DEK-Info` headers imply. */
export function pemKey(passphrase: Uint8Array, salt: Uint8Array, length: number): Bytes {
  let key: Bytes = new Uint8Array(0);
  let last: Bytes = new Uint8Array(0);
  while (key.length < length) {
    last = hash('md5', last, passphrase, salt.subarray(0, 8));
    key = concat(key, last);
  }
  return key.slice(0, length);
}
