import type { NodeContext } from '../context.ts';

/** The per-isolate symbols, shared by the library and the bindings. */
export function createSymbols({ realm }: NodeContext): object {
  return { ...realm.symbols };
}
