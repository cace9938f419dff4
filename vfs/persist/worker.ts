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
  /** The memory may be used from here on. */
  mounted(report: MountReport): void;
}

/** Blocks the worker until `stopStorage`. Throws DamagedStore before `mounted`, and what the disk throws after. */
export function runStorage({ memory, files, settings, clock, mounted }: StorageOrder): void {
  try {
    const storage = new Storage(new Volume(memory, settings), files);
    mounted(storage.mount());
    storage.loop(clock);
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
