// Copied from src/protocol/runtime/files.ts by scripts/runtime-protocol.mjs: edit it there.
/** File sync: manifests, batches up and down, and news of changes. Contents travel on a stream, back to back in the order of the list. */
import * as v from 'valibot';
import { count, id, list, pid, sha256, text } from './common.ts';

/** Names that sync leaves alone unless asked otherwise. */
export const DEFAULT_EXCLUDES = ['node_modules', '.git', 'dist', '.cache'] as const;

/** One entry of a tree. `path` is relative to the synced root, with `/` and no `.` or `..`. */
export const manifestEntry = v.variant('kind', [
  v.object({
    kind: v.literal('file'),
    path: text,
    mode: count,
    size: count,
    mtimeMs: v.number(),
    sha256,
  }),
  v.object({ kind: v.literal('directory'), path: text, mode: count }),
  v.object({ kind: v.literal('symlink'), path: text, target: text }),
]);
export type ManifestEntry = v.InferOutput<typeof manifestEntry>;

/** What the entry was when both sides last agreed: its `entryVersion`, or null if it did not exist. A change against another base is a conflict. */
const base = v.nullable(text);

export const syncOperation = v.variant('op', [
  v.object({ op: v.literal('put'), entry: manifestEntry, base }),
  v.object({ op: v.literal('delete'), path: text, base }),
]);
export type SyncOperation = v.InferOutput<typeof syncOperation>;

export const syncResult = v.object({
  path: text,
  status: v.picklist(['done', 'same', 'conflict', 'error']),
  /** Where the incoming contents of a conflict were kept. */
  keptAs: v.optional(text),
  code: v.optional(v.string()),
  message: v.optional(v.string()),
});
export type SyncResult = v.InferOutput<typeof syncResult>;

const root = { root: v.optional(text, ''), excludes: v.optional(list(text)) };

export const clientSyncMessages = [
  v.object({ type: v.literal('syncStatus'), ...id, ...root }),
  /** The tree below `root`; with the `since` of an earlier answer, only what changed after it. */
  v.object({ type: v.literal('syncManifest'), ...id, ...root, since: v.optional(text) }),
  /** Answered by `syncReady` with the stream that takes the contents, then `syncApplied`. */
  v.object({ type: v.literal('syncApply'), ...id, ...root, operations: list(syncOperation) }),
  /** Answered by `syncFiles` with the stream that carries the contents. */
  v.object({ type: v.literal('syncGet'), ...id, ...root, paths: list(text) }),
  v.object({ type: v.literal('syncWatch'), ...id, ...root }),
  v.object({ type: v.literal('syncUnwatch'), ...id, ...root }),
] as const;

export const serverSyncMessages = [
  v.object({
    type: v.literal('syncStatus'),
    ...id,
    root: text,
    files: count,
    bytes: count,
    revision: text,
    watching: v.boolean(),
  }),
  /** `full`: `entries` is the whole tree; else only what changed, `removed` listing what is gone. */
  v.object({
    type: v.literal('syncManifest'),
    ...id,
    root: text,
    revision: text,
    full: v.boolean(),
    entries: v.array(manifestEntry),
    removed: v.array(text),
  }),
  v.object({ type: v.literal('syncReady'), ...id, stream: pid }),
  v.object({ type: v.literal('syncApplied'), ...id, results: v.array(syncResult), revision: text }),
  v.object({ type: v.literal('syncFiles'), ...id, stream: pid, entries: v.array(manifestEntry) }),
  v.object({ type: v.literal('syncWatching'), ...id, root: text, revision: text }),
  v.object({ type: v.literal('syncUnwatched'), ...id, root: text }),
  v.object({ type: v.literal('syncChanged'), root: text, revision: text, paths: v.array(text) }),
] as const;
