/** What `mount` takes beside trees and archives that are copied: file systems that stay where they are. */
import type { MountIndexEntry, MountSource as KernelMountSource } from '../src/protocol/container.ts';
import type { NodeFilesCapabilities } from '../src/protocol/node-files.ts';
import { isNodeLike, type NodeLikeFiles, serveNodeFiles } from './node-files.ts';

export type { MountIndexEntry, NodeFilesCapabilities };

/** A file system that is mounted, rather than copied, into the container. */
export type MountSource =
  | { type: 'directory'; handle: FileSystemDirectoryHandle }
  /** Files below `base`, read-only, by range requests; without an index nothing can be listed. */
  | { type: 'http'; base: string; index?: MountIndexEntry[] }
  /** Read-only; `source` is a Blob, bytes, or the address of an archive whose server answers range requests. */
  | { type: 'zip' | 'tar'; source: Uint8Array | Blob | string }
  /** An object with Node's fs API. `root`: the folder of it that is mounted. */
  | { type: 'node'; fs: NodeLikeFiles; root?: string; capabilities?: NodeFilesCapabilities }
  /** What is changed stays in the container; `lower` is left as it is, and may be of several containers. */
  | { type: 'overlay'; lower: MountSource };

const TYPES = new Set(['directory', 'http', 'zip', 'tar', 'node', 'overlay']);

/** undefined: it is to be copied. A FileSystemTree has no `type` that is a string. */
export function mountSource(given: unknown): MountSource | undefined {
  if (typeof FileSystemDirectoryHandle !== 'undefined' && given instanceof FileSystemDirectoryHandle) {
    return { type: 'directory', handle: given };
  }
  if (given instanceof Blob) return undefined; // its type is another
  const { type } = (given ?? {}) as { type?: unknown };
  if (typeof type === 'string' && TYPES.has(type)) return given as MountSource;
  return isNodeLike(given) ? { type: 'node', fs: given } : undefined;
}

/** The source as the kernel takes it, and the ports that go with it. */
export function forKernel(source: MountSource): { source: KernelMountSource; ports: MessagePort[] } {
  if (source.type === 'overlay') {
    const { source: lower, ports } = forKernel(source.lower);
    return { source: { type: 'overlay', lower }, ports };
  }
  if (source.type !== 'node') return { source, ports: [] };
  const port = serveNodeFiles(source.fs);
  const { root, capabilities } = source;
  return {
    source: {
      type: 'node',
      port,
      ...(root === undefined ? {} : { root }),
      ...(capabilities === undefined ? {} : { capabilities }),
    },
    ports: [port],
  };
}
