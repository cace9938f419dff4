/** A zip archive as entries of a tree: read and checked whole before anything is written. */
import { bytesSource } from '../../vfs/backends/byte-source.ts';
import { READ } from '../../vfs/backends/backend.ts';
import { openZip } from '../../vfs/backends/zip.ts';
import type { TreeEntry } from '../protocol/container.ts';

const PERMISSIONS = 0o7777;
const DIRECTORY = 2;
const LINK = 3;

/** Throws ArchiveError for what is no zip archive, is damaged, or names anything outside of itself. */
export async function zipEntries(bytes: Uint8Array): Promise<TreeEntry[]> {
  const backend = await openZip(bytesSource(bytes));
  const entries: TreeEntry[] = [];
  const must = <T>(answer: T | number, path: string): T => {
    if (typeof answer === 'number') throw new Error(`'${path}' cannot be read (errno ${-answer})`);
    return answer;
  };
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const { name, type } of must(await backend.list(folder), folder)) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const { mode, size, mtimeMs } = must(await backend.lookup(path), path);
      if (type === DIRECTORY) {
        entries.push({ kind: 'directory', path, mode: mode & PERMISSIONS });
        pending.push(path);
      } else if (type === LINK) {
        entries.push({ kind: 'symlink', path, target: must(await backend.readlink(path), path) });
      } else {
        const file = must(await backend.open(path, READ), path);
        const data = new Uint8Array(size);
        for (let at = 0; at < size;) {
          const count = await file.read(data.subarray(at), at);
          if (count <= 0) throw new Error(`'${path}' is damaged`);
          at += count;
        }
        entries.push({ kind: 'file', path, data, mode: mode & PERMISSIONS, mtimeMs });
      }
    }
  }
  return entries;
}
