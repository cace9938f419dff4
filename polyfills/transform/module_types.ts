import type { ColumnMap } from './edits.ts';

export interface ModuleRequest {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly phase: 'evaluation' | 'source';
}

/** `name` null: the namespace object. */
export interface ImportEntry {
  readonly request: number;
  readonly name: string | null;
  readonly local: string;
  /** Position in the source, for the error of a missing export. */
  readonly start: number;
  readonly end: number;
}

export interface IndirectExport {
  readonly exported: string;
  readonly request: number;
  readonly name: string | null;
  readonly start: number;
  readonly end: number;
}

/**
 * A module as a generator function `(host, imports, awaits) => generator` (strict code, `this` undefined). The first
 * `next()` hoists its functions and hands the getters of its local exports to `host.x`; the second runs the body. A
 * top-level `await x` at position p is `host.a(yield host.w(p,x))`: whoever runs the generator awaits. (With a top-level `for await` or
 * `await using` it is an async generator and awaits by itself.) Imported names are `imports.name`, `import.meta` is
 * `host.meta`, `import()` is `host.import()`.
 */
export interface ModuleTransform {
  readonly code: string;
  readonly columns: ColumnMap;
  /** Characters before the source's first one. */
  readonly prefix: number;
  readonly requests: readonly ModuleRequest[];
  readonly imports: readonly ImportEntry[];
  /** [exported name, local name] */
  readonly localExports: readonly (readonly [string, string])[];
  readonly indirectExports: readonly IndirectExport[];
  readonly starExports: readonly number[];
  readonly hasTopLevelAwait: boolean;
  readonly asyncGenerator: boolean;
  /** Of an async generator: where its first statement that awaits begins. */
  readonly awaitAt: number;
}

/** Names of injected bindings. */
export interface ModuleNames {
  readonly host: string;
  readonly imports: string;
  readonly awaits: string;
  readonly record: string;
  readonly defaultExport: string;
  readonly noArguments: string;
}
