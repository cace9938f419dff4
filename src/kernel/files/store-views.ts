/**
 * A store is one container's at a time. Another may look at what is in it: the owner's kernel gives it a snapshot, over a
 * channel that bears the store's name, from which it boots without a store and takes no changes.
 */
import { STORE_VIEW_ASK_MS } from '../../base/limits.ts';
import { storeLock } from '../../protocol/stores.ts';
import { gathered } from '../archive/chunks.ts';
import { selectorOf } from '../archive/selection.ts';
import { snapshotParts } from '../archive/snapshot.ts';
import { TreeReader } from '../archive/tree-reader.ts';
import { StoreRefused } from './store.ts';
import type { SystemVolume } from './volume.ts';

type ViewMessage =
  | { type: 'wanted'; id: string }
  | { type: 'view'; id: string; snapshot: Blob }
  | { type: 'failed'; id: string; reason: string };

const channelOf = (name: string): BroadcastChannel => new BroadcastChannel(`${storeLock(name)}:views`);

/** Answers whoever asks for a view of this container's store. → the function that ends it */
export function serveViews(volume: SystemVolume, name: string): () => void {
  const channel = channelOf(name);
  const answered = new Set<string>();
  const answer = async (id: string): Promise<ViewMessage> => {
    try {
      const snapshot = await snapshotOf(volume);
      return { type: 'view', id, snapshot };
    } catch (error) {
      return { type: 'failed', id, reason: String(error) };
    }
  };
  channel.onmessage = ({ data }: MessageEvent<ViewMessage>) => {
    if (data.type !== 'wanted' || answered.has(data.id)) return;
    answered.add(data.id);
    void answer(data.id).then((message) => channel.postMessage(message));
  };
  return () => channel.close();
}

async function snapshotOf(volume: SystemVolume): Promise<Blob> {
  const reader = new TreeReader({
    files: volume.asRoot(),
    base: '/',
    selector: selectorOf({}),
    hardLinks: true,
  });
  // Each piece goes to the browser's own storage of Blobs: the whole is never in this worker's memory.
  const pieces: Blob[] = [];
  for await (const bytes of gathered(snapshotParts(reader.items()))) {
    pieces.push(new Blob([bytes]));
    await reader.turns.pause();
  }
  return new Blob(pieces);
}

/** What is in a store that another container has; undefined when none has it (any more). Throws StoreRefused. */
export async function viewOfStore(name: string): Promise<Blob | undefined> {
  const channel = channelOf(name);
  const id = crypto.randomUUID();
  const waiting = new AbortController();
  let asking: ReturnType<typeof setInterval> | undefined;
  try {
    return await new Promise<Blob | undefined>((resolve, reject) => {
      channel.onmessage = ({ data }: MessageEvent<ViewMessage>) => {
        if (data.id !== id || data.type === 'wanted') return;
        if (data.type === 'view') return resolve(data.snapshot);
        const message = `The container that has the store '${name}' could not show it: ${data.reason}`;
        reject(new StoreRefused({ code: 'ERR_STORE_BUSY', message }));
      };
      // Whoever has it may still boot, or be about to let it go.
      const ask = (): void => channel.postMessage({ type: 'wanted', id } satisfies ViewMessage);
      asking = setInterval(ask, STORE_VIEW_ASK_MS);
      ask();
      navigator.locks
        .request(storeLock(name), { signal: waiting.signal }, () => resolve(undefined))
        .catch(() => undefined);
    });
  } finally {
    clearInterval(asking);
    waiting.abort();
    channel.close();
  }
}
