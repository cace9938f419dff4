import type { SqliteErrors } from './connection.ts';
import type { Statement } from './statement.ts';
import type { StatementClasses } from './statement-classes.ts';

const DEFAULT_CAPACITY = 1000;
const INT32_MAX = 0x7fff_ffff;

export function readCapacity(errors: SqliteErrors, capacity: unknown): number {
  if (capacity === undefined) return DEFAULT_CAPACITY;
  const message = 'The "maxSize" argument must be a positive integer.';
  if (typeof capacity !== 'number') throw errors.type(message);
  if (!Number.isInteger(capacity) || capacity <= 0 || capacity > INT32_MAX) throw errors.range(message);
  return capacity;
}

/** The statements of template literals, the last used of them kept prepared. */
export class SQLTagStore {
  readonly #prepare: (sql: string) => Statement;
  readonly #requireOpen: () => void;
  readonly #classes: StatementClasses;
  readonly #errors: SqliteErrors;
  readonly #capacity: number;
  /** Least recently used first. */
  readonly #statements = new Map<string, Statement>();

  constructor(
    database: object,
    capacity: number,
    parts: {
      prepare: (sql: string) => Statement;
      requireOpen: () => void;
      classes: StatementClasses;
      errors: SqliteErrors;
    },
  ) {
    this.#capacity = capacity;
    this.#prepare = parts.prepare;
    this.#requireOpen = parts.requireOpen;
    this.#classes = parts.classes;
    this.#errors = parts.errors;
    const own = { enumerable: true, configurable: false };
    Object.defineProperty(this, 'capacity', { ...own, get: () => capacity });
    Object.defineProperty(this, 'db', { ...own, get: () => database });
    Object.defineProperty(this, 'size', { ...own, get: () => this.#statements.size });
  }

  get(strings: unknown, ...values: unknown[]): unknown {
    return this.#begin(strings, values).get();
  }
  all(strings: unknown, ...values: unknown[]): unknown {
    return this.#begin(strings, values).all();
  }
  iterate(strings: unknown, ...values: unknown[]): unknown {
    return this.#classes.iterate(this.#begin(strings, values));
  }
  run(strings: unknown, ...values: unknown[]): unknown {
    return this.#begin(strings, values).run();
  }
  clear(): void {
    this.#statements.clear();
  }

  #begin(strings: unknown, values: readonly unknown[]): Statement {
    this.#requireOpen();
    const statement = this.#statement(this.#sql(strings, values.length));
    statement.reset();
    if (statement.parameterCount !== values.length) {
      throw this.#errors.value('SQLite parameters must be bound using template literal placeholders.');
    }
    values.forEach((value, index) => {
      statement.bind(index + 1, value);
    });
    return statement;
  }

  #sql(strings: unknown, values: number): string {
    if (!Array.isArray(strings)) {
      throw this.#errors.type('First argument must be an array of strings (template literal).');
    }
    return (strings as unknown[])
      .map((part, index) => {
        if (typeof part !== 'string') throw this.#errors.type('Template literal parts must be strings.');
        return index < values ? `${part}?` : part;
      })
      .join('');
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement?.finalized === true) statement = undefined;
    statement ??= this.#prepare(sql);
    this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size > this.#capacity && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }
}
