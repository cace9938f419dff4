/** PBKDF2, HKDF, scrypt and Argon2 (src/crypto/crypto_pbkdf2.cc and its like). */
import type { NodeContext } from '../context.ts';
import type { Digest } from '../cryptography/digests.ts';
import type { KeyBytes } from './hashes.ts';
import { copyOf } from './input.ts';
import { createJobClass } from './jobs.ts';
import { cryptographyOf } from './library.ts';

/** RFC 5869: so many blocks of the hash at most. */
const HKDF_BLOCKS_MAX = 255;

/** As much as one array holds in a browser. */
const ARGON2_BYTES_MAX = 2 ** 31;

/** What OpenSSL adds to its complaint about the parameters; undefined when they are fine. */
function scryptProblem(N: number, r: number, p: number, maxmem: number): string | undefined {
  if (N <= 1 || (N & (N - 1)) !== 0 || r < 1 || p < 1) return '';
  const tooMuch = ': error:030000AC:digital envelope routines::memory limit exceeded';
  if (p > (2 ** 30 - 1) / r || N >= 2 ** (16 * r)) return tooMuch;
  return 32 * r * (N + 2) * 4 + 128 * r * p > maxmem ? tooMuch : undefined;
}

export function createKeyDerivation(context: NodeContext, keyBytes: KeyBytes) {
  const { digests, derivation } = cryptographyOf(context);
  const { findDigest } = digests;
  const { hkdf, pbkdf2, scrypt, argon2d, argon2i, argon2id } = derivation;
  const digestOf = (name: string): never => {
    const named = findDigest(name);
    if (named !== undefined && !named.extendable) return named.digest as never;
    throw context.errors.coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
  };
  return {
    Argon2Job: createJobClass(
      context,
      'ARGON2REQUEST',
      (
        password: unknown,
        salt: unknown,
        lanes: number,
        length: number,
        memory: number,
        passes: number,
        secret: unknown,
        about: unknown,
        type: number,
      ) => {
        const [message, nonce] = [keyBytes(password), keyBytes(salt)];
        const [key, personalization] = [keyBytes(secret), keyBytes(about)];
        const run = [argon2d, argon2i, argon2id][type] ?? argon2id;
        const costs = { t: passes, m: memory, p: lanes, dkLen: length, maxmem: ARGON2_BYTES_MAX };
        if (length === 0) return () => new ArrayBuffer(0);
        return () => copyOf(run(message, nonce, { ...costs, key, personalization }));
      },
    ),
    PBKDF2Job: createJobClass(
      context,
      'PBKDF2REQUEST',
      (password: unknown, salt: unknown, iterations: number, length: number, name: string) => {
        const digest = digestOf(name);
        const [secret, seasoning] = [keyBytes(password), keyBytes(salt)];
        if (length === 0) return () => new ArrayBuffer(0);
        return () => copyOf(pbkdf2(digest, secret, seasoning, { c: iterations, dkLen: length }));
      },
    ),
    HKDFJob: createJobClass(
      context,
      'HKDFREQUEST',
      (name: string, key: unknown, salt: unknown, info: unknown, length: number) => {
        const digest = digestOf(name);
        if (length > HKDF_BLOCKS_MAX * (digest as Digest).outputLen) {
          throw context.errors.coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
        }
        const [secret, seasoning, about] = [keyBytes(key), keyBytes(salt), keyBytes(info)];
        return () => copyOf(hkdf(digest, secret, seasoning, about, length));
      },
    ),
    ScryptJob: createJobClass(
      context,
      'SCRYPTREQUEST',
      (password: unknown, salt: unknown, N: number, r: number, p: number, maxmem: number, length: number) => {
        const [secret, seasoning] = [keyBytes(password), keyBytes(salt)];
        const problem = scryptProblem(N, r, p, maxmem);
        if (problem !== undefined) {
          const message = `Invalid scrypt params${problem}`;
          throw context.errors.coded(RangeError, 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS', message);
        }
        if (length === 0) return () => new ArrayBuffer(0);
        return () => copyOf(scrypt(secret, seasoning, { N, r, p, dkLen: length, maxmem: maxmem + 1024 }));
      },
    ),
  };
}
