import type { NodeContext } from '../context.ts';

type Test = (value: unknown) => boolean;

const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;
const { apply } = Reflect;
const objectToString = Object.prototype.toString;
const functionToString = Function.prototype.toString;
const isPrototypeOf = Object.prototype.isPrototypeOf;
const AsyncFunction = (async () => {}).constructor;
const GeneratorFunction = function* () {}.constructor;
const AsyncGeneratorFunction = async function* () {}.constructor;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const tagOf = (value: unknown): string => apply(objectToString, value, []);
const getter = (prototype: object, key: PropertyKey) => {
  const get = getOwnPropertyDescriptor(prototype, key)?.get;
  if (get === undefined) throw new TypeError(`no getter ${String(key)}`);
  return get;
};

/**
 * True when `value` has the internal slots that `method` needs. Only values whose prototype chain holds `prototype`, or
 * was tampered with, come to the call: a throw costs twenty times a test.
 */
function brand(
  prototype: object,
  method: (...args: never[]) => unknown,
  isProxy: Test,
  ...args: unknown[]
): Test {
  return (value) => {
    if (!isObject(value) || isProxy(value)) return false;
    const parent = getPrototypeOf(value) as object | null;
    if (parent === Object.prototype || parent === Array.prototype) return false;
    if (parent !== prototype && parent !== null && !apply(isPrototypeOf, prototype, [value])) {
      if (!isForeign(parent)) return false;
    }
    try {
      apply(method, value, args as never[]);
      return true;
    } catch {
      return false;
    }
  };
}

/** By name: to look through all that a browser has would make each of its several hundred classes. */
const LANGUAGE_CLASSES = [
  'AggregateError', 'Array', 'ArrayBuffer', 'AsyncDisposableStack', 'BigInt', 'BigInt64Array', 'BigUint64Array',
  'Boolean', 'DataView', 'Date', 'DisposableStack', 'Error', 'EvalError', 'FinalizationRegistry', 'Float16Array',
  'Float32Array', 'Float64Array', 'Function', 'Int16Array', 'Int32Array', 'Int8Array', 'Iterator', 'Map', 'Number',
  'Object', 'Promise', 'RangeError', 'ReferenceError', 'RegExp', 'Set', 'SharedArrayBuffer', 'String',
  'SuppressedError', 'Symbol', 'SyntaxError', 'TypeError', 'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array',
  'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet',
]; // prettier-ignore

/** A prototype that is none of the language's own may hide a branded object (`Object.setPrototypeOf(new Map(), {})`). */
const standard = new Set<object>();
for (const name of LANGUAGE_CLASSES) {
  const value: unknown = getOwnPropertyDescriptor(globalThis, name)?.value;
  if (typeof value === 'function' && isObject(value.prototype)) standard.add(value.prototype as object);
}
const isForeign = (prototype: object) =>
  !standard.has(prototype) && getPrototypeOf(prototype) === Object.prototype;

