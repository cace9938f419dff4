/**
 * A worker's global object has hundreds of names that Node lacks: a program that finds them takes itself for a browser's,
 * and they reach the page's origin. All of them go, from the object and its prototypes, before user code runs.
 */

/** Names that Node's bootstrap defines itself: the browser's own of that name must not shine through until then. */
const DEFINED_BY_NODE = [
  'navigator', 'fetch', 'WebSocket', 'Event', 'EventTarget', 'MessageEvent', 'EventSource', 'CloseEvent', 'crypto',
  'Crypto', 'CryptoKey', 'SubtleCrypto', 'performance', 'URL', 'URLSearchParams', 'URLPattern', 'TextEncoder',
  'TextDecoder', 'AbortController', 'AbortSignal', 'CustomEvent', 'DOMException', 'Blob', 'File', 'FormData', 'Headers',
  'Request', 'Response', 'MessageChannel', 'MessagePort', 'BroadcastChannel', 'structuredClone', 'queueMicrotask',
  'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'atob', 'btoa', 'Navigator',
]; // prettier-ignore

/** What the language itself defines and Node's V8 version has. */
export function removeBrowserGlobals(nodeGlobals: readonly string[]): void {
  const global = globalThis;
  // Node's build removes it from V8 too.
  Reflect.deleteProperty(Intl, 'v8BreakIterator');
  const kept = new Set(nodeGlobals);
  for (const name of DEFINED_BY_NODE) kept.delete(name);
  for (const name of Object.getOwnPropertyNames(global)) {
    if (!kept.has(name)) hide(global, name);
  }
  for (
    let prototype: object | null = Object.getPrototypeOf(global) as object | null;
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name !== 'constructor') hide(prototype, name);
    }
  }
}

function hide(target: object, name: string): void {
  // To look at a class makes it, with all that it has; not so to remove it.
  if (Reflect.deleteProperty(target, name)) return;
  const descriptor = Object.getOwnPropertyDescriptor(target, name);
  if (descriptor === undefined) return;
  if (target !== globalThis) {
    // A constant of the interface cannot go: an own property that for…in skips stands before it.
    Object.defineProperty(globalThis, name, {
      value: undefined,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  } else if (descriptor.writable) {
    Reflect.set(target, name, undefined);
  }
}
