import type { SqliteErrors } from './connection.ts';
import { isObject } from './values.ts';
import type { ProgramFunction } from './library.ts';

/** Options as node_sqlite.cc reads them: each is looked up once, in its order, and its type is checked. */
export class OptionReader {
  readonly #errors: SqliteErrors;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  constructor(errors: SqliteErrors, options: unknown, prefix = 'options') {
    if (!isObject(options)) throw errors.type(`The "${prefix}" argument must be an object.`);
    this.#errors = errors;
    this.#options = options as Record<string, unknown>;
    this.#prefix = prefix;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#options[name];
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.#wrong(name, 'a boolean');
  }
  integer(name: string): number | undefined {
    const value = this.#options[name];
    if (value === undefined) return undefined;
    if (!isInt32(value)) throw this.#wrong(name, 'an integer');
    return value;
  }
  string(name: string): string | undefined {
    const value = this.#options[name];
    if (value === undefined || typeof value === 'string') return value;
    throw this.#wrong(name, 'a string');
  }
  /** As `string`, where a property that is there must not be undefined. */
  ownString(name: string): string | undefined {
    if (!Object.hasOwn(this.#options, name)) return undefined;
    const value = this.#options[name];
    if (typeof value === 'string') return value;
    throw this.#wrong(name, 'a string');
  }
  callback(name: string): ProgramFunction | undefined {
    const value = this.#options[name];
    if (value === undefined || typeof value === 'function') return value as ProgramFunction | undefined;
    throw this.#wrong(name, 'a function');
  }
  ownCallback(name: string): ProgramFunction | undefined {
    if (!Object.hasOwn(this.#options, name)) return undefined;
    const value = this.#options[name];
    if (typeof value === 'function') return value as ProgramFunction;
    throw this.#wrong(name, 'a function');
  }
  any(name: string): unknown {
    return this.#options[name];
  }

  #wrong(name: string, wanted: string): Error {
    return this.#errors.type(`The "${this.#prefix}.${name}" argument must be ${wanted}.`);
  }
}

export const isInt32 = (value: unknown): value is number =>
  typeof value === 'number' && (value | 0) === value;

/** ValidateDatabasePath: a path, its bytes, or a file URL (which SQLite itself reads). */
export function databasePath(errors: SqliteErrors, path: unknown): string {
  if (typeof path === 'string') {
    if (!path.includes('\0')) return path;
  } else if (path instanceof Uint8Array) {
    if (!path.includes(0)) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(path);
  } else if (isObject(path)) {
    const { href } = path as { href?: unknown };
    if (typeof href === 'string' && !href.includes('\0')) {
      if (!href.startsWith('file:')) {
        throw errors.type('The URL must be of scheme file:', 'ERR_INVALID_URL_SCHEME');
      }
      return href;
    }
  }
  throw errors.type('The "path" argument must be a string, Uint8Array, or URL without null bytes.');
}
