import { Result, STATEMENT_REPREPARED } from './codes.ts';
import type { Closable, Connection } from './connection.ts';
import { bindValue, bytesOf, columnValue, isObject } from './values.ts';

export interface StatementFlags {
  bigints: boolean;
  arrays: boolean;
  bareNames: boolean;
  unknownNames: boolean;
}

type Row = unknown[] | Record<string, unknown>;

/** A prepared statement (`sqlite3_stmt*`). */
export class Statement implements Closable {
  readonly connection: Connection;
  readonly flags: StatementFlags;
  #at: number;
  #bareNames: Map<string, string> | undefined;
  #columnNames: string[] = [];
  #preparations = -1;
  /** How often it was reset: an iterator that began before is over. */
  generation = 0;

  constructor(connection: Connection, at: number, flags: StatementFlags) {
    this.connection = connection;
    this.#at = at;
    this.flags = { ...flags };
    connection.statements.add(this);
  }

  get #api() {
    return this.connection.sqlite.engine.api;
  }
  get finalized(): boolean {
    return this.#at === 0;
  }
  close(): void {
    if (this.#at === 0) return;
    this.#api.sqlite3_finalize(this.#at);
    this.#at = 0;
    this.connection.statements.delete(this);
  }
  get handle(): number {
    if (this.#at === 0) throw this.connection.sqlite.errors.state('statement has been finalized');
    return this.#at;
  }

  reset(): void {
    this.generation++;
    this.connection.check(this.#api.sqlite3_reset(this.handle));
  }
  /** After an iteration: what SQLite says of the last step was thrown then. */
  rewind(): void {
    if (this.#at !== 0) this.#api.sqlite3_reset(this.#at);
  }

  bindAll(parameters: readonly unknown[]): void {
    this.connection.check(this.#api.sqlite3_clear_bindings(this.handle));
    let first = 0;
    const [named] = parameters;
    if (isObject(named) && bytesOf(named) === undefined) {
      this.#bindNamed(named as Record<string, unknown>);
      first = 1;
    }
    let index = 1;
    for (let i = first; i < parameters.length; i++) {
      for (;;) {
        const name = this.#parameterName(index);
        if (name === null || name.startsWith('?')) break;
        index++;
      }
      this.bind(index++, parameters[i]);
    }
  }
  bind(index: number, value: unknown): void {
    this.connection.check(bindValue(this.connection.sqlite, this.handle, index, value));
  }
  get parameterCount(): number {
    return this.#api.sqlite3_bind_parameter_count(this.handle);
  }

  #parameterName(index: number): string | null {
    const { engine } = this.connection.sqlite;
    return engine.cString(this.#api.sqlite3_bind_parameter_name(this.handle, index));
  }
  #parameterIndex(name: string): number {
    const { engine } = this.connection.sqlite;
    return engine.withTexts([name], (at = 0) => this.#api.sqlite3_bind_parameter_index(this.handle, at));
  }

  #bindNamed(values: Readonly<Record<string, unknown>>): void {
    const { errors } = this.connection.sqlite;
    const bare = this.flags.bareNames ? (this.#bareNames ??= this.#collectBareNames()) : undefined;
    for (const key of Object.keys(values)) {
      let index = this.#parameterIndex(key);
      const full = bare?.get(key);
      if (index === 0 && full !== undefined) index = this.#parameterIndex(full);
      if (index === 0) {
        if (this.flags.unknownNames) continue;
        throw errors.state(`Unknown named parameter '${key}'`);
      }
      this.bind(index, values[key]);
    }
  }
  #collectBareNames(): Map<string, string> {
    const names = new Map<string, string>();
    for (let i = 1; i <= this.parameterCount; i++) {
      const full = this.#parameterName(i);
      if (full === null) continue;
      const bare = full.slice(1);
      const other = names.get(bare) ?? full;
      if (other !== full) {
        throw this.connection.sqlite.errors.state(
          `Cannot create bare named parameter '${bare}' because of conflicting names '${other}' and '${full}'.`,
        );
      }
      names.set(bare, full);
    }
    return names;
  }

  /** The next row; undefined when there is none. */
  step(): Row | undefined {
    const result = this.#api.sqlite3_step(this.handle);
    if (result === Result.row) {
      this.connection.check(Result.ok);
      return this.#row();
    }
    this.connection.check(result, Result.done);
    return undefined;
  }

  all(): Row[] {
    const rows: Row[] = [];
    try {
      for (let row = this.step(); row !== undefined; row = this.step()) rows.push(row);
      return rows;
    } finally {
      this.rewind();
    }
  }
  get(): Row | undefined {
    try {
      const row = this.step();
      return row === undefined || this.columnCount === 0 ? undefined : row;
    } finally {
      this.rewind();
    }
  }
  run(): { changes: number | bigint; lastInsertRowid: number | bigint } {
    this.#api.sqlite3_step(this.handle);
    this.connection.check(this.#api.sqlite3_reset(this.handle));
    const rowid = this.#api.sqlite3_last_insert_rowid(this.connection.at);
    const changes = this.#api.sqlite3_changes64(this.connection.at);
    return this.flags.bigints
      ? { changes, lastInsertRowid: rowid }
      : { changes: Number(changes), lastInsertRowid: Number(rowid) };
  }

  get columnCount(): number {
    return this.#api.sqlite3_column_count(this.handle);
  }
  columnName(column: number): string {
    const { engine, errors } = this.connection.sqlite;
    const name = engine.cString(this.#api.sqlite3_column_name(this.handle, column));
    if (name === null) throw errors.state(`Cannot get name of column ${column}`);
    return name;
  }

  #row(): Row {
    const { sqlite } = this.connection;
    const count = this.columnCount;
    const { arrays, bigints } = this.flags;
    if (arrays) {
      return Array.from({ length: count }, (_, column) => columnValue(sqlite, this.#at, column, bigints));
    }
    const names = this.#names(count);
    const row = Object.create(null) as Record<string, unknown>;
    for (let column = 0; column < count; column++) {
      row[names[column] ?? ''] = columnValue(sqlite, this.#at, column, bigints);
    }
    return row;
  }
  /** They change only when SQLite prepares the statement anew. */
  #names(count: number): string[] {
    const preparations = this.#api.sqlite3_stmt_status(this.#at, STATEMENT_REPREPARED, 0);
    if (preparations !== this.#preparations || this.#columnNames.length !== count) {
      this.#columnNames = Array.from({ length: count }, (_, column) => this.columnName(column));
      this.#preparations = preparations;
    }
    return this.#columnNames;
  }
}

/** Prepares the first statement of `sql`. */
export function prepareStatement(connection: Connection, sql: string, flags: StatementFlags): Statement {
  const { engine, errors } = connection.sqlite;
  const at = engine.withRoom(1, (out) => {
    const result = engine.withTexts([sql], (text = 0) =>
      engine.api.sqlite3_prepare_v2(connection.at, text, -1, out, 0),
    );
    connection.check(result);
    return engine.pointer(out);
  });
  if (at === 0) throw errors.value('The SQL query contains no statements.');
  return new Statement(connection, at, flags);
}
