/**
 * The life of a storage worker: mount, tell so, serve until told to stop. The kernel makes the memory (formatted and
 * not yet attached by anyone), starts the worker with it, and lets processes attach once `mounted` was called.
 */
import { atomicNotify, atomicStore } from '../intrinsics.ts';
import { Super } from '../layout.ts';
import { ringBell } from '../redo.ts';
import { Volume, type AttachSettings } from '../volume.ts';
import { closeStoreFiles, type StoreFiles } from './store-files.ts';
import { type MountReport, Storage } from './storage.ts';

export interface StorageOrder {
  memory: WebAssembly.Memory;
  files: StoreFiles;
  settings: AttachSettings;
  /** Milliseconds, monotonic. */
  clock: () => number;
  /** What the store may take on disk (navigator.storage.estimate(): quota less what others use); statfs tells it. */
  quotaBytes?: number;
  /** The memory may be used from here on. */
  mounted(report: MountReport): void;
}

/**
 * Blocks the worker until `stopStorage`. Throws DamagedStore, or what the host throws, before `mounted`. → 0, or the
 * errno for which not everything is on disk.
 */
export function runStorage({ memory, files, settings, clock, quotaBytes, mounted }: StorageOrder): number {
  try {
    const storage = new Storage(new Volume(memory, settings), files);
    const report = storage.mount();
    if (quotaBytes !== undefined) storage.limitTo(quotaBytes);
    mounted(report);
    return storage.loop(clock);
  } finally {
    closeStoreFiles(files);
  }
}

/** Lets the storage worker put everything on disk and end. */
export function stopStorage(v: Volume): void {
  atomicStore(v.words, Super.stop, 1);
  ringBell(v.words);
  atomicNotify(v.words, Super.bell);
}
