/**
 * Keeps a tree here and one in the runtime's workspace alike: three-way, against what both were when they last agreed.
 * Where both changed a file differently, the later change keeps the name, and the other is kept beside it, on both sides.
 */
import {
  DEFAULT_EXCLUDES,
  type ManifestEntry,
  type SyncOperation,
  type SyncResult,
} from '../protocol/runtime/files.ts';
import { conflictName, entryVersion, type MergePlan, planMerge } from '../protocol/runtime/merge.ts';
import type { RemoteConnection } from './connection.ts';
import { RemoteError } from './errors.ts';
import { openStream, type RemoteStream } from './streams.ts';

/** The side that is here. */
export interface LocalTree {
  /** Everything that is not excluded, by path. */
  manifest(): Promise<Map<string, ManifestEntry>>;
  read(path: string): Promise<Uint8Array>;
  /**
   * Makes the entry, whole or not at all. False, and nothing done, if what is there is not `expected` (a version, null
   * for nothing). Rejects with a RemoteError when it cannot be made (ENOSPC).
   */
  put(entry: ManifestEntry, contents: Uint8Array | undefined, expected: string | null): Promise<boolean>;
  /** False, and nothing done, if what is there is not `expected`, or is a folder that is not empty. */
  delete(path: string, expected: string): Promise<boolean>;
}

export type SyncDirection = 'both' | 'push' | 'pull';

export interface SyncReport {
  pushed: string[];
  pulled: string[];
  /** Both sides changed it; `keptAs` has what lost. */
  conflicts: { path: string; keptAs: string }[];
  errors: { path: string; code: string; message: string }[];
  bytes: number;
}

export interface TreeSyncOptions {
  /** Folder of the workspace; default its root. */
  root?: string;
  excludes?: readonly string[];
  /** What an earlier TreeSync ended with (`base`). Without it, the first sync takes differing files for conflicts. */
  base?: ReadonlyMap<string, string>;
}

/** One batch's contents, so that a failure costs no more than this. */
const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_ENTRIES = 5_000;

const depth = (path: string): number => path.split('/').length;
const sizeOf = (entry: ManifestEntry | undefined): number => (entry?.kind === 'file' ? entry.size : 0);

function* batches<Item>(items: readonly Item[], size: (item: Item) => number): Generator<Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const more = size(item);
    if (batch.length > 0 && (bytes + more > BATCH_BYTES || batch.length >= BATCH_ENTRIES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

async function hexOfSha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes.slice());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Reads exact lengths from a stream of any parts. */
class ExactReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  async take(size: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done) throw new RemoteError('EPIPE', 'The runtime ended the files early.');
        this.#rest = new Uint8Array(value);
      }
      const part = this.#rest.subarray(0, size - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return bytes;
  }
}

interface Outgoing {
  readonly operation: SyncOperation;
  readonly contents?: Uint8Array | undefined;
}

export class TreeSync {
  readonly #connection: RemoteConnection;
  readonly #local: LocalTree;
  readonly #where: { root: string; excludes: string[] };
  readonly #base: Map<string, string>;
  readonly #remote = new Map<string, ManifestEntry>();
  #revision: string | undefined;

  constructor(connection: RemoteConnection, local: LocalTree, options: TreeSyncOptions = {}) {
    this.#connection = connection;
    this.#local = local;
    this.#where = { root: options.root ?? '', excludes: [...(options.excludes ?? DEFAULT_EXCLUDES)] };
    this.#base = new Map(options.base);
  }

  /** What both sides were when they last agreed: to be given to the next TreeSync of the same two trees. */
  get base(): ReadonlyMap<string, string> {
    return this.#base;
  }

