/** The storage worker's entry: the only one that writes a store. It blocks in a loop, so it hears one message. */
import { SLOT_COUNT } from '../../vfs/layout.ts';
import { openOpfsStore, type StoreDirectory, StoreBusy } from '../../vfs/persist/opfs.ts';
import { OtherStoreVersion } from '../../vfs/persist/log.ts';
import { DamagedStore } from '../../vfs/persist/recover.ts';
import { checkStore } from '../../vfs/persist/check.ts';
import { closeStoreFiles, storeBytes, type StoreFiles } from '../../vfs/persist/store-files.ts';
import { runStorage } from '../../vfs/persist/worker.ts';
import { errnoName } from '../base/errno.ts';
import { STORE_HANDOVER_MS, STORE_RETRY_MS } from '../base/limits.ts';
import {
  type StorageReport,
  type StorageStart,
  type StoreCheck,
  type StoreFailure,
  storeFolder,
  STORES_FOLDER,
} from '../protocol/stores.ts';
import type { StoreReport } from '../protocol/store-report.ts';

/** The last record of the file system: processes have the lower ones. */
const STORAGE_SLOT = SLOT_COUNT - 1;

const post = (report: StorageReport): void => postMessage(report);

/** The files of a page that was just left may be open for a moment longer. */
async function openStore(directory: StoreDirectory): Promise<StoreFiles> {
  const deadline = performance.now() + STORE_HANDOVER_MS;
  for (;;) {
    try {
      return await openOpfsStore(directory);
    } catch (error) {
      if (!(error instanceof StoreBusy) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
    }
  }
}

async function directoryOf(name: string, create: boolean): Promise<StoreDirectory> {
  const root = await navigator.storage.getDirectory();
  const stores = await root.getDirectoryHandle(STORES_FOLDER, { create: true });
  return (await stores.getDirectoryHandle(storeFolder(name), { create })) as unknown as StoreDirectory;
}

async function serve({ memory, name }: StorageStart): Promise<void> {
  const files = await openStore(await directoryOf(name, true));
  const quotaBytes = await roomFor(files);
  const refused = runStorage({
    memory,
    files,
    settings: { processSlot: STORAGE_SLOT },
    clock: () => performance.now(),
    mounted: ({ fresh, lostBytes }) => post({ type: 'mounted', fresh, lostBytes }),
    ...(quotaBytes === undefined ? {} : { quotaBytes }),
  });
  if (refused !== 0) throw new Error(`not everything is on disk: ${errnoName(refused) ?? refused}`);
}

/** What the browser grants this store: what is left for the origin, and what the store has. */
async function roomFor(files: StoreFiles): Promise<number | undefined> {
  const { quota, usage = 0 } = await navigator.storage.estimate();
  if (quota === undefined) return undefined;
  return Math.max(0, quota - usage) + storeBytes(files);
}

function failureOf(error: unknown): StoreFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StoreBusy) return { code: 'ERR_STORE_BUSY', message };
  if (error instanceof DamagedStore) return { code: 'ERR_STORE_DAMAGED', message };
  if (error instanceof OtherStoreVersion) return { code: 'ERR_STORE_VERSION', message };
  return { code: 'ERR_CONTAINER_BOOT', message: `The storage worker failed: ${message}` };
}

async function check(name: string): Promise<void> {
  const files = await openStore(await directoryOf(name, false));
  let report: StoreReport;
  try {
    report = checkStore(files);
  } finally {
    closeStoreFiles(files);
  }
  // Whoever hears it may open the store at once.
  post({ type: 'checked', report });
}

addEventListener('message', ({ data }: MessageEvent<StorageStart | StoreCheck>) => {
  const work = 'check' in data ? check(data.check) : serve(data);
  work.then(
    () => post({ type: 'stopped' }),
    (error: unknown) => post({ type: 'failed', failure: failureOf(error) }),
  );
});
