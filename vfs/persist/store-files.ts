/** The files of a store, as a browser's synchronous access handles are: positioned, and flushed when told. */
import { Errno } from '../../src/base/errno.ts';

export interface StoreFile {
  /** → bytes read, fewer at the end */
  read(into: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/**
 * data: file contents. head: which checkpoint and log are valid. reserve: room that is given up when the host has no
 * more, so that removals can still be logged. The others in pairs, used in turns.
 */
export interface StoreFiles {
  data: StoreFile;
  head: StoreFile;
  reserve: StoreFile;
  logs: [StoreFile, StoreFile];
  checkpoints: [StoreFile, StoreFile];
}

export const STORE_FILE_NAMES = [
  'data',
  'head',
  'reserve',
  'log-0',
  'log-1',
  'checkpoint-0',
  'checkpoint-1',
] as const;

export function storeFilesOf(open: (name: (typeof STORE_FILE_NAMES)[number]) => StoreFile): StoreFiles {
  return {
    data: open('data'),
    head: open('head'),
    reserve: open('reserve'),
    logs: [open('log-0'), open('log-1')],
    checkpoints: [open('checkpoint-0'), open('checkpoint-1')],
  };
}

/** The host has no room for it. */
export class StoreFull extends Error {
  override readonly name = 'QuotaExceededError';
}

/**
 * What Chromium's access handles give for a full disk in a private window, where they throw nothing: its own error
 * number (net::ERR_FILE_NO_SPACE) as an unsigned one. Others of the kind are errors of the disk.
 */
const NO_SPACE = -8;

/** Writes all of it. A handle may write less than asked for when room runs out. */
export function writeWhole(file: StoreFile, bytes: Uint8Array, at: number): void {
  const count = file.write(bytes, { at });
  if (count === bytes.length) return;
  if (count < bytes.length || (count | 0) === NO_SPACE)
    throw new StoreFull(`${count | 0} of ${bytes.length} bytes written`);
  throw new Error(`the disk refused ${bytes.length} bytes: error ${count | 0}`);
}

/** What the disk threw, as an error number: a host's quota and a full disk are ENOSPC, all else is EIO. */
export function storeErrno(error: unknown): number {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  const full = name === 'QuotaExceededError' || code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return full ? Errno.ENOSPC : Errno.EIO;
}

export function storeBytes({ data, head, reserve, logs, checkpoints }: StoreFiles): number {
  let bytes = 0;
  for (const file of [data, head, reserve, ...logs, ...checkpoints]) bytes += file.getSize();
  return bytes;
}

export function closeStoreFiles(files: StoreFiles): void {
  const { data, head, reserve, logs, checkpoints } = files;
  for (const file of [data, head, reserve, ...logs, ...checkpoints]) file.close();
}