  /** What a sync of both directions would do now. */
  async plan(): Promise<MergePlan> {
    const [local] = await Promise.all([this.#local.manifest(), this.#refreshRemote()]);
    return planMerge(this.#base, versionsOf(local), versionsOf(this.#remote));
  }

  /** Brings both sides together; with a direction, only that side's changes are taken over. */
  async sync(direction: SyncDirection = 'both'): Promise<SyncReport> {
    const report: SyncReport = { pushed: [], pulled: [], conflicts: [], errors: [], bytes: 0 };
    const [local] = await Promise.all([this.#local.manifest(), this.#refreshRemote()]);
    const remote = new Map(this.#remote);
    const [here, there] = [versionsOf(local), versionsOf(remote)];
    const plan = planMerge(this.#base, here, there);
    this.#agreeOnEqual(here, there);
    if (direction === 'both') await this.#settleConflicts(plan.conflicts, local, remote, plan, report);
    if (direction !== 'push') await this.#pull(plan.pull, local, remote, report);
    if (direction !== 'pull') await this.#push(plan.push, local, remote, report);
    return report;
  }

  /** Calls when the runtime's tree changed; what to do is the caller's, usually `sync()`. */
  async watch(changed: (paths: readonly string[]) => void): Promise<Disposable> {
    const listening = this.#connection.listen({
      message: (message) => {
        if (message.type === 'syncChanged' && message.root === this.#where.root) changed(message.paths);
      },
      resumed: () =>
        void this.#connection
          .request({ type: 'syncWatch', ...this.#where }, 'syncWatching')
          .catch(() => undefined),
    });
    await this.#connection.request({ type: 'syncWatch', ...this.#where }, 'syncWatching');
    return listening;
  }

  async #refreshRemote(): Promise<void> {
    const since = this.#revision === undefined ? {} : { since: this.#revision };
    const manifest = await this.#connection.request(
      { type: 'syncManifest', ...this.#where, ...since },
      'syncManifest',
    );
    if (manifest.full) this.#remote.clear();
    // The runtime was started anew and its folder is empty: its disk is another, nobody deleted what it had.
    const isLost = this.#revision !== undefined && manifest.full && manifest.entries.length === 0;
    if (isLost) this.#base.clear();
    for (const path of manifest.removed) this.#remote.delete(path);
    for (const entry of manifest.entries) this.#remote.set(entry.path, entry);
    this.#revision = manifest.revision;
  }

  #agreeOnEqual(local: ReadonlyMap<string, string>, remote: ReadonlyMap<string, string>): void {
    for (const [path, version] of local) if (remote.get(path) === version) this.#base.set(path, version);
    for (const path of [...this.#base.keys()]) {
      if (!local.has(path) && !remote.has(path)) this.#base.delete(path);
    }
  }

  /** Gives the loser of each a name of its own on both sides; then the winner is an ordinary push or pull. */
  async #settleConflicts(
    paths: readonly string[],
    local: Map<string, ManifestEntry>,
    remote: Map<string, ManifestEntry>,
    plan: { push: string[]; pull: string[] },
    report: SyncReport,
  ): Promise<void> {
    for (const path of paths) {
      const here = local.get(path);
      const there = remote.get(path);
      if (here?.kind !== 'file' || there?.kind !== 'file') {
        plan.pull.push(path); // a folder or link on one side: the runtime's stands
        continue;
      }
      const localWins = here.mtimeMs > there.mtimeMs;
      const loser = localWins ? there : here;
      const keptAs = conflictName(path, loser.sha256);
      const contents = localWins ? (await this.#fetch([there]))[0] : await this.#local.read(path);
      const copy: ManifestEntry = { ...loser, path: keptAs };
      const expected = versionOrNull(local.get(keptAs));
      if (contents === undefined || !(await this.#local.put(copy, contents, expected))) continue;
      local.set(keptAs, copy);
      if (!remote.has(keptAs)) plan.push.push(keptAs);
      (localWins ? plan.push : plan.pull).push(path);
      report.conflicts.push({ path, keptAs });
    }
  }

  async #pull(
    paths: readonly string[],
    local: ReadonlyMap<string, ManifestEntry>,
    remote: ReadonlyMap<string, ManifestEntry>,
    report: SyncReport,
  ): Promise<void> {
    const incoming = paths
      .flatMap((path) => remote.get(path) ?? [])
      .sort((a, b) => depth(a.path) - depth(b.path));
    for (const batch of batches(incoming, sizeOf)) {
      const contents = await this.#fetch(batch);
      for (const [index, entry] of batch.entries()) {
        const expected = versionOrNull(local.get(entry.path));
        const done = await this.#local.put(entry, contents[index], expected).catch((error: unknown) => {
          const { code, message } =
            error instanceof RemoteError ? error : new RemoteError('EIO', String(error));
          report.errors.push({ path: entry.path, code, message });
          return false;
        });
        if (!done) continue; // changed here meanwhile: the next sync sees it
        this.#base.set(entry.path, entryVersion(entry));
        report.pulled.push(entry.path);
        report.bytes += sizeOf(entry);
      }
    }
    const gone = paths.filter((path) => !remote.has(path)).sort((a, b) => depth(b) - depth(a));
    for (const path of gone) {
      const expected = versionOrNull(local.get(path));
      if (expected === null || !(await this.#local.delete(path, expected))) continue;
      this.#base.delete(path);
      report.pulled.push(path);
    }
  }

  /** Contents of the entries in order; undefined for what has none. Checked against their hashes. */
  async #fetch(entries: readonly ManifestEntry[]): Promise<(Uint8Array | undefined)[]> {
    if (!entries.some((entry) => entry.kind === 'file')) return entries.map(() => undefined);
    const paths = entries.map((entry) => entry.path);
    const { answer, stream } = await openStream(
      this.#connection,
      { type: 'syncGet', ...this.#where, paths },
      'syncFiles',
    );
    void stream.writable.close();
    const reader = new ExactReader(stream.readable);
    const contents: (Uint8Array | undefined)[] = [];
    for (const entry of answer.entries) {
      if (entry.kind !== 'file') {
        contents.push(undefined);
        continue;
      }
      const bytes = await reader.take(entry.size);
      if ((await hexOfSha256(bytes)) !== entry.sha256) {
        throw new RemoteError('EAGAIN', `${entry.path} changed while it was read.`);
      }
      contents.push(bytes);
    }
    return contents;
  }

  async #push(
    paths: readonly string[],
    local: ReadonlyMap<string, ManifestEntry>,
    remote: ReadonlyMap<string, ManifestEntry>,
    report: SyncReport,
  ): Promise<void> {
    const base = (path: string): string | null => versionOrNull(remote.get(path));
    const puts = paths.flatMap((path) => local.get(path) ?? []).sort((a, b) => depth(a.path) - depth(b.path));
    const deletes = paths.filter((path) => !local.has(path)).sort((a, b) => depth(b) - depth(a));
    for (const batch of batches(puts, sizeOf)) {
      const outgoing = await Promise.all(
        batch.map(async (entry): Promise<Outgoing> => ({
          operation: { op: 'put', entry, base: base(entry.path) },
          contents: entry.kind === 'file' ? await this.#local.read(entry.path) : undefined,
        })),
      );
      await this.#send(outgoing, report);
    }
    const operations = deletes.map((path): Outgoing => ({
      operation: { op: 'delete', path, base: base(path) },
    }));
    if (operations.length > 0) await this.#send(operations, report);
  }

  async #send(outgoing: readonly Outgoing[], report: SyncReport): Promise<void> {
    // A file that changed between manifest and read goes with the hash of what is sent.
    const current = outgoing.filter(({ operation, contents }) => {
      return (
        operation.op === 'delete' || contents === undefined || contents.length === sizeOf(operation.entry)
      );
    });
    const operations = current.map(({ operation }) => operation);
    let applied: Promise<readonly SyncResult[]> = Promise.resolve([]);
    const { stream } = await openStream(
      this.#connection,
      { type: 'syncApply', ...this.#where, operations },
      'syncReady',
      (id) => {
        applied = this.#applied(id);
        applied.catch(() => undefined); // if writing fails first, that is what is told
      },
    );
    await this.#write(stream, current);
    for (const [index, result] of (await applied).entries()) {
      const sent = operations[index];
      if (sent !== undefined) this.#note(sent, result, report);
    }
  }

  async #write(stream: RemoteStream, outgoing: readonly Outgoing[]): Promise<void> {
    const writer = stream.writable.getWriter();
    for (const { contents } of outgoing) if (contents !== undefined) await writer.write(contents);
    await writer.close();
    await drain(stream.readable);
  }

  /** The outcome, which follows the stream as a second answer to the request. */
  #applied(id: string | undefined): Promise<readonly SyncResult[]> {
    return new Promise((resolve, reject) => {
      const listening = this.#connection.listen({
        message: (message) => {
          if (message.type === 'syncApplied' && message.id === id) {
            listening[Symbol.dispose]();
            resolve(message.results);
          } else if (message.type === 'error' && message.id === id) {
            listening[Symbol.dispose]();
            reject(new RemoteError(message.code, message.message));
          }
        },
        stateChanged: () => {
          listening[Symbol.dispose]();
          reject(new RemoteError('ECONNRESET', 'The connection to the runtime was cut.'));
        },
      });
    });
  }

  #note(sent: SyncOperation, result: SyncResult, report: SyncReport): void {
    const { path } = result;
    if (result.status === 'done' || result.status === 'same') {
      if (sent.op === 'put') this.#base.set(path, entryVersion(sent.entry));
      else this.#base.delete(path);
      report.pushed.push(path);
      report.bytes += sent.op === 'put' ? sizeOf(sent.entry) : 0;
    } else if (result.status === 'conflict') report.conflicts.push({ path, keptAs: result.keptAs ?? path });
    else report.errors.push({ path, code: result.code ?? 'EIO', message: result.message ?? '' });
  }
}

function versionsOf(tree: ReadonlyMap<string, ManifestEntry>): Map<string, string> {
  const versions = new Map<string, string>();
  for (const [path, entry] of tree) versions.set(path, entryVersion(entry));
  return versions;
}

function versionOrNull(entry: ManifestEntry | undefined): string | null {
  return entry === undefined ? null : entryVersion(entry);
}

/** Until the runtime ends its side. A failure shows in the answer that follows. */
async function drain(readable: ReadableStream<Uint8Array>): Promise<void> {
  const reader = readable.getReader();
  try {
    while (!(await reader.read()).done);
  } catch {
    // told by the answer
  }
}
