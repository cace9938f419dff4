/** Watching for the page: the shared files, and what goes through this system into mounted ones. */
import { Errno } from '../../base/errno.ts';
import { SYMLINKS_MAX } from '../../base/limits.ts';
import type { Outcome, WatchEvent } from '../../protocol/container.ts';
import { FIRST_BACKEND_MOUNT } from '../../protocol/trees.ts';
import { CROSSED, type FileEvent } from '../../../vfs/file-system.ts';
import type { Kernel } from '../kernel.ts';
import { bytesOf } from '../files/tree-walk.ts';

type Watch = { close(): void } | number;

export async function watchForPage(
  kernel: Kernel,
  path: string,
  recursive: boolean,
  port: MessagePort,
): Promise<Outcome<undefined>> {
  const tell = ({ kind, name }: FileEvent): void => port.postMessage({ kind, name } satisfies WatchEvent);
  const watch = await start(kernel, path, recursive, tell, 0);
  if (typeof watch === 'number') {
    port.close();
    return { ok: false, errno: watch, syscall: 'watch', path };
  }
  port.onmessage = () => watch.close();
  return { ok: true, value: undefined };
}

async function start(
  kernel: Kernel,
  path: string,
  recursive: boolean,
  tell: (event: FileEvent) => void,
  depth: number,
): Promise<Watch> {
  const watch = kernel.files.watch(bytesOf(path), recursive, tell);
  if (watch !== CROSSED) return watch;
  if (depth > SYMLINKS_MAX) return -Errno.ELOOP;
  const { mount, rest } = kernel.files.crossing;
  // In a control tree, as inotify on procfs, nothing is ever told.
  if (mount < FIRST_BACKEND_MOUNT) return { close() {} };
  const operation = { name: 'watch' } as const;
  const answer = await kernel.trees.mounts.call({ mount, rest, follow: true, operation }, kernel.trees.page);
  if (typeof answer === 'number') return answer;
  if (answer.kind === 'elsewhere') return start(kernel, answer.path, recursive, tell, depth + 1);
  if (answer.kind !== 'text') return -Errno.EIO;
  return kernel.files.watchMounted(path, answer.below ?? '', recursive, tell);
}
