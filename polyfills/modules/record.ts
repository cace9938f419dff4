/**
 * Module records of ECMA-262 (sec. 16.2.1.5–16.2.1.7), made here because a browser's own modules can neither be linked
 * by Node's loader nor be evaluated synchronously for `require(esm)`.
 */
export type Getter = () => unknown;

/** What an exported name stands for; `getter` null: the module's namespace. */
export interface ResolvedBinding {
  readonly module: ModuleRecord;
  readonly name: string | null;
}

export type Resolution = ResolvedBinding | 'ambiguous' | null;

export type Status = 'unlinked' | 'linking' | 'linked' | 'evaluating' | 'evaluating-async' | 'evaluated';

export interface Failure {
  readonly error: unknown;
}

/** Guards ResolveExport against export cycles: module and name pairs being resolved. */
export type ResolveSet = { module: ModuleRecord; name: string }[];

export abstract class ModuleRecord {
  status: Status = 'unlinked';
  /** Set once evaluation has thrown (V8 then reports kErrored). */
  failure: Failure | undefined = undefined;
  namespace: object | undefined = undefined;
  /** What a source phase import of it is (a WebAssembly.Module); undefined: it has none. */
  sourceObject: object | undefined = undefined;

  abstract exportedNames(seen: Set<ModuleRecord>): string[];
  abstract resolveExport(name: string, resolving: ResolveSet): Resolution;
  /** Reads a local binding, live. Throws ReferenceError while it is uninitialised. */
  abstract getter(name: string): Getter;
}

/** A module whose exports are set by its host (SyntheticModule). */
export class SyntheticRecord extends ModuleRecord {
  readonly #values = Object.create(null) as Record<string, unknown>;
  readonly #names: readonly string[];
  readonly #steps: () => void;

  constructor(names: readonly string[], steps: () => void) {
    super();
    this.#names = names;
    this.#steps = steps;
    for (const name of names) this.#values[name] = undefined;
  }

  exportedNames(): string[] {
    return [...this.#names];
  }

  resolveExport(name: string): Resolution {
    return name in this.#values ? { module: this, name } : null;
  }

  getter(name: string): Getter {
    return () => this.#values[name];
  }

  setExport(name: string, value: unknown): void {
    if (!(name in this.#values)) throw new ReferenceError(`Export '${name}' is not defined in module`);
    this.#values[name] = value;
  }

  /** Runs the steps at most once. */
  evaluate(): void {
    if (this.failure) throw this.failure.error;
    if (this.status === 'evaluated' || this.status === 'evaluating') return;
    this.status = 'evaluating';
    try {
      this.#steps();
    } catch (error) {
      this.failure = { error };
      throw error;
    } finally {
      this.status = 'evaluated';
    }
  }
}
