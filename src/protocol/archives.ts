/** Trees that leave a container, and archives that come in: what page and kernel say on the port of such a call. */
import type { Failure, TreeEntry } from './container.ts';

export interface ExportRequest {
  format: 'entries' | 'binary' | 'zip' | 'tar' | 'snapshot';
  includes?: readonly string[];
  excludes?: readonly string[];
}

export interface TreeProgress {
  /** Files, directories and links so far. */
  files: number;
  /** Of their contents. */
  bytes: number;
  /** Of all, where it is known. */
  totalFiles?: number;
  totalBytes?: number;
}

/** Kernel → page. `refused`: the archive is not one, is damaged, or leads out of itself. */
export type FromTreeWork =
  | { type: 'piece'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'entries'; entries: TreeEntry[] }
  | { type: 'progress'; progress: TreeProgress }
  | { type: 'end' }
  | { type: 'failed'; failure: Failure }
  | { type: 'refused'; reason: string };

/** Page → kernel: a piece or a list of entries has been taken. */
export interface ToTreeWork {
  type: 'taken';
}
