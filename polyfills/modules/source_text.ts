import type { ModuleRequest, ModuleTransform } from '../transform/module_types.ts';
import { namespaceOf } from './namespace.ts';
import {
  ModuleRecord,
  type Getter,
  type ResolveSet,
  type Resolution,
  type ResolvedBinding,
} from './record.ts';

/** What the code of a module is given (../transform/module_types.ts); what has one letter is for the code's own use. */
export interface ModuleHost {
  x(getters: Record<string, Getter>): void;
  n(defaultExport: object): void;
  a<T>(value: T): T;
  /** Notes where the code awaits `value`. */
  w<T>(at: number, value: T): T;
  /** Ends the code when its time is over (loops and functions of vm modules call it). */
  c(): void;
  readonly meta: object;
  import(specifier: unknown, options?: unknown): Promise<unknown>;
  source(specifier: unknown, options?: unknown): Promise<unknown>;
}

/** What the host of a module answers for. */
export interface HostCalls extends Pick<ModuleHost, 'meta' | 'import' | 'source'> {
  check(): void;
}

export type ModuleBody = Generator<unknown, void, unknown> | AsyncGenerator<unknown, void, unknown>;
export type ModuleFactory = (host: ModuleHost, imports: object, awaits: unknown) => ModuleBody;

/** A place in a module's source, for the error of a missing export. */
export interface SourceSpan {
  readonly start: number;
  readonly end: number;
}

/** A SyntaxError of linking, with where it stands. */
export class LinkError extends Error {
  readonly module: SourceTextRecord;
  readonly span: SourceSpan;
  constructor(module: SourceTextRecord, span: SourceSpan, message: string) {
    super(message);
    this.module = module;
    this.span = span;
  }
}

/** A source phase import of a module that has no source object. */
export class SourceError extends Error {
  readonly requested: ModuleRecord;
  constructor(module: SourceTextRecord, request: number) {
    super('Source phase import object is not defined');
    this.requested = module.requested(request);
  }
}

export class SourceTextRecord extends ModuleRecord {
  readonly url: string;
  readonly source: string;
  readonly transform: ModuleTransform;
  readonly #factory: ModuleFactory;
  readonly #host: HostCalls;
  readonly #awaits: unknown;
  /** The modules that it requests, by the numbers of its requests. */
  linked: readonly ModuleRecord[] = [];
  body: ModuleBody | undefined = undefined;
  /** Position of the top-level await at which the code has last stopped. */
  awaitsAt: number;
  #getters: Record<string, Getter> = {};

  // Fields of cyclic module records, by their names in the specification.
  dfsIndex = 0;
  dfsAncestorIndex = 0;
  cycleRoot: SourceTextRecord | undefined = undefined;
  asyncEvaluationOrder: number | 'unset' | 'done' = 'unset';
  pendingAsyncDependencies = 0;
  asyncParents: SourceTextRecord[] = [];
  topLevel: PromiseWithResolvers<undefined> | undefined = undefined;

  constructor(
    url: string,
    source: string,
    transform: ModuleTransform,
    factory: ModuleFactory,
    host: HostCalls,
    awaits: unknown,
  ) {
    super();
    this.url = url;
    this.source = source;
    this.transform = transform;
    this.awaitsAt = transform.awaitAt;
    this.#factory = factory;
    this.#host = host;
    this.#awaits = awaits;
  }

  /** Those that are linked and evaluated before it: not what it wants the source of. */
  get evaluated(): ModuleRecord[] {
    return this.linked.filter((_, index) => this.transform.requests[index]?.phase !== 'source');
  }

  requested(index: number): ModuleRecord {
    const module = this.linked[index];
    if (module === undefined) throw new Error('A module was used before it was linked');
    return module;
  }

  exportedNames(seen: Set<ModuleRecord>): string[] {
    if (seen.has(this)) return [];
    seen.add(this);
    const { localExports, indirectExports, starExports } = this.transform;
    const names = new Set<string>();
    for (const [exported] of localExports) names.add(exported);
    for (const { exported } of indirectExports) names.add(exported);
    for (const request of starExports) {
      for (const name of this.requested(request).exportedNames(seen)) if (name !== 'default') names.add(name);
    }
    return [...names];
  }

