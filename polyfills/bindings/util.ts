import type { NodeContext } from '../context.ts';
import { parseEnvironmentFile } from '../options/dotenv.ts';
import { makeTypeTests } from './types.ts';

const { apply, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf, keys } = Object;
const mapForEach = Map.prototype.forEach;
const setForEach = Set.prototype.forEach;
const typedArrayTag = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as () => string | undefined;

const ONLY_ENUMERABLE = 2;
const SKIP_SYMBOLS = 16;
const MAX_ARRAY_INDEX = 4294967294;
const HANDLE_TYPES = ['TCP', 'TTY', 'UDP', 'FILE', 'PIPE', 'UNKNOWN', 'INVALID'];

function isArrayIndex(key: string): boolean {
  const index = Number(key);
  return index >= 0 && index <= MAX_ARRAY_INDEX && Number.isInteger(index) && String(index) === key;
}

/** Of all but proxies the indices come first: millions of them need not be looked at one by one. */
function countIndices(keys: readonly PropertyKey[]): number {
  let low = 0;
  for (let high = keys.length; low < high;) {
    const middle = (low + high) >>> 1;
    const key = keys[middle];
    if (typeof key === 'string' && isArrayIndex(key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function getOwnNonIndexProperties(object: object, filter: number, isProxy: boolean): PropertyKey[] {
  const isWanted = (key: PropertyKey): boolean => {
    if (typeof key === 'string' ? isArrayIndex(key) : (filter & SKIP_SYMBOLS) !== 0) return false;
    return (filter & ONLY_ENUMERABLE) === 0 || getOwnPropertyDescriptor(object, key)?.enumerable === true;
  };
  if (isProxy) return ownKeys(object).filter(isWanted);
  if ((filter & ONLY_ENUMERABLE) === 0) {
    const all = ownKeys(object);
    return all.slice(countIndices(all)).filter(isWanted);
  }
  // Of a large typed array ownKeys takes many times as long.
  const names = keys(object);
  const symbols = filter & SKIP_SYMBOLS ? [] : getOwnPropertySymbols(object);
  return [
    ...names.slice(countIndices(names)).filter((name) => !isArrayIndex(name)),
    ...symbols.filter(isWanted),
  ];
}

function getConstructorName(object: object): string {
  for (let at: object | null = object; at !== null; at = getPrototypeOf(at) as object | null) {
    const constructor: unknown = getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof constructor === 'function' && constructor.name !== '') return constructor.name;
  }
  return '';
}

/** Properties that load a builtin when first read (V8's SetLazyDataProperty). */
function defineLazyProperties(require: (id: string) => unknown) {
  return (target: object, id: string, keys: string[], enumerable = true) => {
    for (const key of keys) {
      const settle = (value: unknown) =>
        defineProperty(target, key, { value, writable: true, configurable: true, enumerable });
      const accessors = {
        get [key]() {
          const value = (require(id) as Record<string, unknown>)[key];
          settle(value);
          return value;
        },
        set [key](value: unknown) {
          settle(value);
        },
      };
      defineProperty(target, key, {
        ...getOwnPropertyDescriptor(accessors, key),
        configurable: true,
        enumerable,
      });
    }
  };
}

function previewEntries({ realm }: NodeContext, tests: ReturnType<typeof makeTypeTests>) {
  return (object: object, wantsKind?: boolean) => {
    let entries: unknown[] = [];
    let areKeyValue = false;
    if (tests['isMap']?.(object)) {
      apply(mapForEach, object, [(value: unknown, key: unknown) => entries.push(key, value)]);
      areKeyValue = true;
    } else if (tests['isSet']?.(object)) {
      apply(setForEach, object, [(value: unknown) => entries.push(value)]);
    } else {
      [entries, areKeyValue] = realm.introspection.iteratorEntries(object) ?? [[], false];
    }
    return wantsKind ? [entries, areKeyValue] : entries;
  };
}

function stackFunctions({ realm }: NodeContext) {
  return {
    isInsideNodeModules(limit = 10) {
      for (const { file } of realm.stackTraces.capture(limit)) {
        if (file === '' || file.startsWith('node:')) continue;
        return file.includes('/node_modules/');
      }
      return false;
    },
    getCallerLocation() {
      const caller = realm.stackTraces.capture(2)[1];
      return caller && [caller.line, caller.column, caller.file];
    },
    getCallSites(limit: number) {
      return realm.stackTraces
        .capture(limit + 1)
        .slice(1)
        .map(({ functionName, file, line, column }) => ({
          __proto__: null,
          functionName,
          scriptId: '0',
          scriptName: file,
          lineNumber: line,
          columnNumber: column,
          column,
        }));
    },
  };
}

/** node_util.cc. */
export function createUtil(context: NodeContext): object {
  const { realm, intrinsics, facts, system } = context;
  const tests = makeTypeTests(context);
  const then = intrinsics.Promise.prototype.then;
  const shape = facts.bindings['util'];
  const shared: Record<string, unknown> = {};
  for (const name of shape?.functions ?? []) if (name in tests) shared[name] = tests[name];
  return {
    ...shape?.constants(),
    ...shared,
    ...stackFunctions(context),
    privateSymbols: realm.privateSymbols,
    isArrayBufferView: (value: unknown) => ArrayBuffer.isView(value),
    isTypedArray: (value: unknown) =>
      ArrayBuffer.isView(value) && apply(typedArrayTag, value, []) !== undefined,
    isUint8Array: (value: unknown) =>
      ArrayBuffer.isView(value) && apply(typedArrayTag, value, []) === 'Uint8Array',
    defineLazyProperties: defineLazyProperties((id) => realm.require(id)),
    getPromiseDetails(promise: object) {
      const [state, result] = realm.introspection.promiseDetails(promise);
      return state === 0 ? [state] : [state, result];
    },
    getProxyDetails(value: unknown, both = true) {
      const details = realm.introspection.proxyDetails(value);
      return details && (both ? [...details] : details[0]);
    },
    previewEntries: previewEntries(context, tests),
    getOwnNonIndexProperties: (object: object, filter: number) =>
      getOwnNonIndexProperties(object, filter, realm.introspection.proxyDetails(object) !== undefined),
    getConstructorName: (object: object) =>
      getConstructorName(object) || (realm.introspection.lostClassName(object) ?? ''),
    getExternalValue: () => 0n,
    sleep: (milliseconds: number) => intrinsics.sleep(milliseconds),
    parseEnv: (text: string) => parseEnvironmentFile(text),
    arrayBufferViewHasBuffer: () => true,
    constructSharedArrayBuffer: (length: number) => new SharedArrayBuffer(length),
    markPromiseAsHandled(promise: Promise<unknown>) {
      apply(then, promise, [undefined, () => undefined]);
    },
    guessHandleType: (fd: number) => HANDLE_TYPES.indexOf(system.streams.type(fd)),
  };
}
