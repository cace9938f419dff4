/**
 * What `node-gyp` in a container does where a runtime is connected. A package's own installation builds it there, in the
 * same project; its addons come here, so that programs find them, and loading one is what moves a program there.
 * An addon that is the project's own is built by node-gyp there, in the folder that is kept alike on both sides.
 */
import type { FileSystem } from '../../../vfs/file-system.ts';
import { TreeSync } from '../../remote/sync.ts';
import type { HostedProgram } from '../hosted/programs.ts';
import type { HostedStart } from '../hosted/start.ts';
import { INSTALL } from './node.ts';
import { runRemote } from './run.ts';
import { ContainerTree } from './tree.ts';

const REASON = 'node-gyp builds for a processor with a compiler, and a browser has neither';
const MODULES = '/node_modules/';
/** What was built there, as links to the files, below the project's packages. */
const ADDONS_FOLDER = 'node_modules/.mhnos-addons';
/** The packages of a package are not its own. */
const EXCLUDED = ['node_modules'];

/** `$1` name, `$2` version; starts in the project. */
const BUILD_PACKAGE = `package=node_modules/$1
if [ -d "$package" ]; then npm rebuild --loglevel=error "$1" >&2
else ${INSTALL} --foreground-scripts "$1@$2" >&2; fi || exit
addons=$PWD/${ADDONS_FOLDER}/$1
rm -rf "$addons" && mkdir -p "$addons" && cd "$package" || exit
find . -name '*.node' ! -path '*/obj.target/*' ! -path './node_modules/*' ! -path './prebuilds/*' |
while read -r file; do mkdir -p "$addons/$(dirname "$file")" && ln "$file" "$addons/$file"; done`;

/** `$@` is what follows `node-gyp`; it comes with npm. */
const BUILD_HERE = `${INSTALL} --ignore-scripts >&2 || exit
npm=$(readlink -f "$(command -v npm)")
gyp=\${npm%/bin/*}/node_modules/node-gyp/bin/node-gyp.js
if [ -f "$gyp" ]; then exec node "$gyp" "$@"; else exec npx --yes node-gyp "$@"; fi`;

interface NativePackage {
  readonly name: string;
  readonly version: string;
  /** That it is installed in. */
  readonly project: string;
}

/** The package of node_modules that the folder is; undefined for a project of the user's. */
function packageOf(files: FileSystem, folder: string): NativePackage | undefined {
  const at = folder.indexOf(MODULES);
  if (at < 0) return undefined;
  const bytes = files.readFile(`${folder}/package.json`);
  if (typeof bytes === 'number') return undefined;
  const { name, version } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  if (typeof name !== 'string' || typeof version !== 'string') return undefined;
  return { name, version, project: folder.slice(0, at) };
}

const shell = (script: string, args: readonly string[]) => ({
  processType: 'shell' as const,
  command: 'sh',
  args: ['-c', script, 'node-gyp', ...args],
  reason: REASON,
  explicit: false,
  tty: false,
});

export const nativeBuild: HostedProgram = (kernel) => async (io, start) => {
  const args = start.argv.slice(1);
  const named: HostedStart = { ...start, argv: ['node-gyp', ...args] };
  const native = packageOf(kernel.files, start.cwd);
  if (native === undefined) return runRemote(kernel, io, named, shell(BUILD_HERE, args));
  const { name, version, project } = native;
  const program = shell(BUILD_PACKAGE, [name, version]);
  const exit = await runRemote(kernel, io, { ...named, cwd: project }, program);
  if (exit.code !== 0 || exit.signal !== 0) return exit;
  const { connection, paths } = kernel.remote.connected;
  const tree = new ContainerTree(kernel.files, start.cwd, EXCLUDED);
  const root = `${paths.folderOf(project) ?? paths.folder}/${ADDONS_FOLDER}/${name}`;
  const sync = new TreeSync(connection, tree, { root, excludes: EXCLUDED });
  // What was built anew takes the place of what was built before.
  for (const path of (await sync.plan()).conflicts) kernel.files.unlink(`${start.cwd}/${path}`);
  const { errors } = await sync.sync('pull');
  for (const { path, message } of errors) await io.write(2, `node-gyp: ${path}: ${message}\n`);
  return { code: errors.length === 0 ? 0 : 1, signal: 0 };
};
