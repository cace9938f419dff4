/** The two base classes that lib/internal/crypto/keys.js asks for by callback, and the readers of their slots. */
import type { KeyHandle } from './key-handle.ts';

export function createKeyClasses() {
  const slotsOfKeyObjects = new WeakMap<object, readonly [number, object]>();
  const slotsOfCryptoKeys = new WeakMap<object, readonly unknown[]>();

  class NativeKeyObject {
    constructor(handle: KeyHandle) {
      slotsOfKeyObjects.set(this, [handle.getKeyType(), handle]);
    }
  }
  class NativeCryptoKey {
    constructor(handle: KeyHandle, algorithm: unknown, usages: unknown, extractable: unknown) {
      slotsOfCryptoKeys.set(this, [handle.getKeyType(), extractable, algorithm, usages, handle]);
    }
  }
  let CryptoKeyClass: (new (...parameters: unknown[]) => object) | undefined;
  const read = (slots: WeakMap<object, readonly unknown[]>) => (key: object) => {
    const found = slots.get(key);
    if (found === undefined) throw new TypeError('Illegal invocation');
    return [...found];
  };
  return {
    createNativeKeyObjectClass: (define: (Base: typeof NativeKeyObject) => unknown) =>
      define(NativeKeyObject),
    createCryptoKeyClass(define: (Base: typeof NativeCryptoKey) => unknown[]) {
      const classes = define(NativeCryptoKey);
      CryptoKeyClass = classes[1] as typeof CryptoKeyClass;
      return classes;
    },
    getKeyObjectSlots: read(slotsOfKeyObjects),
    getCryptoKeySlots: read(slotsOfCryptoKeys),
    /** A key for the Web Crypto API, as the jobs give them. */
    makeCryptoKey(handle: KeyHandle, algorithm: unknown, usages: unknown, extractable: unknown): object {
      if (CryptoKeyClass === undefined) throw new TypeError('no CryptoKey yet');
      return new CryptoKeyClass(handle, algorithm, usages, extractable);
    },
  };
}
export type KeyClasses = ReturnType<typeof createKeyClasses>;
