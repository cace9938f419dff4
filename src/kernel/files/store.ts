/** A store that a container lives in: the Web Lock that makes it ours, and the worker that keeps it. */
import { stopStorage } from '../../../vfs/persist/worker.ts';
import type { Volume } from '../../../vfs/volume.ts';
import { STORE_HANDOVER_MS } from '../../base/limits.ts';
import type { StorePolicy } from '../../protocol/container.ts';
import {
  type BootFailure,
  type StorageReport,
  type StorageStart,
  type StoreFailure,
  storeFolder,
  storeLock,
  STORES_FOLDER,
} from '../../protocol/stores.ts';

const SCRIPT = 'storage-worker.js';

/** The container's files cannot be had; `failure` is for the page. */
export class StoreRefused extends Error {
  readonly failure: BootFailure;
  constructor(failure: BootFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export class Store {
  readonly #worker: Worker;
  readonly #release: () => void;
  /** Bytes at the end of the log that a crash had left unusable. */
  readonly lostBytes: number;
  /** It has just been made. */
  readonly fresh: boolean;

  private constructor(
    worker: Worker,
    release: () => void,
    { lostBytes, fresh }: { lostBytes: number; fresh: boolean },
  ) {
    this.#worker = worker;
    this.#release = release;
    this.lostBytes = lostBytes;
    this.fresh = fresh;
  }

  /** Brings the memory, freshly formatted and attached by nobody, to the store's state. Throws StoreRefused. */
  static async open(
    memory: WebAssembly.Memory,
    { name, whenBusy }: StorePolicy,
    assets: string,
    failed: (message: string) => void,
  ): Promise<Store> {
    const release = await takeLock(name, whenBusy);
    const worker = new Worker(assets + SCRIPT, { name: `storage of ${name}` });
    try {
      const report = await firstReport(worker, { memory, name });
      if (report.type !== 'mounted') {
        const stopped: StoreFailure = { code: 'ERR_CONTAINER_BOOT', message: 'The storage worker ended.' };
        throw new StoreRefused(report.type === 'failed' ? report.failure : stopped);
      }
      worker.onmessage = ({ data }: MessageEvent<StorageReport>) => {
        if (data.type === 'failed')
          failed(`The store '${name}' is not written any more: ${data.failure.message}`);
      };
      return new Store(worker, release, report);
    } catch (error) {
      worker.terminate();
      release();
      throw error;
    }
  }

  /** Puts everything on disk and lets the store go. */
  async close(volume: Volume): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#worker.onmessage = () => resolve();
    });
    stopStorage(volume);
    await stopped;
    this.#worker.terminate();
    this.#release();
  }
}

/** A store that nobody has open. */
export async function removeStore(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const stores = await root.getDirectoryHandle(STORES_FOLDER, { create: true });
  await stores.removeEntry(storeFolder(name), { recursive: true });
}

function firstReport(worker: Worker, start: StorageStart): Promise<StorageReport> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<StorageReport>) => resolve(data);
    worker.onerror = (event) => {
      const message = event.message || `the worker script ${SCRIPT} could not be loaded`;
      resolve({ type: 'failed', failure: { code: 'ERR_CONTAINER_BOOT', message } });
    };
    worker.postMessage(start);
  });
}

/** → the function that lets the lock go. A page that is just being left is given time to. */
function takeLock(name: string, whenBusy: StorePolicy['whenBusy']): Promise<() => void> {
  const options = whenBusy !== 'refuse' ? {} : { signal: AbortSignal.timeout(STORE_HANDOVER_MS) };
  return new Promise((resolve, reject) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const taken = navigator.locks.request(storeLock(name), options, () => {
      resolve(release);
      return held;
    });
    taken.catch(() => {
      const message = `The store '${name}' is in use by another container: tear that one down, or boot with storeBusy: 'wait' or 'read-only'.`;
      reject(new StoreRefused({ code: 'ERR_STORE_BUSY', message }));
    });
  });
}
