/** Stores in the origin private file system: where they lie, who may use one, and the talk with the storage worker. */

import type { StoreReport } from './store-report.ts';

/** Folder of the stores in the origin private file system; each is a folder named as `storeFolder` says. */
export const STORES_FOLDER = 'openagents-container';

export function storeFolder(name: string): string {
  return encodeURIComponent(name).replaceAll('.', '%2E');
}
export function storeName(folder: string): string {
  return decodeURIComponent(folder);
}

/** The Web Lock that the user of a store holds. */
export function storeLock(name: string): string {
  return `${STORES_FOLDER}:store:${name}`;
}

/** Kernel → storage worker, once. */
export interface StorageStart {
  memory: WebAssembly.Memory;
  name: string;
}

/** Page → storage worker, once: look at the store and change nothing. */
export interface StoreCheck {
  check: string;
}

export type StoreFailure = {
  code: 'ERR_STORE_BUSY' | 'ERR_STORE_DAMAGED' | 'ERR_STORE_VERSION' | 'ERR_CONTAINER_BOOT';
  message: string;
};

/** Why a container has no files to boot with. */
export type BootFailure =
  StoreFailure | { code: 'ERR_SNAPSHOT_DAMAGED' | 'ERR_SNAPSHOT_TOO_LARGE'; message: string };

/** Storage worker → kernel. `stopped`: everything is on disk and the files are closed. */
export type StorageReport =
  | { type: 'mounted'; fresh: boolean; lostBytes: number }
  | { type: 'failed'; failure: StoreFailure }
  | { type: 'checked'; report: StoreReport }
  | { type: 'stopped' };
