/** What a compartment's programs may do with one path of the container, and what is said of a refusal. */
import { Errno } from '../../base/errno.ts';
import { FILE_REFUSALS_TOLD_MAX } from '../../base/limits.ts';
import { type Access, covers, type FileGrants, liesIn } from './grants.ts';

/**
 * What programs look for in every folder above their own, and take a refusal for an error. Where it is not granted it is
 * as if it were not there.
 */
const SEARCHED_ABOVE =
  /\/(?:\.[^/]*|node_modules|package\.json|[jt]sconfig\.json|pnpm-workspace\.yaml|[^/]*\.config\.[cm]?[jt]s)$/;

export class FilePolicy {
  readonly #grants: FileGrants;
  readonly #tell: (message: string) => void;
  readonly #told = new Set<string>();

  constructor(grants: FileGrants, tell: (message: string) => void) {
    this.#grants = grants;
    this.#tell = tell;
  }

  may(access: Access, path: string): boolean {
    return covers(this.#grants[access], path);
  }

  /** Whether the name can be looked up: it is granted, or on the way to what is. */
  maySee(path: string): boolean {
    return this.may('read', path) || this.may('write', path) || this.isOnTheWay(path);
  }

  isOnTheWay(path: string): boolean {
    const { read, write } = this.#grants;
    return [...read, ...write].some((granted) => granted !== path && liesIn(granted, path));
  }

  isHidden(path: string): boolean {
    return SEARCHED_ABOVE.test(path) && this.isOnTheWay(path.slice(0, path.lastIndexOf('/')) || '/');
  }

  /** -EACCES. Told once a path: programs try again, and look for what they can do without. */
  refuse(access: Access, path: string): number {
    const message = `the capability filesystem.${access} does not include ${path}`;
    if (!this.#told.has(message) && this.#told.size < FILE_REFUSALS_TOLD_MAX) {
      this.#told.add(message);
      this.#tell(message);
    }
    return -Errno.EACCES;
  }
}
