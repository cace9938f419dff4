/** Post-quantum keys: ML-DSA (FIPS 204), SLH-DSA (FIPS 205) and ML-KEM (FIPS 203), with what they do. */
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem1024, ml_kem512, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import * as slh from '@noble/post-quantum/slh-dsa.js';
import { type Bytes, equalBytes } from '../encoding/bytes.ts';
import { DerError, DerReader, implicitTag, octetString, sequence, Tag } from '../encoding/der.ts';
import { opensslError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import type { PqKey, PqType } from './key.ts';

interface Signer {
  sign(message: Uint8Array, secret: Uint8Array, options: object): Uint8Array;
  verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array, options: object): boolean;
}
interface Encapsulator {
  encapsulate(key: Uint8Array, random: Uint8Array): { cipherText: Uint8Array; sharedSecret: Uint8Array };
  decapsulate(cipherText: Uint8Array, secret: Uint8Array): Uint8Array;
}
interface Engine {
  keygen(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array };
  getPublicKey(secret: Uint8Array): Uint8Array;
  readonly lengths: {
    readonly seed?: number;
    readonly publicKey?: number;
    readonly secretKey?: number;
    readonly signRand?: number;
    readonly cipherText?: number;
  };
}

export interface PqAlgorithm {
  readonly oid: string;
  /** As `alg` of a JWK of the kind AKP. */
  readonly jwk: string;
  readonly engine: Engine;
  readonly signer?: Signer;
  readonly kem?: Encapsulator;
  /** Whether its private keys are kept as seeds. */
  readonly seeded: boolean;
}

const ENCAPSULATION_RANDOM_BYTES = 32;

const mlDsa = (oid: number, jwk: string, engine: Engine & Signer): PqAlgorithm => ({
  oid: `2.16.840.1.101.3.4.3.${oid}`,
  jwk,
  engine,
  signer: engine,
  seeded: true,
});
const slhDsa = (oid: number, jwk: string, engine: Engine & Signer): PqAlgorithm => ({
  ...mlDsa(oid, jwk, engine),
  seeded: false,
});
const mlKem = (oid: number, jwk: string, engine: Engine & Encapsulator): PqAlgorithm => ({
  oid: `2.16.840.1.101.3.4.4.${oid}`,
  jwk,
  engine,
  kem: engine,
  seeded: true,
});

export const PQ_ALGORITHMS: Readonly<Record<PqType, PqAlgorithm>> = {
  'ml-dsa-44': mlDsa(17, 'ML-DSA-44', ml_dsa44),
  'ml-dsa-65': mlDsa(18, 'ML-DSA-65', ml_dsa65),
  'ml-dsa-87': mlDsa(19, 'ML-DSA-87', ml_dsa87),
  'ml-kem-512': mlKem(1, 'ML-KEM-512', ml_kem512),
  'ml-kem-768': mlKem(2, 'ML-KEM-768', ml_kem768),
  'ml-kem-1024': mlKem(3, 'ML-KEM-1024', ml_kem1024),
  'slh-dsa-sha2-128s': slhDsa(20, 'SLH-DSA-SHA2-128s', slh.slh_dsa_sha2_128s),
  'slh-dsa-sha2-128f': slhDsa(21, 'SLH-DSA-SHA2-128f', slh.slh_dsa_sha2_128f),
  'slh-dsa-sha2-192s': slhDsa(22, 'SLH-DSA-SHA2-192s', slh.slh_dsa_sha2_192s),
  'slh-dsa-sha2-192f': slhDsa(23, 'SLH-DSA-SHA2-192f', slh.slh_dsa_sha2_192f),
  'slh-dsa-sha2-256s': slhDsa(24, 'SLH-DSA-SHA2-256s', slh.slh_dsa_sha2_256s),
  'slh-dsa-sha2-256f': slhDsa(25, 'SLH-DSA-SHA2-256f', slh.slh_dsa_sha2_256f),
  'slh-dsa-shake-128s': slhDsa(26, 'SLH-DSA-SHAKE-128s', slh.slh_dsa_shake_128s),
  'slh-dsa-shake-128f': slhDsa(27, 'SLH-DSA-SHAKE-128f', slh.slh_dsa_shake_128f),
  'slh-dsa-shake-192s': slhDsa(28, 'SLH-DSA-SHAKE-192s', slh.slh_dsa_shake_192s),
  'slh-dsa-shake-192f': slhDsa(29, 'SLH-DSA-SHAKE-192f', slh.slh_dsa_shake_192f),
  'slh-dsa-shake-256s': slhDsa(30, 'SLH-DSA-SHAKE-256s', slh.slh_dsa_shake_256s),
  'slh-dsa-shake-256f': slhDsa(31, 'SLH-DSA-SHAKE-256f', slh.slh_dsa_shake_256f),
};

