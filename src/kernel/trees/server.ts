/** Answers what processes and the page ask of the control trees. */
import { Errno } from '../../base/errno.ts';
import { TREE_FILES_MAX } from '../../base/limits.ts';
import {
  FIRST_MOUNT_HANDLE,
  mountPath,
  type TreeAnswer,
  type TreeAttributes,
  type TreeCall,
  type TreeOperation,
} from '../../protocol/trees.ts';
import { isSteering } from '../capabilities.ts';
import type { Kernel } from '../kernel.ts';
import { Mounts } from '../files/mounts.ts';
import type { Process } from '../process/process.ts';
import { libraryTree, terminalTree } from './other-trees.ts';
import { type Holders, keepOnly } from './holders.ts';
import type { Caller, Content, FileNode, StreamAccess, TreeNode } from './node.ts';
import { procTree } from './proc.ts';
import { taskTree } from './task-tree.ts';
import { type Found, isElsewhere, mayUse, walkTree } from './walk.ts';
import { webTree } from './web-tree.ts';

const O_ACCMODE = 3;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_DIRECTORY = 0o200000;
const O_NOFOLLOW = 0o400000;
const READ = 4;
const WRITE = 2;
const TYPES = { directory: 0o040000, file: 0o100000, link: 0o120000, stream: 0o010000 } as const;
const CHARACTER = 0o020000;
const DT = { directory: 2, file: 1, link: 3, stream: 4 } as const;
const DT_CHARACTER = 6;
const PTS_MAJOR = 136;
/** Of statfs(2): a tree has no blocks, as proc(5) has none. */
const PROC_SUPER_MAGIC = 0x9fa0;
const BLOCK_BYTES = 4096;

interface OpenFile {
  path: string;
  node: FileNode | undefined;
  caller: Caller;
  /** What the last read at 0 gave. */
  content: Uint8Array;
  holders: Holders;
}

