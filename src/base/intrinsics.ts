/**
 * Platform functions captured when the worker's script is evaluated. A user program may patch any prototype or
 * global afterwards; code that runs beside it calls these instead, and iterates arrays by index.
 */
const { apply } = Reflect;
const ArrayPrototype = Array.prototype;
const Uint8Prototype = Uint8Array.prototype;
const MapPrototype = Map.prototype as Map<unknown, unknown>;
const PromisePrototype = Promise.prototype as Promise<unknown>;

const {
  load,
  store,
  add,
  and,
  or,
  exchange,
  compareExchange,
  notify: atomicsNotify,
  wait: atomicsWait,
  waitAsync: atomicsWaitAsync,
} = Atomics;

export const atomicLoad: (words: Int32Array, index: number) => number = load;
export const atomicStore: (words: Int32Array, index: number, value: number) => number = store;
export const atomicAdd: (words: Int32Array, index: number, value: number) => number = add;
export const atomicAnd: (words: Int32Array, index: number, value: number) => number = and;
export const atomicOr: (words: Int32Array, index: number, value: number) => number = or;
export const atomicExchange: (words: Int32Array, index: number, value: number) => number = exchange;
export const atomicCompareExchange: (
  words: Int32Array,
  index: number,
  expected: number,
  value: number,
) => number = compareExchange;
export const notifyAll = (words: Int32Array, index: number): number => atomicsNotify(words, index);
export const futexWait: (
  words: Int32Array,
  index: number,
  value: number,
  timeoutMs?: number,
) => 'ok' | 'not-equal' | 'timed-out' = atomicsWait;
export const futexWaitAsync: (
  words: Int32Array,
  index: number,
  value: number,
  timeoutMs?: number,
) =>
  { async: false; value: 'not-equal' | 'timed-out' } | { async: true; value: Promise<'ok' | 'timed-out'> } =
  atomicsWaitAsync as never;

/** Tells the processor that the thread looks at a word again and again; nothing in browsers that do not have it. */
export const pause: () => void = (Atomics as { pause?: () => void }).pause ?? (() => undefined);

const Bytes = Uint8Array;
const { set: bytesSetMethod, fill: bytesFillMethod } = Uint8Prototype;
const typedArrayPrototype = Object.getPrototypeOf(Uint8Prototype) as object;
function getterOf(name: 'buffer' | 'byteOffset' | 'byteLength'): () => unknown {
  const getter = Object.getOwnPropertyDescriptor(typedArrayPrototype, name)?.get;
  if (getter === undefined) throw new Error(`no TypedArray getter ${name}`);
  return getter;
}
const bufferGetter = getterOf('buffer');
const byteOffsetGetter = getterOf('byteOffset');
const byteLengthGetter = getterOf('byteLength');

export function bytesAllocate(length: number): Uint8Array<ArrayBuffer> {
  return new Bytes(length);
}
export function bytesLength(source: Uint8Array): number {
  return apply(byteLengthGetter, source, []) as number;
}
export function bytesSet(target: Uint8Array, source: Uint8Array, offset: number): void {
  apply(bytesSetMethod, target, [source, offset]);
}
/** A plain Uint8Array over part of `source`, whatever subclass (Buffer) that is. */
export function bytesView(source: Uint8Array, start: number, end: number): Uint8Array {
  const buffer = apply(bufferGetter, source, []) as ArrayBuffer;
  return new Bytes(buffer, (apply(byteOffsetGetter, source, []) as number) + start, end - start);
}
/** A copy in memory of its own. */
export function bytesCopy(source: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const copy = new Bytes(end - start);
  apply(bytesSetMethod, copy, [bytesView(source, start, end), 0]);
  return copy;
}
export function bytesFill(target: Uint8Array, value: number): void {
  apply(bytesFillMethod, target, [value]);
}

const { push: arrayPushMethod, splice: arraySpliceMethod } = ArrayPrototype;
export function arrayPush<T>(array: T[], value: T): void {
  apply(arrayPushMethod, array, [value]);
}
export function arrayRemoveAt<T>(array: T[], index: number): void {
  apply(arraySpliceMethod, array, [index, 1]);
}

const { then: promiseThenMethod } = PromisePrototype;
export function promiseThen<T>(
  promise: Promise<T>,
  fulfilled: (value: T) => void,
  rejected?: (reason: unknown) => void,
): void {
  apply(promiseThenMethod, promise, [fulfilled, rejected]);
}

const {
  get: mapGetMethod,
  set: mapSetMethod,
  delete: mapDeleteMethod,
  has: mapHasMethod,
  forEach: mapForEachMethod,
} = MapPrototype;
/** A Map that user patches of Map.prototype do not reach. */
export class SafeMap<K, V> {
  readonly #map = new Map<K, V>();
  get(key: K): V | undefined {
    return apply(mapGetMethod, this.#map, [key]) as V | undefined;
  }
  set(key: K, value: V): void {
    apply(mapSetMethod, this.#map, [key, value]);
  }
  has(key: K): boolean {
    return apply(mapHasMethod, this.#map, [key]) as boolean;
  }
  delete(key: K): boolean {
    return apply(mapDeleteMethod, this.#map, [key]) as boolean;
  }
  forEach(visit: (value: V, key: K) => void): void {
    apply(mapForEachMethod, this.#map, [visit]);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const { encode: encodeMethod } = TextEncoder.prototype;
const { decode: decodeMethod } = TextDecoder.prototype;
export function utf8Encode(text: string): Uint8Array<ArrayBuffer> {
  return apply(encodeMethod, encoder, [text]) as Uint8Array<ArrayBuffer>;
}
/** `bytes` must not be shared memory (browsers refuse to decode it): copy first. */
export function utf8Decode(bytes: Uint8Array): string {
  return apply(decodeMethod, decoder, [bytes]) as string;
}

const { parse, stringify } = JSON;
export const jsonParse: (text: string) => unknown = parse;
export const jsonStringify: (value: unknown) => string = stringify;

const memoryBufferGetter = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer')?.get;
/** `memory.buffer` as it is now: reading it again shows what other threads have added. */
export function memoryBuffer(memory: WebAssembly.Memory): ArrayBuffer | SharedArrayBuffer {
  if (memoryBufferGetter === undefined) throw new Error('no getter of WebAssembly.Memory buffer');
  return apply(memoryBufferGetter, memory, []) as ArrayBuffer | SharedArrayBuffer;
}
const Words = Int32Array;
/** Both over one buffer: a memory that another thread grows may have another at the next look. */
export function viewsOver(memory: WebAssembly.Memory): { words: Int32Array; bytes: Uint8Array } {
  const buffer = memoryBuffer(memory);
  return { words: new Words(buffer), bytes: new Bytes(buffer) };
}
