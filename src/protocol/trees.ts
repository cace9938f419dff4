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
}

export type TreeOperation =
  | { name: 'stat' | 'readdir' | 'readlink' | 'realpath' | 'enter' }
  | { name: 'access'; mode: number }
  /** `flags` as open(2)'s. */
  | { name: 'open'; flags: number }
  /** Making, removing, renaming, changing attributes: refused, each with its own errno. */
  | { name: 'make' | 'remove' | 'change' | 'truncate' };

export interface TreeCall {
  call: 'tree';
  mount: number;
  /** The path after the mount point. */
  rest: string;
  /** Whether a link at the end is followed. */
  follow: boolean;
  operation: TreeOperation;
}

/** Calls on a file that `open` has opened. */
export type TreeFileCall =
  /** → bytes; at 0 the contents are made anew. The payload is the bytes themselves. */
  | { call: 'tree-read'; handle: number; position: number; length: number }
  | { call: 'tree-write'; handle: number; data: Uint8Array };

/** Payload of a TreeCall that succeeded. */
export type TreeAnswer =
  /** The path goes on outside of the tree. */
  | { kind: 'elsewhere'; path: string }
  | { kind: 'done' }
  | { kind: 'attributes'; attributes: TreeAttributes }
  | { kind: 'list'; names: string[]; types: number[] }
  | { kind: 'text'; text: string }
  | { kind: 'file'; handle: number; attributes: TreeAttributes }
  | { kind: 'stream'; ends: PipeEnds };
