/**
 * Platform functions captured when this module loads, before user code can patch a prototype. The bindings of bytes
 * and text call only these: a Buffer's own methods are user-visible JavaScript and may be overridden at any time.
 */

type Method<Self, Arguments extends unknown[], Result> = (self: Self, ...parameters: Arguments) => Result;

/** `uncurry(f)(self, …)` is `f.call(self, …)`, without looking `call` up again. */
export function uncurry<Self, Arguments extends unknown[], Result>(
  method: unknown,
): Method<Self, Arguments, Result> {
  return Function.prototype.call.bind(method as never) as unknown as Method<Self, Arguments, Result>;
}

function getter<Self, Result>(owner: object, name: PropertyKey): Method<Self, [], Result> {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor?.get === undefined) throw new TypeError(`No accessor ${String(name)}`);
  return uncurry(descriptor.get);
}

type View = ArrayBufferView;
const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

export const isView: (value: unknown) => value is View = ArrayBuffer.isView;
export const fromCharCode = String.fromCharCode;
export const apply = Reflect.apply;
export const min = Math.min;
export const max = Math.max;
export const trunc = Math.trunc;

/** The class name of a typed array ('Uint8Array'), undefined for anything else. Cannot be forged. */
export const typedArrayName = getter<unknown, string | undefined>(TypedArrayPrototype, Symbol.toStringTag);
export const lengthOf = getter<Uint8Array, number>(TypedArrayPrototype, 'length');
const typedBuffer = getter<View, ArrayBufferLike>(TypedArrayPrototype, 'buffer');
const typedByteOffset = getter<View, number>(TypedArrayPrototype, 'byteOffset');
const typedByteLength = getter<View, number>(TypedArrayPrototype, 'byteLength');
const dataViewBuffer = getter<View, ArrayBufferLike>(DataView.prototype, 'buffer');
const dataViewByteOffset = getter<View, number>(DataView.prototype, 'byteOffset');
const dataViewByteLength = getter<View, number>(DataView.prototype, 'byteLength');
const arrayBufferByteLength = getter<ArrayBuffer, number>(ArrayBuffer.prototype, 'byteLength');
const arrayBufferResizable = getter<ArrayBuffer, boolean>(ArrayBuffer.prototype, 'resizable');

export const setBytes = uncurry<Uint8Array, [ArrayLike<number>, number], void>(TypedArrayPrototype.set);
export const fillBytes = uncurry<Uint8Array, [number, number, number], Uint8Array>(TypedArrayPrototype.fill);
export const copyWithin = uncurry<Uint8Array, [number, number, number], Uint8Array>(
  TypedArrayPrototype.copyWithin,
);
export const indexOfByte = uncurry<Uint8Array, [number, number], number>(TypedArrayPrototype.indexOf);
export const lastIndexOfByte = uncurry<Uint8Array, [number, number], number>(TypedArrayPrototype.lastIndexOf);

export const charCodeAt = uncurry<string, [number], number>(String.prototype.charCodeAt);
export const stringSlice = uncurry<string, [number, number?], string>(String.prototype.slice);
export const stringIncludes = uncurry<string, [string], boolean>(String.prototype.includes);
export const stringIndexOf = uncurry<string, [string, number?], number>(String.prototype.indexOf);
export const stringStartsWith = uncurry<string, [string, number?], boolean>(String.prototype.startsWith);
export const lowerCase = uncurry<string, [], string>(String.prototype.toLowerCase);
export const test = uncurry<RegExp, [string], boolean>(RegExp.prototype.test);

/** True when `buffer` is an ordinary ArrayBuffer of fixed length: what every platform function accepts. */
export function isPlainBuffer(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  try {
    return !arrayBufferResizable(buffer as ArrayBuffer);
  } catch {
    return false; // shared
  }
}

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    arrayBufferByteLength(value as ArrayBuffer);
    return true;
  } catch {
    return false;
  }
}

export function viewBuffer(view: View): ArrayBufferLike {
  return typedArrayName(view) === undefined ? dataViewBuffer(view) : typedBuffer(view);
}

export function viewByteLength(view: View): number {
  return typedArrayName(view) === undefined ? dataViewByteLength(view) : typedByteLength(view);
}

export function viewByteOffset(view: View): number {
  return typedArrayName(view) === undefined ? dataViewByteOffset(view) : typedByteOffset(view);
}

/**
 * The bytes of a view or buffer. A Uint8Array (so a Buffer) is returned as it is, since reading its elements cannot be
 * intercepted; use `lengthOf` for its length and only the functions of this file on it.
 */
export function bytesOf(value: View | ArrayBufferLike): Uint8Array {
  const name = typedArrayName(value);
  if (name === 'Uint8Array') return value as Uint8Array;
  if (name !== undefined) {
    const view = value as View;
    return new Uint8Array(typedBuffer(view), typedByteOffset(view), typedByteLength(view));
  }
  if (isView(value)) {
    return new Uint8Array(dataViewBuffer(value), dataViewByteOffset(value), dataViewByteLength(value));
  }
  return new Uint8Array(value);
}

/** `bytes[start…end)` as a plain Uint8Array that every platform function accepts (copied when shared or resizable). */
export function plainRange(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const buffer = typedBuffer(bytes);
  if (isPlainBuffer(buffer)) return new Uint8Array(buffer, typedByteOffset(bytes) + start, end - start);
  const copy = new Uint8Array(end - start);
  setBytes(copy, new Uint8Array(buffer, typedByteOffset(bytes) + start, end - start), 0);
  return copy;
}

/** A copy of `bytes[start…end)`, a plain Uint8Array whatever `bytes`' own class (whose species would make its own kind). */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(end - start);
  setBytes(copy, range(bytes, start, end), 0);
  return copy;
}

/** `bytes[start…end)` over the same memory, of the plain Uint8Array class whatever `bytes`' own class. */
export function range(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(typedBuffer(bytes), typedByteOffset(bytes) + start, end - start);
}
