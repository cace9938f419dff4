import type { ScriptTransform } from '../transform/script.ts';
import type { ModuleTransform } from '../transform/module_types.ts';

/** Where transform results outlive a process: text by key. Failures are misses. */
export interface TransformStore {
  read(key: string): string | undefined;
  write(key: string, value: string): void;
}

/** Bumped when the transforms change what they produce, so that stored results are not read again. */
const FORMAT = 3;

/** Sources shorter than this transform faster than a store is asked. */
const STORE_FROM_LENGTH = 16 * 1024;

/** Remembers what the transforms made of a source, by its content. */
export class TransformCache {
  readonly #store: TransformStore | undefined;

  constructor(store?: TransformStore) {
    this.#store = store;
  }

  script(kind: string, code: string, make: () => ScriptTransform): ScriptTransform {
    return this.#cached(kind, code, make, (result) => result.columns.length > 0);
  }

  module(code: string, make: () => ModuleTransform): ModuleTransform {
    return this.#cached('module', code, make, () => true);
  }

  #cached<T extends { code: string }>(
    kind: string,
    code: string,
    make: () => T,
    worthIt: (result: T) => boolean,
  ): T {
    const store = code.length >= STORE_FROM_LENGTH ? this.#store : undefined;
    if (store === undefined) return make();
    const key = `${FORMAT}-${kind}-${contentKey(code)}`;
    const stored = store.read(key);
    if (stored !== undefined) {
      try {
        return JSON.parse(stored) as T;
      } catch {
        // Cut off while being written: made again below.
      }
    }
    const result = make();
    if (worthIt(result)) store.write(key, JSON.stringify(result));
    return result;
  }
}

/** Two 32-bit multiplicative hashes and the length: 64 bits that differ for different sources in one container. */
export function contentKey(code: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < code.length; i++) {
    const unit = code.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return `${code.length.toString(36)}-${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}`;
}
