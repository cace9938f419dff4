import type { ContextFrame, Introspection } from '../context.ts';
import { originalText } from '../transform/original_text.ts';
import { installLongCalls } from './long-calls.ts';
import { installModuleSource } from './module-source.ts';
import { nativeNameOf, redefine } from './native-look.ts';
import { PromiseHooks } from './promise-hooks.ts';
import { createStamp } from './stamp.ts';

const { getOwnPropertyDescriptor } = Object;
const { apply, get: reflectGet } = Reflect;

/** Every proxy is stamped at birth: util.types.isProxy and inspect ask for target and handler. */
function patchProxy(): Introspection['proxyDetails'] {
  const Native = globalThis.Proxy;
  const details = createStamp<[object | null, object | null]>();
  const revocable = {
    revocable<T extends object>(target: T, handler: ProxyHandler<T>) {
      const made = Native.revocable(target, handler);
      const entry: [object | null, object | null] = [target, handler];
      details.set(made.proxy, entry);
      return {
        proxy: made.proxy,
        revoke() {
          entry[0] = entry[1] = null;
          made.revoke();
        },
      };
    },
  }.revocable;
  const Wrapped = new Native(Native, {
    // No pattern: it would ask the array's iterator, which programs replace.
    construct(_target, parameters: [object, ProxyHandler<object>]) {
      const target = parameters[0];
      const handler = parameters[1];
      const proxy = new Native(target, handler);
      details.set(proxy, [target, handler]);
      return proxy;
    },
    get: (target, key) => (key === 'revocable' ? revocable : reflectGet(target, key)),
  });
  redefine(globalThis, 'Proxy', Wrapped);
  return (value) =>
    (typeof value === 'object' && value !== null) || typeof value === 'function'
      ? details.get(value)
      : undefined;
}

/** Iterators asked for by name remember their collection; those of `for…of` stay the engine's own, for its fast paths. */
function patchIterators(): Introspection['iteratorEntries'] {
  type Source = { collection: Map<unknown, unknown> | Set<unknown>; kind: string };
  const sources = createStamp<Source>();
  const patch = (prototype: object, kinds: readonly string[]) => {
    for (const kind of kinds) {
      const native = reflectGet(prototype, kind) as () => object;
      const wrapped = {
        [kind](this: Source['collection']) {
          const iterator = apply(native, this, []);
          sources.set(iterator, { collection: this, kind });
          return iterator;
        },
      }[kind];
      redefine(prototype, kind, wrapped);
    }
  };
  patch(Map.prototype, ['entries', 'keys', 'values']);
  patch(Set.prototype, ['entries', 'values']);
  redefine(Set.prototype, 'keys', Set.prototype.values);
  const mapForEach = Map.prototype.forEach;
  const setForEach = Set.prototype.forEach;
  return (iterator) => {
    const source = sources.get(iterator);
    if (!source) return undefined;
    const { collection, kind } = source;
    const entries: unknown[] = [];
    const add = (value: unknown, key: unknown) => {
      if (kind === 'entries') entries.push(key, value);
      else entries.push(kind === 'keys' ? key : value);
    };
    apply(collection instanceof Map ? mapForEach : setForEach, collection, [add]);
    return [entries, kind === 'entries'];
  };
}

/** A promise's state cannot be read; what `Promise.resolve` and `Promise.reject` made is known. */
function patchPromiseFactories(hooks: PromiseHooks): Introspection['promiseDetails'] {
  const Native = globalThis.Promise;
  const settled = createStamp<readonly [number, unknown]>();
  const nativeResolve = Native.resolve;
  const nativeReject = Native.reject;
  const isThenable = (value: unknown) =>
    ((typeof value === 'object' && value !== null) || typeof value === 'function') && 'then' in value;
  const tell = (promise: object, isSettled: boolean): void => {
    hooks.made(promise);
    if (isSettled) hooks.settled(promise);
  };
  const statics = {
    resolve(this: unknown, value: unknown) {
      const promise = apply(nativeResolve, this, [value]) as object;
      if (promise === value || this !== Native) return promise;
      const isSettled = !isThenable(value);
      if (isSettled) settled.set(promise, [1, value]);
      if (hooks.active) tell(promise, isSettled);
      return promise;
    },
    reject(this: unknown, reason: unknown) {
      const promise = apply(nativeReject, this, [reason]) as object;
      if (this !== Native) return promise;
      settled.set(promise, [2, reason]);
      if (hooks.active) tell(promise, true);
      return promise;
    },
  };
  redefine(Native, 'resolve', statics.resolve);
  redefine(Native, 'reject', statics.reject);
  return (promise) => settled.get(promise) ?? [0, undefined];
}