  resolveExport(name: string, resolving: ResolveSet): Resolution {
    for (const entry of resolving) if (entry.module === this && entry.name === name) return null;
    resolving.push({ module: this, name });
    const { localExports, indirectExports, starExports } = this.transform;
    for (const [exported, local] of localExports) if (exported === name) return { module: this, name: local };
    for (const entry of indirectExports) {
      if (entry.exported !== name) continue;
      const module = this.requested(entry.request);
      return entry.name === null ? { module, name: null } : module.resolveExport(entry.name, resolving);
    }
    if (name === 'default') return null;
    let found: ResolvedBinding | null = null;
    for (const request of starExports) {
      const resolution = this.requested(request).resolveExport(name, resolving);
      if (resolution === 'ambiguous') return resolution;
      if (resolution === null) continue;
      if (found === null) found = resolution;
      else if (found.module !== resolution.module || found.name !== resolution.name) return 'ambiguous';
    }
    return found;
  }

  getter(local: string): Getter {
    // Looked up late: the module's code hands its getters over when its functions are hoisted.
    return () => {
      const getter = this.#getters[local];
      if (getter === undefined) throw new ReferenceError(`Cannot access '${local}' before initialization`);
      return getter();
    };
  }

  /** InitializeEnvironment: resolves the imports and hoists the functions. */
  initialize(): void {
    for (const entry of this.transform.indirectExports) {
      if (entry.name !== null) this.#resolveImport(entry.request, entry.name, entry);
    }
    const imports = Object.create(null) as object;
    for (const entry of this.transform.imports) {
      const module = this.requested(entry.request);
      if (this.transform.requests[entry.request]?.phase === 'source') {
        const { sourceObject } = module;
        if (sourceObject === undefined) throw new SourceError(this, entry.request);
        Object.defineProperty(imports, entry.local, {
          get: () => sourceObject,
          set: assignToImport,
          enumerable: true,
        });
        continue;
      }
      const target = entry.name === null ? null : this.#resolveImport(entry.request, entry.name, entry);
      const get =
        target === null
          ? () => namespaceOf(module)
          : target.name === null
            ? () => namespaceOf(target.module)
            : target.module.getter(target.name);
      Object.defineProperty(imports, entry.local, { get, set: assignToImport, enumerable: true });
    }
    // Not as a method: a module's `this` is undefined.
    const factory = this.#factory;
    this.body = factory(this.#createHost(), imports, this.#awaits);
    void this.body.next();
  }

  #createHost(): ModuleHost {
    const host = this.#host;
    return {
      x: (getters) => {
        const byLocal: Record<string, Getter> = {};
        for (const [exported, local] of this.transform.localExports) {
          const getter = getters[exported];
          if (getter) byLocal[local] = getter;
        }
        this.#getters = byLocal;
      },
      n: (value) => void Object.defineProperty(value, 'name', { value: 'default', configurable: true }),
      a: (value) => value,
      w: (at, value) => {
        this.awaitsAt = at;
        return value;
      },
      c: () => host.check(),
      get meta() {
        return host.meta;
      },
      import: (specifier, options) => host.import(specifier, options),
      source: (specifier, options) => host.source(specifier, options),
    };
  }

  #resolveImport(request: number, name: string, span: SourceSpan): ResolvedBinding {
    const resolution = this.requested(request).resolveExport(name, []);
    if (resolution !== null && resolution !== 'ambiguous') return resolution;
    const { specifier } = this.transform.requests[request] as ModuleRequest;
    throw new LinkError(
      this,
      span,
      resolution === null
        ? `The requested module '${specifier}' does not provide an export named '${name}'`
        : `The requested module '${specifier}' contains conflicting star exports for name '${name}'`,
    );
  }
}

function assignToImport(): never {
  throw new TypeError('Assignment to constant variable.');
}
