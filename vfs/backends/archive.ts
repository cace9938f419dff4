/**
 * A read-only tree whose names are all known from the start: what a zip archive, a tar archive or a server's index
 * becomes. Names that lead out of the tree are refused when it is made, whole.
 */
import { Errno } from '../../src/base/errno.ts';
import { ARCHIVE_ENTRIES_MAX } from '../../src/base/limits.ts';
import { direntType, S_IFDIR, S_IFLNK, S_IFREG } from '../mode.ts';
import {
  type Answer,
  type Attributes,
  type BackendFile,
  type Capabilities,
  type Entry,
  joinPath,
  NO_CAPABILITIES,
  type OpenMode,
  ReadOnlyFile,
  RefusingBackend,
} from './backend.ts';
import { answering } from './errors.ts';

/** The archive is not one, is damaged, or holds names that lead out of it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

interface Common {
  mode: number;
  mtimeMs: number;
}
export interface ArchiveDirectory extends Common {
  kind: 'directory';
  entries: Map<string, ArchiveNode>;
}
export interface ArchiveFile extends Common {
  kind: 'file';
  size: number;
  /** Fills `into` from `position` on; both are within the file. Rejects with what errnoOf understands. */
  read(into: Uint8Array, position: number): Promise<void>;
  /** Reads all of it and rejects when it is not what the archive promises. Left out: there is nothing to hold it against. */
  verify?(): Promise<void>;
}
export interface ArchiveLink extends Common {
  kind: 'link';
  target: string;
}
export type ArchiveNode = ArchiveDirectory | ArchiveFile | ArchiveLink;

const TYPE = { directory: S_IFDIR, file: S_IFREG, link: S_IFLNK };

/** Where links of an archive may point: within it, or anywhere. Nothing goes through one in either case. */
export type LinkRule = 'inside' | 'any';

export class ArchiveBackend extends RefusingBackend {
  override readonly capabilities: Capabilities = { ...NO_CAPABILITIES, symlinks: true };
  readonly #root: ArchiveDirectory = { kind: 'directory', mode: 0o755, mtimeMs: 0, entries: new Map() };
  readonly #numbers = new Map<ArchiveNode, number>([[this.#root, 1]]);
  readonly #links: LinkRule;
  #bytes = 0;

  constructor(links: LinkRule = 'inside') {
    super();
    this.#links = links;
  }

  /** Adds an entry as the archive names it. Throws ArchiveError for a name or a link that leads out. */
  add(name: string, node: ArchiveNode): void {
    if (this.#numbers.size >= ARCHIVE_ENTRIES_MAX) throw new ArchiveError('too many entries');
    const parts = partsOf(name);
    const last = parts.pop();
    if (last === undefined) return; // the root itself
    let directory = this.#root;
    for (const part of parts) directory = this.#directory(directory, part, name);
    if (node.kind === 'link' && this.#links === 'inside') requireInside(parts, node.target, name);
    const there = directory.entries.get(last);
    if (node.kind === 'directory' && there?.kind === 'directory') {
      there.mode = node.mode;
      there.mtimeMs = node.mtimeMs;
      return;
    }
    if (there?.kind === 'directory') throw new ArchiveError(`'${name}' replaces a directory`);
    directory.entries.set(last, node);
    this.#number(node);
    if (node.kind === 'file') this.#bytes += node.size;
  }

  /** The file that an earlier entry made: what a hard link of a tar names. */
  find(name: string): ArchiveNode | undefined {
    return this.#find(partsOf(name).join('/'));
  }

  /** Everything in it by path, directories before what they hold. */
  *nodes(): Generator<[path: string, node: ArchiveNode]> {
    const pending: [string, ArchiveNode][] = [['', this.#root]];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [path, node] = next;
      if (path !== '') yield next;
      if (node.kind !== 'directory') continue;
      for (const [name, child] of node.entries) pending.push([joinPath(path, name), child]);
    }
  }

  #number(node: ArchiveNode): number {
    const number = this.#numbers.get(node) ?? this.#numbers.size + 1;
    this.#numbers.set(node, number);
    return number;
  }

  /** A directory on the way to an entry: made where the archive has not named it, never a link. */
  #directory(above: ArchiveDirectory, part: string, name: string): ArchiveDirectory {
    const there = above.entries.get(part);
    if (there?.kind === 'directory') return there;
    if (there !== undefined)
      throw new ArchiveError(`'${name}' goes through '${part}', which is no directory`);
    const made: ArchiveDirectory = { kind: 'directory', mode: 0o755, mtimeMs: 0, entries: new Map() };
    above.entries.set(part, made);
    this.#number(made);
    return made;
  }

  #find(path: string): ArchiveNode | undefined {
    let node: ArchiveNode | undefined = this.#root;
    if (path === '') return node;
    for (const part of path.split('/')) {
      node = node?.kind === 'directory' ? node.entries.get(part) : undefined;
    }
    return node;
  }

