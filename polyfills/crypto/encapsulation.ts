/** Jobs of key encapsulation (src/crypto/crypto_kem.cc). */
import type { NodeContext } from '../context.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { copyOf } from './input.ts';
import { createJobClass, JOB_SYNC, WEB_CRYPTO_MODE } from './jobs.ts';
import { type KeyArguments, keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

export function createEncapsulation(context: NodeContext) {
  const { encapsulation } = cryptographyOf(context);
  const keys = keysOf(context);
  /** A callback is told less than who asks synchronously. */
  const failed = (mode: number, what: string): Error =>
    mode === JOB_SYNC
      ? context.errors.coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', `Failed to perform ${what}`)
      : new Error('Deriving bits failed');
  return {
    KEMEncapsulateJob: createJobClass(
      context,
      'DERIVEBITSREQUEST',
      (mode: number, ...parameters: KeyArguments) => {
        const key = keys.publicOrPrivateKey(...parameters);
        return () => {
          const made = encapsulation.encapsulate(key);
          if (made === undefined) throw failed(mode, 'encapsulation');
          if (mode !== WEB_CRYPTO_MODE) return [toBuffer(made.shared), toBuffer(made.ciphertext)];
          return { sharedKey: copyOf(made.shared), ciphertext: copyOf(made.ciphertext) };
        };
      },
      true,
    ),
    KEMDecapsulateJob: createJobClass(
      context,
      'DERIVEBITSREQUEST',
      (mode: number, ...parameters: unknown[]) => {
        const key = keys.privateKey(...(parameters.slice(0, 5) as KeyArguments));
        const bytes = bytesOf(parameters[5] as ArrayBufferView);
        const ciphertext = copyBytes(bytes, 0, lengthOf(bytes));
        return () => {
          const shared = encapsulation.decapsulate(key, ciphertext);
          if (shared === undefined) throw failed(mode, 'decapsulation');
          return toBuffer(shared);
        };
      },
      true,
    ),
  };
}
