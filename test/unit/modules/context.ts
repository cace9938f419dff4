import type { NodeContext } from '../../../polyfills/context.ts';
import { PromiseHooks } from '../../../polyfills/realm/promise-hooks.ts';

/**
 * A NodeContext with what the module bindings use, over the node that runs the tests: errors with codes, private
 * symbols, and a frame that the tests set.
 */
export function createTestContext(files: Record<string, string> = {}): NodeContext {
  const privateSymbols: Record<string, symbol> = {};
  for (const name of [
    'arrow_message_private_symbol',
    'decorated_private_symbol',
    'host_defined_option_symbol',
    'contextify_context_private_symbol',
  ]) {
    privateSymbols[name] = hiddenSymbol(name);
  }
  const encoder = new TextEncoder();
  const context = {
    system: {
      files: {
        readFile(path: string) {
          const text = files[path];
          return text === undefined ? -2 : encoder.encode(text);
        },
        writeFile: () => -2,
        rename: () => -2,
      },
    },
    async: {
      keep: () => (action: () => unknown) => action(),
      frame: { current: undefined, used: false, promises: new PromiseHooks() },
    },
    realm: {
      privateSymbols,
      symbols: { vm_dynamic_import_default_internal: Symbol('default'), imported_cjs_symbol: Symbol('cjs') },
      stackTraces: { capture: () => [{ file: '/caller.js' }] },
      require: () => ({ Buffer }),
      internalBinding: () => ({ getPromiseDetails: () => undefined, constants: { kRejected: 2 } }),
    },
    hooks: {},
    facts: { bindings: {}, uvErrors: new Map() },
    errors: {
      coded: (Kind: ErrorConstructor, code: string, message: string) =>
        Object.assign(new Kind(message), { code }),
    },
  };
  return context as unknown as NodeContext;
}

/** A private symbol as V8's: setting it leaves no property behind. */
function hiddenSymbol(name: string): symbol {
  const symbol = Symbol(name);
  const values = new WeakMap<object, unknown>();
  Object.defineProperty(Object.prototype, symbol, {
    configurable: true,
    get(this: object) {
      return values.get(this);
    },
    set(this: object, value: unknown) {
      values.set(this, value);
    },
  });
  return symbol;
}
