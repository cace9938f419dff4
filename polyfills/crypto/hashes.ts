/** Hash, Hmac and the one-shot digest (src/crypto/crypto_hash.cc, crypto_hmac.cc). */
import type { NodeContext } from '../context.ts';
import type { HashState, NamedDigest } from '../cryptography/digests.ts';
import { copyOf, inputBytes, output } from './input.ts';
import { createJobClass } from './jobs.ts';
import { cryptographyOf } from './library.ts';

/** The bytes of a secret key argument. */
export type KeyBytes = (key: unknown) => Uint8Array<ArrayBuffer>;

/** A running hash for `length` bytes of output. Throws when the function has no such length. */
function startHash(context: NodeContext, named: NamedDigest, length: number | undefined): HashState {
  if (length === undefined || length === named.outputBytes) return named.digest.create();
  if (!named.extendable) {
    const message = 'error:030000B2:digital envelope routines::not XOF or invalid length';
    throw context.errors.coded(Error, 'ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH', message);
  }
  return named.digest.create({ dkLen: length });
}

export function createHashes(context: NodeContext) {
  const { findDigest, HASH_NAMES } = cryptographyOf(context).digests;
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
      // The caller may change its data before the work is done.
      const bytes = new Uint8Array(copyOf(inputBytes(data, undefined)));
      return () => copyOf(digestOnce(name, bytes, bits === undefined ? undefined : bits / 8));
    }),
  };
}

export function createHmac(context: NodeContext, keyBytes: KeyBytes): unknown {
  const { errors } = context;
  const { digests, derivation } = cryptographyOf(context);
  const { findDigest } = digests;
  const { hmac } = derivation;
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
