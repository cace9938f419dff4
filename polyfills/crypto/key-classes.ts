/** The two base classes that lib/internal/crypto/keys.js asks for by callback, and the readers of their slots. */
import type { NodeContext } from '../context.ts';
import { registerHostObject } from '../host-object.ts';
import { type KeyHandle, keysOf } from './key-handle.ts';

type KeyConstructor = new (...parameters: unknown[]) => object;
/** What another thread makes a key of. */
interface PackedKey {
  handle: unknown;
  /** [algorithm, usages, extractable] of a CryptoKey. */
  web?: unknown[];
}

export function createKeyClasses(context: NodeContext) {
  const slotsOfKeyObjects = new WeakMap<object, readonly [number, object]>();
  const slotsOfCryptoKeys = new WeakMap<object, readonly unknown[]>();
  let keyObjects: readonly KeyConstructor[] = [];
  let CryptoKeyClass: KeyConstructor | undefined;

  const makeKeyObject = (handle: KeyHandle): object => {
    // KeyObject itself, then those of secret, public and private keys.
    const KeyClass = keyObjects[1 + handle.getKeyType()];
    if (KeyClass === undefined) throw new TypeError('no KeyObject yet');
    return new KeyClass(handle);
  };
  const makeCryptoKey = (handle: KeyHandle, ...rest: unknown[]): object => {
    if (CryptoKeyClass === undefined) throw new TypeError('no CryptoKey yet');
    return new CryptoKeyClass(handle, ...rest);
  };

  class NativeKeyObject {
    constructor(handle: KeyHandle) {
      slotsOfKeyObjects.set(this, [handle.getKeyType(), handle]);
      registerHostObject(this, {
        clone: () => makeKeyObject(handle),
        pack: () => ({ type: 'crypto', data: { handle: keysOf(context).pack(handle) } }),
      });
    }
  }
  class NativeCryptoKey {
    constructor(handle: KeyHandle, algorithm: unknown, usages: unknown, extractable: unknown) {
      slotsOfCryptoKeys.set(this, [handle.getKeyType(), extractable, algorithm, usages, handle]);
      const web = [algorithm, usages, extractable];
      registerHostObject(this, {
        clone: () => makeCryptoKey(handle, structuredClone(algorithm), usages, extractable),
        pack: () => ({ type: 'crypto', data: { handle: keysOf(context).pack(handle), web } }),
      });
    }
  }
  const read = (slots: WeakMap<object, readonly unknown[]>, name: string) => (key: object) => {
    const found = slots.get(key);
    if (found !== undefined) return [...found];
    const message = `Value of "this" must be of type ${name}`;
    throw context.errors.coded(TypeError, 'ERR_INVALID_THIS', message);
  };
  return {
    createNativeKeyObjectClass(define: (Base: typeof NativeKeyObject) => unknown[]) {
      const classes = define(NativeKeyObject);
      keyObjects = classes as KeyConstructor[];
      return classes;
    },
    createCryptoKeyClass(define: (Base: typeof NativeCryptoKey) => unknown[]) {
      const classes = define(NativeCryptoKey);
      CryptoKeyClass = classes[1] as KeyConstructor;
      return classes;
    },
    getKeyObjectSlots: read(slotsOfKeyObjects, 'KeyObject'),
    getCryptoKeySlots: read(slotsOfCryptoKeys, 'CryptoKey'),
    /** A key for the Web Crypto API, as the jobs give them. */
    makeCryptoKey,
    unpackKey(data: unknown): object {
      // Defines the classes.
      context.realm.require('internal/crypto/keys');
      const { handle, web } = data as PackedKey;
      const made = keysOf(context).unpack(handle);
      return web === undefined ? makeKeyObject(made) : makeCryptoKey(made, ...web);
    },
  };
}
export type KeyClasses = ReturnType<typeof createKeyClasses>;
