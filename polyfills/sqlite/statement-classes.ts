import { nativeClass } from '../native-class.ts';
import type { SqliteErrors } from './connection.ts';
import type { Statement } from './statement.ts';

/** Given to constructors by this layer alone: a program's own call is refused. */
const INTERNAL = Symbol('internal');

export interface StatementClasses {
  StatementSync: new (...parameters: never[]) => object;
  wrap(statement: Statement): object;
  iterate(statement: Statement): object;
}

const ownGetter = (target: object, name: string, get: () => unknown): void => {
  Object.defineProperty(target, name, { get, enumerable: true, configurable: false });
};

/** `StatementSync` and its iterators, over statements. */
export function createStatementClasses(errors: SqliteErrors): StatementClasses {
  const illegal = (): Error => errors.other('ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
  // A statement that nobody holds any more is finalized.
  const forgotten = new FinalizationRegistry<Statement>((statement) => {
    statement.close();
  });

  class StatementSync {
    readonly #statement: Statement;

    constructor(key?: symbol, statement?: Statement) {
      if (key !== INTERNAL || statement === undefined) throw illegal();
      this.#statement = statement;
      forgotten.register(this, statement);
      ownGetter(this, 'sourceSQL', () => sourceOf(statement));
      ownGetter(this, 'expandedSQL', () => expandedOf(statement));
    }

    #begin(parameters: readonly unknown[]): Statement {
      const statement = this.#statement;
      statement.reset();
      statement.bindAll(parameters);
      return statement;
    }
    iterate(...parameters: unknown[]): object {
      return iterate(this.#begin(parameters), this);
    }
    all(...parameters: unknown[]): unknown {
      return this.#begin(parameters).all();
    }
    get(...parameters: unknown[]): unknown {
      return this.#begin(parameters).get();
    }
    run(...parameters: unknown[]): unknown {
      return this.#begin(parameters).run();
    }
    columns(): unknown {
      return columnsOf(this.#statement);
    }
    setAllowBareNamedParameters(on: unknown): void {
      this.#set('bareNames', 'allowBareNamedParameters', on);
    }
    setAllowUnknownNamedParameters(on: unknown): void {
      this.#set('unknownNames', 'enabled', on);
    }
    setReadBigInts(on: unknown): void {
      this.#set('bigints', 'readBigInts', on);
    }
    setReturnArrays(on: unknown): void {
      this.#set('arrays', 'returnArrays', on);
    }
    #set(flag: keyof Statement['flags'], name: string, on: unknown): void {
      const { flags, handle } = this.#statement;
      if (handle === 0) return;
      if (typeof on !== 'boolean') throw errors.type(`The "${name}" argument must be a boolean.`);
      flags[flag] = on;
    }
  }

  class StatementSyncIterator {
    readonly #statement: Statement;
    readonly #generation: number;
    /** Keeps the statement's object, whose end would finalize it. */
    readonly #owner: object | undefined;
    #done = false;

    constructor(statement: Statement, owner: object | undefined) {
      this.#statement = statement;
      this.#generation = statement.generation;
      this.#owner = owner;
    }
    next(): object {
      const statement = this.#statement;
      if (statement.handle === 0 || this.#done) return iteration(true, null);
      if (this.#generation !== statement.generation) throw errors.state('iterator was invalidated');
      const row = statement.step();
      if (row !== undefined) return iteration(false, row);
      return this.return();
    }
    return(): object {
      if (this.#statement.handle !== 0) this.#statement.rewind();
      this.#done = this.#owner !== null;
      return iteration(true, null);
    }
  }
  Object.setPrototypeOf(StatementSyncIterator.prototype, Iterator.prototype as object);

  const iterate = (statement: Statement, owner?: object): object =>
    new StatementSyncIterator(statement, owner);
  const notNew = (): Error => illegal();
  return {
    StatementSync: nativeClass(StatementSync, 'StatementSync', notNew),
    wrap: (statement) => new StatementSync(INTERNAL, statement),
    iterate,
  };
}

function iteration(done: boolean, value: unknown): object {
  return { __proto__: null, done, value };
}

function sourceOf(statement: Statement): string {
  const { handle, connection } = statement;
  const { engine } = connection.sqlite;
  return engine.cString(engine.api.sqlite3_sql(handle)) ?? '';
}

function expandedOf(statement: Statement): string {
  const { handle, connection } = statement;
  const { engine, errors } = connection.sqlite;
  const at = engine.api.sqlite3_expanded_sql(handle);
  const text = engine.cString(at);
  if (text === null) throw errors.ofMessage('Expanded SQL text would exceed configured limits');
  engine.api.sqlite3_free(at);
  return text;
}

function columnsOf(statement: Statement): object[] {
  const { handle, connection } = statement;
  const { engine } = connection.sqlite;
  const { api } = engine;
  return Array.from({ length: statement.columnCount }, (_, column) => ({
    __proto__: null,
    column: engine.cString(api.sqlite3_column_origin_name(handle, column)),
    database: engine.cString(api.sqlite3_column_database_name(handle, column)),
    name: statement.columnName(column),
    table: engine.cString(api.sqlite3_column_table_name(handle, column)),
    type: engine.cString(api.sqlite3_column_decltype(handle, column)),
  }));
}
