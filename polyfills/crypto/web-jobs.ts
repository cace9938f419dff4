/** Jobs of the Web Crypto API over ciphers and MACs, and those of prime numbers (src/crypto/crypto_aes.cc and its like). */
import type { NodeContext } from '../context.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { copyOf } from './input.ts';
import { createJobClass } from './jobs.ts';
import { keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const ENCRYPT = 0;
const SIGN = 0;
const MODES = ['ctr', 'cbc', 'gcm', 'wrap', 'ocb'] as const;
const none = new Uint8Array(0);

const bytesFrom = (value: unknown): Bytes => {
  if (value === undefined || value === null) return none;
  const bytes = bytesOf(value as ArrayBufferView | ArrayBufferLike);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

export function createWebJobs(context: NodeContext) {
  const { ciphers, bytes: lib, mac, rsa, generation } = cryptographyOf(context);
  const keys = keysOf(context);
  const failed = (): Error => new Error('The operation failed');

  function sealed(
    name: string,
    mode: number,
    key: Bytes,
    data: Bytes,
    iv: Bytes,
    tagBytes: number,
    about: Bytes,
  ): Bytes {
    const info = ciphers.findCipher(name);
    if (info === undefined) throw failed();
    const encrypts = mode === ENCRYPT;
    const stream = ciphers.createAead(info, encrypts, key, iv, tagBytes);
    if (about.length > 0) stream.addAdditional(about, data.length);
    const run = (part: Bytes): Bytes => {
      const out = stream.update(part);
      return stream.finish === undefined ? out : lib.concat(out, stream.finish());
    };
    if (encrypts) return lib.concat(run(data), stream.tag().subarray(0, tagBytes));
    if (data.length < tagBytes) throw failed();
    const out = run(data.slice(0, data.length - tagBytes));
    if (!ciphers.sameTag(stream.tag(), data.subarray(data.length - tagBytes))) throw failed();
    return out;
  }
  /** Only the last `bits` of the block count: they turn over without carrying on. */
  function counter(mode: number, name: string, key: Bytes, data: Bytes, start: Bytes, bits: number): Bytes {
    const info = ciphers.findCipher(name);
    if (info === undefined) throw failed();
    if (BigInt(Math.ceil(data.length / 16)) > 1n << BigInt(bits)) throw failed();
    const left = (1n << BigInt(bits)) - (lib.toBigInt(start) & ((1n << BigInt(bits)) - 1n));
    const first = Number(left < BigInt(data.length) ? left * 16n : BigInt(data.length));
    const run = (part: Bytes, from: Bytes): Bytes =>
      ciphers.createCipherStream(info, mode === ENCRYPT, key, from).update(part);
    if (first >= data.length) return run(data, start);
    const turned = lib.fromBigInt((lib.toBigInt(start) >> BigInt(bits)) << BigInt(bits), 16);
    return lib.concat(run(data.slice(0, first), start), run(data.slice(first), turned));
  }

  return {
    AESCipherJob: createJobClass(
      context,
      'CIPHERREQUEST',
      (
        mode: number,
        handle: unknown,
        given: unknown,
        variant: number,
        iv: unknown,
        size: unknown,
        about: unknown,
      ) => {
        const key = keys.keyBytes(handle);
        const [data, vector, additional] = [bytesFrom(given), bytesFrom(iv), bytesFrom(about)];
        const kind = MODES[Math.floor(variant / 3)] ?? 'cbc';
        const name = `aes-${8 * key.length}-${kind}`;
        return () => {
          if (kind === 'ctr') return copyOf(counter(mode, name, key, data, vector, size as number));
          if (kind === 'gcm' || kind === 'ocb')
            return copyOf(sealed(name, mode, key, data, vector, size as number, additional));
          if (kind === 'wrap') return copyOf(ciphers.wrapKey(mode === ENCRYPT, key, data));
          const info = ciphers.findCipher(name);
          if (info === undefined) throw failed();
          const stream = ciphers.createCipherStream(info, mode === ENCRYPT, key, vector);
          return copyOf(lib.concat(stream.update(data), stream.final()));
        };
      },
    ),
    ChaCha20Poly1305CipherJob: createJobClass(
      context,
      'CIPHERREQUEST',
      (mode: number, handle: unknown, given: unknown, iv: unknown, about: unknown) => {
        const key = keys.keyBytes(handle);
        const [data, vector, additional] = [bytesFrom(given), bytesFrom(iv), bytesFrom(about)];
        return () => copyOf(sealed('chacha20-poly1305', mode, key, data, vector, 16, additional));
      },
    ),
    RSACipherJob: createJobClass(
      context,
      'CIPHERREQUEST',
      (mode: number, handle: unknown, given: unknown, _variant: number, hash: string, label: unknown) => {
        const key = keys.asymmetricOf(handle);
        const [data, about] = [bytesFrom(given), bytesFrom(label)];
        return () => {
          if (key.type !== 'rsa') throw failed();
          return copyOf((mode === ENCRYPT ? rsa.oaepEncrypt : rsa.oaepDecrypt)(key, hash, about, data));
        };
      },
    ),
    HmacJob: createJobClass(
      context,
      'SIGNREQUEST',
      (mode: number, hash: string, handle: unknown, given: unknown, signature: unknown) => {
        const [key, data, expected] = [keys.keyBytes(handle), bytesFrom(given), bytesFrom(signature)];
        return () => {
          const made = mac(hash, key, data);
          return mode === SIGN ? copyOf(made) : lib.equalBytes(made, expected);
        };
      },
    ),
    RandomPrimeJob: createJobClass(
      context,
      'RANDOMPRIMEREQUEST',
      (bits: number, safe: boolean, add: unknown, rem: unknown) => {
        const optional = (value: unknown): bigint | undefined =>
          value === undefined ? undefined : lib.toBigInt(bytesFrom(value));
        const [step, rest] = [optional(add), optional(rem)];
        const { coded } = context.errors;
        if (step !== undefined) {
          if (lib.bitLength(step) > bits) throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'invalid options.add');
          if (rest !== undefined && step <= rest)
            throw coded(RangeError, 'ERR_OUT_OF_RANGE', 'invalid options.rem');
        }
        return () => {
          const prime = generation.randomPrime({ bits, safe, add: step, rem: rest });
          return copyOf(lib.fromBigInt(prime, Math.ceil(bits / 8)));
        };
      },
    ),
    CheckPrimeJob: createJobClass(context, 'CHECKPRIMEREQUEST', (candidate: unknown, rounds: number) => {
      const value = lib.toBigInt(bytesFrom(candidate));
      return () => generation.isProbablePrime(value, rounds);
    }),
  };
}
