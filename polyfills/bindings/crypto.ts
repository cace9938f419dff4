import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import type { NodeContext } from '../context.ts';
import { type Digest, findDigest, HASH_NAMES, type HashState, type NamedDigest } from '../crypto/digests.ts';
import { createJobClass } from '../crypto/jobs.ts';
import { fillRandom } from '../crypto/random.ts';
import { createSecretKeys, type KeyBytes } from '../crypto/secret-key.ts';
import { toBuffer } from '../node-buffer.ts';
import { createSecureContextClass } from '../tls/secure-context.ts';
import { bytesOf, copyBytes, isArrayBuffer, isView, lengthOf, plainRange } from '../text/captured.ts';
import { decodeText, encodeText } from '../text/codec.ts';
import { Encoding, parseEncoding } from '../text/encodings.ts';

/**
 * `internalBinding('crypto')`: hashes, HMAC, key derivation, random bytes and secret keys. What else the pinned node has
 * here (ciphers, signatures, certificates) is filled in by the realm with functions that throw, naming themselves.
 */
export function createCrypto(context: NodeContext): object {
  const { keyBytes, ...keys } = createSecretKeys(context);
  return {
    ...keys,
    ...createHashes(context),
    Hmac: createHmac(context, keyBytes),
    ...createKeyDerivation(context, keyBytes),
    RandomBytesJob: createJobClass(
      context,
      'RANDOMBYTESREQUEST',
      (target: ArrayBufferView | ArrayBufferLike, offset: number, size: number) => () => {
        fillRandom(bytesOf(target), offset, size);
      },
    ),
    secureBuffer: (size: number) => new Uint8Array(size),
    secureHeapUsed: () => undefined,
    getFipsCrypto: () => 0,
    testFipsCrypto: () => false,
    getOpenSSLSecLevelCrypto: () => 1,
    /** There are none to load: trust is the host's. */
    startLoadingCertificatesOffThread() {},
    getCiphers: () => [],
    getSSLCiphers: () => [],
    getCurves: () => [],
    timingSafeEqual: createTimingSafeEqual(context),
    SecureContext: createSecureContextClass(context),
  };
}

