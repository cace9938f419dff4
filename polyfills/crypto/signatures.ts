/** Sign, Verify and SignJob (src/crypto/crypto_sig.cc). */
import type { NodeContext } from '../context.ts';
import type { HashState } from '../cryptography/digests.ts';
import type { AsymmetricKey, RsaKey } from '../cryptography/keys/key.ts';
import type { PssOptions } from '../cryptography/keys/padding.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { copyOf, inputBytes } from './input.ts';
import { createJobClass } from './jobs.ts';
import { type KeyArguments, keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const PKCS1_PADDING = 1;
const PSS_PADDING = 6;
/** RSA_PSS_SALTLEN_* of OpenSSL. */
const SaltLength = { digest: -1, auto: -2, max: -3 } as const;
const ENCODING_DER = 0;
const CONTEXT_BYTES_MAX = 255;
const MODE_SIGN = 0;

interface Options {
  padding: number | undefined;
  saltLength: number | undefined;
  encoding: number;
  context?: Bytes | undefined;
}

const bytesFrom = (value: unknown): Bytes => {
  const bytes = bytesOf(value as ArrayBufferView);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

export function createSignatures(context: NodeContext) {
  const keys = keysOf(context);
  const { findDigest } = cryptographyOf(context).digests;
  const { signDigest, verifyDigest, signWhole, verifyWhole } = createOperations(context);
  const invalidDigest = (name: string): Error =>
    context.errors.coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);

  class Running {
    #state: HashState | undefined;
    protected hash = '';

    init(name: string): void {
      const named = findDigest(name);
      if (named === undefined) throw invalidDigest(name);
      this.hash = named.name;
      this.#state = named.digest.create(named.extendable ? { dkLen: named.outputBytes } : undefined);
    }
    update(data: unknown, encoding?: unknown): void {
      this.#state?.update(inputBytes(data, encoding));
    }
    protected finish(): Bytes {
      const state = this.#state;
      if (state === undefined)
        throw context.errors.coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
      this.#state = undefined;
      return state.digest() as Bytes;
    }
  }
  class Sign extends Running {
    sign(...parameters: unknown[]): Bytes {
      const key = keys.privateKey(...(parameters.slice(0, 5) as KeyArguments));
      const [padding, saltLength, encoding] = parameters.slice(5) as [number?, number?, number?];
      const digest = this.finish();
      return toBuffer(
        signDigest(key, this.hash, digest, { padding, saltLength, encoding: encoding ?? ENCODING_DER }),
      );
    }
  }
  class Verify extends Running {
    verify(...parameters: unknown[]): boolean {
      const key = keys.publicOrPrivateKey(...(parameters.slice(0, 5) as KeyArguments));
      const [signature, padding, saltLength, encoding] = parameters.slice(5) as [
        unknown,
        number?,
        number?,
        number?,
      ];
      const digest = this.finish();
      const options = { padding, saltLength, encoding: encoding ?? ENCODING_DER };
      return verifyDigest(key, this.hash, digest, bytesFrom(signature), options);
    }
  }

  const SignJob = createJobClass(context, 'SIGNREQUEST', (mode: number, ...parameters: unknown[]) => {
    const load = mode === MODE_SIGN ? keys.privateKey : keys.publicOrPrivateKey;
    const key = load(...(parameters.slice(0, 5) as KeyArguments));
    const [data, algorithm, saltLength, padding, encoding, about, signature] = parameters.slice(5);
    const named = typeof algorithm === 'string' ? findDigest(algorithm) : undefined;
    if (typeof algorithm === 'string' && named === undefined) throw invalidDigest(algorithm);
    const message = bytesFrom(data);
    if (about !== undefined && lengthOf(bytesOf(about as ArrayBufferView)) > CONTEXT_BYTES_MAX) {
      const text = 'context string must be at most 255 bytes';
      throw context.errors.coded(RangeError, 'ERR_OUT_OF_RANGE', text);
    }
    const options: Options = {
      padding: padding as number | undefined,
      saltLength: saltLength as number | undefined,
      encoding: (encoding as number | undefined) ?? ENCODING_DER,
      context: about === undefined ? undefined : bytesFrom(about),
    };
    const given = signature === undefined ? undefined : bytesFrom(signature);
    return () =>
      mode === MODE_SIGN
        ? copyOf(signWhole(key, named?.name, message, options))
        : verifyWhole(key, named?.name, message, given ?? new Uint8Array(0), options);
  });
  return { Sign, Verify, SignJob };
}

const isRsa = (key: AsymmetricKey): key is RsaKey => key.type === 'rsa' || key.type === 'rsa-pss';

function createOperations(context: NodeContext) {
  const { signing, keys, digests, errors, postQuantum } = cryptographyOf(context);
  const { coded } = context.errors;
  const unsupported = (): Error =>
    errors.opensslError('EVP', 0x96, 'operation not supported for this keytype');

  const invalidDigest = (): Error => errors.opensslError('PROV', 0x7a, 'invalid digest');

  const pssOptions = (key: RsaKey, hash: string, { saltLength }: Options, signs: boolean): PssOptions => {
    const size = digests.findDigest(hash)?.outputBytes ?? 0;
    const restricted = key.pss;
    const mgf1Hash = restricted?.mgf1Hash ?? hash;
    const wanted = saltLength ?? (restricted === undefined ? SaltLength.auto : restricted.saltLength);
    // The length that was asked for is looked at before the hash.
    if (restricted !== undefined && wanted >= 0 && wanted < restricted.saltLength) {
      throw errors.opensslError('PROV', 0xac, 'pss saltlen too small');
    }
    if (restricted !== undefined && restricted.hash !== hash)
      throw errors.opensslError('PROV', 0xae, 'digest not allowed');
    if (wanted === SaltLength.digest) return { hash, mgf1Hash, saltLength: size };
    if (wanted === SaltLength.auto || wanted === SaltLength.max) {
      const longest = Math.ceil((cryptographyOf(context).bytes.bitLength(key.n) - 1) / 8) - size - 2;
      return { hash, mgf1Hash, saltLength: signs || wanted === SaltLength.max ? longest : 'auto' };
    }
    return { hash, mgf1Hash, saltLength: wanted };
  };
  const isPss = (key: RsaKey, { padding }: Options): boolean => {
    const used = padding ?? (key.type === 'rsa-pss' ? PSS_PADDING : PKCS1_PADDING);
    if (used !== PSS_PADDING && (used !== PKCS1_PADDING || key.type === 'rsa-pss')) {
      throw errors.opensslError('PROV', 0xa5, 'illegal or unsupported padding mode');
    }
    return used === PSS_PADDING;
  };

  function signDigest(key: AsymmetricKey, hash: string, digest: Bytes, options: Options): Bytes {
    if (keys.isOkp(key) || postQuantum.isPq(key) || key.type === 'dh') throw unsupported();
    if (isRsa(key)) {
      if (isPss(key, options)) return signing.pssSign(key, digest, pssOptions(key, hash, options, true));
      return signing.pkcs1Sign(key, hash, digest);
    }
    const pair = key.type === 'ec' ? signing.ecdsaSign(key, digest) : signing.dsaSign(key, digest);
    return options.encoding === ENCODING_DER
      ? signing.pairToDer(pair)
      : signing.pairToFixed(pair, orderBytes(key));
  }

  function verifyDigest(
    key: AsymmetricKey,
    hash: string,
    digest: Bytes,
    signature: Bytes,
    options: Options,
  ): boolean {
    if (keys.isOkp(key) || postQuantum.isPq(key) || key.type === 'dh') throw unsupported();
    if (isRsa(key)) {
      if (isPss(key, options))
        return signing.pssVerify(key, digest, signature, pssOptions(key, hash, options, false));
      return signing.pkcs1Verify(key, hash, digest, signature);
    }
    const pair =
      options.encoding === ENCODING_DER
        ? signing.pairFromDer(signature)
        : signing.pairFromFixed(signature, orderBytes(key));
    if (pair === undefined) return false;
    return key.type === 'ec' ? signing.ecdsaVerify(key, digest, pair) : signing.dsaVerify(key, digest, pair);
  }

  const orderBytes = (key: AsymmetricKey): number => {
    if (key.type === 'ec') return key.curve.orderBytes;
    return key.type === 'dsa' ? Math.ceil(cryptographyOf(context).bytes.bitLength(key.q) / 8) : 0;
  };
  const digestOf = (key: AsymmetricKey, hash: string | undefined, message: Bytes): [string, Bytes] => {
    const name = hash ?? (key.type === 'rsa-pss' ? (key.pss?.hash ?? 'sha256') : 'sha256');
    const named = digests.findDigest(name);
    if (named === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid digest: ${name}`);
    return [named.name, named.digest(message) as Bytes];
  };

  return {
    signDigest,
    verifyDigest,
    signWhole(key: AsymmetricKey, hash: string | undefined, message: Bytes, options: Options): Bytes {
      if (postQuantum.isPq(key)) {
        if (hash !== undefined) throw invalidDigest();
        return postQuantum.pqSign(key, message, options.context);
      }
      if (!keys.isOkp(key)) return signDigest(key, ...digestOf(key, hash, message), options);
      if (key.type.startsWith('x')) throw unsupported();
      if (hash !== undefined) throw invalidDigest();
      return signing.eddsaSign(key, message, options.context);
    },
    verifyWhole(
      key: AsymmetricKey,
      hash: string | undefined,
      message: Bytes,
      signature: Bytes,
      options: Options,
    ): boolean {
      if (postQuantum.isPq(key)) {
        if (hash !== undefined) throw invalidDigest();
        return postQuantum.pqVerify(key, message, signature, options.context);
      }
      if (!keys.isOkp(key)) return verifyDigest(key, ...digestOf(key, hash, message), signature, options);
      if (key.type.startsWith('x')) throw unsupported();
      if (hash !== undefined) throw invalidDigest();
      return signing.eddsaVerify(key, message, signature, options.context);
    },
  };
}
