/**
 * Files of a tree to the object store and back: only what changed moves, and what both sides changed is kept twice,
 * the later change under the name. A change that the store gets between its being listed and our upload is overwritten:
 * not every S3 server can make an upload depend on what it replaces.
 */
import { conflictName, entryVersion } from '../../protocol/runtime/merge.ts';
import type { RemoteTransfer, RemoteTransferReport } from '../../protocol/remote.ts';
import { RemoteError } from '../errors.ts';
import type { LocalTree } from '../sync.ts';
import { packed } from './gzip.ts';
import { type Agreed, type Direction, type FileEntry, planTransfer } from './plan.ts';
import type { Download, RemoteStore, StoredObject } from './store.ts';

export interface TransferOptions {
  /** Of the keys: the tree's path follows it. '' or ending in `/`. */
  readonly keyPrefix: string;
  /** The part of the tree that is meant: a path, '' for all of it. */
  readonly path: string;
  readonly excluded: (path: string) => boolean;
  /** By path; brought up to date. */
  readonly agreed: Map<string, Agreed>;
  progress(progress: RemoteTransfer): void;
}

/** Files whose URLs are asked for in one message, and that travel at the same time. */
const BATCH_FILES = 10;
/** Bytes of files that are held at the same time: at least one file. */
const BATCH_BYTES = 64 * 1024 * 1024;
const FILE_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;
const FOLDER_MODE = 0o755;

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const isExecutable = (mode: number): boolean => (mode & 0o100) !== 0;

