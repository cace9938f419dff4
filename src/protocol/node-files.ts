/**
 * A file system of the page that has Node's fs API, as the kernel uses it: calls over one MessagePort. Errors cross as
 * their codes.
 */
export type NodeFilesAnswer<Value> = { ok: true; value: Value } | { ok: false; code: string };

/** Calls of `fs.promises` that take a path and give nothing back but what structured cloning takes. */
export type NodePathCall =
  | 'readdir'
  | 'readlink'
  | 'mkdir'
  | 'rmdir'
  | 'unlink'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'chmod'
  | 'lchown'
  | 'lutimes'
  | 'statfs'
  | 'utimes';

/** Calls of a FileHandle. */
export type NodeHandleCall = 'truncate' | 'sync' | 'close' | 'chmod' | 'chown' | 'utimes';

export interface NodeFileStats {
  mode: number;
  size: number;
  ino: number;
  nlink: number;
  uid: number;
  gid: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
}

export interface NodeFilesService {
  lstat(path: string): Promise<NodeFilesAnswer<NodeFileStats>>;
  call(name: NodePathCall, args: readonly (string | number)[]): Promise<NodeFilesAnswer<unknown>>;
  /** → the number of a handle */
  open(path: string, flags: string, mode: number): Promise<NodeFilesAnswer<number>>;
  read(handle: number, length: number, position: number): Promise<NodeFilesAnswer<Uint8Array>>;
  write(handle: number, bytes: Uint8Array, position: number): Promise<NodeFilesAnswer<number>>;
  stat(handle: number): Promise<NodeFilesAnswer<NodeFileStats>>;
  onHandle(
    handle: number,
    name: NodeHandleCall,
    args: readonly number[],
  ): Promise<NodeFilesAnswer<undefined>>;
}

/** What such a file system cannot do (capabilities of vfs/backends); everything else is taken to work. */
export interface NodeFilesCapabilities {
  writable?: boolean;
  symlinks?: boolean;
  hardLinks?: boolean;
  modes?: boolean;
  owners?: boolean;
  times?: boolean;
  atomicRename?: boolean;
  openUnlinked?: boolean;
}
