/** KeyObjectHandle: the key behind a KeyObject or a CryptoKey (src/crypto/crypto_keys.cc). */
import type { NodeContext } from '../context.ts';
import type { KeyEncoding } from '../cryptography/keys/import.ts';
import type { AsymmetricKey } from '../cryptography/keys/key.ts';
import { toBuffer } from '../node-buffer.ts';
import { base64urlDecode } from '../text/base64.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { cryptographyOf } from './library.ts';

export const KeyType = { secret: 0, public: 1, private: 2 } as const;
export const KeyFormat = {
  der: 0,
  pem: 1,
  jwk: 2,
  rawPublic: 3,
  rawPrivate: 4,
  rawSeed: 5,
  store: 6,
} as const;
const ENCODINGS: readonly KeyEncoding[] = ['pkcs1', 'pkcs8', 'spki', 'sec1'];
/** POINT_CONVERSION_* of OpenSSL. */
const POINT_FORMS = { 2: 'compressed', 4: 'uncompressed', 6: 'hybrid' } as const;

type Bytes = Uint8Array<ArrayBuffer>;
/** As prepareAsymmetricKey of lib/internal/crypto/keys.js gives it. */
export type KeyArguments = [
  data: unknown,
  format: unknown,
  type: unknown,
  passphrase: unknown,
  namedCurve: unknown,
];

export interface KeyHandle {
  getKeyType(): number;
}

export interface Keys {
  readonly KeyObjectHandle: new () => KeyHandle;
  /** The bytes of a key argument: a view, an ArrayBuffer or the handle of a secret key. */
  readonly keyBytes: (key: unknown) => Bytes;
  makeSecret(bytes: Uint8Array): KeyHandle;
  makeAsymmetric(type: number, key: AsymmetricKey): KeyHandle;
  /** A private or public key from arguments of a call. */
  privateKey(...parameters: KeyArguments): AsymmetricKey;
  publicOrPrivateKey(...parameters: KeyArguments): AsymmetricKey;
  asymmetricOf(handle: unknown): AsymmetricKey;
  /** For another thread: a value that the browser clones. */
  pack(handle: unknown): unknown;
  unpack(packed: unknown): KeyHandle;
}

interface PackedHandle {
  type: number;
  bytes?: Bytes;
  /** An asymmetric key: SPKI or PKCS#8. */
  der?: Bytes;
}

