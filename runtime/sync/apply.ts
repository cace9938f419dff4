/** Takes a batch of changes into a tree. Each entry becomes what was sent whole, or stays as it was. */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  futimesSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { BridgeError, codeOf, messageOf } from '../errors.ts';
import type { ManifestEntry, SyncOperation, SyncResult } from '../protocol/runtime/files.ts';
import { conflictName, entryVersion } from '../protocol/runtime/merge.ts';
import { at, type Beneath } from './beneath.ts';
import { readSha256, TEMPORARY_PREFIX } from './scan.ts';

type FileEntry = Extract<ManifestEntry, { kind: 'file' }>;
type Put = Extract<SyncOperation, { op: 'put' }>;

/** Where contents come from, back to back. */
export interface Contents {
  /** Exactly so many bytes, in parts. Throws EPIPE if there are not as many. */
  take(size: number): AsyncIterable<Uint8Array>;
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const PRIVATE = 0o600;

/** What is there now, in the words of `entryVersion`; null if nothing is. */
function currentVersion(folder: number, name: string): string | null {
  try {
    const stat = lstatSync(at(folder, name));
    if (stat.isDirectory()) return 'directory';
    if (stat.isSymbolicLink()) return `symlink:${readlinkSync(at(folder, name))}`;
    const sha256 = readSha256(folder, name);
    return entryVersion({ kind: 'file', path: name, mode: stat.mode, size: 0, mtimeMs: 0, sha256 });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Removes what is in the way of an entry of another kind. A folder only if it is empty: ENOTEMPTY. */
function clearWay(folder: number, name: string, kind: ManifestEntry['kind']): void {
  const stat = lstatSync(at(folder, name), { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory() === (kind === 'directory')) return;
  if (stat.isDirectory()) rmdirSync(at(folder, name));
  else unlinkSync(at(folder, name));
}

async function receive(
  folder: number,
  temporary: string,
  entry: FileEntry,
  contents: Contents,
): Promise<void> {
  const file = openSync(at(folder, temporary), NEW_FILE, PRIVATE);
  let failure: unknown;
  const hash = createHash('sha256');
  try {
    for await (const part of contents.take(entry.size)) {
      if (failure !== undefined) continue; // what follows it in the stream must still be found
      hash.update(part);
      try {
        for (let written = 0; written < part.length;) written += writeSync(file, part, written);
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    if (hash.digest('hex') !== entry.sha256) {
      throw new BridgeError('EBADMSG', 'The contents that came do not have the hash that was announced.');
    }
    futimesSync(file, Date.now() / 1000, entry.mtimeMs / 1000);
  } finally {
    closeSync(file);
  }
  chmodSync(at(folder, temporary), entry.mode & 0o777);
}

function removeQuietly(folder: number, name: string): void {
  try {
    unlinkSync(at(folder, name));
  } catch {
    // it was never made, or has its name already
  }
}

export class Apply {
  readonly #beneath: Beneath;
  readonly #contents: Contents;

  constructor(beneath: Beneath, contents: Contents) {
    this.#beneath = beneath;
    this.#contents = contents;
  }

  async one(operation: SyncOperation): Promise<SyncResult> {
    const path = operation.op === 'put' ? operation.entry.path : operation.path;
    const taken = { bytes: 0 };
    try {
      return operation.op === 'put'
        ? await this.#put(operation, taken)
        : this.#delete(operation.path, operation.base);
    } catch (error) {
      if (codeOf(error) === 'EPIPE') throw error; // the stream ended: nothing more can be known of the rest
      await this.#skipRest(operation, taken.bytes);
      return { path, status: 'error', code: codeOf(error), message: messageOf(error) };
    }
  }

  /** An entry that failed before its contents were taken: they are still in the stream. */
  async #skipRest(operation: SyncOperation, taken: number): Promise<void> {
    if (operation.op !== 'put' || operation.entry.kind !== 'file' || taken > 0) return;
    for await (const part of this.#contents.take(operation.entry.size)) void part;
  }

  async #put({ entry, base }: Put, taken: { bytes: number }): Promise<SyncResult> {
    const { path } = entry;
    const folder = this.#beneath.within(path, true, (open, name) => ({
      descriptor: openSync(at(open, '.'), constants.O_RDONLY | constants.O_DIRECTORY),
      name,
    }));
    const { descriptor, name } = folder;
    const temporary = TEMPORARY_PREFIX + randomBytes(8).toString('hex');
    try {
      if (entry.kind === 'file') {
        taken.bytes = entry.size;
        await receive(descriptor, temporary, entry, this.#contents);
      } else if (entry.kind === 'symlink') symlinkSync(entry.target, at(descriptor, temporary));
      return this.#place(descriptor, name, temporary, entry, base);
    } finally {
      removeQuietly(descriptor, temporary);
      closeSync(descriptor);
    }
  }

  #place(
    folder: number,
    name: string,
    temporary: string,
    entry: ManifestEntry,
    base: string | null,
  ): SyncResult {
    const { path } = entry;
    const now = currentVersion(folder, name);
    if (now === entryVersion(entry)) return { path, status: 'same' };
    if (now !== null && now !== base) return this.#keepBeside(folder, temporary, entry);
    clearWay(folder, name, entry.kind);
    if (entry.kind === 'directory') {
      if (now !== 'directory') mkdirSync(at(folder, name), entry.mode);
    } else renameSync(at(folder, temporary), at(folder, name));
    return { path, status: 'done' };
  }

  /** The tree has another change than the sender knew: both are kept. */
  #keepBeside(folder: number, temporary: string, entry: ManifestEntry): SyncResult {
    const { path } = entry;
    if (entry.kind !== 'file') return { path, status: 'conflict' };
    const keptAs = conflictName(path, entry.sha256);
    renameSync(at(folder, temporary), at(folder, keptAs.slice(keptAs.lastIndexOf('/') + 1)));
    return { path, status: 'conflict', keptAs };
  }

  #delete(path: string, base: string | null): SyncResult {
    return this.#beneath.within(path, false, (folder, name): SyncResult => {
      const now = currentVersion(folder, name);
      if (now === null) return { path, status: 'same' };
      if (now !== base) return { path, status: 'conflict' };
      if (now === 'directory') rmdirSync(at(folder, name));
      else unlinkSync(at(folder, name));
      return { path, status: 'done' };
    });
  }
}
