import { nativeClass } from '../native-class.ts';
import { DbConfig, DESERIALIZE_FREE_ON_CLOSE, DESERIALIZE_RESIZEABLE, Open, Result } from './codes.ts';
import { Authorizer } from './authorizer.ts';
import { readBackupOptions, runBackup, serialize } from './backup.ts';
import { Connection, type Sqlite } from './connection.ts';
import { defineAggregate, defineFunction, FunctionPointers } from './functions.ts';
import { createLimits, readLimits } from './limits.ts';
import { databasePath, OptionReader } from './options.ts';
import { ChangesetApplier, createSessionClass } from './session.ts';
import { prepareStatement, type StatementFlags } from './statement.ts';
import { createStatementClasses } from './statement-classes.ts';
import { readCapacity, SQLTagStore } from './tag-store.ts';
import { isObject } from './values.ts';

interface Configuration {
  readonly location: string;
  readonly open: boolean;
  readonly readOnly: boolean;
  readonly foreignKeys: boolean;
  readonly doubleQuotedStrings: boolean;
  readonly allowExtension: boolean;
  readonly timeoutMs: number;
  readonly flags: StatementFlags;
  readonly defensive: boolean;
  readonly limits: readonly [number, number][];
}

function readConfiguration(sqlite: Sqlite, path: unknown, given: readonly unknown[]): Configuration {
  const { errors } = sqlite;
  const location = databasePath(errors, path);
  const options = new OptionReader(errors, given.length > 0 ? given[0] : {});
  return {
    location,
    open: options.boolean('open') ?? true,
    readOnly: options.boolean('readOnly') ?? false,
    foreignKeys: options.boolean('enableForeignKeyConstraints') ?? true,
    doubleQuotedStrings: options.boolean('enableDoubleQuotedStringLiterals') ?? false,
    allowExtension: options.boolean('allowExtension') ?? false,
    timeoutMs: options.integer('timeout') ?? 0,
    flags: {
      bigints: options.boolean('readBigInts') ?? false,
      arrays: options.boolean('returnArrays') ?? false,
      bareNames: options.boolean('allowBareNamedParameters') ?? true,
      unknownNames: options.boolean('allowUnknownNamedParameters') ?? false,
    },
    defensive: options.boolean('defensive') ?? true,
    limits: readLimits(errors, options),
  };
}

function openConnection(sqlite: Sqlite, configuration: Configuration): Connection {
  const { engine } = sqlite;
  const { api } = engine;
  const access = configuration.readOnly ? Open.readOnly : Open.readWrite | Open.create;
  return engine.withRoom(1, (out) => {
    const result = engine.withTexts([configuration.location], (path = 0) =>
      api.sqlite3_open_v2(path, out, access | Open.uri, 0),
    );
    const connection = new Connection(sqlite, engine.pointer(out));
    try {
      connection.check(result);
      const switches: [number, boolean][] = [
        [DbConfig.dqsDml, configuration.doubleQuotedStrings],
        [DbConfig.dqsDdl, configuration.doubleQuotedStrings],
        [DbConfig.foreignKeys, configuration.foreignKeys],
        [DbConfig.defensive, configuration.defensive],
      ];
      for (const [name, on] of switches) {
        connection.check(api.sqlite3__wasm_db_config_ip(connection.at, name, on ? 1 : 0, 0));
      }
    } catch (error) {
      api.sqlite3_close_v2(connection.at);
      throw error;
    }
    api.sqlite3_busy_timeout(connection.at, configuration.timeoutMs);
    for (const [limit, value] of configuration.limits) api.sqlite3_limit(connection.at, limit, value);
    return connection;
  });
}

