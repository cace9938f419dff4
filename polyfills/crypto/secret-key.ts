import type { NodeContext } from '../context.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { base64urlDecode } from '../text/base64.ts';
import { compareBytes } from '../text/search.ts';

const KEY_SECRET = 0;

/** The bytes of a key argument: a view, an ArrayBuffer or the handle of a secret key. */
export type KeyBytes = (key: unknown) => Uint8Array<ArrayBuffer>;

/** KeyObjectHandle for secret keys. Asymmetric keys are refused by name. */
export function createSecretKeys(context: NodeContext) {
  const unsupported = (what: string): Error =>
    context.errors.coded(
      Error,
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      `${what} is not available in this container; secret keys are`,
    );

  class KeyObjectHandle {
    #bytes = new Uint8Array(0);

    static bytes(handle: KeyObjectHandle): Uint8Array<ArrayBuffer> {
      return handle.#bytes;
    }
    init(type: number, key: unknown): void {
      if (type !== KEY_SECRET) throw unsupported('An asymmetric key');
      this.#bytes = keyBytes(key);
    }
    getKeyType(): number {
      return KEY_SECRET;
    }
    getSymmetricKeySize(): number {
      return this.#bytes.length;
    }
    export(): Uint8Array {
      return toBuffer(copyBytes(this.#bytes, 0, this.#bytes.length));
    }
    exportJwk(target: Record<string, unknown>): Record<string, unknown> {
      target['kty'] = 'oct';
      target['k'] = base64urlDecode(this.#bytes, 0, this.#bytes.length);
      return target;
    }
    equals(other: KeyObjectHandle): boolean {
      const { length } = this.#bytes;
      return length === other.#bytes.length && compareBytes(this.#bytes, 0, other.#bytes, 0, length) === 0;
    }
  }

  const keyBytes: KeyBytes = (key) => {
    if (key instanceof KeyObjectHandle) return KeyObjectHandle.bytes(key);
    const bytes = bytesOf(key as ArrayBufferView | ArrayBufferLike);
    return copyBytes(bytes, 0, lengthOf(bytes));
  };

  return { KeyObjectHandle, keyBytes, ...createKeyClasses() };
}

/** The two base classes that lib/internal/crypto/keys.js asks for by callback, and the readers of their slots. */
function createKeyClasses() {
  const slotsOfKeyObjects = new WeakMap<object, readonly [number, object]>();
  const slotsOfCryptoKeys = new WeakMap<object, readonly unknown[]>();

  class NativeKeyObject {
    constructor(handle: { getKeyType(): number }) {
      slotsOfKeyObjects.set(this, [handle.getKeyType(), handle]);
    }
  }
  class NativeCryptoKey {
    constructor(handle: { getKeyType(): number }, algorithm: unknown, usages: unknown, extractable: unknown) {
      slotsOfCryptoKeys.set(this, [handle.getKeyType(), extractable, algorithm, usages, handle]);
    }
  }
  const read = (slots: WeakMap<object, readonly unknown[]>) => (key: object) => {
    const found = slots.get(key);
    if (found === undefined) throw new TypeError('Illegal invocation');
    return [...found];
  };
  return {
    createNativeKeyObjectClass: (define: (Base: typeof NativeKeyObject) => unknown) =>
      define(NativeKeyObject),
    createCryptoKeyClass: (define: (Base: typeof NativeCryptoKey) => unknown) => define(NativeCryptoKey),
    getKeyObjectSlots: read(slotsOfKeyObjects),
    getCryptoKeySlots: read(slotsOfCryptoKeys),
  };
}
