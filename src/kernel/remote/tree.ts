/** The container's project folder as one side of a file sync. Contents are hashed once: after that, attributes tell whether a file changed. */
import { Errno, errnoName } from '../../base/errno.ts';
import { type FileSystem, StatField } from '../../../vfs/file-system.ts';
import { excludes } from '../../protocol/runtime/excludes.ts';
import type { ManifestEntry } from '../../protocol/runtime/files.ts';
import { entryVersion } from '../../protocol/runtime/merge.ts';
import { RemoteError } from '../../remote/errors.ts';
import type { LocalTree } from '../../remote/sync.ts';

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;
const O_CREATE_EXCLUSIVE = 0o1 | 0o100 | 0o200;
/** Files of ours that are not whole yet. */
const TEMPORARY_PREFIX = '.mhnos-tmp-';

interface Known {
  /** What the file was when it was hashed. */
  readonly stamp: string;
  readonly sha256: string;
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What another program is doing to the same files is no failure, only a reason to look again; a full disk is one. */
function succeeded(result: number, path: string): boolean {
  if (result >= 0) return true;
  if (result === -Errno.ENOENT || result === -Errno.ENOTDIR || result === -Errno.EISDIR) return false;
  const code = errnoName(result) ?? 'EIO';
  throw new RemoteError(code, `${path} cannot be written here: ${code}.`);
}

export class ContainerTree implements LocalTree {
  readonly #files: FileSystem;
  readonly #root: string;
  readonly #excluded: (path: string) => boolean;
  readonly #hashes = new Map<string, Known>();
  readonly #stat = new Float64Array(StatField.count);
  #temporaries = 0;

  constructor(files: FileSystem, root: string, patterns: readonly string[]) {
    this.#files = files;
    this.#root = root;
    this.#excluded = excludes(patterns);
  }

  async manifest(): Promise<Map<string, ManifestEntry>> {
    const entries = new Map<string, ManifestEntry>();
    const folders = [''];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const list = this.#files.readdir(this.#at(folder), false);
      if (typeof list === 'number') continue; // gone meanwhile, or not ours to read
      for (const name of list.names) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (name.startsWith(TEMPORARY_PREFIX) || this.#excluded(path)) continue;
        const looked = this.#look(path);
        // Nothing is waited for where the hash is known: a tree has thousands of such.
        const entry = looked instanceof Promise ? await looked : looked;
        if (entry === undefined) continue;
        entries.set(path, entry);
        if (entry.kind === 'directory') folders.push(path);
      }
    }
    return entries;
  }

  async read(path: string): Promise<Uint8Array> {
    const bytes = this.#files.readFile(this.#at(path));
    return typeof bytes === 'number' ? new Uint8Array() : bytes;
  }

  async put(
    entry: ManifestEntry,
    contents: Uint8Array | undefined,
    expected: string | null,
  ): Promise<boolean> {
    const before = await this.#entry(entry.path);
    if ((before === undefined ? null : entryVersion(before)) !== expected) return false;
    // From here to the end nothing waits: what was looked at is what is replaced.
    const target = this.#at(entry.path);
    if (before !== undefined && (before.kind === 'directory') !== (entry.kind === 'directory')) {
      const removed = before.kind === 'directory' ? this.#files.rmdir(target) : this.#files.unlink(target);
      if (removed < 0) return false;
    }
    if (entry.kind === 'directory') {
      const made = this.#files.mkdir(target, entry.mode & 0o777);
      return made === -Errno.EEXIST || succeeded(made, entry.path);
    }
    const slash = target.lastIndexOf('/');
    const temporary = `${target.slice(0, slash)}/${TEMPORARY_PREFIX}${++this.#temporaries}`;
    const written =
      entry.kind === 'symlink'
        ? this.#files.symlink(entry.target, temporary)
        : this.#writeFile(temporary, entry, contents ?? new Uint8Array());
    const placed = written < 0 ? written : this.#files.rename(temporary, target);
    if (placed < 0) this.#files.unlink(temporary);
    return succeeded(placed, entry.path);
  }

  async delete(path: string, expected: string): Promise<boolean> {
    const before = await this.#entry(path);
    if (before === undefined || entryVersion(before) !== expected) return false;
    const target = this.#at(path);
    return (before.kind === 'directory' ? this.#files.rmdir(target) : this.#files.unlink(target)) >= 0;
  }

  #writeFile(path: string, entry: ManifestEntry & { kind: 'file' }, contents: Uint8Array): number {
    const mode = entry.mode & 0o777;
    const written = this.#files.writeFile(path, contents, O_CREATE_EXCLUSIVE, mode);
    if (written < 0) return written;
    const seconds = Math.floor(entry.mtimeMs / 1000);
    const time = { seconds, nanoseconds: Math.floor((entry.mtimeMs - seconds * 1000) * 1e6) };
    this.#files.utimes(path, time, time, false);
    return this.#files.chmod(path, mode, false);
  }

  async #entry(path: string): Promise<ManifestEntry | undefined> {
    return await this.#look(path);
  }

  #look(path: string): ManifestEntry | undefined | Promise<ManifestEntry | undefined> {
    const target = this.#at(path);
    const stat = this.#stat;
    if (this.#files.lstat(target, stat, 0) < 0) return undefined;
    const field = (name: number): number => stat[name] ?? 0;
    const [fullMode, size] = [field(StatField.mode), field(StatField.size)];
    const mode = fullMode & 0o777;
    if ((fullMode & S_IFMT) === S_IFDIR) return { kind: 'directory', path, mode };
    if ((fullMode & S_IFMT) === S_IFLNK) {
      const link = this.#files.readlink(target);
      return typeof link === 'number'
        ? undefined
        : { kind: 'symlink', path, target: new TextDecoder().decode(link) };
    }
    if ((fullMode & S_IFMT) !== S_IFREG) return undefined;
    const mtimeMs = field(StatField.mtimeSec) * 1000 + field(StatField.mtimeNsec) / 1e6;
    const changed = `${field(StatField.ctimeSec)}.${field(StatField.ctimeNsec)}`;
    const stamp = `${field(StatField.ino)}:${size}:${mtimeMs}:${changed}`;
    const entryOf = (sha256: string | undefined): ManifestEntry | undefined =>
      sha256 === undefined ? undefined : { kind: 'file', path, mode, size, mtimeMs, sha256 };
    const known = this.#hashes.get(path);
    return known?.stamp === stamp ? entryOf(known.sha256) : this.#hash(path, target, stamp).then(entryOf);
  }

  async #hash(path: string, target: string, stamp: string): Promise<string | undefined> {
    const bytes = this.#files.readFile(target);
    if (typeof bytes === 'number') return undefined;
    const sha256 = hex(await crypto.subtle.digest('SHA-256', bytes));
    this.#hashes.set(path, { stamp, sha256 });
    return sha256;
  }

  #at(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }
}
