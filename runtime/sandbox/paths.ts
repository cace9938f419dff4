/**
 * Paths that a client names lie in the workspace. A courtesy with a clear error before the sandbox, which is the boundary:
 * between this check and the use a process may still swap a link, and then Landlock refuses.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { BridgeError, codeOf } from '../errors.ts';

/** The real path, links followed as far as the path exists. Throws EACCES if it lies outside the workspace. */
export function inWorkspace(workspace: string, path: string): string {
  const root = realpathSync(workspace);
  let existing = resolve(root, path);
  const missing: string[] = [];
  for (;;) {
    try {
      const real = join(realpathSync(existing), ...missing);
      if (real === root || real.startsWith(root + sep)) return real;
      throw new BridgeError('EACCES', `${path} is outside the workspace ${workspace}.`);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || dirname(existing) === existing) throw error;
      missing.unshift(basename(existing));
      existing = dirname(existing);
    }
  }
}