export const PQ_TYPES = Object.keys(PQ_ALGORITHMS) as readonly PqType[];
export const isPqType = (type: string): type is PqType => type in PQ_ALGORITHMS;
export const isPq = (key: { readonly type: string }): key is PqKey => isPqType(key.type);
export const pqByOid = (oid: string): PqType | undefined =>
  PQ_TYPES.find((type) => PQ_ALGORITHMS[type].oid === oid);
export const pqByJwk = (alg: string): PqType | undefined =>
  PQ_TYPES.find((type) => PQ_ALGORITHMS[type].jwk === alg);

const badKey = (): Error => opensslError('PROV', 0x9e, 'invalid key length');

export function pqFromSeed(type: PqType, seed: Uint8Array): PqKey {
  const { engine } = PQ_ALGORITHMS[type];
  if (seed.length !== engine.lengths.seed) throw badKey();
  const { publicKey, secretKey } = engine.keygen(seed);
  return {
    type,
    encoded: publicKey as Bytes,
    private: { seed: seed.slice() as Bytes, bytes: secretKey as Bytes },
  };
}

/** From the expanded private key, which does not tell its seed. */
export function pqFromPrivate(type: PqType, bytes: Uint8Array): PqKey {
  const { engine } = PQ_ALGORITHMS[type];
  if (bytes.length !== engine.lengths.secretKey) throw badKey();
  return {
    type,
    encoded: engine.getPublicKey(bytes) as Bytes,
    private: { bytes: bytes.slice() as Bytes },
  };
}

export function pqFromPublic(type: PqType, bytes: Uint8Array): PqKey {
  if (bytes.length !== PQ_ALGORITHMS[type].engine.lengths.publicKey) throw badKey();
  return { type, encoded: bytes.slice() as Bytes };
}

export function generatePq(type: PqType): PqKey {
  const { engine, seeded } = PQ_ALGORITHMS[type];
  const seed = randomBytes(engine.lengths.seed ?? 0);
  return seeded ? pqFromSeed(type, seed) : pqFromPrivate(type, engine.keygen(seed).secretKey);
}

/** The content of `privateKey` in PKCS#8 (RFC 9881, RFC 9935, RFC 9909): the seed, the expanded key, or both. */
export function readPqPrivate(type: PqType, der: Uint8Array): PqKey {
  if (!PQ_ALGORITHMS[type].seeded) return pqFromPrivate(type, der);
  const reader = new DerReader(der);
  const seed = reader.optional(implicitTag(0));
  if (seed !== undefined) {
    reader.end();
    return pqFromSeed(type, seed.value);
  }
  if (reader.next !== Tag.sequence) {
    const bytes = reader.octets();
    reader.end();
    return pqFromPrivate(type, bytes);
  }
  const both = reader.sequence();
  const key = pqFromSeed(type, both.octets());
  if (!equalBytes(key.private?.bytes ?? new Uint8Array(0), both.octets())) throw new DerError('seed');
  both.end();
  return key;
}

export function writePqPrivate(key: PqKey): Bytes {
  const secret = key.private;
  if (secret === undefined) throw new TypeError('no private key');
  if (!PQ_ALGORITHMS[key.type].seeded) return secret.bytes;
  const bytes = octetString(secret.bytes);
  return secret.seed === undefined ? bytes : sequence(octetString(secret.seed), bytes);
}

const unsupported = (): Error => opensslError('EVP', 0x96, 'operation not supported for this keytype');

export function pqSign(key: PqKey, message: Uint8Array, context?: Uint8Array): Bytes {
  const { engine, signer } = PQ_ALGORITHMS[key.type];
  if (signer === undefined || key.private === undefined) throw unsupported();
  const extraEntropy = randomBytes(engine.lengths.signRand ?? 0);
  const options = context === undefined ? { extraEntropy } : { extraEntropy, context };
  return signer.sign(message, key.private.bytes, options) as Bytes;
}

export function pqVerify(
  key: PqKey,
  message: Uint8Array,
  signature: Uint8Array,
  context?: Uint8Array,
): boolean {
  const { signer } = PQ_ALGORITHMS[key.type];
  if (signer === undefined) throw unsupported();
  try {
    return signer.verify(signature, message, key.encoded, context === undefined ? {} : { context });
  } catch {
    return false;
  }
}

export function pqEncapsulate(key: PqKey): [ciphertext: Bytes, shared: Bytes] | undefined {
  const { kem } = PQ_ALGORITHMS[key.type];
  if (kem === undefined) return undefined;
  const { cipherText, sharedSecret } = kem.encapsulate(key.encoded, randomBytes(ENCAPSULATION_RANDOM_BYTES));
  return [cipherText as Bytes, sharedSecret as Bytes];
}

export function pqDecapsulate(key: PqKey, ciphertext: Uint8Array): Bytes | undefined {
  const { kem } = PQ_ALGORITHMS[key.type];
  if (kem === undefined || key.private === undefined) return undefined;
  return kem.decapsulate(ciphertext, key.private.bytes) as Bytes;
}
