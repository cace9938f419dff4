/** Path walks in a control tree, with Linux's checks of permission. */
import { Errno } from '../../base/errno.ts';
import { NAME_MAX_BYTES, SYMLINKS_MAX } from '../../base/limits.ts';
import type { Caller, TreeNode } from './node.ts';

const EXECUTE = 1;

export interface Found {
  node: TreeNode;
  /** Path within the tree, without links: '' is the root. */
  path: string;
}
/** The walk left the tree: by `..` above its root, or by a link. */
export interface Elsewhere {
  elsewhere: string;
}

export function isElsewhere(found: Found | Elsewhere): found is Elsewhere {
  return 'elsewhere' in found;
}

/** Walks `rest` from the tree's root at `mountPath`. `follow` is for a link at the end. → -errno where there is nothing */
export function walkTree(
  root: TreeNode,
  mountPath: string,
  rest: string,
  follow: boolean,
  caller: Caller,
): Found | Elsewhere | number {
  const pending = rest.split('/');
  const trail: { name: string; node: TreeNode }[] = [];
  let links = 0;
  const last = (): TreeNode => trail.at(-1)?.node ?? root;
  while (pending.length > 0) {
    const name = pending.shift() ?? '';
    if (name === '' || name === '.') continue;
    const here = last();
    if (here.kind !== 'directory') return -Errno.ENOTDIR;
    if (!mayUse(here, caller, EXECUTE)) return -Errno.EACCES;
    if (name === '..') {
      if (trail.length === 0) return { elsewhere: joined(parentOf(mountPath), pending) };
      trail.pop();
      continue;
    }
    if (name.length > NAME_MAX_BYTES) return -Errno.ENAMETOOLONG;
    const node = here.find(name, caller);
    if (node === undefined) return -Errno.ENOENT;
    const isLast = pending.every((part) => part === '');
    if (node.kind === 'link' && (follow || !isLast || pending.length > 0)) {
      if (++links > SYMLINKS_MAX) return -Errno.ELOOP;
      const target = node.target(caller);
      if (target === '') return -Errno.ENOENT;
      if (target.startsWith('/')) return { elsewhere: joined(target, pending) };
      pending.unshift(...target.split('/'));
      continue;
    }
    trail.push({ name, node });
  }
  return { node: last(), path: trail.map(({ name }) => name).join('/') };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function joined(path: string, rest: readonly string[]): string {
  const tail = rest.filter((part) => part !== '').join('/');
  return tail === '' ? path : `${path === '/' ? '' : path}/${tail}`;
}

/** `wanted`: 4 read, 2 write, 1 execute. */
export function mayUse(node: TreeNode, { credentials }: Caller, wanted: number): boolean {
  const { uid, gid } = node.owner ?? { uid: 0, gid: 0 };
  if (credentials.uid === 0) return true;
  const shift =
    credentials.uid === uid ? 6 : credentials.gid === gid || credentials.groups.includes(gid) ? 3 : 0;
  return ((node.mode >> shift) & wanted) === wanted;
}
