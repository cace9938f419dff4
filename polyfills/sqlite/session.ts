import { nativeClass } from '../native-class.ts';
import { Result } from './codes.ts';
import type { Connection, SqliteErrors } from './connection.ts';
import { OptionReader } from './options.ts';
import type { ProgramFunction } from './library.ts';

const INTERNAL = Symbol('internal');
const CHANGESET_ABORT = 2;
const INVALID_RESOLUTION = -1;

export interface SessionClass {
  Session: new (...parameters: never[]) => object;
  create(connection: Connection, parameters: readonly unknown[]): object;
}

/** `Session`: what changes a database from when it was made. */
export function createSessionClass(
  errors: SqliteErrors,
  isOpen: (connection: Connection) => boolean,
): SessionClass {
  const illegal = (): Error => errors.other('ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');

  class Session {
    readonly #connection: Connection;
    readonly #entry = {
      close: (): void => {
        const { api } = this.#connection.sqlite.engine;
        if (this.#at !== 0) api.sqlite3session_delete(this.#at);
        this.#at = 0;
        this.#connection.sessions.delete(this.#entry);
      },
    };
    #at: number;
    #generating = false;

    constructor(key?: symbol, connection?: Connection, at = 0) {
      if (key !== INTERNAL || connection === undefined) throw illegal();
      this.#connection = connection;
      this.#at = at;
      connection.sessions.add(this.#entry);
    }
    #require(): void {
      if (!isOpen(this.#connection)) throw errors.state('database is not open');
      if (this.#at === 0) throw errors.state('session is not open');
    }
    changeset(): Uint8Array {
      return this.#changes('sqlite3session_changeset');
    }
    patchset(): Uint8Array {
      return this.#changes('sqlite3session_patchset');
    }
    #changes(call: 'sqlite3session_changeset' | 'sqlite3session_patchset'): Uint8Array {
      this.#require();
      const { engine } = this.#connection.sqlite;
      this.#generating = true;
      try {
        return engine.withRoom(2, (out) => {
          this.#connection.check(engine.api[call](this.#at, out, out + 4));
          const at = engine.pointer(out + 4);
          const changes = engine.copyOut(at, engine.pointer(out));
          engine.api.sqlite3_free(at);
          return changes;
        });
      } finally {
        this.#generating = false;
      }
    }
    close(): void {
      this.#require();
      if (this.#generating) throw errors.state('session is currently in use');
      this.#entry.close();
    }
    [Symbol.dispose](): void {
      try {
        this.close();
      } catch {
        // What is closed already needs nothing.
      }
    }
  }

  return {
    Session: nativeClass(Session, 'Session', illegal),
    create(connection, [options]) {
      const { engine } = connection.sqlite;
      const reader = options === undefined ? undefined : new OptionReader(errors, options);
      const table = reader?.ownString('table') ?? '';
      const database = reader?.ownString('db') ?? 'main';
      const at = engine.withRoom(1, (out) => {
        connection.check(
          engine.withTexts([database], (name = 0) =>
            engine.api.sqlite3session_create(connection.at, name, out),
          ),
        );
        return engine.pointer(out);
      });
      const attached = engine.withTexts([table], (name = 0) =>
        engine.api.sqlite3session_attach(at, table === '' ? 0 : name),
      );
      if (attached !== Result.ok) engine.api.sqlite3session_delete(at);
      connection.check(attached);
      return new Session(INTERNAL, connection, at);
    },
  };
}

interface Running {
  readonly connection: Connection;
  readonly filter: ProgramFunction | undefined;
  readonly conflict: ProgramFunction | undefined;
}

/** `database.applyChangeset`. */
export class ChangesetApplier {
  readonly #filter: number;
  readonly #conflict: number;
  #running: Running | undefined;

  constructor(connection: Connection) {
    const { engine } = connection.sqlite;
    this.#filter = engine.callback('i:ii', (_context: number, table: number) =>
      this.#call(0, ({ filter }) =>
        filter && (Reflect.apply(filter, null, [engine.cString(table)]) as unknown) ? 1 : 0,
      ),
    );
    this.#conflict = engine.callback('i:iii', (_context: number, kind: number) =>
      this.#call(CHANGESET_ABORT, ({ conflict }) => {
        if (conflict === undefined) return CHANGESET_ABORT;
        const resolution = Reflect.apply(conflict, null, [kind]) as unknown;
        const valid = typeof resolution === 'number' && (resolution | 0) === resolution;
        return valid ? resolution : INVALID_RESOLUTION;
      }),
    );
  }

  apply(connection: Connection, changeset: unknown, options: unknown): boolean {
    const { engine, errors } = connection.sqlite;
    if (!(changeset instanceof Uint8Array)) {
      throw errors.type('The "changeset" argument must be a Uint8Array.');
    }
    const reader = options === undefined ? undefined : new OptionReader(errors, options);
    const conflict = reader?.callback('onConflict');
    const filter = reader?.ownCallback('filter');
    const at = engine.copyIn(changeset);
    const outer = this.#running;
    this.#running = { connection, conflict, filter };
    let result: number;
    try {
      result = engine.api.sqlite3changeset_apply(
        connection.at,
        changeset.length,
        at,
        filter ? this.#filter : 0,
        this.#conflict,
        0,
      );
    } finally {
      this.#running = outer;
      engine.api.sqlite3_free(at);
    }
    connection.check(Result.ok);
    if (result === Result.ok) return true;
    if (result === Result.abort) return false;
    throw errors.ofCode(result);
  }

  #call(otherwise: number, run: (running: Running) => number): number {
    const running = this.#running;
    if (running === undefined || running.connection.failed) return otherwise;
    try {
      return run(running);
    } catch (error) {
      running.connection.fail(error);
      return otherwise;
    }
  }
}
