/** Paths of the page's calls. */

/** The parts of a path; `..` at its top stays there. */
function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

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
    if (!this.scoped) return `/${partsOf(path.startsWith('/') ? path : `${workdir}/${path}`).join('/')}`;
    // What events, errors and `workdir` tell is absolute, and comes back as it is.
    const inside = path === workdir || path.startsWith(`${workdir}/`) ? path.slice(workdir.length) : path;
    return [workdir, ...partsOf(inside)].join('/');
  }
}
