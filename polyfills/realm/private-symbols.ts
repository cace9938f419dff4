import { createStamp } from './stamp.ts';

/**
 * Node's library reads and writes V8 private symbols as ordinary properties (`error[arrow_message_private_symbol]`).
 * Each is a symbol with an accessor on Object.prototype that keeps the value in a stamp, so that nothing shows on the
 * objects themselves.
 */
export function createPrivateSymbols(descriptions: Readonly<Record<string, symbol>>): Record<string, symbol> {
  const symbols: Record<string, symbol> = {};
  for (const name of Object.keys(descriptions)) symbols[name] = Symbol(descriptions[name]?.description);
  return symbols;
}

/** After primordials, before any file that uses them. */
export function installPrivateSymbols(symbols: Readonly<Record<string, symbol>>): void {
  for (const symbol of Object.values(symbols)) {
    const stamp = createStamp<unknown>();
    Object.defineProperty(Object.prototype, symbol, {
      configurable: true,
      enumerable: false,
      get(this: unknown) {
        return (typeof this === 'object' && this !== null) || typeof this === 'function'
          ? stamp.get(this)
          : undefined;
      },
      set(this: unknown, value: unknown) {
        if ((typeof this === 'object' && this !== null) || typeof this === 'function') stamp.set(this, value);
      },
    });
  }
}
