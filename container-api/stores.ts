/** The stores of an origin, as `OpenAgentsContainer.stores()` gives them. */
import {
  type StorageReport,
  type StoreCheck,
  storeFolder,
  storeLock,
  storeName,
  STORES_FOLDER,
} from '../src/protocol/stores.ts';
import type { StoreReport } from '../src/protocol/store-report.ts';
import { check, name as nonEmpty } from './arguments/check.ts';
import { ContainerError } from './errors.ts';

export type { StoreReport };

const STORAGE_SCRIPT = 'storage-worker.js';
const RELEASE_ATTEMPTS = 100;
const RELEASE_PAUSE_MS = 20;

export interface StoreInfo {
  name: string;
  /** On disk. */
  sizeBytes: number;
  /** A container, in any tab, has it. */
  inUse: boolean;
}

/** What the browser grants all of the origin: its stores, and whatever else the origin keeps. */
export interface StoreSpace {
  quotaBytes: number;
  usedBytes: number;
  freeBytes: number;
  /** The browser does not clear it by itself when room is short. */
  persistent: boolean;
}

/** What the DOM's types lack of FileSystemDirectoryHandle and FileSystemFileHandle. */
type Directory = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };
type Movable = FileSystemFileHandle & {
  move(parent: FileSystemDirectoryHandle, name: string): Promise<void>;
};

export class Stores {
  readonly #assets: URL;

  /** @internal */
  constructor(assets: URL) {
    this.#assets = assets;
  }

  async list(): Promise<StoreInfo[]> {
    const { held = [] } = await navigator.locks.query();
    const stores: StoreInfo[] = [];
    for await (const handle of (await storesFolder()).values()) {
      if (handle.kind !== 'directory') continue;
      const name = storeName(handle.name);
      const files = await filesOf(handle as Directory);
      const sizes = await Promise.all(files.map(async (file) => (await file.getFile()).size));
      const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
      stores.push({ name, sizeBytes, inUse: held.some((lock) => lock.name === storeLock(name)) });
    }
    return stores.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** How much there is and how much is left: beyond it writes are ENOSPC. One store's part is what `list` tells. */
  async space(): Promise<StoreSpace> {
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    const persistent = await navigator.storage.persisted();
    return { quotaBytes: quota, usedBytes: usage, freeBytes: Math.max(0, quota - usage), persistent };
  }

  /** Asks that the browser never clears the stores by itself; it may ask the user. → whether it is so now */
  keep(): Promise<boolean> {
    return navigator.storage.persist();
  }

  /** Rejects with ERR_STORE_BUSY while a container has it, ERR_STORE_UNKNOWN where there is none. */
  async delete(name: string): Promise<void> {
    check('stores.delete', nonEmpty, name);
    return exclusively(name, async () => {
      const folder = await storesFolder();
      await existing(folder, name);
      await released(() => folder.removeEntry(storeFolder(name), { recursive: true }));
    });
  }

  /**
   * Looks at a store without changing it: its log and checkpoints, every structure, every run of its data. Rejects as
   * `delete` does. A report without `errors` is of a store that mounts.
   */
  async check(name: string): Promise<StoreReport> {
    check('stores.check', nonEmpty, name);
    return exclusively(name, async () => {
      await existing(await storesFolder(), name);
      const worker = new Worker(new URL(STORAGE_SCRIPT, this.#assets), { name: `check of ${name}` });
      try {
        return await new Promise<StoreReport>((resolve, reject) => {
          worker.onmessage = ({ data }: MessageEvent<StorageReport>) => {
            if (data.type === 'checked') resolve(data.report);
            else if (data.type === 'failed')
              reject(new ContainerError(data.failure.code, data.failure.message));
          };
          worker.onerror = ({ message }) =>
            reject(
              new ContainerError('ERR_CONTAINER_BOOT', message || `${STORAGE_SCRIPT} could not be loaded`),
            );
          worker.postMessage({ check: name } satisfies StoreCheck);
        });
      } finally {
        worker.terminate();
      }
    });
  }

  /** Rejects as `delete` does; with ERR_STORE_BUSY also where the new name is taken. */
  async rename(name: string, newName: string): Promise<void> {
    check('stores.rename', nonEmpty, name);
    check('stores.rename', nonEmpty, newName);
    return exclusively(name, () =>
      exclusively(newName, async () => {
        const folder = await storesFolder();
        const from = await existing(folder, name);
        if ((await this.list()).some((store) => store.name === newName))
          throw busy(newName, 'exists already');
        const to = await folder.getDirectoryHandle(storeFolder(newName), { create: true });
        for (const file of await filesOf(from)) await released(() => (file as Movable).move(to, file.name));
        await released(() => folder.removeEntry(storeFolder(name), { recursive: true }));
      }),
    );
  }
}

/** Who has a store's lock may find its files open for a moment yet: a browser closes what a worker had after its end. */
async function released(change: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      const open = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!open || attempt === RELEASE_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RELEASE_PAUSE_MS));
    }
  }
}

async function storesFolder(): Promise<Directory> {
  const root = await navigator.storage.getDirectory();
  return (await root.getDirectoryHandle(STORES_FOLDER, { create: true })) as Directory;
}

async function existing(folder: Directory, name: string): Promise<Directory> {
  try {
    return (await folder.getDirectoryHandle(storeFolder(name))) as Directory;
  } catch (cause) {
    throw new ContainerError('ERR_STORE_UNKNOWN', `There is no store '${name}'.`, { cause });
  }
}

async function filesOf(directory: Directory): Promise<FileSystemFileHandle[]> {
  const files: FileSystemFileHandle[] = [];
  for await (const handle of directory.values()) {
    if (handle.kind === 'file') files.push(handle as FileSystemFileHandle);
  }
  return files;
}

function busy(name: string, reason: string): ContainerError {
  return new ContainerError('ERR_STORE_BUSY', `The store '${name}' ${reason}.`);
}

function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(storeLock(name), { ifAvailable: true }, async (lock) => {
    if (lock === null) throw busy(name, 'is in use by a container');
    return work();
  }) as Promise<T>;
}
