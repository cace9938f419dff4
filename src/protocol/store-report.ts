/** What a check of a store has found. */
export interface StoreReport {
  /** What is wrong; none: the store is sound. */
  errors: string[];
  inodes: number;
  entries: number;
  /** Bytes of file data on disk. */
  dataBytes: number;
  /** Bytes at the end of the log that a crash has cut short, or that are damaged: the next mount drops them. */
  lostBytes: number;
  /** The newest checkpoint is damaged; the one before it and its log give the same state. */
  fellBack: boolean;
  /** Files that were open and nameless at the end: the next mount frees them. */
  nameless: number;
}
