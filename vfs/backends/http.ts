/**
 * Files of a web server, read-only, by range requests. HTTP lists no directories: with an index (given, or fetched) the
 * tree is known from the start; without one a path is asked for when it is looked at, and nothing can be listed.
 */
import { Errno } from '../../src/base/errno.ts';
import { HTTP_TIMEOUT_MS } from '../../src/base/limits.ts';
import { S_IFDIR, S_IFREG } from '../mode.ts';
import { ArchiveBackend } from './archive.ts';
import {
  type Answer,
  type Attributes,
  type Backend,
  type BackendFile,
  type Capabilities,
  inodeNumber,
  NO_CAPABILITIES,
  type OpenMode,
  ReadOnlyFile,
  RefusingBackend,
} from './backend.ts';
import { type Fetch, fetchRange } from './byte-source.ts';
import { answering } from './errors.ts';

/** One file or link of an index; directories follow from the paths. */
export interface IndexEntry {
  path: string;
  size?: number;
  mode?: number;
  mtimeMs?: number;
  /** It is a symbolic link. */
  link?: string;
}

export interface HttpOptions {
  /** The address below which the files are. */
  base: string;
  index?: readonly IndexEntry[];
  fetch?: Fetch;
}

export function httpBackend({ base, index, fetch = globalThis.fetch }: HttpOptions): Backend {
  const root = base.endsWith('/') ? base : `${base}/`;
  if (index === undefined) return new UnlistedServer(root, fetch);
  const tree = new ArchiveBackend();
  for (const { path, size = 0, mode = 0o644, mtimeMs = 0, link } of index) {
    if (link !== undefined) {
      tree.add(path, { kind: 'link', mode: 0o777, mtimeMs, target: link });
      continue;
    }
    const url = addressOf(root, path);
    const read = async (into: Uint8Array, position: number): Promise<void> =>
      into.set(await fetchRange(fetch, url, position, into.length));
    tree.add(path, { kind: 'file', mode, mtimeMs, size, read });
  }
  return tree;
}

const addressOf = (root: string, path: string): string =>
  root + path.split('/').map(encodeURIComponent).join('/');

class UnlistedServer extends RefusingBackend {
  override readonly capabilities: Capabilities = { ...NO_CAPABILITIES, listing: false };
  readonly #root: string;
  readonly #fetch: Fetch;

  constructor(root: string, fetch: Fetch) {
    super();
    this.#root = root;
    this.#fetch = fetch;
  }

  override lookup(path: string): Answer<Attributes> {
    if (path === '') return Promise.resolve(attributesOf(path, S_IFDIR | 0o755, 0, 0));
    return answering(async () => {
      const { status, ok, headers } = await this.#fetch(addressOf(this.#root, path), {
        method: 'HEAD',
        signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
      });
      if (!ok) return errnoOfStatus(status);
      const size = Number(headers.get('content-length') ?? Number.NaN);
      if (!Number.isSafeInteger(size)) return -Errno.EIO;
      const modified = Date.parse(headers.get('last-modified') ?? '');
      return attributesOf(path, S_IFREG | 0o644, size, Number.isNaN(modified) ? 0 : modified);
    });
  }

  override async open(path: string, { write, create, exclusive }: OpenMode): Answer<BackendFile> {
    const found = await this.lookup(path);
    if (typeof found === 'number') return create && found === -Errno.ENOENT ? -Errno.EROFS : found;
    if (create && exclusive) return -Errno.EEXIST;
    if (path === '') return -Errno.EISDIR;
    if (write) return -Errno.EROFS;
    return new ServerFile(this.#fetch, addressOf(this.#root, path), found);
  }
}

class ServerFile extends ReadOnlyFile {
  readonly #fetch: Fetch;
  readonly #url: string;
  readonly #attributes: Attributes;

  constructor(fetch: Fetch, url: string, attributes: Attributes) {
    super();
    this.#fetch = fetch;
    this.#url = url;
    this.#attributes = attributes;
  }

  override read(into: Uint8Array, position: number): Promise<number> {
    const count = Math.min(into.length, Math.max(0, this.#attributes.size - position));
    return answering(async () => {
      into.set(await fetchRange(this.#fetch, this.#url, position, count));
      return count;
    });
  }

  override attributes(): Answer<Attributes> {
    return Promise.resolve(this.#attributes);
  }
}

function errnoOfStatus(status: number): number {
  if (status === 404 || status === 410) return -Errno.ENOENT;
  return status === 401 || status === 403 ? -Errno.EACCES : -Errno.EIO;
}

function attributesOf(path: string, mode: number, size: number, mtimeMs: number): Attributes {
  const times = { atimeMs: mtimeMs, mtimeMs, ctimeMs: mtimeMs, birthtimeMs: mtimeMs };
  return { mode, size, ino: inodeNumber(path), nlink: 1, uid: 0, gid: 0, ...times };
}
