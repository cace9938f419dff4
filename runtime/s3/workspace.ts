/**
 * Objects into the workspace and files out of it: the key of an object is a prefix and the path of its file. What both sides were
 * after the last transfer is remembered, so that only changes move, and a change on both sides keeps both.
 */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { BridgeError, codeOf, messageOf } from '../errors.ts';
import { S3_PARALLEL } from '../limits.ts';
import type { ManifestEntry } from '../protocol/runtime/files.ts';
import { conflictName, entryVersion } from '../protocol/runtime/merge.ts';
import { Apply } from '../sync/apply.ts';
import { at, Beneath } from '../sync/beneath.ts';
import type { SyncTree } from '../sync/tree.ts';
import { s3Call } from './errors.ts';
import { metadataOf, type ObjectStore, type StoredObject } from './store.ts';

type FileEntry = Extract<ManifestEntry, { kind: 'file' }>;

/** What an object and its file were when they last were the same. */
interface Agreed {
  readonly etag: string;
  readonly version: string;
}

export interface TransferReport {
  moved: number;
  same: number;
  bytes: number;
  conflicts: { path: string; keptAs: string }[];
  errors: { path: string; code: string; message: string }[];
}

const DEFAULT_MODE = 0o644;
const EXECUTABLE_MODE = 0o755;
const READ_ONLY_NO_FOLLOW = 0o400000; // O_RDONLY | O_NOFOLLOW

async function inParallel<Item>(
  items: readonly Item[],
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await action(item);
  };
  await Promise.all(Array.from({ length: S3_PARALLEL }, worker));
}

export class WorkspaceTransfer {
  readonly #store: ObjectStore;
  readonly #tree: SyncTree;
  readonly #folder: string;
  readonly #stateFile: string;
  readonly #keyPrefix: string;
  readonly #agreed: Map<string, Agreed>;
  readonly #report: TransferReport = { moved: 0, same: 0, bytes: 0, conflicts: [], errors: [] };

  /** `folder`: of the bridge's own, on the workspace's disk, for state and downloads. */
  constructor(store: ObjectStore, tree: SyncTree, folder: string, keyPrefix: string) {
    this.#store = store;
    this.#keyPrefix = keyPrefix;
    this.#tree = tree;
    this.#folder = folder;
    const name = createHash('sha256')
      .update([store.settings.endpoint, store.bucket, tree.root, keyPrefix].join(' '))
      .digest('hex')
      .slice(0, 16);
    this.#stateFile = join(folder, `s3-${name}.json`);
    this.#agreed = this.#load();
  }

