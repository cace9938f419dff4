/**
 * What a tree has, with hashes. A file is read again only if its size, times or inode changed, so that a second scan
 * costs one lstat an entry. The calls are synchronous, which is many times faster for small ones, with a pause every
 * few hundred so that the connection stays alive.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type BigIntStats,
} from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { BridgeError, codeOf } from '../errors.ts';
import { LIST_MAX } from '../protocol/runtime/common.ts';
import type { ManifestEntry } from '../protocol/runtime/files.ts';
import { at, Beneath } from './beneath.ts';

/** Files that are being written here; never told of. */
export const TEMPORARY_PREFIX = '.mhnos-';
const ENTRIES_BETWEEN_PAUSES = 256;
const READ_BYTES = 256 * 1024;
/** A file changed this shortly before it was hashed may change again within the same tick of the clock: hash it again. */
const SETTLED_NS = 20_000_000n;
const MODE_BITS = 0o777;

interface Hashed {
  readonly key: string;
  readonly sha256: string;
}

export type HashCache = Map<string, Hashed>;

const keyOf = (stat: BigIntStats): string => `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;

/** The hash and what was hashed; undefined if it is no longer a plain file. */
function hashFile(folder: number, name: string): { stat: BigIntStats; sha256: string } | undefined {
  let file: number;
  try {
    file = openSync(at(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined; // gone, or not readable
  }
  try {
    const stat = fstatSync(file, { bigint: true });
    if (!stat.isFile()) return undefined;
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      hash.update(buffer.subarray(0, read));
    }
    return { stat, sha256: hash.digest('hex') };
  } finally {
    closeSync(file);
  }
}

/** Throws ENOENT if it is no longer a plain file that can be read. */
export function readSha256(folder: number, name: string): string {
  const hashed = hashFile(folder, name);
  if (hashed === undefined) throw new BridgeError('ENOENT', `${name} cannot be read.`);
  return hashed.sha256;
}

export class Scan {
  readonly entries = new Map<string, ManifestEntry>();
  readonly folders: string[] = [''];
  readonly #excluded: (path: string) => boolean;
  readonly #cache: HashCache;
  readonly #fresh: HashCache = new Map();
  #sincePause = 0;

  private constructor(excluded: (path: string) => boolean, cache: HashCache) {
    this.#excluded = excluded;
    this.#cache = cache;
  }

  /** The cache is brought up to date. Throws E2BIG for a tree of too many entries. */
  static async of(root: string, excluded: (path: string) => boolean, cache: HashCache): Promise<Scan> {
    const scan = new Scan(excluded, cache);
    using beneath = new Beneath(root);
    await scan.#folder(beneath.root, '');
    cache.clear();
    for (const [path, hashed] of scan.#fresh) cache.set(path, hashed);
    return scan;
  }

  async #folder(folder: number, prefix: string): Promise<void> {
    for (const dirent of readdirSync(at(folder, '.'), { withFileTypes: true })) {
      const path = prefix + dirent.name;
      if (dirent.name.startsWith(TEMPORARY_PREFIX) || this.#excluded(path)) continue;
      if (++this.#sincePause % ENTRIES_BETWEEN_PAUSES === 0) await pause();
      try {
        await this.#entry(folder, dirent.name, path);
      } catch (error) {
        if (error instanceof BridgeError) throw error;
        if (!['ENOENT', 'EACCES', 'ELOOP', 'ENOTDIR'].includes(codeOf(error))) throw error;
      }
      if (this.entries.size > LIST_MAX) {
        throw new BridgeError('E2BIG', `The tree has more than ${LIST_MAX} entries: exclude some.`);
      }
    }
  }

  async #entry(folder: number, name: string, path: string): Promise<void> {
    const stat = lstatSync(at(folder, name), { bigint: true });
    const mode = Number(stat.mode) & MODE_BITS;
    if (stat.isDirectory()) {
      const inner = openSync(
        at(folder, name),
        constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
      );
      this.entries.set(path, { kind: 'directory', path, mode });
      this.folders.push(path);
      try {
        await this.#folder(inner, `${path}/`);
      } finally {
        closeSync(inner);
      }
    } else if (stat.isSymbolicLink()) {
      this.entries.set(path, { kind: 'symlink', path, target: readlinkSync(at(folder, name)) });
    } else if (stat.isFile()) this.#file(folder, name, path, stat);
  }

  #file(folder: number, name: string, path: string, seen: BigIntStats): void {
    const cached = this.#cache.get(path);
    let stat = seen;
    let sha256 = cached?.key === keyOf(seen) ? cached.sha256 : undefined;
    if (sha256 === undefined) {
      const hashed = hashFile(folder, name);
      if (hashed === undefined) return;
      ({ stat, sha256 } = hashed);
    }
    const settled = BigInt(Date.now()) * 1_000_000n - stat.mtimeNs > SETTLED_NS;
    if (settled) this.#fresh.set(path, { key: keyOf(stat), sha256 });
    this.entries.set(path, {
      kind: 'file',
      path,
      mode: Number(stat.mode) & MODE_BITS,
      size: Number(stat.size),
      mtimeMs: Number(stat.mtimeNs) / 1e6,
      sha256,
    });
  }
}
