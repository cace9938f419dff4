import type { NodeContext } from '../context.ts';
import { Result } from './codes.ts';
import type { Engine } from './engine.ts';
import type { Objects } from './objects.ts';

/** What all of the binding's objects share: one SQLite a program. */
export interface Sqlite {
  readonly engine: Engine;
  readonly context: NodeContext;
  readonly errors: SqliteErrors;
  /** What SQLite's callbacks are given to know their JavaScript objects by. */
  readonly objects: Objects;
}

/** Resources of a connection that end before it does. */
export interface Closable {
  close(): void;
}

/** An open connection: a `sqlite3*` and what hangs on it. */
export class Connection {
  readonly sqlite: Sqlite;
  readonly at: number;
  readonly statements = new Set<Closable>();
  readonly sessions = new Set<Closable>();
  /** Thrown by JavaScript that SQLite called: it cannot unwind SQLite's stack, so it waits for SQLite to return. */
  #failure: { error: unknown } | undefined;

  constructor(sqlite: Sqlite, at: number) {
    this.sqlite = sqlite;
    this.at = at;
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
  }
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** After each call: throws what a callback threw, else SQLite's error where the result is not the expected one. */
  check(result: number, expected: number = Result.ok): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    if (result !== expected) throw this.sqlite.errors.ofConnection(this.at);
  }

  close(): void {
    this.finalizeStatements();
    for (const session of [...this.sessions]) session.close();
    this.check(this.sqlite.engine.api.sqlite3_close_v2(this.at));
  }
  finalizeStatements(): void {
    for (const statement of [...this.statements]) statement.close();
    this.statements.clear();
  }
}

type Fields = Record<string, unknown>;

/** The errors that node_sqlite.cc throws. */
export class SqliteErrors {
  readonly #engine: Engine;
  readonly #context: NodeContext;

  constructor(engine: Engine, context: NodeContext) {
    this.#engine = engine;
    this.#context = context;
  }

  ofMessage(message: string): Error & Fields {
    const error = new Error(message) as Error & Fields;
    error['code'] = 'ERR_SQLITE_ERROR';
    return error;
  }
  ofCode(code: number): Error {
    const text = this.#errstr(code);
    return Object.assign(this.ofMessage(text), { errcode: code, errstr: text });
  }
  ofConnection(at: number): Error {
    const { api } = this.#engine;
    const code = api.sqlite3_extended_errcode(at);
    const message = this.#engine.cString(api.sqlite3_errmsg(at)) ?? '';
    return Object.assign(this.ofMessage(message), { errcode: code, errstr: this.#errstr(code) });
  }
  #errstr(code: number): string {
    return this.#engine.cString(this.#engine.api.sqlite3_errstr(code)) ?? '';
  }

  type(message: string, code = 'ERR_INVALID_ARG_TYPE'): Error {
    return this.#context.errors.coded(TypeError as ErrorConstructor, code, message);
  }
  value(message: string): Error {
    return this.type(message, 'ERR_INVALID_ARG_VALUE');
  }
  range(message: string): Error {
    return this.#context.errors.coded(RangeError as ErrorConstructor, 'ERR_OUT_OF_RANGE', message);
  }
  state(message: string): Error {
    return this.#context.errors.coded(Error, 'ERR_INVALID_STATE', message);
  }
  other(code: string, message: string): Error {
    return this.#context.errors.coded(Error, code, message);
  }
}