/** V8 knows the class of an object whose prototype was taken away: here it is noted when that happens. */
function patchSetPrototypeOf(isProxy: (value: object) => boolean): Introspection['lostClassName'] {
  const names = createStamp<string>();
  const { getPrototypeOf } = Object;
  const note = (object: unknown): void => {
    if (typeof object !== 'object' || object === null || isProxy(object)) return;
    const prototype = getPrototypeOf(object) as object | null;
    const constructor: unknown = prototype && getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof constructor === 'function' && constructor.name !== '') names.set(object, constructor.name);
  };
  const { setPrototypeOf } = Object;
  const reflectSetPrototypeOf = Reflect.setPrototypeOf;
  const patched = {
    setPrototypeOf(object: unknown, prototype: object | null) {
      if (prototype === null) note(object);
      return setPrototypeOf(object, prototype) as unknown;
    },
  };
  const reflect = {
    setPrototypeOf(object: object, prototype: object | null) {
      if (prototype === null) note(object);
      return reflectSetPrototypeOf(object, prototype);
    },
  };
  redefine(Object, 'setPrototypeOf', patched.setPrototypeOf);
  redefine(Reflect, 'setPrototypeOf', reflect.setPrototypeOf);
  return (object) => names.get(object);
}

/** A function's text is its author's, not what the rewriting made of it, nor this layer's own. */
function patchFunctionText(): void {
  const native = Function.prototype.toString;
  const { toString } = {
    toString(this: unknown) {
      const text = apply(native, this, []) as string;
      const name = nativeNameOf(this as object);
      return name === undefined ? originalText(text) : `function ${name}() { [native code] }`;
    },
  };
  redefine(Function.prototype, 'toString', toString);
}

/** Reactions run in the frame in which they were attached. (`await` is carried by the rewriting of user code.) */
function patchThen(frame: ContextFrame): void {
  const NativePromise = Promise;
  const nativeThen = Promise.prototype.then;
  const nativeText = Function.prototype.toString;
  const { promises } = frame;
  const within =
    (callback: (value: unknown) => unknown, captured: unknown) =>
    (value: unknown): unknown => {
      const prior = frame.current;
      frame.current = captured;
      try {
        return callback(value);
      } finally {
        frame.current = prior;
      }
    };
  /** The reaction `callback`, or what stands in for a missing one, between `before` and `after`. */
  const reaction = (callback: unknown, instead: (value: unknown) => unknown, derived: () => object) => {
    const captured = frame.current;
    return (value: unknown): unknown => {
      const prior = frame.current;
      const promise = derived();
      promises.enter(promise);
      frame.current = captured;
      let result: unknown;
      try {
        result =
          typeof callback === 'function' ? (callback as (value: unknown) => unknown)(value) : instead(value);
        return result;
      } finally {
        frame.current = prior;
        if (!(result instanceof NativePromise)) promises.settled(promise);
        promises.leave(promise);
      }
    };
  };
  /** What Promise.all and its like react with: V8 follows them to write an asynchronous stack, so they stay as they are. */
  const isOfTheEngine = (callback: unknown): boolean =>
    typeof callback === 'function' &&
    callback.name === '' &&
    apply(nativeText, callback, []) === 'function () { [native code] }';
  const pass = (value: unknown) => value;
  const passOn = (reason: unknown) => {
    throw reason;
  };
  const hookedThen = (promise: Promise<unknown>, callbacks: [unknown, unknown]): unknown => {
    promises.meet(promise);
    let made: object = promise;
    const derived = () => made;
    const given =
      isOfTheEngine(callbacks[0]) && isOfTheEngine(callbacks[1])
        ? callbacks
        : [reaction(callbacks[0], pass, derived), reaction(callbacks[1], passOn, derived)];
    made = apply(nativeThen, promise, given) as object;
    promises.made(made, promise);
    return made;
  };
  const { then } = {
    then(this: Promise<unknown>, onFulfilled?: unknown, onRejected?: unknown) {
      if (promises.active && this instanceof NativePromise) {
        return hookedThen(this, [onFulfilled, onRejected]);
      }
      if (!frame.used) return apply(nativeThen, this, [onFulfilled, onRejected]);
      const captured = frame.current;
      return apply(nativeThen, this, [
        typeof onFulfilled === 'function' ? within(onFulfilled as () => unknown, captured) : onFulfilled,
        typeof onRejected === 'function' ? within(onRejected as () => unknown, captured) : onRejected,
      ]);
    },
  };
  redefine(Promise.prototype, 'then', then);
}

/** Must run before Node's primordials are taken and before any user code. */
export function installEarlyPatches(): { introspection: Introspection; frame: ContextFrame } {
  const frame: ContextFrame = { current: undefined, used: false, promises: new PromiseHooks() };
  const proxyDetails = patchProxy();
  const introspection: Introspection = {
    proxyDetails,
    lostClassName: patchSetPrototypeOf((value) => proxyDetails(value) !== undefined),
    iteratorEntries: patchIterators(),
    promiseDetails: patchPromiseFactories(frame.promises),
  };
  patchThen(frame);
  installLongCalls();
  installModuleSource();
  patchFunctionText();
  return { introspection, frame };
}
