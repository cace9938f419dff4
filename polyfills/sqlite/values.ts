import { Type, TRANSIENT } from './codes.ts';
import type { Sqlite } from './connection.ts';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

export const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

function integer({ errors }: Sqlite, value: bigint, bigints: boolean): number | bigint {
  if (bigints) return value;
  if (value <= MAX_SAFE && value >= -MAX_SAFE) return Number(value);
  throw errors.range(`Value is too large to be represented as a JavaScript number: ${value}`);
}

/** SQLITE_VALUE_TO_JS of node_sqlite.cc, for a column of a row. */
export function columnValue(sqlite: Sqlite, statement: number, column: number, bigints: boolean): unknown {
  const { engine } = sqlite;
  const { api } = engine;
  switch (api.sqlite3_column_type(statement, column)) {
    case Type.integer:
      return integer(sqlite, api.sqlite3_column_int64(statement, column), bigints);
    case Type.float:
      return api.sqlite3_column_double(statement, column);
    case Type.text: {
      const at = api.sqlite3_column_text(statement, column);
      return engine.text(at, api.sqlite3_column_bytes(statement, column));
    }
    case Type.blob: {
      const at = api.sqlite3_column_blob(statement, column);
      return engine.copyOut(at, api.sqlite3_column_bytes(statement, column));
    }
    default:
      return null;
  }
}

/** The same for an argument of a function. */
function argumentValue(sqlite: Sqlite, value: number, bigints: boolean): unknown {
  const { engine } = sqlite;
  const { api } = engine;
  switch (api.sqlite3_value_type(value)) {
    case Type.integer:
      return integer(sqlite, api.sqlite3_value_int64(value), bigints);
    case Type.float:
      return api.sqlite3_value_double(value);
    case Type.text: {
      const at = api.sqlite3_value_text(value);
      return engine.text(at, api.sqlite3_value_bytes(value));
    }
    case Type.blob: {
      const at = api.sqlite3_value_blob(value);
      return engine.copyOut(at, api.sqlite3_value_bytes(value));
    }
    default:
      return null;
  }
}

export function argumentValues(sqlite: Sqlite, count: number, at: number, bigints: boolean): unknown[] {
  return Array.from({ length: count }, (_, index) =>
    argumentValue(sqlite, sqlite.engine.pointer(at + 4 * index), bigints),
  );
}

/** The bytes of a view or buffer; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  return undefined;
}

const fitsInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

/** → SQLite's result code. */
export function bindValue(sqlite: Sqlite, statement: number, index: number, value: unknown): number {
  const { engine, errors } = sqlite;
  const { api } = engine;
  switch (typeof value) {
    case 'number':
      return api.sqlite3_bind_double(statement, index, value);
    case 'boolean':
      return api.sqlite3_bind_int(statement, index, value ? 1 : 0);
    case 'bigint':
      if (!fitsInt64(value)) throw errors.value('BigInt value is too large to bind.');
      return api.sqlite3_bind_int64(statement, index, value);
    case 'string':
      return withCopy(sqlite, engine.encode(value), (at, length) =>
        api.sqlite3_bind_text(statement, index, at, length, TRANSIENT),
      );
  }
  if (value === null) return api.sqlite3_bind_null(statement, index);
  const bytes = bytesOf(value);
  if (bytes === undefined) {
    throw errors.type(`Provided value cannot be bound to SQLite parameter ${index}.`);
  }
  return withCopy(sqlite, bytes, (at, length) =>
    api.sqlite3_bind_blob(statement, index, at, length, TRANSIENT),
  );
}

/** JSValueToSQLiteResult: what a function of the program's gave back. */
export function setResult(sqlite: Sqlite, call: number, value: unknown): void {
  const { engine } = sqlite;
  const { api } = engine;
  switch (typeof value) {
    case 'number':
      return void api.sqlite3_result_double(call, value);
    case 'string':
      return withCopy(sqlite, engine.encode(value), (at, length) => {
        api.sqlite3_result_text(call, at, length, TRANSIENT);
      });
    case 'bigint':
      if (fitsInt64(value)) return void api.sqlite3_result_int64(call, value);
      return setError(sqlite, call, 'BigInt value is too large for SQLite');
  }
  if (value === null || value === undefined) return void api.sqlite3_result_null(call);
  const bytes = bytesOf(value);
  if (bytes !== undefined) {
    return withCopy(sqlite, bytes, (at, length) => {
      api.sqlite3_result_blob(call, at, length, TRANSIENT);
    });
  }
  setError(
    sqlite,
    call,
    value instanceof Promise
      ? 'Asynchronous user-defined functions are not supported'
      : 'Returned JavaScript value cannot be converted to a SQLite value',
  );
}

export function setError(sqlite: Sqlite, call: number, message: string): void {
  withCopy(sqlite, sqlite.engine.encode(message), (at, length) => {
    sqlite.engine.api.sqlite3_result_error(call, at, length);
  });
}

function withCopy<T>({ engine }: Sqlite, bytes: Uint8Array, use: (at: number, length: number) => T): T {
  const at = engine.copyIn(bytes);
  try {
    return use(at, bytes.length);
  } finally {
    engine.api.sqlite3_free(at);
  }
}