const bytesFrom = (value: unknown): Bytes => {
  const bytes = bytesOf(value as ArrayBufferView | ArrayBufferLike);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

const known = new WeakMap<NodeContext, Keys>();

export function keysOf(context: NodeContext): Keys {
  let keys = known.get(context);
  if (keys === undefined) known.set(context, (keys = createKeys(context)));
  return keys;
}

function createKeys(context: NodeContext): Keys {
  const { keys: lib, x509 } = cryptographyOf(context);
  const { importJwk, importRaw } = createImports(context);

  class KeyObjectHandle implements KeyHandle {
    #type: number = KeyType.secret;
    #bytes: Bytes = new Uint8Array(0);
    #key: AsymmetricKey | undefined;

    static make(
      type: number,
      bytes: Uint8Array | undefined,
      key: AsymmetricKey | undefined,
    ): KeyObjectHandle {
      const handle = new KeyObjectHandle();
      handle.#type = type;
      if (bytes !== undefined) handle.#bytes = bytesFrom(bytes);
      handle.#key = key;
      return handle;
    }
    static bytes(handle: KeyObjectHandle): Bytes {
      return handle.#bytes;
    }
    static key(handle: KeyObjectHandle): AsymmetricKey {
      if (handle.#key === undefined) throw new TypeError('not an asymmetric key');
      return handle.#key;
    }
    init(type: number, ...parameters: KeyArguments): void {
      this.#type = type;
      if (type === KeyType.secret) {
        const [data, format] = parameters;
        this.#bytes = format === KeyFormat.jwk ? jwkSecret(context, data) : keyBytes(data);
      } else if (type === KeyType.public) this.#key = lib.publicOf(publicOrPrivateKey(...parameters));
      else this.#key = privateKey(...parameters);
    }
    getKeyType(): number {
      return this.#type;
    }
    getSymmetricKeySize(): number {
      return this.#bytes.length;
    }
    getAsymmetricKeyType(): string {
      return KeyObjectHandle.key(this).type;
    }
    checkEcKeyData(): boolean {
      return this.#key?.type === 'ec';
    }
    export(format?: unknown, type?: unknown, cipher?: unknown, passphrase?: unknown): unknown {
      if (this.#type === KeyType.secret) return toBuffer(bytesFrom(this.#bytes));
      return exportKey(context, KeyObjectHandle.key(this), this.#type, [format, type, cipher, passphrase]);
    }
    exportJwk(target: Record<string, unknown>, handleRsaPss: unknown): Record<string, unknown> {
      if (this.#type !== KeyType.secret) {
        const key = KeyObjectHandle.key(this);
        return lib.writeJwk(
          handleRsaPss === true && key.type === 'rsa-pss' ? { ...key, type: 'rsa' } : key,
          target,
        );
      }
      target['kty'] = 'oct';
      target['k'] = base64urlDecode(this.#bytes, 0, this.#bytes.length);
      return target;
    }
    rawPublicKey(): Bytes {
      return toBuffer(rawBytes(context, KeyObjectHandle.key(this), 'public'));
    }
    rawPrivateKey(): Bytes {
      return toBuffer(rawBytes(context, KeyObjectHandle.key(this), 'private'));
    }
    rawSeed(): Bytes {
      return toBuffer(rawBytes(context, KeyObjectHandle.key(this), 'seed'));
    }
    exportECPublicRaw(form: keyof typeof POINT_FORMS): Bytes {
      const key = KeyObjectHandle.key(this);
      if (key.type !== 'ec') throw incompatible(context);
      const { ec } = cryptographyOf(context);
      return toBuffer(ec.encodePoint(key.curve, key.point, POINT_FORMS[form]));
    }
    exportECPrivateRaw(): Bytes {
      const key = KeyObjectHandle.key(this);
      if (key.type !== 'ec') throw incompatible(context);
      return toBuffer(cryptographyOf(context).ec.scalarBytes(key));
    }
    keyDetail(target: Record<string, unknown>): Record<string, unknown> {
      return describeKey(context, KeyObjectHandle.key(this), target);
    }
    equals(other: KeyObjectHandle): boolean {
      if (this.#type !== other.#type) return false;
      if (this.#key !== undefined && other.#key !== undefined) return lib.equalKeys(this.#key, other.#key);
      return cryptographyOf(context).bytes.equalBytes(this.#bytes, other.#bytes);
    }
  }

  const keyBytes = (key: unknown): Bytes =>
    key instanceof KeyObjectHandle ? KeyObjectHandle.bytes(key) : bytesFrom(key);

  const load = (wantsPrivate: boolean, parameters: KeyArguments): AsymmetricKey => {
    const [data, format, type, passphrase, namedCurve] = parameters;
    if (data instanceof KeyObjectHandle) return KeyObjectHandle.key(data);
    if (format === KeyFormat.jwk) return importJwk(data, wantsPrivate);
    if (format === KeyFormat.rawPublic || format === KeyFormat.rawPrivate || format === KeyFormat.rawSeed) {
      return importRaw(bytesFrom(data), format, type, namedCurve);
    }
    if (format === KeyFormat.store) {
      throw context.errors.coded(
        Error,
        'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
        'An OpenSSL store is not available in this container',
      );
    }
    const source = {
      format: format === KeyFormat.der ? ('der' as const) : ('pem' as const),
      type: typeof type === 'number' ? ENCODINGS[type] : undefined,
      passphrase: passphrase === undefined || passphrase === null ? undefined : bytesFrom(passphrase),
    };
    if (wantsPrivate) return lib.importPrivate(bytesFrom(data), source);
    return lib.importPublic(bytesFrom(data), source, (der) => new x509.Certificate(der).publicKey);
  };
  const privateKey = (...parameters: KeyArguments): AsymmetricKey => load(true, parameters);
  const publicOrPrivateKey = (...parameters: KeyArguments): AsymmetricKey => load(false, parameters);

  return {
    KeyObjectHandle,
    keyBytes,
    makeSecret: (bytes) => KeyObjectHandle.make(KeyType.secret, bytes, undefined),
    makeAsymmetric: (type, key) => KeyObjectHandle.make(type, undefined, key),
    privateKey,
    publicOrPrivateKey,
    asymmetricOf: (handle) => KeyObjectHandle.key(handle as KeyObjectHandle),
    pack(given): PackedHandle {
      const handle = given as KeyObjectHandle;
      const type = handle.getKeyType();
      if (type === KeyType.secret) return { type, bytes: bytesFrom(KeyObjectHandle.bytes(handle)) };
      const key = KeyObjectHandle.key(handle);
      const form = type === KeyType.public ? ('spki' as const) : ('pkcs8' as const);
      const write = type === KeyType.public ? lib.exportPublic : lib.exportPrivate;
      return { type, der: write(key, { format: 'der', type: form }) as Bytes };
    },
    unpack(given) {
      const { type, bytes, der = new Uint8Array(0) } = given as PackedHandle;
      if (bytes !== undefined) return KeyObjectHandle.make(type, bytes, undefined);
      const source = { format: 'der', type: type === KeyType.public ? 'spki' : 'pkcs8' } as const;
      const key =
        type === KeyType.public
          ? lib.importPublic(der, source, () => {
              throw new TypeError('a certificate is no key');
            })
          : lib.importPrivate(der, source);
      return KeyObjectHandle.make(type, undefined, key);
    },
  };
}

function incompatible({ errors }: NodeContext): Error {
  const message = 'The selected key encoding is incompatible with the key type';
  return errors.coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS', message);
}

/** A raw part of a key whose kind has it. */
function rawBytes(context: NodeContext, key: AsymmetricKey, part: 'public' | 'private' | 'seed'): Bytes {
  const { keys, postQuantum } = cryptographyOf(context);
  if (keys.isOkp(key) && part !== 'seed') {
    return bytesFrom(part === 'public' ? key.public : (key.private?.bytes ?? new Uint8Array(0)));
  }
  if (!postQuantum.isPq(key)) throw incompatible(context);
  if (part === 'public') return bytesFrom(key.encoded);
  if (postQuantum.PQ_ALGORITHMS[key.type].seeded !== (part === 'seed')) throw incompatible(context);
  const bytes = part === 'seed' ? key.private?.seed : key.private?.bytes;
  if (bytes !== undefined) return bytesFrom(bytes);
  throw context.errors.coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'Failed to get raw seed');
}

function jwkSecret(context: NodeContext, data: unknown): Bytes {
  const { k } = data as { k?: unknown };
  const bytes = typeof k === 'string' ? cryptographyOf(context).bytes.fromBase64(k) : undefined;
  if (bytes === undefined)
    throw context.errors.coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Invalid JWK secret key format');
  return bytes;
}

const WITHOUT_RAW_FORMS: readonly string[] = ['rsa', 'rsa-pss', 'dsa', 'dh'];

function createImports(context: NodeContext) {
  const { keys, curves, ec, okp, postQuantum, bytes: lib } = cryptographyOf(context);
  const { errors } = context;
  const invalid = (): Error => errors.coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'Invalid key data');
  return {
    importJwk(data: unknown, wantsPrivate: boolean): AsymmetricKey {
      const key = keys.readJwk(data as Record<string, unknown>);
      if (wantsPrivate && key.private === undefined) {
        throw errors.coded(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'JWK does not contain private key material');
      }
      return key;
    },
    importRaw(bytes: Bytes, format: number, type: unknown, namedCurve: unknown): AsymmetricKey {
      const isPublic = format === KeyFormat.rawPublic;
      const name = `${type as string}`.toLowerCase();
      const seeded = postQuantum.isPqType(name) && postQuantum.PQ_ALGORITHMS[name].seeded;
      const [kind, known] = [okp.okpByName(name), type === 'ec' || postQuantum.isPqType(name)];
      if (WITHOUT_RAW_FORMS.includes(`${type as string}`)) throw incompatible(context);
      if (kind === undefined && !known) {
        const message = `Invalid asymmetricKeyType: ${type as string}`;
        throw errors.coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);
      }
      if (!isPublic && (format === KeyFormat.rawSeed) !== seeded) throw incompatible(context);
      if (type === 'ec') {
        const curve = curves.curveByName(`${namedCurve as string}`);
        if (curve === undefined)
          throw errors.coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
        try {
          if (isPublic) return { type: 'ec', curve, point: ec.decodePoint(curve, bytes) };
          if (bytes.length !== curve.orderBytes) throw invalid();
          return ec.ecKeyFromScalar(curve, lib.toBigInt(bytes));
        } catch {
          throw invalid();
        }
      }
      try {
        if (postQuantum.isPqType(name)) {
          if (isPublic) return postQuantum.pqFromPublic(name, bytes);
          return (seeded ? postQuantum.pqFromSeed : postQuantum.pqFromPrivate)(name, bytes);
        }
        if (kind === undefined) throw invalid();
        return isPublic ? okp.okpFromPublic(kind, bytes) : okp.okpFromPrivate(kind, bytes);
      } catch {
        throw invalid();
      }
    },
  };
}

type ExportArguments = [format: unknown, type: unknown, cipher: unknown, passphrase: unknown];

/** A key in the encoding asked for: PEM text or a Buffer. */
export function exportKey(
  context: NodeContext,
  key: AsymmetricKey,
  kind: number,
  [format, type, cipher, passphrase]: ExportArguments,
): unknown {
  const { keys } = cryptographyOf(context);
  if (format === KeyFormat.jwk) return keys.writeJwk(key, {});
  const target = {
    format: format === KeyFormat.pem ? ('pem' as const) : ('der' as const),
    type: ENCODINGS[type as number] ?? (kind === KeyType.public ? 'spki' : 'pkcs8'),
    cipher: typeof cipher === 'string' ? cipher : undefined,
    passphrase: passphrase === undefined || passphrase === null ? undefined : bytesFrom(passphrase),
  };
  const made = kind === KeyType.public ? keys.exportPublic(key, target) : keys.exportPrivate(key, target);
  return typeof made === 'string' ? made : toBuffer(made);
}

function describeKey(
  context: NodeContext,
  key: AsymmetricKey,
  target: Record<string, unknown>,
): Record<string, unknown> {
  const { bytes } = cryptographyOf(context);
  switch (key.type) {
    case 'rsa':
    case 'rsa-pss':
      target['modulusLength'] = bytes.bitLength(key.n);
      target['publicExponent'] = bytes.fromBigInt(key.e).buffer;
      if (key.pss !== undefined) {
        target['hashAlgorithm'] = key.pss.hash;
        target['mgf1HashAlgorithm'] = key.pss.mgf1Hash;
        target['saltLength'] = key.pss.saltLength;
      }
      break;
    case 'dsa':
      target['modulusLength'] = bytes.bitLength(key.p);
      target['divisorLength'] = bytes.bitLength(key.q);
      break;
    case 'ec':
      target['namedCurve'] = key.curve.name;
      break;
    default:
  }
  return target;
}
