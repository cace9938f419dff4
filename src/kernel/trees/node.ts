/** What a control tree is made of: nodes that are made when they are looked at, from what the kernel knows then. */
import type { PipeEnds } from '../../protocol/process.ts';
import type { Process } from '../process/process.ts';
import type { Credentials } from '../../../vfs/file-system.ts';

/** Who asks: a process, or the page. */
export interface Caller {
  process: Process | undefined;
  credentials: Credentials;
}

export type Content = string | Uint8Array;
export type TreeNode = DirectoryNode | FileNode | LinkNode | StreamNode;

interface Common {
  /** Permission bits. */
  mode: number;
  /** Default: root. */
  owner?: { uid: number; gid: number };
}
export interface DirectoryNode extends Common {
  kind: 'directory';
  names(caller: Caller): string[];
  find(name: string, caller: Caller): TreeNode | undefined;
}
export interface FileNode extends Common {
  kind: 'file';
  /** The contents, or -errno. */
  read?(caller: Caller): Content | number | Promise<Content | number>;
  /** → 0 or -errno */
  write?(text: string, caller: Caller): number | Promise<number>;
}
export interface LinkNode extends Common {
  kind: 'link';
  target(caller: Caller): string;
}
/** A pipe or a terminal of some process. One that has `shownAs` looks like a link to it. */
export interface StreamNode extends Common {
  kind: 'stream';
  shownAs?: string;
  /** Holds the ends for the caller. → the ends or -errno */
  open(access: StreamAccess, caller: Caller): PipeEnds | number;
}
export type StreamAccess = 'read' | 'write' | 'both';

export function folder(entries: Readonly<Record<string, TreeNode>>): DirectoryNode {
  const known = new Map(Object.entries(entries));
  return {
    kind: 'directory',
    mode: 0o555,
    names: () => [...known.keys()],
    find: (name) => known.get(name),
  };
}

export function text(read: (caller: Caller) => Content | number): FileNode {
  return { kind: 'file', mode: 0o444, read };
}

export function link(target: string | ((caller: Caller) => string)): LinkNode {
  return { kind: 'link', mode: 0o777, target: typeof target === 'string' ? () => target : target };
}