/** The classes and functions of `node:sqlite`. */
export function createDatabaseClasses(sqlite: Sqlite): Record<string, unknown> {
  const { engine, errors } = sqlite;
  const { api } = engine;
  const functions = new FunctionPointers(sqlite);
  const authorizer = new Authorizer(sqlite);
  const statements = createStatementClasses(errors);
  const openConnections = new Set<Connection>();
  const sessions = createSessionClass(errors, (connection) => openConnections.has(connection));
  let applier: ChangesetApplier | undefined;
  // What nobody holds any more is closed.
  const forgotten = new FinalizationRegistry<{ connection: Connection | undefined }>(({ connection }) => {
    if (connection !== undefined && openConnections.delete(connection)) connection.close();
  });
  const isTyped = (value: unknown, type: 'string' | 'boolean', name: string): void => {
    if (typeof value !== type) throw errors.type(`The "${name}" argument must be a ${type}.`);
  };

  class DatabaseSync {
    readonly #configuration: Configuration;
    readonly #state: { connection: Connection | undefined } = { connection: undefined };
    #limits: object | undefined;
    #extensions: boolean;

    static connectionOf(database: object): Connection {
      if (!(#state in database)) throw new TypeError('Illegal invocation');
      return database.#connection;
    }

    constructor(path: unknown, ...options: unknown[]) {
      this.#configuration = readConfiguration(sqlite, path, options);
      this.#extensions = this.#configuration.allowExtension;
      const own = { enumerable: true, configurable: false };
      Object.defineProperties(this, {
        isOpen: { ...own, get: () => this.#state.connection !== undefined },
        isTransaction: { ...own, get: () => api.sqlite3_get_autocommit(this.#connection.at) === 0 },
        limits: { ...own, get: () => (this.#limits ??= this.#makeLimits()) },
        [Symbol.for('sqlite-type')]: { value: 'node:sqlite', ...own, writable: true, configurable: true },
      });
      forgotten.register(this, this.#state);
      if (this.#configuration.open) this.open();
    }
    get #connection(): Connection {
      const { connection } = this.#state;
      if (connection === undefined) throw errors.state('database is not open');
      return connection;
    }
    #makeLimits(): object {
      return createLimits(errors, (number, value) => api.sqlite3_limit(this.#connection.at, number, value));
    }

    open(): void {
      if (this.#state.connection !== undefined) throw errors.state('database is already open');
      this.#state.connection = openConnection(sqlite, this.#configuration);
      openConnections.add(this.#state.connection);
    }
    close(): void {
      const connection = this.#connection;
      connection.close();
      authorizer.clear(connection);
      openConnections.delete(connection);
      this.#state.connection = undefined;
    }
    [Symbol.dispose](): void {
      if (this.#state.connection !== undefined) this.close();
    }

    prepare(sql: unknown, ...given: unknown[]): object {
      const connection = this.#connection;
      isTyped(sql, 'string', 'sql');
      const options = given[0] === undefined ? undefined : new OptionReader(errors, given[0]);
      const defaults = this.#configuration.flags;
      const flags = {
        arrays: options?.boolean('returnArrays') ?? defaults.arrays,
        bigints: options?.boolean('readBigInts') ?? defaults.bigints,
        bareNames: options?.boolean('allowBareNamedParameters') ?? defaults.bareNames,
        unknownNames: options?.boolean('allowUnknownNamedParameters') ?? defaults.unknownNames,
      };
      return statements.wrap(prepareStatement(connection, sql as string, flags));
    }
    exec(sql: unknown): void {
      const connection = this.#connection;
      isTyped(sql, 'string', 'sql');
      connection.check(
        engine.withTexts([sql as string], (at = 0) => api.sqlite3_exec(connection.at, at, 0, 0, 0)),
      );
    }
    function(name: unknown, ...rest: unknown[]): void {
      const connection = this.#connection;
      isTyped(name, 'string', 'name');
      const options = rest.length < 2 ? undefined : new OptionReader(errors, rest[0]);
      defineFunction(functions, connection, name as string, options, rest[rest.length < 2 ? 0 : 1]);
    }
    aggregate(name: unknown, options: unknown): void {
      defineAggregate(functions, this.#connection, String(name), new OptionReader(errors, options));
    }
    createTagStore(capacity?: unknown): object {
      const requireOpen = (): unknown => this.#connection;
      requireOpen();
      return new SQLTagStore(this, readCapacity(errors, capacity), {
        prepare: (sql) => prepareStatement(this.#connection, sql, this.#configuration.flags),
        requireOpen,
        classes: statements,
        errors,
      });
    }
    location(name: unknown = 'main'): string | null {
      const connection = this.#connection;
      isTyped(name, 'string', 'dbName');
      const file = engine.withTexts([name as string], (at = 0) => api.sqlite3_db_filename(connection.at, at));
      return engine.cString(file) || null;
    }
    createSession(...options: unknown[]): object {
      return sessions.create(this.#connection, options);
    }
    applyChangeset(changeset: unknown, options?: unknown): boolean {
      const connection = this.#connection;
      applier ??= new ChangesetApplier(connection);
      return applier.apply(connection, changeset, options);
    }
    enableLoadExtension(allow: unknown): void {
      if (!this.#connection) return;
      isTyped(allow, 'boolean', 'allow');
      if (!this.#configuration.allowExtension && allow === true) {
        throw errors.state('Cannot enable extension loading because it was disabled at database creation.');
      }
      this.#extensions = allow as boolean;
    }
    enableDefensive(active: unknown): void {
      const connection = this.#connection;
      isTyped(active, 'boolean', 'active');
      connection.check(
        api.sqlite3__wasm_db_config_ip(connection.at, DbConfig.defensive, active === true ? 1 : 0, 0),
      );
    }
    loadExtension(path: unknown): never {
      if (!this.#connection || !this.#configuration.allowExtension || !this.#extensions) {
        throw errors.state('extension loading is not allowed');
      }
      isTyped(path, 'string', 'path');
      throw errors.other(
        'ERR_LOAD_SQLITE_EXTENSION',
        `${String(path)}: native extensions of SQLite cannot be loaded in a browser`,
      );
    }
    serialize(name: unknown = 'main'): Uint8Array {
      const connection = this.#connection;
      isTyped(name, 'string', 'dbName');
      const bytes = serialize(connection, name as string);
      if (bytes === undefined) throw errors.ofConnection(connection.at);
      return bytes;
    }
    deserialize(buffer: unknown, options?: unknown): void {
      const connection = this.#connection;
      if (!(buffer instanceof Uint8Array)) throw errors.type('The "buffer" argument must be a Uint8Array.');
      if (buffer.length === 0) throw errors.value('The "buffer" argument must not be empty.');
      const reader = options === undefined ? undefined : new OptionReader(errors, options);
      const name = reader?.string('dbName') ?? 'main';
      const at = engine.copyIn(buffer);
      connection.finalizeStatements();
      const size = BigInt(buffer.length);
      const how = DESERIALIZE_FREE_ON_CLOSE | DESERIALIZE_RESIZEABLE;
      connection.check(
        engine.withTexts([name], (text = 0) =>
          api.sqlite3_deserialize(connection.at, text, at, size, size, how),
        ),
        Result.ok,
      );
    }
    setAuthorizer(callback: unknown): void {
      authorizer.set(this.#connection, callback);
    }
  }
  const { connectionOf } = DatabaseSync;
  Reflect.deleteProperty(DatabaseSync, 'connectionOf');
  const notNew = (): Error =>
    errors.type('Cannot call constructor without `new`', 'ERR_CONSTRUCT_CALL_REQUIRED');

  function backup(database: unknown, path: unknown, ...options: unknown[]): Promise<number> {
    if (!isObject(database)) throw errors.type('The "sourceDb" argument must be an object.');
    const connection = connectionOf(database);
    const target = databasePath(errors, path);
    return runBackup(connection, target, readBackupOptions(connection, options));
  }
  Object.defineProperty(backup, 'length', { value: 2, configurable: true });
  return {
    DatabaseSync: nativeClass(DatabaseSync, 'DatabaseSync', notNew),
    StatementSync: statements.StatementSync,
    Session: sessions.Session,
    backup,
  };
}
