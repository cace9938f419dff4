/** A store's files in the origin private file system. Only a worker may have synchronous access handles. */
import { STORE_FILE_NAMES, type StoreFile, type StoreFiles, storeFilesOf } from './store-files.ts';

/** What of FileSystemDirectoryHandle is used (this layer knows no DOM). */
export interface StoreDirectory {
  getFileHandle(name: string, options: { create: boolean }): Promise<StoreFileHandle>;
}
export interface StoreFileHandle {
  createSyncAccessHandle(): Promise<StoreFile>;
}

/** The store is open in another tab or worker. */
export class StoreBusy extends Error {
  override readonly name = 'StoreBusy';
}

/** Opens all of a store's files or none. Throws StoreBusy when another has them. */
export async function openOpfsStore(directory: StoreDirectory): Promise<StoreFiles> {
  const opened = new Map<string, StoreFile>();
  try {
    for (const name of STORE_FILE_NAMES) {
      const handle = await directory.getFileHandle(name, { create: true });
      opened.set(name, await handle.createSyncAccessHandle());
    }
  } catch (error) {
    for (const file of opened.values()) file.close();
    const busy = error instanceof Error && error.name === 'NoModificationAllowedError';
    throw busy ? new StoreBusy('the store is in use by another tab', { cause: error }) : error;
  }
  return storeFilesOf((name) => opened.get(name) as StoreFile);
}
