/** Node there instead of here: with the project's packages, whose native parts are built there. */
import type { RemoteProgram } from './run.ts';

/**
 * Packages are not carried over, they are other builds: they are installed there, when package.json is another than at
 * the last time. Nothing is saved: the project's files, the lock file among them, stay as they are here.
 */
export const INSTALL = 'npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error';

/**
 * `$@` is what follows `node`. A package's installation may have put its binary in the place of the script that would start
 * it (dprint, esbuild).
 */
const SCRIPT = `dir=$PWD
while [ "$dir" != / ] && [ ! -f "$dir/package.json" ]; do dir=$(dirname "$dir"); done
mark=$dir/node_modules/.mhnos-installed
if [ -f "$dir/package.json" ] && ! cmp -s "$dir/package.json" "$mark"; then
  (cd "$dir" && ${INSTALL} >&2 && mkdir -p node_modules && cp package.json "$mark") || exit 1
fi
case $1 in -*) ;; */*) [ "$(head -c 4 "$1" 2>/dev/null | tail -c 3)" != ELF ] || exec "$@" ;; esac
exec node "$@"`;

export function nodeProgram(args: readonly string[], reason: string, explicit: boolean): RemoteProgram {
  return { processType: 'shell', command: 'sh', args: ['-c', SCRIPT, 'node', ...args], reason, explicit };
}
