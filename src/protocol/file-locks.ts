/** Locks of byte ranges of files (fcntl(2), open file description locks), as the kernel keeps them. */

export interface FileLockStep {
  kind: 'shared' | 'exclusive' | 'none';
  start: number;
  length: number;
}

/** All steps are taken or none. → 0, or -EAGAIN when another descriptor holds what conflicts. */
export interface FileLockCall {
  call: 'file-lock';
  dev: number;
  ino: number;
  /** Whose locks these are: the caller's descriptor. */
  fd: number;
  steps: FileLockStep[];
}
