/** cp -r for the page where the source, the target, or something below leads into what is mounted. */
import { Errno } from '../../base/errno.ts';
import type { FileAttributes, PathCall } from '../../protocol/container.ts';
import { O_WRITE_NEW } from '../files/tree-walk.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../vfs/mode.ts';

type Result = number | object | string | undefined;
/** A call of the page's, wherever it leads. → a value, or -errno */
export type Perform = (call: PathCall) => Promise<Result>;

export interface Copying {
  perform: Perform;
  /** A control tree: no one's data, it counts as an empty folder within what is copied. */
  isControl(path: string): boolean;
}

const PERMISSIONS = 0o7777;

/** Links are copied as links, permissions kept where the target keeps any. → 0 or -errno */
export async function copyAcross(
  { perform, isControl }: Copying,
  {
    path: from,
    destination: to,
    recursive = false,
  }: { path: string; destination: string; recursive?: boolean },
): Promise<number> {
  if (to === from || to.startsWith(`${from}/`)) return -Errno.EINVAL;
  const pending = [''];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const [source, target] = [from + part, to + part];
    const found = await perform({ call: 'lstat', path: source });
    if (typeof found === 'number') return found;
    const { mode } = found as FileAttributes;
    const isDirectory = (mode & S_IFMT) === S_IFDIR;
    if (isDirectory && !recursive) return -Errno.EISDIR;
    const copied = await copyOne(perform, source, target, mode);
    if (copied < 0) return copied;
    if (!isDirectory || (part !== '' && isControl(source))) continue;
    const list = await perform({ call: 'readdir', path: source, exact: true });
    if (typeof list === 'number') return list;
    for (const name of (list as { names: string[] }).names) pending.push(`${part}/${name}`);
  }
  return 0;
}

async function copyOne(perform: Perform, source: string, target: string, mode: number): Promise<number> {
  switch (mode & S_IFMT) {
    case S_IFDIR: {
      const made = await perform({ call: 'mkdir', path: target, recursive: false, mode: mode & PERMISSIONS });
      return typeof made === 'number' && made !== -Errno.EEXIST ? Math.min(made, 0) : 0;
    }
    case S_IFLNK: {
      const text = await perform({ call: 'readlink', path: source });
      if (typeof text !== 'string') return -Errno.EIO;
      const linked = await perform({ call: 'symlink', path: target, target: text });
      return typeof linked === 'number' ? Math.min(linked, 0) : 0;
    }
    case S_IFREG: {
      const data = await perform({ call: 'readFile', path: source });
      if (typeof data === 'number') return data;
      const written = await perform({
        call: 'writeFile',
        path: target,
        data: data as Uint8Array,
        flags: O_WRITE_NEW,
        mode: mode & PERMISSIONS,
      });
      return typeof written === 'number' ? Math.min(written, 0) : 0;
    }
    default:
      return -Errno.EINVAL;
  }
}
