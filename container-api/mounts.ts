/** What `mount` takes beside trees and archives that are copied: file systems that stay where they are. */
import type { MountSource } from '../src/protocol/container.ts';

export type { MountIndexEntry, MountSource } from '../src/protocol/container.ts';

const TYPES = new Set(['directory', 'http', 'zip', 'tar', 'overlay']);

/** undefined: it is to be copied. A FileSystemTree has no `type` that is a string. */
export function mountSource(given: unknown): MountSource | undefined {
  if (typeof FileSystemDirectoryHandle !== 'undefined' && given instanceof FileSystemDirectoryHandle) {
    return { type: 'directory', handle: given };
  }
  if (given instanceof Blob) return undefined; // its type is another
  const { type } = (given ?? {}) as { type?: unknown };
  return typeof type === 'string' && TYPES.has(type) ? (given as MountSource) : undefined;
}
