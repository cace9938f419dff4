/** Jobs of cSHAKE, KMAC, TurboSHAKE and KangarooTwelve (src/crypto/crypto_hash.cc, crypto_kmac.cc, crypto_turboshake.cc). */
import type { NodeContext } from '../context.ts';
import type { Strength } from '../cryptography/sponges.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import type { KeyBytes } from './hashes.ts';
import { copyOf } from './input.ts';
import { createJobClass } from './jobs.ts';
import { cryptographyOf } from './library.ts';

const MODE_SIGN = 0;
/** OpenSSL's bounds. */
const CUSTOMIZATION_BYTES_MAX = 512;
const KMAC_KEY_BYTES_MAX = 512;
const KMAC_OUTPUT_BYTES_MAX = 0xffffff / 8;

const bytesFrom = (value: unknown): Uint8Array<ArrayBuffer> => {
  if (value === undefined || value === null) return new Uint8Array(0);
  const bytes = bytesOf(value as ArrayBufferView | ArrayBufferLike);
  return copyBytes(bytes, 0, lengthOf(bytes));
};
/** Of a name such as KMAC128. */
const strengthOf = (name: string): Strength => (name.endsWith('128') ? 128 : 256);

export function createSpongeJobs(context: NodeContext, keyBytes: KeyBytes) {
  const { sponges, bytes: lib } = cryptographyOf(context);
  const failed = (): Error => new Error('The operation failed');
  return {
    CShakeJob: createJobClass(
      context,
      'HASHREQUEST',
      (name: string, given: unknown, functionName: unknown, custom: unknown, bits: number) => {
        const [data, fn, customization] = [bytesFrom(given), bytesFrom(functionName), bytesFrom(custom)];
        return () => {
          if (customization.length > CUSTOMIZATION_BYTES_MAX) throw failed();
          return copyOf(sponges.cshake(strengthOf(name), data, fn, customization, bits));
        };
      },
    ),
    TurboShakeJob: createJobClass(
      context,
      'HASHREQUEST',
      (name: string, domain: number, length: number, given: unknown) => {
        const data = bytesFrom(given);
        return () => copyOf(sponges.turboshake(strengthOf(name), data, domain, length));
      },
    ),
    KangarooTwelveJob: createJobClass(
      context,
      'HASHREQUEST',
      (name: string, custom: unknown, length: number, given: unknown) => {
        const [customization, data] = [bytesFrom(custom), bytesFrom(given)];
        return () => copyOf(sponges.kangarooTwelve(strengthOf(name), data, customization, length));
      },
    ),
    KmacJob: createJobClass(
      context,
      'SIGNREQUEST',
      (
        mode: number,
        handle: unknown,
        name: string,
        custom: unknown,
        keyBits: number,
        bits: number,
        given: unknown,
        signature: unknown,
      ) => {
        const [key, customization, data] = [keyBytes(handle), bytesFrom(custom), bytesFrom(given)];
        const expected = bytesFrom(signature);
        return () => {
          const fits =
            key.length <= KMAC_KEY_BYTES_MAX &&
            customization.length <= CUSTOMIZATION_BYTES_MAX &&
            Math.ceil(bits / 8) <= KMAC_OUTPUT_BYTES_MAX;
          if (!fits || key.length < Math.ceil(keyBits / 8)) throw failed();
          const made = sponges.kmac(strengthOf(name), data, { key, keyBits, customization, bits });
          if (mode === MODE_SIGN) return copyOf(made);
          return made.length > 0 && lib.equalBytes(made, expected);
        };
      },
    ),
  };
}
