/** A store mounted in this thread, storage worker and program in one. */
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { Slot } from '../../../vfs/layout.ts';
import { type MountReport, Storage } from '../../../vfs/persist/storage.ts';
import { closeStoreFiles, type StoreFiles } from '../../../vfs/persist/store-files.ts';
import { Volume } from '../../../vfs/volume.ts';

export const PAGES = 4096;

export interface Mounted {
  fs: SharedFileSystem;
  storage: Storage;
  report: MountReport;
  /** Ends it in order; `abandon` as a crash would. */
  stop(): void;
  abandon(): void;
}

export function mountStore(files: StoreFiles, pages = PAGES): Mounted {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
  format(memory, { capacityBytes: pages * 65536, metadataBytes: 16 * 2 ** 20 });
  const storage = new Storage(new Volume(memory, { processSlot: 0 }), files);
  const report = storage.mount();
  const shared = attach(memory, { processSlot: 1 });
  // The program's requests are answered on the spot.
  const { words, slotAt } = shared.volume;
  const asking = (call: () => number): number => {
    words[slotAt + Slot.request] = 1;
    const result = call();
    words[slotAt + Slot.request] = 0;
    return result;
  };
  shared.volume.load = (inode, index) => asking(() => storage.volume.load?.(inode, index) ?? 0);
  shared.volume.evict = (blocks) => asking(() => storage.volume.evict?.(blocks) ?? 0);
  shared.volume.sync = () => asking(() => (storage.cycle(), 0 - storage.failure));
  const stop = (): void => {
    while (storage.hasWork()) {
      if (!storage.cycle() && storage.failure !== 0) throw new Error(`the store refuses: ${storage.failure}`);
    }
    closeStoreFiles(files);
  };
  return { fs: shared, storage, report, stop, abandon: () => closeStoreFiles(files) };
}

/** What a program's fsync answers: here the storage worker's part of it. */
export function syncAll({ storage }: Mounted): number {
  storage.cycle();
  return 0 - storage.failure;
}