const startsAsync = /^(?:async\b|(?:static\s+)?async[\s*(])/;
const startsGenerator = /^(?:async\s+)?function\s*\*|^(?:static\s+)?(?:async\s*)?\*/;

function functionKind(value: unknown, prototypes: readonly unknown[], source: RegExp): boolean {
  if (typeof value !== 'function') return false;
  const parent: unknown = getPrototypeOf(value);
  if (prototypes.includes(parent)) return true;
  if (parent === Function.prototype) return false;
  return source.test(apply(functionToString, value, []));
}

function isPromiseTest(isProxy: Test, Native: PromiseConstructor): Test {
  const resolve = Native.resolve;
  const then = Native.prototype.then;
  const ignore = () => undefined;
  return (value) => {
    if (!isObject(value) || isProxy(value)) return false;
    if (!apply(isPrototypeOf, Native.prototype, [value])) return false;
    const constructor: unknown = (value as { constructor?: unknown }).constructor;
    if (constructor !== Native)
      return typeof constructor === 'function' && constructor.prototype instanceof Native;
    // Promise.resolve returns a real promise of its own constructor as it is.
    const resolved: unknown = apply(resolve, Native, [value]);
    if (resolved === value) return true;
    apply(then, resolved, [ignore, ignore]);
    return false;
  };
}

function makeBoxed(isProxy: Test) {
  return {
    isBigIntObject: brand(BigInt.prototype, BigInt.prototype.valueOf, isProxy),
    isBooleanObject: brand(Boolean.prototype, Boolean.prototype.valueOf, isProxy),
    isNumberObject: brand(Number.prototype, Number.prototype.valueOf, isProxy),
    isStringObject: brand(String.prototype, String.prototype.valueOf, isProxy),
    isSymbolObject: brand(Symbol.prototype, Symbol.prototype.valueOf, isProxy),
  };
}

function makeFunctionTests() {
  const asyncKinds = [AsyncFunction.prototype, AsyncGeneratorFunction.prototype];
  const generatorKinds = [GeneratorFunction.prototype, AsyncGeneratorFunction.prototype];
  const hasNext = (value: object) => typeof (value as { next?: unknown }).next === 'function';
  return {
    isAsyncFunction: (value: unknown) => functionKind(value, asyncKinds, startsAsync),
    isGeneratorFunction: (value: unknown) => functionKind(value, generatorKinds, startsGenerator),
    isGeneratorObject(value: unknown) {
      if (!isObject(value)) return false;
      const tag = tagOf(value);
      return (
        (tag === '[object Generator]' || tag === '[object AsyncGenerator]') &&
        hasNext(value) &&
        !hasOwn(value, 'next')
      );
    },
  };
}

function isModuleNamespaceObject(value: unknown): boolean {
  if (!isObject(value)) return false;
  const tag = getOwnPropertyDescriptor(value, Symbol.toStringTag);
  return tag?.value === 'Module' && !tag.configurable && !tag.writable && getPrototypeOf(value) === null;
}

const iteratorTest =
  (tag: string): Test =>
  (value) =>
    isObject(value) && tagOf(value) === tag && !hasOwn(value, Symbol.toStringTag);

/** node_types.cc: what V8's IsMap() and its kin answer. */
export function makeTypeTests(context: NodeContext): Record<string, Test> {
  const { proxyDetails } = context.realm.introspection;
  const isProxy: Test = (value) => proxyDetails(value) !== undefined;
  const boxed = makeBoxed(isProxy);
  const regExpSource = getter(RegExp.prototype, 'source');
  const isRegExp = brand(RegExp.prototype, regExpSource, isProxy);
  const isError = (Error as unknown as { isError?: Test }).isError;
  const isArrayBuffer = brand(ArrayBuffer.prototype, getter(ArrayBuffer.prototype, 'byteLength'), isProxy);
  const isSharedArrayBuffer = brand(
    SharedArrayBuffer.prototype,
    getter(SharedArrayBuffer.prototype, 'byteLength'),
    isProxy,
  );
  return {
    ...boxed,
    ...makeFunctionTests(),
    isProxy,
    isModuleNamespaceObject,
    isExternal: () => false,
    isDate: brand(Date.prototype, Date.prototype.getTime, isProxy),
    isArgumentsObject: (value) =>
      isObject(value) && !(Symbol.toStringTag in value) && tagOf(value) === '[object Arguments]',
    isNativeError: isError ?? ((value) => isObject(value) && tagOf(value) === '[object Error]'),
    isRegExp: (value) => value !== RegExp.prototype && isRegExp(value),
    isPromise: isPromiseTest(isProxy, context.intrinsics.Promise),
    isMap: brand(Map.prototype, getter(Map.prototype, 'size'), isProxy),
    isSet: brand(Set.prototype, getter(Set.prototype, 'size'), isProxy),
    isMapIterator: iteratorTest('[object Map Iterator]'),
    isSetIterator: iteratorTest('[object Set Iterator]'),
    isWeakMap: brand(WeakMap.prototype, WeakMap.prototype.has, isProxy, {}),
    isWeakSet: brand(WeakSet.prototype, WeakSet.prototype.has, isProxy, {}),
    isDataView: brand(DataView.prototype, getter(DataView.prototype, 'buffer'), isProxy),
    isArrayBuffer,
    isSharedArrayBuffer,
    isAnyArrayBuffer: (value) => isArrayBuffer(value) || isSharedArrayBuffer(value),
    isBoxedPrimitive: (value) =>
      boxed.isNumberObject(value) ||
      boxed.isStringObject(value) ||
      boxed.isBooleanObject(value) ||
      boxed.isBigIntObject(value) ||
      boxed.isSymbolObject(value),
  };
}

export function createTypes(context: NodeContext): object {
  const tests = makeTypeTests(context);
  const binding: Record<string, Test> = {};
  for (const [name, test] of Object.entries(tests)) {
    if (name === 'isDataView') continue; // util's
    // A method has no prototype and cannot be constructed, as C++ functions.
    const method = { [name]: (value: unknown) => test(value) }[name];
    if (method !== undefined) binding[name] = method;
  }
  return binding;
}
