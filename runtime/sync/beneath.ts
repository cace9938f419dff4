/**
 * Files beneath a folder, reached so that no link leads out of it, even if a process swaps one in between: each
 * folder on the way is opened from its parent's descriptor without following links (openat2's RESOLVE_BENEATH, which
 * Node does not offer, made of /proc/self/fd). The bridge itself is not confined, so this is its own fence.
 */
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { BridgeError, codeOf } from '../errors.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const DEFAULT_FOLDER_MODE = 0o755;

/** The path of an entry of an open folder. */
export const at = (folder: number, name: string): string => `/proc/self/fd/${folder}/${name}`;

function segmentsOf(path: string): string[] {
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new BridgeError('EINVAL', `${path} is not a relative path within the tree.`);
  }
  return segments;
}

function openFolder(parent: number, name: string, create: boolean): number {
  try {
    return openSync(at(parent, name), FOLDER);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && create) {
      mkdirSync(at(parent, name), DEFAULT_FOLDER_MODE);
      return openSync(at(parent, name), FOLDER);
    }
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'ENOTDIR') {
      throw new BridgeError('ENOTDIR', `${name} is a link or a file, not a folder of the tree.`);
    }
    throw error;
  }
}

export class Beneath implements Disposable {
  readonly #root: number;

  constructor(root: string) {
    this.#root = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  get root(): number {
    return this.#root;
  }

  /** Calls with the open folder that the path's last segment is in. With `create`, folders on the way are made. */
  within<Result>(path: string, create: boolean, action: (folder: number, name: string) => Result): Result {
    const segments = segmentsOf(path);
    const name = segments.pop() ?? '';
    let folder = this.#root;
    try {
      for (const segment of segments) {
        const next = openFolder(folder, segment, create);
        if (folder !== this.#root) closeSync(folder);
        folder = next;
      }
      return action(folder, name);
    } finally {
      if (folder !== this.#root) closeSync(folder);
    }
  }

  /** A descriptor of the folder itself, to be closed by the caller. */
  openFolder(path: string): number {
    return this.within(path, false, (folder, name) => openFolder(folder, name, false));
  }

  [Symbol.dispose](): void {
    closeSync(this.#root);
  }
}
