/**
 * `bind a b` of a task's ctl file: the folder a is seen at b too, in place of what is there. A container has one name
 * space, so every task sees it; it goes when the task does that made it.
 */
import { Errno } from '../../base/errno.ts';
import { BINDS_MAX } from '../../base/limits.ts';
import { SharedFilesBackend } from '../../../vfs/backends/shared-files.ts';
import { CROSSED } from '../../../vfs/file-system.ts';
import { W_OK } from '../../../vfs/mode.ts';
import type { Kernel } from '../kernel.ts';

const DIRECTORY = 1;

export class Binds {
  readonly #kernel: Kernel;
  /** Marks by task. */
  readonly #marks = new Map<number, number[]>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * → 0, -EINVAL for a relative path, -ENOTDIR, -EACCES where the user may not write, -EBUSY where something is mounted,
   * -ENOTSUP for a folder of another file system, -ENOSPC with too many.
   */
  add(task: number, from: string, onto: string): number {
    if (!from.startsWith('/') || !onto.startsWith('/')) return -Errno.EINVAL;
    const source = this.#folder(from);
    if (typeof source === 'number') return source === CROSSED ? -Errno.ENOTSUP : source;
    const target = this.#folder(onto);
    if (typeof target === 'number') return target === CROSSED ? -Errno.EBUSY : target;
    const { trees, volume } = this.#kernel;
    const { files } = volume;
    const writable = files.access(target, W_OK);
    if (writable < 0) return writable;
    let count = 0;
    for (const marks of this.#marks.values()) count += marks.length;
    if (count >= BINDS_MAX) return -Errno.ENOSPC;
    const facts = { path: target, source, type: 'bind' };
    const mark = trees.mounts.add(facts, new SharedFilesBackend(volume.plainFiles(), source));
    const marked = files.mountAt(target, mark);
    if (marked < 0) {
      void trees.mounts.remove(mark);
      return marked;
    }
    this.#marks.set(task, [...(this.#marks.get(task) ?? []), mark]);
    return 0;
  }

  /** Files that are open through them stay open. */
  release(task: number): void {
    const { trees, volume } = this.#kernel;
    for (const mark of this.#marks.get(task) ?? []) {
      volume.files.unmount(mark);
      void trees.mounts.remove(mark);
    }
    this.#marks.delete(task);
  }

  /** The real path of a folder, or -errno. */
  #folder(path: string): string | number {
    const { files } = this.#kernel;
    const kind = files.kind(path);
    if (kind < 0) return kind;
    if (kind !== DIRECTORY) return -Errno.ENOTDIR;
    const real = files.realpath(path);
    return typeof real === 'number' ? real : new TextDecoder().decode(real);
  }
}