  /** A side with nothing in it at all is a new disk or bucket: what was there before was not deleted one by one. */
  async pull(prefix: string, excluded: (path: string) => boolean): Promise<TransferReport> {
    await this.#tree.refresh();
    const objects = await this.#objects(prefix, excluded);
    if (prefix === '' && objects.size === 0) this.#agreed.clear();
    await this.#each(
      objects,
      ([path]) => path,
      ([path, object]) => this.#pullOne(path, object),
    );
    const gone = [...this.#agreed].filter(
      ([path]) => path.startsWith(prefix) && !objects.has(path) && !excluded(path),
    );
    await this.#each(
      gone,
      ([path]) => path,
      ([path, agreed]) => this.#deleteOne(path, agreed),
    );
    return this.#finish();
  }

  async push(prefix: string, excluded: (path: string) => boolean): Promise<TransferReport> {
    await this.#tree.refresh();
    const objects = await this.#objects(prefix, excluded);
    const files = [...this.#tree.entries.values()].filter(
      (entry): entry is FileEntry =>
        entry.kind === 'file' && entry.path.startsWith(prefix) && !excluded(entry.path),
    );
    if (prefix === '' && files.length === 0) this.#agreed.clear();
    await this.#each(
      files,
      (file) => file.path,
      (file) => this.#pushOne(file, objects.get(file.path)),
    );
    const present = new Set(files.map((file) => file.path));
    const gone = [...this.#agreed].filter(
      ([path]) => path.startsWith(prefix) && !present.has(path) && !excluded(path),
    );
    await this.#each(
      gone,
      ([path]) => path,
      async ([path, agreed]) => {
        if (objects.get(path)?.etag === agreed.etag) {
          await this.#store.delete(this.#key(path));
          this.#report.moved++;
        }
        this.#agreed.delete(path);
      },
    );
    return this.#finish();
  }

  async #objects(prefix: string, excluded: (path: string) => boolean): Promise<Map<string, StoredObject>> {
    const objects = new Map<string, StoredObject>();
    for await (const object of this.#store.listAll(this.#key(prefix))) {
      const path = object.key.slice(this.#keyPrefix.length);
      if (path !== '' && !path.endsWith('/') && !excluded(path)) objects.set(path, object);
    }
    return objects;
  }

  #key(path: string): string {
    return this.#keyPrefix + path;
  }

  async #each<Item>(
    items: Iterable<Item>,
    pathOf: (item: Item) => string,
    action: (item: Item) => Promise<void>,
  ): Promise<void> {
    await inParallel([...items], async (item) => {
      try {
        await action(item);
      } catch (error) {
        this.#report.errors.push({ path: pathOf(item), code: codeOf(error), message: messageOf(error) });
      }
    });
  }

  async #pullOne(path: string, { etag }: StoredObject): Promise<void> {
    const agreed = this.#agreed.get(path);
    if (agreed?.etag === etag) {
      this.#report.same++; // only the workspace's side may have changed: that is for push
      return;
    }
    const download = join(this.#folder, `download-${randomBytes(8).toString('hex')}`);
    try {
      const entry = await this.#download(path, download);
      using beneath = new Beneath(this.#tree.root);
      const contents = { take: () => createReadStream(download) as AsyncIterable<Uint8Array> };
      const base = agreed?.version ?? null;
      const result = await new Apply(beneath, contents).one({ op: 'put', entry, base });
      this.#note(entry, etag, result);
    } finally {
      rmSync(download, { force: true });
    }
  }

  #note(entry: FileEntry, etag: string, result: Awaited<ReturnType<Apply['one']>>): void {
    const { path } = entry;
    if (result.status === 'error') throw new BridgeError(result.code ?? 'EIO', result.message ?? '');
    if (result.status === 'conflict') {
      this.#report.conflicts.push({ path, keptAs: result.keptAs ?? path });
      return;
    }
    this.#agreed.set(path, { etag, version: entryVersion(entry) });
    if (result.status === 'same') this.#report.same++;
    else {
      this.#report.moved++;
      this.#report.bytes += entry.size;
    }
  }

  /** To a file of ours, unpacked; the entry that it would make. */
  async #download(path: string, file: string): Promise<FileEntry> {
    const key = this.#key(path);
    const object = await s3Call(`to give ${key}`, () =>
      this.#store.client.send(new GetObjectCommand({ Bucket: this.#store.bucket, Key: key })),
    );
    if (!(object.Body instanceof Readable)) throw new BridgeError('EIO', `${key} came without a body.`);
    const hash = createHash('sha256');
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    const target = createWriteStream(file, { mode: 0o600 });
    if (object.ContentEncoding === 'gzip') await pipeline(object.Body, createGunzip(), measure, target);
    else await pipeline(object.Body, measure, target);
    return {
      kind: 'file',
      path,
      mode: object.Metadata?.['mode'] === 'x' ? EXECUTABLE_MODE : DEFAULT_MODE,
      size,
      mtimeMs: object.LastModified?.getTime() ?? Date.now(),
      sha256: hash.digest('hex'),
    };
  }

  /** The object is gone: the file goes too, if it is as it was. */
  async #deleteOne(path: string, agreed: Agreed): Promise<void> {
    using beneath = new Beneath(this.#tree.root);
    const nothing = { take: () => Readable.from([]) as AsyncIterable<Uint8Array> };
    const result = await new Apply(beneath, nothing).one({ op: 'delete', path, base: agreed.version });
    if (result.status === 'done') this.#report.moved++;
    this.#agreed.delete(path);
  }

  async #pushOne(file: FileEntry, object: StoredObject | undefined): Promise<void> {
    const version = entryVersion(file);
    const agreed = this.#agreed.get(file.path);
    if (agreed?.version === version) {
      this.#report.same++; // only the store's side may have changed, or lost it: that is for pull
      return;
    }
    if (object !== undefined && object.etag !== agreed?.etag) {
      const { Metadata } = await this.#store.head(this.#key(file.path));
      if (Metadata?.['sha256'] === file.sha256) {
        this.#agreed.set(file.path, { etag: object.etag, version });
        this.#report.same++;
        return;
      }
      const keptAs = conflictName(file.path, file.sha256);
      await this.#upload(file, keptAs, undefined);
      this.#report.conflicts.push({ path: file.path, keptAs });
      return;
    }
    const etag = await this.#upload(file, file.path, object?.etag);
    this.#agreed.set(file.path, { etag, version });
    this.#report.moved++;
    this.#report.bytes += file.size;
  }

  /** Refused with EEXIST if the object is not what it was when the list was made. */
  async #upload(file: FileEntry, path: string, expectedEtag: string | undefined): Promise<string> {
    const key = this.#key(path);
    if (path !== file.path) return await this.#put(file, key, {});
    if (expectedEtag === undefined) return await this.#put(file, key, { IfNoneMatch: '*' });
    try {
      return await this.#put(file, key, { IfMatch: expectedEtag });
    } catch (error) {
      // Ceph refuses If-Match on a PUT also when it matches: then what stands there decides.
      if (codeOf(error) !== 'EEXIST' || (await this.#store.head(key)).ETag !== expectedEtag) throw error;
      return await this.#put(file, key, {});
    }
  }

  async #put(
    file: FileEntry,
    key: string,
    condition: { IfMatch?: string; IfNoneMatch?: string },
  ): Promise<string> {
    using beneath = new Beneath(this.#tree.root);
    const descriptor = beneath.within(file.path, false, (folder, name) =>
      openSync(at(folder, name), READ_ONLY_NO_FOLLOW),
    );
    const body = createReadStream('', { fd: descriptor, start: 0, end: Math.max(0, file.size - 1) });
    try {
      const put = await s3Call(`to take ${key}`, () =>
        this.#store.client.send(
          new PutObjectCommand({
            Bucket: this.#store.bucket,
            Key: key,
            Body: file.size === 0 ? Buffer.alloc(0) : body,
            ContentLength: file.size,
            Metadata: metadataOf({ key, sha256: file.sha256, executable: (file.mode & 0o100) !== 0 }),
            ...condition,
          }),
        ),
      );
      return put.ETag ?? '';
    } finally {
      body.destroy();
    }
  }

  #finish(): TransferReport {
    mkdirSync(dirname(this.#stateFile), { recursive: true });
    writeFileSync(`${this.#stateFile}.new`, JSON.stringify([...this.#agreed]));
    renameSync(`${this.#stateFile}.new`, this.#stateFile);
    return this.#report;
  }

  #load(): Map<string, Agreed> {
    try {
      if (statSync(this.#stateFile).size === 0) return new Map();
      return new Map(JSON.parse(readFileSync(this.#stateFile, 'utf8')) as [string, Agreed][]);
    } catch {
      return new Map(); // never transferred, or unreadable: then what differs is a conflict, and nothing is lost
    }
  }
}
