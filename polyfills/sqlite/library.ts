import type { NodeContext } from '../context.ts';

/** What the chunk gives: the exports of the binding, over one instance of SQLite. */
export interface SqliteLibrary {
  create(
    context: NodeContext,
    wasm: WebAssembly.Module,
    random: (bytes: Uint8Array) => void,
  ): Record<string, unknown>;
}

/** A function of the program's, called by Reflect.apply. */
export type ProgramFunction = (this: unknown, ...parameters: unknown[]) => unknown;