function createTimingSafeEqual({ errors }: NodeContext) {
  const check = (value: unknown, name: string): Uint8Array => {
    if (isView(value) || isArrayBuffer(value)) return bytesOf(value);
    const expected = 'an instance of ArrayBuffer, Buffer, TypedArray, or DataView.';
    throw errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be ${expected}`);
  };
  return (first: unknown, second: unknown): boolean => {
    const a = check(first, 'buf1');
    const b = check(second, 'buf2');
    if (lengthOf(a) !== lengthOf(b)) {
      const message = 'Input buffers must have the same byte length';
      throw errors.coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', message);
    }
    let difference = 0;
    for (let at = 0; at < lengthOf(a); at++) difference |= (a[at] as number) ^ (b[at] as number);
    return difference === 0;
  };
}

function inputBytes(data: unknown, encoding: unknown): Uint8Array {
  if (typeof data === 'string') return encodeText(parseEncoding(encoding, Encoding.utf8), data);
  const bytes = bytesOf(data as ArrayBufferView);
  return plainRange(bytes, 0, lengthOf(bytes));
}

function output(bytes: Uint8Array, encodingName: unknown): unknown {
  const encoding = parseEncoding(encodingName, Encoding.buffer);
  if (encoding === Encoding.buffer) return toBuffer(copyBytes(bytes, 0, bytes.length));
  return decodeText(encoding, bytes);
}

/** A running hash for `length` bytes of output. Throws when the function has no such length. */
function startHash(context: NodeContext, named: NamedDigest, length: number | undefined): HashState {
  if (length === undefined || length === named.outputBytes) return named.digest.create();
  if (!named.extendable) {
    const message = 'error:030000B2:digital envelope routines::not XOF or invalid length';
    throw context.errors.coded(Error, 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', message);
  }
  return named.digest.create({ dkLen: length });
}

function createHashes(context: NodeContext) {
  class Hash {
    #state: HashState;
    readonly #named: NamedDigest;
    readonly #length: number | undefined;
    #result: Uint8Array | undefined;

    constructor(source: string | Hash, length: number | undefined) {
      const named = typeof source === 'string' ? findDigest(source) : source.#named;
      if (named === undefined) throw new Error('Digest method not supported');
      this.#named = named;
      this.#length = length;
      const keeps = typeof source !== 'string' && (length === undefined || length === source.#length);
      this.#state = keeps ? source.#state.clone() : startHash(context, named, length);
      if (keeps) this.#length = source.#length;
    }
    update(data: unknown, encoding?: unknown): boolean {
      this.#state.update(inputBytes(data, encoding));
      return true;
    }
    digest(encoding?: unknown): unknown {
      this.#result ??= this.#length === 0 ? new Uint8Array(0) : this.#state.digest();
      return output(this.#result, encoding);
    }
  }
  const digestOnce = (name: string, data: Uint8Array, length: number | undefined): Uint8Array => {
    const named = findDigest(name);
    if (named === undefined) throw new Error(`Digest method ${name} is not supported`);
    if (length !== undefined && length !== named.outputBytes && !named.extendable) {
      const message = `Output length ${length} is invalid for ${name}, which does not support XOF`;
      throw context.errors.coded(Error, 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', message);
    }
    return length === 0 ? new Uint8Array(0) : startHash(context, named, length).update(data).digest();
  };
  return {
    Hash,
    getHashes: () => [...HASH_NAMES],
    getCachedAliases: () => ({ __proto__: null }),
    oneShotDigest(
      name: string,
      _id: number,
      _cache: object,
      data: unknown,
      encoding: unknown,
      _encodingId: unknown,
      length?: number,
    ): unknown {
      return output(digestOnce(name, inputBytes(data, 'utf8'), length), encoding);
    },
    HashJob: createJobClass(context, 'HASHREQUEST', (name: string, data: ArrayBufferView, bits?: number) => {
      const bytes = inputBytes(data, undefined);
      return () => copyOf(digestOnce(name, bytes, bits === undefined ? undefined : bits / 8));
    }),
  };
}

function copyOf(bytes: Uint8Array): ArrayBuffer {
  return copyBytes(bytes, 0, bytes.length).buffer;
}

function createHmac({ errors }: NodeContext, keyBytes: KeyBytes): unknown {
  return class Hmac {
    #state: HashState | undefined;

    init(name: string, key: unknown): void {
      const named = findDigest(name);
      if (named === undefined || named.extendable) {
        throw errors.coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
      }
      this.#state = hmac.create(named.digest as never, keyBytes(key)) as unknown as HashState;
    }
    update(data: unknown, encoding?: unknown): boolean {
      this.#state?.update(inputBytes(data, encoding));
      return this.#state !== undefined;
    }
    digest(encoding?: unknown): unknown {
      const result = this.#state?.digest() ?? new Uint8Array(0);
      this.#state = undefined;
      return output(result, encoding);
    }
  };
}

/** RFC 5869: so many blocks of the hash at most. */
const HKDF_BLOCKS_MAX = 255;

/** What OpenSSL adds to its complaint about the parameters; undefined when they are fine. */
function scryptProblem(N: number, r: number, p: number, maxmem: number): string | undefined {
  if (N <= 1 || (N & (N - 1)) !== 0 || r < 1 || p < 1) return '';
  const tooMuch = ': error:030000AC:digital envelope routines::memory limit exceeded';
  if (p > (2 ** 30 - 1) / r || N >= 2 ** (16 * r)) return tooMuch;
  return 32 * r * (N + 2) * 4 + 128 * r * p > maxmem ? tooMuch : undefined;
}

function createKeyDerivation(context: NodeContext, keyBytes: KeyBytes) {
  const digestOf = (name: string): never => {
    const named = findDigest(name);
    if (named !== undefined && !named.extendable) return named.digest as never;
    throw context.errors.coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
  };
  return {
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