export class TreeServer {
  readonly mounts: Mounts;
  readonly #kernel: Kernel;
  readonly #roots: ReadonlyMap<string, TreeNode>;
  readonly #files = new Map<number, OpenFile>();
  #lastHandle = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.mounts = new Mounts((mount, path, rename) => kernel.volume.files.noteMounted(mount, path, rename));
    this.#roots = new Map<string, TreeNode>([
      ['/proc', procTree(kernel)],
      ['/task', taskTree(kernel)],
      ['/web', webTree(kernel)],
      ['/usr/lib/node', libraryTree(kernel)],
      ['/dev/pts', terminalTree(kernel)],
    ]);
  }

  /** → -errno or the answer. */
  call(request: Omit<TreeCall, 'call'>, caller: Caller): number | TreeAnswer {
    const path = mountPath(request.mount);
    const root = this.#roots.get(path);
    if (root === undefined) return -Errno.ENOENT;
    const { operation, rest } = request;
    const flags = operation.name === 'open' ? operation.flags : 0;
    const follow =
      request.follow && (flags & O_NOFOLLOW) === 0 && (flags & (O_CREAT | O_EXCL)) !== (O_CREAT | O_EXCL);
    const found = walkTree(root, path, rest, follow, caller);
    if (typeof found === 'number') return missing(found, operation);
    if (isElsewhere(found)) return { kind: 'elsewhere', path: found.elsewhere };
    return this.#perform(path, found, request.follow, operation, caller);
  }

  #perform(
    mount: string,
    { node, path }: Found,
    follow: boolean,
    operation: TreeOperation,
    caller: Caller,
  ): number | TreeAnswer {
    switch (operation.name) {
      case 'stat':
        return { kind: 'attributes', attributes: attributesOf(node, `${mount}/${path}`, follow, caller) };
      case 'statfs':
        return { kind: 'space', type: PROC_SUPER_MAGIC, blockBytes: BLOCK_BYTES, blocks: 0, free: 0 };
      case 'access':
        return mayUse(node, caller, operation.mode) ? { kind: 'done' } : -Errno.EACCES;
      case 'readdir':
        return list(node, caller);
      case 'enter':
        if (node.kind !== 'directory') return -Errno.ENOTDIR;
        return mayUse(node, caller, 1) ? { kind: 'text', text: joined(mount, path) } : -Errno.EACCES;
      case 'readlink': {
        const text =
          node.kind === 'link' ? node.target(caller) : node.kind === 'stream' ? node.shownAs : undefined;
        return text === undefined ? -Errno.EINVAL : { kind: 'text', text };
      }
      case 'realpath':
      case 'watch':
        return { kind: 'text', text: joined(mount, path) };
      case 'open':
        return this.#open(node, `${mount}/${path}`, operation.flags, caller);
      case 'truncate':
        if (node.kind === 'directory') return -Errno.EISDIR;
        return mayUse(node, caller, WRITE) ? { kind: 'done' } : -Errno.EACCES;
      case 'make':
        return -Errno.EEXIST;
      case 'remove':
        return path === '' ? -Errno.EBUSY : -Errno.EPERM;
      case 'change':
        return -Errno.EPERM;
    }
  }

  #open(node: TreeNode, path: string, flags: number, caller: Caller): number | TreeAnswer {
    const access = flags & O_ACCMODE;
    if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) return -Errno.EEXIST;
    if (flags & O_DIRECTORY && node.kind !== 'directory') return -Errno.ENOTDIR;
    if (node.kind === 'directory' && (access !== 0 || flags & O_CREAT)) return -Errno.EISDIR;
    const wanted = access === 0 ? READ : access === 1 ? WRITE : READ | WRITE;
    if (!mayUse(node, caller, wanted)) return -Errno.EACCES;
    if (isSteering(caller.process, path, (wanted & WRITE) !== 0)) return -Errno.EACCES;
    switch (node.kind) {
      case 'link':
        return -Errno.ELOOP;
      case 'stream': {
        const direction: StreamAccess = access === 0 ? 'read' : access === 1 ? 'write' : 'both';
        const ends = node.open(direction, caller);
        return typeof ends === 'number' ? ends : { kind: 'stream', ends };
      }
      default:
        return this.#add(node, path, caller);
    }
  }

  #add(node: TreeNode, path: string, caller: Caller): number | TreeAnswer {
    let held = 0;
    for (const { holders } of this.#files.values()) held += holders.get(caller.process) ?? 0;
    if (held >= TREE_FILES_MAX) return -Errno.EMFILE;
    const handle = ++this.#lastHandle;
    this.#files.set(handle, {
      path,
      node: node.kind === 'file' ? node : undefined,
      caller,
      content: new Uint8Array(),
      holders: new Map([[caller.process, 1]]),
    });
    return { kind: 'file', handle, attributes: attributesOf(node, path, true, caller) };
  }

  /** → bytes at `position`, none at the end, or -errno. */
  async read(handle: number, position: number, length: number, caller: Caller): Promise<Uint8Array | number> {
    const file = this.#files.get(handle);
    if (!file?.holders.has(caller.process)) return -Errno.EBADF;
    if (file.node === undefined) return -Errno.EISDIR;
    if (position === 0) {
      const content = (await file.node.read?.(file.caller)) ?? -Errno.EINVAL;
      if (typeof content === 'number') return content;
      file.content = bytesOf(content);
    }
    return file.content.subarray(position, position + length);
  }

  async write(handle: number, data: Uint8Array, caller: Caller): Promise<number> {
    const file = this.#files.get(handle);
    if (!file?.holders.has(caller.process)) return -Errno.EBADF;
    const result = (await file.node?.write?.(new TextDecoder().decode(data), file.caller)) ?? -Errno.EINVAL;
    return result < 0 ? result : data.length;
  }

  /** A child gets an open file of its parent. */
  hold(handle: number, process: Process | undefined): void {
    if (handle >= FIRST_MOUNT_HANDLE) this.mounts.hold(handle, process);
    const holders = this.#files.get(handle)?.holders;
    holders?.set(process, (holders.get(process) ?? 0) + 1);
  }

  close(handle: number, process: Process | undefined): void {
    if (handle >= FIRST_MOUNT_HANDLE) this.mounts.close(handle, process);
    const file = this.#files.get(handle);
    const count = file?.holders.get(process);
    if (file === undefined || count === undefined) return;
    if (count > 1) file.holders.set(process, count - 1);
    else file.holders.delete(process);
    if (file.holders.size === 0) this.#files.delete(handle);
  }

  /** By which it was opened. */
  pathOf(handle: number): string | undefined {
    if (handle >= FIRST_MOUNT_HANDLE) return this.mounts.pathOf(handle);
    return this.#files.get(handle)?.path.replace(/\/$/, '');
  }

  /** All that the process has open, but for what `kept` lists, once for each of its descriptors. */
  closeAll(process: Process, kept: readonly number[] = []): void {
    this.mounts.closeAll(process, kept);
    for (const [handle, { holders }] of this.#files) {
      if (keepOnly(holders, process, kept, handle) === 0) this.#files.delete(handle);
    }
  }

  get page(): Caller {
    return { process: undefined, credentials: this.#kernel.files.credentials };
  }
}

/** What is not there cannot be made either. */
function missing(errno: number, { name }: TreeOperation): number {
  return errno === -Errno.ENOENT && name === 'make' ? -Errno.EPERM : errno;
}

function joined(mount: string, path: string): string {
  return path === '' ? mount : `${mount}/${path}`;
}

function bytesOf(content: Content): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}

function list(node: TreeNode, caller: Caller): number | TreeAnswer {
  if (node.kind !== 'directory') return -Errno.ENOTDIR;
  if (!mayUse(node, caller, READ)) return -Errno.EACCES;
  const names = node.names(caller);
  const types = names.map((name) => {
    const child = node.find(name, caller);
    if (child === undefined) return 0;
    if (child.kind !== 'stream') return DT[child.kind];
    return child.shownAs === undefined ? DT_CHARACTER : DT.link;
  });
  return { kind: 'list', names, types };
}

function attributesOf(node: TreeNode, path: string, follow: boolean, caller: Caller): TreeAttributes {
  const { uid, gid } = node.owner ?? { uid: 0, gid: 0 };
  const shownAsLink = node.kind === 'stream' && node.shownAs !== undefined && !follow;
  const terminal = /^\/dev\/pts\/(\d+)$/.exec(path)?.[1];
  const type = shownAsLink ? TYPES.link : terminal !== undefined ? CHARACTER : TYPES[node.kind];
  return {
    mode: type | node.mode,
    ino: numberOf(path),
    uid,
    gid,
    rdev: terminal === undefined ? 0 : (PTS_MAJOR << 8) | Number(terminal),
    size: node.kind === 'link' ? node.target(caller).length : 0,
    timeMs: Date.now(),
  };
}

/** An inode number that is the same each time: FNV-1a of the path. */
function numberOf(path: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < path.length; at++) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193);
  return (hash >>> 0) + 2 ** 32;
}
