import type { Intrinsics } from '../../polyfills/context.ts';

const { queueMicrotask, navigator, setTimeout, clearTimeout, Proxy, Promise } = globalThis;
const { wait } = Atomics;
const sleepCell = new Int32Array(new SharedArrayBuffer(4));

/** The browser's own functions, captured when the worker's script is evaluated: no user code has run by then. */
export const intrinsics: Intrinsics = {
  queueMicrotask: queueMicrotask.bind(globalThis),
  setTimeout: setTimeout.bind(globalThis),
  clearTimeout: clearTimeout.bind(globalThis),
  hardwareConcurrency: navigator.hardwareConcurrency,
  defaultLocale: navigator.language || 'en-US',
  Proxy,
  Promise,
  sleep(milliseconds) {
    wait(sleepCell, 0, 0, milliseconds);
  },
};