  /** -ENOTDIR where a file stands in the way, else -ENOENT. */
  #missing(path: string): number {
    const above = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const node = this.#find(above);
    if (node !== undefined) return node.kind === 'directory' ? -Errno.ENOENT : -Errno.ENOTDIR;
    return this.#missing(above);
  }

  #attributes(node: ArchiveNode): Attributes {
    const { mtimeMs } = node;
    const size = node.kind === 'file' ? node.size : node.kind === 'link' ? node.target.length : 0;
    return {
      mode: TYPE[node.kind] | node.mode,
      size,
      ino: this.#number(node),
      nlink: node.kind === 'directory' ? 2 : 1,
      uid: 0,
      gid: 0,
      atimeMs: mtimeMs,
      mtimeMs,
      ctimeMs: mtimeMs,
      birthtimeMs: mtimeMs,
    };
  }

  override lookup(path: string): Answer<Attributes> {
    const node = this.#find(path);
    return Promise.resolve(node === undefined ? this.#missing(path) : this.#attributes(node));
  }

  override list(path: string): Answer<Entry[]> {
    const node = this.#find(path);
    if (node === undefined) return Promise.resolve(this.#missing(path));
    if (node.kind !== 'directory') return Promise.resolve(-Errno.ENOTDIR);
    return Promise.resolve(
      [...node.entries].map(([name, { kind }]) => ({ name, type: direntType(TYPE[kind]) })),
    );
  }

  override readlink(path: string): Answer<string> {
    const node = this.#find(path);
    if (node === undefined) return Promise.resolve(this.#missing(path));
    return Promise.resolve(node.kind === 'link' ? node.target : -Errno.EINVAL);
  }

  override open(path: string, { write, create, exclusive }: OpenMode): Answer<BackendFile> {
    const node = this.#find(path);
    if (node === undefined) {
      const missing = this.#missing(path);
      return Promise.resolve(create && missing === -Errno.ENOENT ? -Errno.EROFS : missing);
    }
    if (create && exclusive) return Promise.resolve(-Errno.EEXIST);
    if (node.kind === 'directory') return Promise.resolve(-Errno.EISDIR);
    if (node.kind === 'link') return Promise.resolve(-Errno.ELOOP);
    if (write) return Promise.resolve(-Errno.EROFS);
    return Promise.resolve(new OpenArchiveFile(node, this.#attributes(node)));
  }

  override space(): ReturnType<RefusingBackend['space']> {
    return Promise.resolve({ blockBytes: 4096, blocks: Math.ceil(this.#bytes / 4096), free: 0 });
  }
}

class OpenArchiveFile extends ReadOnlyFile {
  readonly #file: ArchiveFile;
  readonly #attributes: Attributes;

  constructor(file: ArchiveFile, attributes: Attributes) {
    super();
    this.#file = file;
    this.#attributes = attributes;
  }

  override read(into: Uint8Array, position: number): Promise<number> {
    const count = Math.min(into.length, Math.max(0, this.#file.size - position));
    if (count === 0) return Promise.resolve(0);
    return answering(async () => {
      await this.#file.read(into.subarray(0, count), position);
      return count;
    });
  }

  override attributes(): Answer<Attributes> {
    return Promise.resolve(this.#attributes);
  }
}

function partsOf(name: string): string[] {
  if (name.startsWith('/') || name.includes('\0') || /^[A-Za-z]:[\\/]/.test(name) || name.startsWith('\\')) {
    throw new ArchiveError(`'${name}' is no path within the archive`);
  }
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || parts.some((part) => part.split('\\').includes('..'))) {
    throw new ArchiveError(`'${name}' leads out of the archive`);
  }
  return parts;
}

/** A link may point anywhere below the root, and nowhere else. */
function requireInside(directory: readonly string[], target: string, name: string): void {
  let depth = target.startsWith('/') ? -1 : directory.length;
  for (const part of target.split('/')) {
    if (depth < 0) break;
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
  }
  if (depth < 0 || target === '')
    throw new ArchiveError(`the link '${name}' leads out of the archive: '${target}'`);
}
