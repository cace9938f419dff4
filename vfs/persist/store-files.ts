/** The files of a store, as a browser's synchronous access handles are: positioned, and flushed when told. */

export interface StoreFile {
  /** → bytes read, fewer at the end */
  read(into: Uint8Array, options: { at: number }): number;
  write(from: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** data: file contents. head: which checkpoint and log are valid. The others in pairs, used in turns. */
export interface StoreFiles {
  data: StoreFile;
  head: StoreFile;
  logs: [StoreFile, StoreFile];
  checkpoints: [StoreFile, StoreFile];
}

export const STORE_FILE_NAMES = ['data', 'head', 'log-0', 'log-1', 'checkpoint-0', 'checkpoint-1'] as const;

export function storeFilesOf(open: (name: (typeof STORE_FILE_NAMES)[number]) => StoreFile): StoreFiles {
  return {
    data: open('data'),
    head: open('head'),
    logs: [open('log-0'), open('log-1')],
    checkpoints: [open('checkpoint-0'), open('checkpoint-1')],
  };
}

export function closeStoreFiles(files: StoreFiles): void {
  for (const file of [files.data, files.head, ...files.logs, ...files.checkpoints]) file.close();
}
