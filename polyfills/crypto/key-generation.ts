/** Jobs that make keys (src/crypto/crypto_keygen.h, crypto_rsa.cc, crypto_ec.cc, crypto_dsa.cc, crypto_dh.cc). */
import type { NodeContext } from '../context.ts';
import type { AsymmetricKey, OkpType, PqType } from '../cryptography/keys/key.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { createJobClass, WEB_CRYPTO_MODE } from './jobs.ts';
import type { KeyClasses } from './key-classes.ts';
import { exportKey, KeyType, keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

const VARIANT_PSS = 1;
const EXPLICIT_CURVE = 0;
const DH_MODULUS_BITS_MIN = 512;

type Encoding = [
  publicFormat: unknown,
  publicType: unknown,
  privateFormat: unknown,
  privateType: unknown,
  cipher: unknown,
  passphrase: unknown,
];

export function createKeyGeneration(context: NodeContext, makeCryptoKey: KeyClasses['makeCryptoKey']) {
  const { generation, curves, digests, postQuantum, errors } = cryptographyOf(context);
  const keys = keysOf(context);
  const { coded } = context.errors;
  const { publicOf } = cryptographyOf(context).keys;

  /** Keys in the encodings asked for, as handles, or as keys of the Web Crypto API. */
  function deliver(mode: number, rest: unknown[], make: () => AsymmetricKey): () => unknown {
    return () => {
      const key = make();
      const handles = [
        keys.makeAsymmetric(KeyType.public, publicOf(key)),
        keys.makeAsymmetric(KeyType.private, key),
      ];
      if (mode === WEB_CRYPTO_MODE) {
        const [algorithm, publicUsages, privateUsages, extractable] = rest;
        return {
          publicKey: makeCryptoKey(handles[0] as never, algorithm, publicUsages, true),
          privateKey: makeCryptoKey(handles[1] as never, algorithm, privateUsages, extractable),
        };
      }
      const [publicFormat, publicType, privateFormat, privateType, cipher, passphrase] = rest as Encoding;
      return [
        publicFormat === undefined
          ? handles[0]
          : encoded(publicOf(key), KeyType.public, [publicFormat, publicType]),
        privateFormat === undefined
          ? handles[1]
          : encoded(key, KeyType.private, [privateFormat, privateType, cipher, passphrase]),
      ];
    };
  }
  function encoded(key: AsymmetricKey, kind: number, [format, type, cipher, passphrase]: unknown[]): unknown {
    const raw = exportRaw(key, kind, format, type);
    return raw ?? exportKey(context, key, kind, [format, type, cipher, passphrase]);
  }
  function exportRaw(key: AsymmetricKey, kind: number, format: unknown, type: unknown): unknown {
    const handle = keys.makeAsymmetric(kind, key) as unknown as Record<string, (form?: unknown) => unknown>;
    if (format === 3)
      return key.type === 'ec' ? handle['exportECPublicRaw']?.(type) : handle['rawPublicKey']?.();
    if (format === 4)
      return key.type === 'ec' ? handle['exportECPrivateRaw']?.() : handle['rawPrivateKey']?.();
    if (format === 5) return handle['rawSeed']?.();
    return undefined;
  }

  const job = (prepare: (mode: number, ...parameters: never[]) => () => unknown): unknown =>
    createJobClass(context, 'KEYPAIRGENREQUEST', prepare, true);
  const digest = (name: unknown, title = 'digest'): string | undefined => {
    if (name === undefined) return undefined;
    const named = digests.findDigest(`${name as string}`);
    if (named === undefined)
      throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST', `Invalid ${title}: ${name as string}`);
    return named.name;
  };

  return {
    RsaKeyPairGenJob: job((mode, variant: number, bits: number, exponent: number, ...rest: unknown[]) => {
      const make = (): ReturnType<typeof generation.generateRsa> =>
        generation.generateRsa(bits, BigInt(exponent));
      if (variant !== VARIANT_PSS || mode === WEB_CRYPTO_MODE) return deliver(mode, rest, make);
      const [hashName, mgf1Name, salt, ...encoding] = rest;
      const hash = digest(hashName);
      const mgf1Hash = digest(mgf1Name, 'MGF1 digest') ?? hash;
      const restricted = hash !== undefined || mgf1Hash !== undefined || salt !== undefined;
      const used = hash ?? 'sha1';
      const saltLength = (salt as number | undefined) ?? digests.findDigest(used)?.outputBytes ?? 20;
      const pss = restricted ? { hash: used, mgf1Hash: mgf1Hash ?? used, saltLength } : undefined;
      return deliver(mode, encoding, () => ({ ...make(), type: 'rsa-pss', pss }));
    }),
    EcKeyPairGenJob: job((mode, name: string, parameters: unknown, ...rest: unknown[]) => {
      const curve = curves.curveByName(name);
      if (curve === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
      return deliver(mode, rest, () => ({
        ...generation.generateEc(curve),
        explicit: parameters === EXPLICIT_CURVE,
      }));
    }),
    NidKeyPairGenJob: job((mode, id: number, ...rest: unknown[]) => {
      const okp = typeOfId(context, id, OKP_TYPES);
      if (okp !== undefined) return deliver(mode, rest, () => generation.generateOkp(okp));
      const type = typeOfId(context, id, postQuantum.PQ_TYPES);
      if (type === undefined) throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', `Unknown key type: ${id}`);
      return deliver(mode, rest, () => postQuantum.generatePq(type));
    }),
    DsaKeyPairGenJob: job((mode, bits: number, divisorBits: number, ...rest: unknown[]) =>
      deliver(mode, rest, () => generation.generateDsa(bits, divisorBits)),
    ),
    DhKeyPairGenJob: job((mode, group: unknown, ...rest: unknown[]) => {
      if (typeof group === 'string') {
        const p = generation.groupPrime(group);
        if (p === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_DH_GROUP', 'Unknown DH group');
        return deliver(mode, rest, () => generation.generateDh(p, 2n));
      }
      const [generator, ...encoding] = rest;
      const prime = typeof group === 'number' ? group : bigFrom(context, group);
      const { opensslError } = errors;
      return deliver(mode, encoding, () => {
        if (typeof prime === 'number' && prime < DH_MODULUS_BITS_MIN)
          throw opensslError('DH', 0x7e, 'modulus too small');
        if ((generator as number) < 2) throw opensslError('DH', 0x65, 'bad generator');
        const p = typeof prime === 'bigint' ? prime : generation.randomPrime({ bits: prime, safe: true });
        return generation.generateDh(p, BigInt(generator as number));
      });
    }),
    SecretKeyGenJob: createJobClass(
      context,
      'KEYGENREQUEST',
      (mode: number, bits: number, algorithm: unknown, usages: unknown, extractable: unknown) => () => {
        const bytes = generation.randomBytes(Math.ceil(bits / 8));
        if (bits % 8 !== 0 && mode === WEB_CRYPTO_MODE) {
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) & (0xff << (8 - (bits % 8)));
        }
        const handle = keys.makeSecret(
          mode === WEB_CRYPTO_MODE ? bytes : bytes.subarray(0, Math.floor(bits / 8)),
        );
        return mode === WEB_CRYPTO_MODE ? makeCryptoKey(handle, algorithm, usages, extractable) : handle;
      },
      true,
    ),
  };
}

const OKP_TYPES: readonly OkpType[] = ['ed25519', 'ed448', 'x25519', 'x448'];

/** By OpenSSL's number of the kind. */
function typeOfId<Type extends OkpType | PqType>(
  { facts }: NodeContext,
  id: number,
  types: readonly Type[],
): Type | undefined {
  const constants = facts.bindings['crypto']?.constants() ?? {};
  return types.find((type) => constants[`EVP_PKEY_${type.toUpperCase().replaceAll('-', '_')}`] === id);
}

function bigFrom(context: NodeContext, value: unknown): bigint {
  const bytes = bytesOf(value as ArrayBufferView);
  return cryptographyOf(context).bytes.toBigInt(copyBytes(bytes, 0, lengthOf(bytes)));
}
