import { Result } from './codes.ts';

/** What a storage area asks of `DatabaseSync`. */
export interface AreaDatabase {
  exec(sql: string): void;
  prepare(sql: string): {
    get(...parameters: unknown[]): Record<string, unknown> | undefined;
    all(...parameters: unknown[]): Record<string, unknown>[];
    run(...parameters: unknown[]): unknown;
  };
}

/** The tables of node_webstorage.cc: a file of native Node's is read here, and the other way around. */
const SCHEMA = `
PRAGMA encoding = 'UTF-16le';
PRAGMA busy_timeout = 3000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA temp_store = memory;
PRAGMA optimize;
CREATE TABLE IF NOT EXISTS nodejs_webstorage(key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY(key)) STRICT;
CREATE TABLE IF NOT EXISTS nodejs_webstorage_state(
  max_size INTEGER NOT NULL DEFAULT 10485760,
  total_size INTEGER NOT NULL,
  schema_version INTEGER NOT NULL DEFAULT 0,
  single_row_ INTEGER NOT NULL DEFAULT 1 CHECK(single_row_ = 1),
  PRIMARY KEY(single_row_)) STRICT;
CREATE TRIGGER IF NOT EXISTS nodejs_quota_insert AFTER INSERT ON nodejs_webstorage FOR EACH ROW BEGIN
  UPDATE nodejs_webstorage_state SET total_size = total_size + OCTET_LENGTH(NEW.key) + OCTET_LENGTH(NEW.value);
  SELECT RAISE(ABORT, 'QuotaExceeded') WHERE EXISTS (SELECT 1 FROM nodejs_webstorage_state WHERE total_size > max_size);
END;
CREATE TRIGGER IF NOT EXISTS nodejs_quota_update AFTER UPDATE ON nodejs_webstorage FOR EACH ROW BEGIN
  UPDATE nodejs_webstorage_state SET total_size = total_size +
    ((OCTET_LENGTH(NEW.key) + OCTET_LENGTH(NEW.value)) - (OCTET_LENGTH(OLD.key) + OCTET_LENGTH(OLD.value)));
  SELECT RAISE(ABORT, 'QuotaExceeded') WHERE EXISTS (SELECT 1 FROM nodejs_webstorage_state WHERE total_size > max_size);
END;
CREATE TRIGGER IF NOT EXISTS nodejs_quota_delete AFTER DELETE ON nodejs_webstorage FOR EACH ROW BEGIN
  UPDATE nodejs_webstorage_state SET total_size = total_size - (OCTET_LENGTH(OLD.key) + OCTET_LENGTH(OLD.value));
END;
INSERT OR IGNORE INTO nodejs_webstorage_state (total_size) VALUES (0);`;
const SCHEMA_VERSION = 1;
const STORE =
  'INSERT INTO nodejs_webstorage (key, value) VALUES (?, ?) ' +
  'ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value WHERE EXCLUDED.key = key';
/** Primary result codes are the low byte of extended ones. */
const PRIMARY = 0xff;

export interface AreaParts {
  open(): AreaDatabase;
  newer(): Error;
  quotaExceeded(): Error;
}

/** One `Storage`: keys and values in a database, symbols beside it. */
export class StorageArea {
  readonly #parts: AreaParts;
  readonly #symbols = new Map<symbol, unknown>();
  #database: AreaDatabase | undefined;

  constructor(parts: AreaParts) {
    this.#parts = parts;
  }

  get #open(): AreaDatabase {
    if (this.#database !== undefined) return this.#database;
    const database = this.#parts.open();
    database.exec(SCHEMA);
    const row = database.prepare('SELECT schema_version AS version FROM nodejs_webstorage_state').get();
    const version = Number(row?.['version']);
    if (version > SCHEMA_VERSION) throw this.#parts.newer();
    if (version < SCHEMA_VERSION) {
      database.exec(`UPDATE nodejs_webstorage_state SET schema_version = ${SCHEMA_VERSION}`);
    }
    this.#database = database;
    return database;
  }

  /** null: there is none. */
  load(key: string | symbol): unknown {
    if (typeof key === 'symbol') return this.#symbols.has(key) ? this.#symbols.get(key) : null;
    const row = this.#open
      .prepare('SELECT value FROM nodejs_webstorage WHERE key = ? LIMIT 1')
      .get(units(key));
    return row === undefined ? null : textOf(row['value']);
  }
  store(key: string | symbol, value: unknown): void {
    if (typeof key === 'symbol') return void this.#symbols.set(key, value);
    const text = `${value as string}`;
    try {
      this.#open.prepare(STORE).run(units(key), units(text));
    } catch (error) {
      const code = (error as { errcode?: unknown }).errcode;
      if (typeof code === 'number' && (code & PRIMARY) === Result.constraint)
        throw this.#parts.quotaExceeded();
      throw error;
    }
  }
  remove(key: string | symbol): void {
    if (typeof key === 'symbol') return void this.#symbols.delete(key);
    this.#open.prepare('DELETE FROM nodejs_webstorage WHERE key = ?').run(units(key));
  }
  clear(): void {
    this.#open.prepare('DELETE FROM nodejs_webstorage').run();
  }
  keyAt(index: number): string | null {
    const row = this.#open.prepare('SELECT key FROM nodejs_webstorage LIMIT 1 OFFSET ?').get(index);
    return row === undefined ? null : textOf(row['key']);
  }
  keys(): string[] {
    return this.#open
      .prepare('SELECT key FROM nodejs_webstorage')
      .all()
      .map(({ key }) => textOf(key));
  }
  get length(): number {
    return Number(this.#open.prepare('SELECT count(*) AS n FROM nodejs_webstorage').get()?.['n']);
  }
}

/** UTF-16, little endian: strings keep halves of surrogate pairs. */
function units(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit & 0xff;
    bytes[2 * i + 1] = unit >> 8;
  }
  return bytes;
}

function textOf(value: unknown): string {
  const bytes = value as Uint8Array;
  let text = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    text += String.fromCharCode((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  }
  return text;
}
