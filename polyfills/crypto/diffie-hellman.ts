/** DiffieHellman, ECDH and the shared secret of two keys (src/crypto/crypto_dh.cc, crypto_ec.cc). */
import type { NodeContext } from '../context.ts';
import type { Curve } from '../cryptography/keys/curves.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { copyOf } from './input.ts';
import { createJobClass } from './jobs.ts';
import { type KeyArguments, keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

type Bytes = Uint8Array<ArrayBuffer>;
/** Results of DH_check. */
const Check = { notPrime: 1, notSafePrime: 2, badGenerator: 8, tooSmall: 0x80 } as const;
const MODULUS_BITS_MIN = 512;
const POINT_FORMS = { 2: 'compressed', 4: 'uncompressed', 6: 'hybrid' } as const;
type PointForm = keyof typeof POINT_FORMS;

const bytesFrom = (value: unknown): Bytes => {
  const bytes = bytesOf(value as ArrayBufferView);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

export function createDiffieHellman(context: NodeContext) {
  return { ...createDh(context), ...createEcdh(context), DHBitsJob: createBitsJob(context) };
}

function createDh(context: NodeContext) {
  const { bytes: lib, generation, errors } = cryptographyOf(context);
  const { coded } = context.errors;
  const { toBigInt, fromBigInt } = lib;
  const badGenerator = (): Error => errors.opensslError('DH', 0x65, 'bad generator');

  class DiffieHellman {
    #p = 0n;
    #g = 0n;
    #private: bigint | undefined;
    #public: bigint | undefined;
    #check: number | undefined;

    constructor(first: unknown, second?: unknown) {
      if (typeof first === 'number') this.#generate(first, second);
      else {
        this.#p = toBigInt(bytesFrom(first));
        this.#g = typeof second === 'number' ? BigInt(second) : toBigInt(bytesFrom(second));
        if (this.#g <= 1n || (typeof second === 'number' && second < 2)) throw badGenerator();
        if (lib.bitLength(this.#p) >= MODULUS_BITS_MIN && this.#g >= this.#p) throw badGenerator();
        if (this.#p === 0n) throw coded(TypeError, 'ERR_INVALID_ARG_VALUE', 'Invalid prime');
      }
    }
    #generate(bits: number, generator: unknown): void {
      if (bits < 2) throw errors.opensslError('DH', 0x7e, 'modulus too small');
      if (typeof generator !== 'number') {
        throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'Second argument must be an int32');
      }
      if (generator < 2) throw badGenerator();
      if (bits < MODULUS_BITS_MIN) throw errors.opensslError('DH', 0x7e, 'modulus too small');
      this.#p = generation.randomPrime({ bits, safe: true });
      this.#g = BigInt(generator);
      this.#check = 0;
    }
    static setGroup(handle: DiffieHellman, p: bigint, g: bigint): void {
      handle.#p = p;
      handle.#g = g;
    }
    get verifyError(): number {
      return (this.#check ??= this.#verify());
    }
    #verify(): number {
      let found = 0;
      if (generation.isGroupPrime(this.#p) && this.#g === 2n) return found;
      if (lib.bitLength(this.#p) < MODULUS_BITS_MIN) found |= Check.tooSmall;
      if (!generation.isProbablePrime(this.#p)) found |= Check.notPrime;
      else if (!generation.isProbablePrime(this.#p >> 1n)) found |= Check.notSafePrime;
      if (this.#g <= 1n || this.#g >= this.#p - 1n) found |= Check.badGenerator;
      return found;
    }
    generateKeys(): Bytes {
      this.#private ??= generation.randomBelow(this.#p - 2n) + 1n;
      this.#public = generation.modPow(this.#g, this.#private, this.#p);
      return this.getPublicKey();
    }
    computeSecret(value: unknown): Bytes {
      if (this.#private === undefined) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'No private key');
      const peer = toBigInt(bytesFrom(value));
      const invalid = (what: string): Error =>
        coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', `Supplied key is too ${what}`);
      if (peer <= 1n) throw invalid('small');
      if (peer >= this.#p - 1n) throw invalid('large');
      const secret = generation.modPow(peer, this.#private, this.#p);
      return toBuffer(fromBigInt(secret, Math.ceil(lib.bitLength(this.#p) / 8)));
    }
    getPrime(): Bytes {
      return toBuffer(fromBigInt(this.#p));
    }
    getGenerator(): Bytes {
      return toBuffer(fromBigInt(this.#g));
    }
    getPublicKey(): Bytes {
      if (this.#public !== undefined) return toBuffer(fromBigInt(this.#public));
      throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'No public key - did you forget to generate one?');
    }
    getPrivateKey(): Bytes {
      if (this.#private !== undefined) return toBuffer(fromBigInt(this.#private));
      throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'No private key - did you forget to generate one?');
    }
    setPublicKey(value: unknown): void {
      this.#public = toBigInt(bytesFrom(value));
    }
    setPrivateKey(value: unknown): void {
      this.#private = toBigInt(bytesFrom(value));
    }
  }
  class DiffieHellmanGroup extends DiffieHellman {
    constructor(name: string) {
      const p = generation.groupPrime(name);
      if (p === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_DH_GROUP', 'Unknown DH group');
      super(Uint8Array.of(5), 2);
      DiffieHellman.setGroup(this, p, 2n);
    }
    override get verifyError(): number {
      return 0;
    }
  }
  return { DiffieHellman, DiffieHellmanGroup };
}

function createEcdh(context: NodeContext) {
  const { bytes: lib, ec, curves, generation } = cryptographyOf(context);
  const { coded } = context.errors;
  const failed = (message: string): Error => coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', message);
  const curveOf = (name: string): Curve => {
    const curve = curves.curveByName(name);
    if (curve === undefined) throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE', 'Invalid EC curve name');
    return curve;
  };

  class ECDH {
    readonly #curve: Curve;
    #private: bigint | undefined;
    #point: Bytes | undefined;
    /** The public key was set apart from the private one. */
    #unchecked = false;

    constructor(name: string) {
      this.#curve = curveOf(name);
    }
    generateKeys(): void {
      const key = generation.generateEc(this.#curve);
      this.#private = key.private?.d;
      this.#point = key.point;
      this.#unchecked = false;
    }
    computeSecret(value: unknown): unknown {
      if (this.#private === undefined || !this.#isPair(this.#private)) {
        throw coded(Error, 'ERR_CRYPTO_INVALID_KEYPAIR', 'Invalid key pair');
      }
      let peer: Bytes;
      try {
        peer = ec.decodePoint(this.#curve, bytesFrom(value));
      } catch {
        // The library makes its error of it.
        return 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY';
      }
      return toBuffer(ec.ecdhSecret(this.#curve, this.#private, peer));
    }
    #isPair(secret: bigint): boolean {
      if (!this.#unchecked) return true;
      return lib.equalBytes(ec.publicPoint(this.#curve, secret), this.#point ?? new Uint8Array(0));
    }
    getPublicKey(form: PointForm): Bytes {
      if (this.#point === undefined) throw failed('Failed to get ECDH public key');
      return toBuffer(ec.encodePoint(this.#curve, this.#point, POINT_FORMS[form]));
    }
    getPrivateKey(): Bytes {
      if (this.#private === undefined) throw failed('Failed to get ECDH private key');
      return toBuffer(lib.fromBigInt(this.#private, this.#curve.orderBytes));
    }
    setPublicKey(value: unknown): void {
      try {
        this.#point = ec.decodePoint(this.#curve, bytesFrom(value));
        this.#unchecked = true;
      } catch {
        throw failed('Failed to convert Buffer to EC_POINT');
      }
    }
    setPrivateKey(value: unknown): void {
      const d = lib.toBigInt(bytesFrom(value));
      if (!ec.isScalar(this.#curve, d)) {
        throw coded(Error, 'ERR_CRYPTO_INVALID_KEYPAIR', 'Private key is not valid for specified curve.');
      }
      this.#private = d;
      this.#point = ec.publicPoint(this.#curve, d);
      this.#unchecked = false;
    }
  }
  return {
    ECDH,
    ECDHConvertKey(value: unknown, name: string, form: PointForm): Bytes {
      const bytes = bytesFrom(value);
      if (bytes.length === 0) return toBuffer(new Uint8Array(0));
      const curve = curveOf(name);
      try {
        return toBuffer(ec.encodePoint(curve, ec.decodePoint(curve, bytes), POINT_FORMS[form]));
      } catch {
        throw failed('Failed to convert Buffer to EC_POINT');
      }
    },
  };
}

function createBitsJob(context: NodeContext): unknown {
  const { bytes: lib, ec, okp, generation, errors } = cryptographyOf(context);
  const keys = keysOf(context);
  const failed = (): Error => errors.opensslError('PROV', 0xcb, 'mismatching domain parameters');
  return createJobClass(context, 'DERIVEBITSREQUEST', (...parameters: unknown[]) => {
    const peer = keys.publicOrPrivateKey(...(parameters.slice(0, 5) as KeyArguments));
    const own = keys.privateKey(...(parameters.slice(5, 10) as KeyArguments));
    const { coded } = context.errors;
    if (peer.type !== own.type) {
      const message = `Incompatible key types for Diffie-Hellman: ${own.type} and ${peer.type}`;
      throw coded(Error, 'ERR_CRYPTO_INCOMPATIBLE_KEY', message);
    }
    return () => {
      if (own.type === 'ec' && peer.type === 'ec') {
        if (own.curve !== peer.curve) throw failed();
        return copyOf(ec.ecdhSecret(own.curve, own.private?.d ?? 0n, peer.point));
      }
      if (own.type === 'dh' && peer.type === 'dh') {
        if (own.p !== peer.p) throw failed();
        const secret = generation.modPow(peer.y, own.private?.x ?? 0n, own.p);
        return copyOf(lib.fromBigInt(secret, Math.ceil(lib.bitLength(own.p) / 8)));
      }
      if ((own.type === 'x25519' || own.type === 'x448') && 'public' in peer) {
        const secret = okp.okpSecret(own.type, own.private?.bytes ?? new Uint8Array(0), peer.public);
        if (secret === undefined) throw errors.opensslError('PROV', 0x7d, 'failed during derivation');
        return copyOf(secret);
      }
      throw errors.opensslError('EVP', 0x96, 'operation not supported for this keytype');
    };
  });
}
