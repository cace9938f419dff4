import type { NodeContext } from '../context.ts';
import { Open, Result } from './codes.ts';
import type { Connection } from './connection.ts';
import { FileLock, Level } from './locks.ts';
import { OptionReader } from './options.ts';
import type { ProgramFunction } from './library.ts';

export interface BackupOptions {
  rate: number;
  source: string;
  target: string;
  progress: ProgramFunction | undefined;
}

const DEFAULT_RATE = 100;
/** Where a database's header says how big its pages are, and what stands there for 65,536. */
const PAGE_SIZE_AT = 16;
const LARGEST_PAGE_BYTES = 65_536;
const O_RDWR = 2;

export function readBackupOptions(connection: Connection, given: readonly unknown[]): BackupOptions {
  const { errors } = connection.sqlite;
  const reader = given.length > 0 ? new OptionReader(errors, given[0]) : undefined;
  const rate = reader?.integer('rate') ?? DEFAULT_RATE;
  if (rate <= 0) throw errors.range('The "options.rate" argument must be a positive integer.');
  return {
    rate,
    source: reader?.string('source') ?? 'main',
    target: reader?.string('target') ?? 'main',
    progress: reader?.callback('progress'),
  };
}

/** A database as one piece, of one moment (sqlite3_serialize). */
export function serialize(connection: Connection, name: string): Uint8Array<ArrayBuffer> | undefined {
  const { engine } = connection.sqlite;
  return engine.withRoom(2, (size) => {
    const at = engine.withTexts([name], (text = 0) =>
      engine.api.sqlite3_serialize(connection.at, text, size, 0),
    );
    const length = Number(engine.view.getBigInt64(size, true));
    if (at === 0) return length === 0 ? new Uint8Array(0) : undefined;
    const copy = engine.copyOut(at, length);
    engine.api.sqlite3_free(at);
    return copy;
  });
}

/**
 * Copies a database into a file, some pages a turn of the loop. SQLite's own backup is not among what the module
 * exports: the pages are those of one moment, and the target is locked while they are written.
 */
export function runBackup(connection: Connection, path: string, options: BackupOptions): Promise<number> {
  const { errors } = connection.sqlite;
  for (const name of [options.source, options.target]) {
    if (!isDatabase(connection, name, name === options.target)) {
      return Promise.reject(
        Object.assign(errors.ofMessage(`unknown database ${name}`), {
          errcode: Result.error,
          errstr: 'SQL logic error',
        }),
      );
    }
  }
  try {
    const pages = serialize(connection, options.source) ?? new Uint8Array(0);
    return copyPages(connection.sqlite.context, pages, openTarget(connection, path), options);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function isDatabase(connection: Connection, name: string, isTarget: boolean): boolean {
  if (isTarget) return name === 'main';
  const { engine } = connection.sqlite;
  return engine.withTexts([name], (at = 0) => engine.api.sqlite3_db_filename(connection.at, at)) !== 0;
}

interface Target {
  fd: number;
  lock: FileLock;
}

/** Through SQLite, so that names are read, files made and failures told as it does. */
function openTarget(connection: Connection, path: string): Target {
  const { engine, context, errors } = connection.sqlite;
  const { api } = engine;
  const { files } = context.system;
  const at = engine.withRoom(1, (out) => {
    const result = engine.withTexts([path], (text = 0) =>
      api.sqlite3_open_v2(text, out, Open.readWrite | Open.create | Open.uri, 0),
    );
    const opened = engine.pointer(out);
    if (result === Result.ok) return opened;
    const error = errors.ofConnection(opened);
    api.sqlite3_close_v2(opened);
    throw error;
  });
  const file = engine.withTexts(['main'], (text = 0) => engine.cString(api.sqlite3_db_filename(at, text)));
  api.sqlite3_close_v2(at);
  const fd = files.open(file ?? '', O_RDWR | 0o100, 0o644);
  if (fd < 0) throw errors.ofCode(Result.cantOpen);
  const lock = new FileLock(files, fd);
  for (const level of [Level.shared, Level.reserved, Level.exclusive]) {
    if (lock.lock(level) === Result.ok) continue;
    lock.unlock(Level.none);
    files.close(fd);
    throw errors.ofCode(Result.busy);
  }
  return { fd, lock };
}

function copyPages(
  { loop, system }: NodeContext,
  bytes: Uint8Array<ArrayBuffer>,
  { fd, lock }: Target,
  { rate, progress }: BackupOptions,
): Promise<number> {
  const { files } = system;
  const pageBytes =
    bytes.length === 0
      ? LARGEST_PAGE_BYTES
      : new DataView(bytes.buffer).getUint16(PAGE_SIZE_AT) || LARGEST_PAGE_BYTES;
  const pageSize = pageBytes === 1 ? LARGEST_PAGE_BYTES : pageBytes;
  const total = Math.ceil(bytes.length / pageSize);
  const end = (): void => {
    lock.unlock(Level.none);
    files.close(fd);
  };
  return new Promise((resolve, reject) => {
    let done = 0;
    const step = (): void => {
      try {
        const until = Math.min(done + rate, total);
        writeAll(files, fd, bytes.subarray(done * pageSize, until * pageSize), done * pageSize);
        done = until;
        if (done < total) {
          if (progress) Reflect.apply(progress, null, [{ totalPages: total, remainingPages: total - done }]);
          loop.enqueue(step);
          return;
        }
        files.ftruncate(fd, bytes.length);
        files.fsync(fd, false);
        end();
        resolve(total);
      } catch (error) {
        end();
        reject(error as Error);
      }
    };
    loop.enqueue(step);
  });
}

function writeAll(
  files: NodeContext['system']['files'],
  fd: number,
  bytes: Uint8Array,
  position: number,
): void {
  for (let at = 0; at < bytes.length;) {
    const count = files.write(fd, bytes.subarray(at), position + at);
    if (count <= 0) throw new Error('disk I/O error');
    at += count;
  }
}
