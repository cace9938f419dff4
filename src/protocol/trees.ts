/**
 * The control trees: files that the kernel answers for. The file system marks where they begin; a path call that comes
 * to such a mark asks the kernel with what is left of the path.
 */
import type { PipeEnds } from './process.ts';

/** Numbers of the marks in the file system. */
export const TREE_MOUNTS = [
  { mount: 1, path: '/proc' },
  { mount: 2, path: '/task' },
  { mount: 3, path: '/web' },
  { mount: 4, path: '/usr/lib/node' },
  { mount: 5, path: '/dev/pts' },
] as const;
export const PROC_MOUNT = 1;

/** Marks from this number on are of mounted file systems, and open files in them have handles from this one on. */
export const FIRST_BACKEND_MOUNT = 64;
export const FIRST_MOUNT_HANDLE = 2 ** 30;

export function mountPath(mount: number): string {
  return TREE_MOUNTS.find((tree) => tree.mount === mount)?.path ?? '/';
}

/** What stat tells of a file in a tree. */
export interface TreeAttributes {
  mode: number;
  ino: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  timeMs: number;
  nlink?: number;
  /** Where it has times apart: else all are `timeMs`. */
  times?: TreeTimes;
}

/** `timeMs` of the attributes is that of the last change of contents. */
export interface TreeTimes {
  atimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
}

export type TreeOperation =
  | { name: 'stat' | 'readlink' | 'realpath' | 'enter' | 'statfs' }
  /** As `realpath`, for who begins to watch. */
  | { name: 'watch' }
  /** `from`: entries before it are known already. */
  | { name: 'readdir'; from?: number }
  | { name: 'access'; mode: number }
  /** `flags` as open(2)'s. */
  | { name: 'open'; flags: number; mode?: number }
  /** Control trees refuse these, each with its own errno; mounted file systems do what `detail` says. */
  | { name: 'make' | 'remove' | 'change' | 'truncate'; detail?: TreeChange };

export type TreeChange =
  | { call: 'mkdir'; mode: number }
  | { call: 'symlink'; target: string }
  | { call: 'rmdir' | 'unlink' }
  | { call: 'chmod'; mode: number }
  | { call: 'chown'; uid: number; gid: number }
  /** null: stays as it is. */
  | { call: 'utimes'; atimeMs: number | null; mtimeMs: number | null }
  | { call: 'truncate'; size: number };

export interface TreeCall {
  call: 'tree';
  mount: number;
  /** The path after the mount point. */
  rest: string;
  /** Whether a link at the end is followed. */
  follow: boolean;
  operation: TreeOperation;
}

/** Two names of one mounted file system. */
export interface TreeMove {
  call: 'tree-move';
  kind: 'rename' | 'link';
  mount: number;
  from: string;
  to: string;
}

/** Calls on a file that `open` has opened. */
export type TreeFileCall =
  /**
   * → bytes; at 0 the contents are made anew. The payload is the bytes themselves. Position null: the description's own,
   * of a mounted file system's file.
   */
  | { call: 'tree-read'; handle: number; position: number | null; length: number }
  | { call: 'tree-write'; handle: number; position: number | null; data: Uint8Array }
  /** Of a mounted file system. */
  | { call: 'tree-stat' | 'tree-sync'; handle: number }
  /** chmod, chown, utimes and truncate, of a mounted file system. */
  | { call: 'tree-change'; handle: number; detail: TreeChange };

/** Payload of a TreeCall that succeeded. */
export type TreeAnswer =
  /** The path goes on outside of the tree. */
  | { kind: 'elsewhere'; path: string }
  | { kind: 'done' }
  | { kind: 'attributes'; attributes: TreeAttributes }
  /** `type`, bsize, blocks, bfree, as statfs(2) tells them. */
  | { kind: 'space'; type: number; blockBytes: number; blocks: number; free: number }
  /** `next`: there are more entries, from that one on. */
  | { kind: 'list'; names: string[]; types: number[]; next?: number }
  /** `below`: of a mounted file system's real path, the part within it. */
  | { kind: 'text'; text: string; below?: string }
  | { kind: 'file'; handle: number; attributes: TreeAttributes }
  | { kind: 'stream'; ends: PipeEnds };
