import { ShellError } from './control.ts';

/** A scalar, an indexed array (with holes) or an associative array. */
export type Value = string | string[] | Map<string, string>;

export interface Variable {
  value: Value | undefined;
  exported: boolean;
  readonly: boolean;
  integer: boolean;
  /** `declare -l`, `-u` */
  letterCase: 'lower' | 'upper' | undefined;
  nameref: boolean;
}

const NAMEREF_DEPTH_MAX = 8;

/** Namerefs that lead to each other: reading them gives nothing, writing fails. */
export class CircularReference extends ShellError {
  constructor(name: string) {
    super(`${name}: circular name reference`, { scope: 'command' });
  }
}

export function newVariable(value?: Value): Variable {
  return { value, exported: false, readonly: false, integer: false, letterCase: undefined, nameref: false };
}

export function copyValue(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) return value.slice();
  return value instanceof Map ? new Map(value) : value;
}

/** The string that `$name` gives: of an array its element 0. */
export function scalarOf(value: Value | undefined): string | undefined {
  if (Array.isArray(value)) return value[0];
  return value instanceof Map ? value.get('0') : value;
}

/** Elements in order; a scalar counts as one element. */
export function elementsOf(value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter(() => true) : [...value.values()];
}

export function keysOf(value: Value | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return ['0'];
  return Array.isArray(value) ? Object.keys(value) : [...value.keys()];
}

export const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables in dynamic scopes: `local` hides a caller's variable until its function returns. */
export class Variables {
  #scopes: Map<string, Variable>[] = [new Map()];
  /** Computed on every look (RANDOM, SECONDS, …): they stand in for a global until they are unset. */
  readonly dynamic = new Map<string, () => Value>();
  /** Called when the shell itself must know of an assignment (PATH, OPTIND, …). */
  onAssign: (name: string, value: string) => void = () => undefined;

  clone(): Variables {
    const copy = new Variables();
    copy.#scopes = this.#scopes.map(
      (scope) =>
        new Map(
          [...scope].map(([name, variable]) => [name, { ...variable, value: copyValue(variable.value) }]),
        ),
    );
    return copy;
  }

  enter(): void {
    this.#scopes.push(new Map());
  }
  leave(): void {
    this.#scopes.pop();
  }
  get depth(): number {
    return this.#scopes.length - 1;
  }

  /** The variable itself, namerefs not followed. */
  find(name: string): Variable | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What a nameref leads to: a name, perhaps with a subscript. */
  resolve(name: string): string {
    let current = name;
    for (let depth = 0; depth < NAMEREF_DEPTH_MAX; depth++) {
      const variable = this.find(current);
      if (variable?.nameref !== true || typeof variable.value !== 'string' || variable.value === '')
        return current;
      current = variable.value;
    }
    throw new CircularReference(name);
  }

  value(name: string): Value | undefined {
    const target = this.resolve(name);
    const variable = this.find(target);
    const computed = this.dynamic.get(target);
    if (computed !== undefined && (variable === undefined || variable.value === undefined)) return computed();
    return variable?.value;
  }
  get(name: string): string | undefined {
    return scalarOf(this.value(name));
  }

  /** The variable to write to: the innermost that exists, else a new global one. Throws when it is readonly. */
  writable(name: string): Variable {
    const target = this.resolve(name);
    const variable = this.find(target) ?? this.#make(0, target);
    if (variable.readonly) throw new ShellError(`${target}: readonly variable`);
    return variable;
  }

  /** `name=value`: of an array, element 0. */
  set(name: string, value: string): void {
    const target = this.resolve(name);
    const variable = this.writable(target);
    const stored = cased(variable, value);
    if (Array.isArray(variable.value)) variable.value[0] = stored;
    else if (variable.value instanceof Map) variable.value.set('0', stored);
    else variable.value = stored;
    this.dynamic.delete(target);
    this.onAssign(target, stored);
  }

  setArray(name: string, value: string[] | Map<string, string>): void {
    const variable = this.writable(name);
    if (Array.isArray(value))
      variable.value = variable.letterCase ? value.map((element) => cased(variable, element)) : value;
    else variable.value = value;
    this.dynamic.delete(name);
  }

  /** A variable of the innermost function scope (`local`, `declare` in a function). */
  local(name: string): Variable {
    const depth = this.#scopes.length - 1;
    return this.#scopes[depth]?.get(name) ?? this.#make(depth, name);
  }
  isLocal(name: string): boolean {
    return this.#scopes.length > 1 && (this.#scopes.at(-1)?.has(name) ?? false);
  }
  global(name: string): Variable {
    return this.#scopes[0]?.get(name) ?? this.#make(0, name);
  }

  unset(name: string): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const scope = this.#scopes[i];
      const found = scope?.get(name);
      if (scope === undefined || found === undefined) continue;
      if (found.readonly)
        throw new ShellError(`${name}: cannot unset: readonly variable`, { scope: 'command' });
      // A local that is unset hides the outer variable still, until its function returns.
      if (i > 0 && i === this.#scopes.length - 1) scope.set(name, newVariable());
      else scope.delete(name);
      break;
    }
    this.dynamic.delete(name);
  }

  #make(depth: number, name: string): Variable {
    const variable = newVariable();
    this.#scopes[depth]?.set(name, variable);
    return variable;
  }

  /** Every visible name. */
  names(): string[] {
    const names = new Set<string>();
    for (const scope of this.#scopes) for (const name of scope.keys()) names.add(name);
    return [...names].sort();
  }

  /** `NAME=value` of every exported variable that has a value. */
  environment(): string[] {
    const entries: string[] = [];
    for (const name of this.names()) {
      const variable = this.find(name);
      const value = variable?.exported ? (variable.value ?? this.dynamic.get(name)?.()) : undefined;
      if (typeof value === 'string') entries.push(`${name}=${value}`);
    }
    return entries;
  }
}

function cased(variable: Variable, value: string): string {
  if (variable.letterCase === 'lower') return value.toLowerCase();
  return variable.letterCase === 'upper' ? value.toUpperCase() : value;
}
