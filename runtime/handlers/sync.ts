/** Requests about the files of the workspace. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connection, Handlers } from '../connection.ts';
import { BridgeError } from '../errors.ts';
import { SYNC_TREES_MAX } from '../limits.ts';
import type { Log } from '../log.ts';
import { FRAME_PAYLOAD_MAX } from '../protocol/runtime.ts';
import { excludes } from '../protocol/runtime/excludes.ts';
import { DEFAULT_EXCLUDES, type ManifestEntry, type SyncResult } from '../protocol/runtime/files.ts';
import { inWorkspace } from '../sandbox/paths.ts';
import { Apply, type Contents } from '../sync/apply.ts';
import { at, Beneath } from '../sync/beneath.ts';
import { SyncTree, type ChangeListener } from '../sync/tree.ts';
import { idOf } from './processes.ts';

type SyncHandlers = Pick<
  Handlers,
  'syncStatus' | 'syncManifest' | 'syncApply' | 'syncGet' | 'syncWatch' | 'syncUnwatch'
>;
interface TreeRequest {
  root: string;
  excludes?: string[] | undefined;
}

/** Of the bridge's own making, at the workspace's top. */
const NEVER_SYNCED = ['/.home', '/.venv'];

/** The trees that clients asked about, with what is known of them. */
export class SyncTrees {
  readonly #workspace: string;
  readonly #log: Log;
  readonly #trees = new Map<string, SyncTree>();

  constructor(workspace: string, log: Log) {
    this.#workspace = workspace;
    this.#log = log;
  }

  /** Throws EACCES for a path outside the workspace. A folder that is not there is made. */
  get({ root, excludes: patterns = [...DEFAULT_EXCLUDES] }: TreeRequest): SyncTree {
    const path = inWorkspace(this.#workspace, root);
    mkdirSync(path, { recursive: true });
    const isTop = path === inWorkspace(this.#workspace, '');
    const all = isTop ? [...patterns, ...NEVER_SYNCED] : patterns;
    const key = JSON.stringify([path, all]);
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    const idle = [...this.#trees].find(([, tree]) => !tree.watching);
    if (this.#trees.size >= SYNC_TREES_MAX && idle !== undefined) this.#trees.delete(idle[0]);
    const tree = new SyncTree(path, excludes(all), this.#log);
    this.#trees.set(key, tree);
    return tree;
  }
}

/** The contents of a batch, cut from the stream that carries them. */
class StreamContents implements Contents {
  readonly #parts: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Duplex) {
    this.#parts = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async *take(size: number): AsyncGenerator<Uint8Array> {
    for (let wanted = size; wanted > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#parts.next().catch(() => ({ done: true as const, value: undefined }));
        if (next.done === true) throw new BridgeError('EPIPE', 'The stream of contents ended early.');
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, wanted);
      this.#rest = this.#rest.subarray(part.length);
      wanted -= part.length;
      yield part;
    }
  }
}

/** The files' contents, back to back; fails with EAGAIN if one is no longer of the size that was announced. */
async function* contentsOf(beneath: Beneath, entries: readonly ManifestEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = beneath.within(entry.path, false, (folder, name) => openSync(at(folder, name), flags));
    try {
      const stat = fstatSync(file);
      if (!stat.isFile() || stat.size !== entry.size) {
        throw new BridgeError('EAGAIN', `${entry.path} changed meanwhile.`);
      }
      for (let left = entry.size; left > 0;) {
        const buffer = Buffer.allocUnsafe(Math.min(left, FRAME_PAYLOAD_MAX));
        const read = readSync(file, buffer);
        if (read === 0) throw new BridgeError('EAGAIN', `${entry.path} changed meanwhile.`);
        left -= read;
        yield buffer.subarray(0, read);
      }
    } finally {
      closeSync(file);
    }
  }
}

export function syncHandlers(trees: SyncTrees): SyncHandlers {
  const watches = new Map<Connection, Map<SyncTree, ChangeListener>>();
  const unwatch = (connection: Connection, tree: SyncTree): void => {
    const listener = watches.get(connection)?.get(tree);
    if (listener !== undefined) tree.removeListener(listener);
    watches.get(connection)?.delete(tree);
  };
  return {
    async syncStatus(message) {
      const tree = trees.get(message);
      await tree.refresh();
      const files = [...tree.entries.values()].filter((entry) => entry.kind === 'file');
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      const { root } = message;
      const { revision, watching } = tree;
      return { type: 'syncStatus', ...idOf(message), root, files: files.length, bytes, revision, watching };
    },
    async syncManifest(message) {
      const tree = trees.get(message);
      await tree.refresh();
      return { type: 'syncManifest', ...idOf(message), root: message.root, ...tree.since(message.since) };
    },
    async syncApply(message, connection) {
      const tree = trees.get(message);
      using beneath = new Beneath(tree.root);
      const stream = connection.streams.open();
      connection.send({ type: 'syncReady', ...idOf(message), stream: stream.id });
      const apply = new Apply(beneath, new StreamContents(stream));
      const results: SyncResult[] = [];
      try {
        for (const operation of message.operations) results.push(await apply.one(operation));
      } catch (error) {
        stream.destroy();
        throw error;
      }
      stream.end();
      stream.resume();
      // The second answer to the request; the stream's end follows its last operation.
      return { type: 'syncApplied', ...idOf(message), results, revision: tree.revision };
    },
    async syncGet(message, connection) {
      const tree = trees.get(message);
      await tree.refresh();
      const entries = message.paths.map((path) => {
        const entry = tree.entries.get(path);
        if (entry === undefined) throw new BridgeError('ENOENT', `${path} is not in the tree.`);
        return entry;
      });
      const stream = connection.streams.open();
      connection.send({ type: 'syncFiles', ...idOf(message), stream: stream.id, entries });
      using beneath = new Beneath(tree.root);
      stream.resume(); // nothing comes the other way but its end
      await pipeline(Readable.from(contentsOf(beneath, entries)), stream).catch(() => undefined);
      return undefined;
    },
    async syncWatch(message, connection) {
      const tree = trees.get(message);
      const { root } = message;
      const known = watches.get(connection) ?? new Map<SyncTree, ChangeListener>();
      if (!watches.has(connection)) {
        watches.set(connection, known);
        connection.onClose(() => {
          for (const watched of [...known.keys()]) unwatch(connection, watched);
          watches.delete(connection);
        });
      }
      if (!known.has(tree)) {
        const listener: ChangeListener = (paths, revision) =>
          connection.send({ type: 'syncChanged', root, revision, paths });
        known.set(tree, listener);
        await tree.addListener(listener);
      }
      return { type: 'syncWatching', ...idOf(message), root, revision: tree.revision };
    },
    syncUnwatch(message, connection) {
      unwatch(connection, trees.get(message));
      return { type: 'syncUnwatched', ...idOf(message), root: message.root };
    },
  };
}
