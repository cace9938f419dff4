/** The first tree of a container: what a snapshot holds, whole, or nothing yet. */
import { Errno } from '../../base/errno.ts';
import type { TreeProgress } from '../../protocol/archives.ts';
import { ArchiveError } from '../../../vfs/backends/archive.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import { O_CREAT, O_WRONLY } from '../../../vfs/mode.ts';
import { StoreRefused } from '../files/store.ts';
import { removeTree } from '../files/tree-walk.ts';
import { openSnapshot, restoreSnapshot } from './snapshot.ts';
import { TreeError } from './tree-reader.ts';
import { sourceOf } from './unpack.ts';

/** Stands in the root while a snapshot is being restored: a store that has it was left in the middle. */
const MARK = '/.restoring';

/** `files` acts as root. Throws StoreRefused for a snapshot that is damaged or does not fit. */
export async function beginTree(
  files: FileSystem,
  isNew: boolean,
  snapshot: object | undefined,
  report: (progress: TreeProgress) => void,
): Promise<void> {
  const half = files.kind(MARK) >= 0;
  if (half) removeAll(files);
  if (snapshot === undefined || (!isNew && !half)) return;
  try {
    const opened = await openSnapshot(sourceOf(snapshot as Uint8Array | Blob));
    files.writeFile(MARK, new Uint8Array(0), O_WRONLY | O_CREAT, 0o600);
    await restoreSnapshot(files, opened, report);
    files.unlink(MARK);
  } catch (error) {
    throw refusal(error);
  }
}

function removeAll(files: FileSystem): void {
  const list = files.readdir('/', true);
  if (typeof list === 'number') return;
  for (const name of list.names) removeTree(files, `/${name}`);
}

function refusal(error: unknown): unknown {
  if (error instanceof ArchiveError)
    return new StoreRefused({
      code: 'ERR_SNAPSHOT_DAMAGED',
      message: `${error.message}: nothing was restored.`,
    });
  if (error instanceof TreeError && error.errno === -Errno.ENOSPC) {
    const message = 'The snapshot does not fit: raise limits.storage, or free room in the browser.';
    return new StoreRefused({ code: 'ERR_SNAPSHOT_TOO_LARGE', message });
  }
  return error;
}
