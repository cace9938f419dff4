/** Which part of a tree an export takes. */
import type { TreeEntry } from '../src/protocol/container.ts';

export interface ExportSelection {
  includes?: string[];
  excludes?: string[];
}

export function selector({ includes, excludes }: { includes?: string[]; excludes?: string[] }) {
  const below = (path: string, roots: string[]): boolean =>
    roots.some((root) => path === root || path.startsWith(`${root.replace(/\/$/, '')}/`));
  const above = (path: string, roots: string[]): boolean => roots.some((root) => root.startsWith(`${path}/`));
  return ({ path }: TreeEntry): boolean =>
    (includes === undefined || below(path, includes) || above(path, includes)) &&
    (excludes === undefined || !below(path, excludes));
}