export class Transfer {
  readonly #store: RemoteStore;
  readonly #tree: LocalTree;
  readonly #options: TransferOptions;
  readonly #here = new Map<string, FileEntry>();
  readonly #there = new Map<string, StoredObject>();
  readonly #folders = new Set<string>();
  /** Files that go to the store under another name, by that name. */
  readonly #sources = new Map<string, string>();
  readonly #report: RemoteTransferReport = {
    pushed: [],
    pulled: [],
    deleted: [],
    same: 0,
    bytes: 0,
    conflicts: [],
    errors: [],
  };
  #files = { done: 0, total: 0 };
  #bytes = { done: 0, total: 0 };

  constructor(store: RemoteStore, tree: LocalTree, options: TransferOptions) {
    this.#store = store;
    this.#tree = tree;
    this.#options = options;
  }

  async run(direction: Direction): Promise<RemoteTransferReport> {
    await this.#look();
    const { agreed, path: only } = this.#options;
    // A store with nothing at all of the project is another one: nobody deleted each of its objects.
    if (only === '' && this.#there.size === 0) agreed.clear();
    const mine = new Map([...agreed].filter(([path]) => this.#concerns(path)));
    const plan = planTransfer({ here: this.#here, there: this.#there, agreed: mine }, direction);
    for (const path of plan.forget) agreed.delete(path);
    this.#report.same = plan.same;
    await this.#settle(plan.both, direction, plan);
    this.#expect(plan.push, this.#here);
    this.#expect(plan.pull, this.#there);
    await this.#push(plan.push);
    await this.#pull(plan.pull);
    for (const path of plan.deleteThere) await this.#attempt(path, () => this.#deleteThere(path));
    for (const path of plan.deleteHere) await this.#attempt(path, () => this.#deleteHere(path));
    return this.#report;
  }

  async #look(): Promise<void> {
    const { keyPrefix, path: only } = this.#options;
    for (const [path, entry] of await this.#tree.manifest()) {
      if (entry.kind === 'directory') this.#folders.add(path);
      else if (entry.kind === 'file' && this.#concerns(path)) this.#here.set(path, entry);
    }
    for await (const object of this.#store.list(keyPrefix + only)) {
      const path = object.key.slice(keyPrefix.length);
      if (path !== '' && !path.endsWith('/') && this.#concerns(path)) this.#there.set(path, object);
    }
  }

  #concerns(path: string): boolean {
    const { path: only, excluded } = this.#options;
    const below = only === '' || path === only || path.startsWith(only.endsWith('/') ? only : `${only}/`);
    return below && !excluded(path);
  }

  #expect(paths: readonly string[], sizes: ReadonlyMap<string, { size: number }>): void {
    this.#files.total += paths.length;
    this.#bytes.total += paths.reduce((sum, path) => sum + (sizes.get(path)?.size ?? 0), 0);
  }

  #key(path: string): string {
    return this.#options.keyPrefix + path;
  }

  /** Both sides differ from what they were: the object's own word on its contents decides whether they differ from each other. */
  async #settle(
    paths: readonly string[],
    direction: Direction,
    plan: { push: string[]; pull: string[] },
  ): Promise<void> {
    for (const batch of batches(paths, () => 0)) {
      await Promise.all(
        batch.map((path) =>
          this.#attempt(path, async () => {
            const file = this.#here.get(path);
            const object = this.#there.get(path);
            if (file === undefined || object === undefined) return;
            const { metadata } = await this.#store.metadata(object.key);
            if (metadata['sha256'] === file.sha256) {
              this.#options.agreed.set(path, { etag: object.etag, version: entryVersion(file) });
              this.#report.same++;
            } else await this.#conflict(file, object, direction, plan);
          }),
        ),
      );
    }
  }

  async #conflict(
    file: FileEntry,
    object: StoredObject,
    direction: Direction,
    plan: { push: string[]; pull: string[] },
  ): Promise<void> {
    const { path } = file;
    const oursLoses = direction === 'push' || (direction === 'both' && file.mtimeMs <= object.lastModified);
    const keptAs = oursLoses
      ? await this.#keepOurs(file, direction, plan)
      : await this.#keepTheirs(path, object, direction, plan);
    this.#report.conflicts.push({ path, keptAs });
  }

  /** The object stands; a push leaves what is here as it is, and puts it beside the object. */
  async #keepOurs(
    file: FileEntry,
    direction: Direction,
    plan: { push: string[]; pull: string[] },
  ): Promise<string> {
    const keptAs = conflictName(file.path, file.sha256);
    if (direction === 'both') {
      await this.#putHere({ ...file, path: keptAs }, await this.#tree.read(file.path));
      plan.pull.push(file.path);
    } else {
      this.#sources.set(keptAs, file.path);
      this.#here.set(keptAs, { ...file, path: keptAs });
    }
    if (!this.#there.has(keptAs)) plan.push.push(keptAs);
    return keptAs;
  }

  /** What is here stands; the object's contents are put beside it. */
  async #keepTheirs(
    path: string,
    object: StoredObject,
    direction: Direction,
    plan: { push: string[] },
  ): Promise<string> {
    const [theirs] = await this.#store.download([object.key]);
    if (theirs === undefined || theirs instanceof Error) throw theirs ?? new Error('nothing came');
    const sha256 = await sha256Of(theirs.bytes);
    const keptAs = conflictName(path, sha256);
    await this.#putHere(entryOf(keptAs, object, theirs, sha256), theirs.bytes);
    if (direction === 'both') plan.push.push(path, ...(this.#there.has(keptAs) ? [] : [keptAs]));
    return keptAs;
  }

  async #putHere(entry: FileEntry, contents: Uint8Array): Promise<void> {
    const before = this.#here.get(entry.path);
    if (before !== undefined) return; // named by its contents: it is there
    if (!(await this.#tree.put(entry, contents, null))) throw changedMeanwhile(entry.path);
    this.#here.set(entry.path, entry);
  }

  async #push(paths: readonly string[]): Promise<void> {
    for (const batch of batches(paths, (path) => this.#here.get(path)?.size ?? 0)) {
      const outgoing = await Promise.all(batch.map(async (path) => await this.#outgoing(path)));
      const uploads = outgoing.flatMap((each) => (each === undefined ? [] : [each]));
      const results = await this.#store.upload(uploads.map(({ upload }) => upload));
      for (const [index, { file }] of uploads.entries()) {
        const result = results[index];
        if (typeof result === 'string') {
          if (!this.#sources.has(file.path))
            this.#options.agreed.set(file.path, { etag: result, version: entryVersion(file) });
          this.#report.pushed.push(file.path);
          this.#report.bytes += file.size;
        } else this.#failed(file.path, result);
        this.#step('push', file.path, file.size);
      }
    }
  }

  async #outgoing(path: string) {
    const entry = this.#here.get(path);
    if (entry === undefined) return undefined;
    const contents = new Uint8Array(await this.#tree.read(this.#sources.get(path) ?? path));
    // What is told is what is sent, also if the file changed since the tree was looked at.
    const sha256 = await sha256Of(contents);
    const file: FileEntry = { ...entry, sha256, size: contents.length };
    const small = await packed(contents);
    const upload = {
      key: this.#key(path),
      body: small ?? contents,
      sha256,
      executable: isExecutable(entry.mode),
      ...(small === undefined ? {} : { contentEncoding: 'gzip' as const }),
    };
    return { file, upload };
  }

  async #pull(paths: readonly string[]): Promise<void> {
    for (const batch of batches(paths, (path) => this.#there.get(path)?.size ?? 0)) {
      const downloads = await this.#store.download(batch.map((path) => this.#key(path)));
      for (const [index, path] of batch.entries()) {
        await this.#attempt(path, () => this.#take(path, downloads[index]));
        this.#step('pull', path, this.#there.get(path)?.size ?? 0);
      }
    }
  }

  async #take(path: string, download: Download | Error | undefined): Promise<void> {
    const object = this.#there.get(path);
    if (download === undefined || object === undefined) return;
    if (download instanceof Error) throw download;
    const sha256 = await sha256Of(download.bytes);
    if (download.sha256 !== undefined && download.sha256 !== sha256) {
      throw new RemoteError(
        'EBADMSG',
        `${path}: what the object store gave has not the hash that the object says.`,
      );
    }
    const entry = entryOf(path, object, download, sha256);
    const before = this.#here.get(path);
    await this.#makeFolders(path);
    if (!(await this.#tree.put(entry, download.bytes, before === undefined ? null : entryVersion(before))))
      throw changedMeanwhile(path);
    const etag = download.etag === '' ? object.etag : download.etag;
    this.#options.agreed.set(path, { etag, version: entryVersion(entry) });
    this.#report.pulled.push(path);
    this.#report.bytes += entry.size;
  }

  async #makeFolders(path: string): Promise<void> {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (this.#folders.has(folder)) continue;
      this.#folders.add(folder);
      await this.#tree.put({ kind: 'directory', path: folder, mode: FOLDER_MODE }, undefined, null);
    }
  }

  async #deleteThere(path: string): Promise<void> {
    await this.#store.delete(this.#key(path));
    this.#options.agreed.delete(path);
    this.#report.deleted.push(path);
  }

  async #deleteHere(path: string): Promise<void> {
    const entry = this.#here.get(path);
    if (entry === undefined) return;
    if (!(await this.#tree.delete(path, entryVersion(entry)))) throw changedMeanwhile(path);
    this.#options.agreed.delete(path);
    this.#report.deleted.push(path);
  }

  async #attempt(path: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#failed(path, error);
    }
  }

  #failed(path: string, error: unknown): void {
    const code = error instanceof RemoteError ? error.code : 'EIO';
    const message = error instanceof Error ? error.message : String(error);
    this.#report.errors.push({ path, code, message });
  }

  #step(direction: 'push' | 'pull', path: string, size: number): void {
    this.#files.done++;
    this.#bytes.done += size;
    const { done: files, total: filesTotal } = this.#files;
    const { done: bytes, total: bytesTotal } = this.#bytes;
    this.#options.progress({ direction, path, files, filesTotal, bytes, bytesTotal });
  }
}

function entryOf(
  path: string,
  object: StoredObject,
  { bytes, executable }: Download,
  sha256: string,
): FileEntry {
  const mode = executable ? EXECUTABLE_MODE : FILE_MODE;
  return { kind: 'file', path, mode, size: bytes.length, mtimeMs: object.lastModified, sha256 };
}

const changedMeanwhile = (path: string): RemoteError =>
  new RemoteError('EAGAIN', `${path} changed while it was transferred: the next time takes it.`);

function* batches(paths: readonly string[], sizeOf: (path: string) => number): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const more = sizeOf(path);
    if (batch.length > 0 && (batch.length >= BATCH_FILES || bytes + more > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(path);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}
