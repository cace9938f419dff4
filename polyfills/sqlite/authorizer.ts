import { Result } from './codes.ts';
import type { Connection, Sqlite } from './connection.ts';
import type { ProgramFunction } from './library.ts';

const DENY = 1;
const IGNORE = 2;

/** `database.setAuthorizer`: one C function for all, which knows the connection by its number. */
export class Authorizer {
  readonly #sqlite: Sqlite;
  readonly #pointer: number;
  readonly #entries = new Map<Connection, number>();

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
    const { engine } = sqlite;
    this.#pointer = engine.callback('i:iiiiii', (number: number, action: number, ...texts: number[]) =>
      this.#authorize(number, [action, ...texts.map((at) => engine.cString(at))]),
    );
  }

  set(connection: Connection, callback: unknown): void {
    const { engine, errors, objects } = this.#sqlite;
    if (callback !== null && typeof callback !== 'function') {
      throw errors.type('The "callback" argument must be a function or null.');
    }
    this.clear(connection);
    const number = callback === null ? 0 : objects.add({ connection, callback });
    if (number !== 0) this.#entries.set(connection, number);
    connection.check(
      engine.api.sqlite3_set_authorizer(connection.at, number === 0 ? 0 : this.#pointer, number),
    );
  }
  clear(connection: Connection): void {
    const number = this.#entries.get(connection);
    if (number !== undefined) this.#sqlite.objects.remove(number);
    this.#entries.delete(connection);
  }

  #authorize(number: number, parameters: readonly unknown[]): number {
    const entry = this.#sqlite.objects.get(number) as
      { connection: Connection; callback: ProgramFunction } | undefined;
    if (entry === undefined) return DENY;
    try {
      const answer = Reflect.apply(entry.callback, undefined, parameters) as unknown;
      if (typeof answer !== 'number' || (answer | 0) !== answer) {
        throw new TypeError('Authorizer callback must return an integer authorization code');
      }
      if (answer !== Result.ok && answer !== DENY && answer !== IGNORE) {
        throw new RangeError('Authorizer callback returned a invalid authorization code');
      }
      return answer;
    } catch (error) {
      entry.connection.fail(error);
      return DENY;
    }
  }
}
