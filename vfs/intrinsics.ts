/**
 * The platform functions this layer uses, taken when the module loads: before a program can patch a prototype and
 * by that see the shared memory. Code of this folder calls no method of a built-in prototype in any other way.
 */

const { call } = Function.prototype;

/** `uncurry(f)(self, ...rest)` is `f.call(self, ...rest)`, whatever becomes of `Function.prototype.call`. */
function uncurry<Self, Rest extends unknown[], Result>(
  method: (this: Self, ...rest: Rest) => Result,
): (self: Self, ...rest: Rest) => Result {
  return call.bind(method) as unknown as (self: Self, ...rest: Rest) => Result;
}

function getterOf<Result>(prototype: object, name: PropertyKey): (self: object) => Result {
  const getter = Object.getOwnPropertyDescriptor(prototype, name)?.get;
  if (!getter) throw new Error(`no getter ${String(name)}`);
  return uncurry(getter) as (self: object) => Result;
}

export const atomicAdd = Atomics.add;
export const atomicCompareExchange = Atomics.compareExchange;
export const atomicExchange = Atomics.exchange;
export const atomicLoad = Atomics.load;
export const atomicNotify = Atomics.notify;
export const atomicOr = Atomics.or;
export const atomicStore = Atomics.store;
export const atomicSub = Atomics.sub;
export const atomicWait = Atomics.wait;

export const imul = Math.imul;
export const clz32 = Math.clz32;
export const floor = Math.floor;
export const ceil = Math.ceil;
export const min = Math.min;
export const max = Math.max;
export const dateNow = Date.now;
export const toBigInt = BigInt;

export const Words = Int32Array;
export const Bytes = Uint8Array;
export const Floats = Float64Array;

const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
export const bufferOfView = getterOf<ArrayBufferLike>(TypedArrayPrototype, 'buffer');
export const byteOffsetOfView = getterOf<number>(TypedArrayPrototype, 'byteOffset');
export const bufferOfMemory = getterOf<SharedArrayBuffer>(
  (globalThis as unknown as { WebAssembly: { Memory: { prototype: object } } }).WebAssembly.Memory.prototype,
  'buffer',
) as (memory: WebAssembly.Memory) => SharedArrayBuffer;
export const growMemory = uncurry(
  (
    globalThis as unknown as {
      WebAssembly: { Memory: { prototype: { grow(this: WebAssembly.Memory, pages: number): number } } };
    }
  ).WebAssembly.Memory.prototype.grow,
);

export const setBytes = uncurry(Uint8Array.prototype.set) as (
  self: Uint8Array,
  source: Uint8Array,
  offset: number,
) => void;
export const fillBytes = uncurry(Uint8Array.prototype.fill);
export const copyBytesWithin = uncurry(Uint8Array.prototype.copyWithin);

/** A copy of an array. */
export const copyArray = uncurry(Array.prototype.slice) as <T>(self: readonly T[]) => T[];

export const charCodeAt = uncurry(String.prototype.charCodeAt);
export const fromCharCode = String.fromCharCode;
const { apply } = Reflect;
export const stringFromCodes = (codes: ArrayLike<number>): string => apply(fromCharCode, undefined, codes);

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const decode = uncurry(decoder.decode);
const encode = uncurry(encoder.encode);
/** UTF-8 → string; what is not UTF-8 becomes U+FFFD. The bytes must not be shared memory. */
export const decodeUtf8 = (bytes: Uint8Array): string => decode(decoder, bytes);
/** string → UTF-8; lone surrogates become U+FFFD. */
export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => encode(encoder, text);
