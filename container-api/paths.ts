/** Paths of the page's calls. */
import { absolutePath, partsOf } from '../src/base/absolute-path.ts';

/**
 * Relative paths start at the working directory. For programs that were written for WebContainers all paths do, and none
 * leads out of it: `/index.js` is the project's.
 */
export class Paths {
  readonly workdir: string;
  readonly scoped: boolean;

  constructor(workdir: string, scoped: boolean) {
    this.workdir = workdir;
    this.scoped = scoped;
  }

  absolute(path: string): string {
    const { workdir } = this;
    if (!this.scoped) return absolutePath(path, workdir);
    // What events, errors and `workdir` tell is absolute, and comes back as it is.
    const inside = path === workdir || path.startsWith(`${workdir}/`) ? path.slice(workdir.length) : path;
    return [workdir, ...partsOf(inside)].join('/');
  }
}
