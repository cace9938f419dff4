/** Node there instead of here: with the project's packages, whose native parts are built there. */
import type { RemoteProgram } from './run.ts';

/**
 * Packages are not carried over, they are other builds: they are installed there, when package.json is another than at
 * the last time. `$@` is what follows `node`.
 */
const SCRIPT = `dir=$PWD
while [ "$dir" != / ] && [ ! -f "$dir/package.json" ]; do dir=$(dirname "$dir"); done
mark=$dir/node_modules/.mhnos-installed
if [ -f "$dir/package.json" ] && ! cmp -s "$dir/package.json" "$mark"; then
  if [ -f "$dir/package-lock.json" ]; then set_up='npm ci'; else set_up='npm install --no-package-lock'; fi
  (cd "$dir" && $set_up --no-audit --no-fund --loglevel=error >&2 && mkdir -p node_modules && cp package.json "$mark") || exit 1
fi
exec node "$@"`;

export function nodeProgram(args: readonly string[], reason: string, explicit: boolean): RemoteProgram {
  return { processType: 'shell', command: 'sh', args: ['-c', SCRIPT, 'node', ...args], reason, explicit };
}
