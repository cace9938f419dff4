/** Where programs are found: the folders on a process's PATH, and the file that a name stands for. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { BridgeError } from '../errors.ts';

/** Commands of ours that processes find on PATH. */
export const TOOLS_FOLDER = join(import.meta.dirname, '..', 'tools');
/** The native packages of workerd, where npm put them; in the image it is installed globally instead. */
export const WORKERD_FOLDER = join(import.meta.dirname, '..', 'node_modules', '@cloudflare');

const WORKERD_PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'workerd-linux-64',
  'linux-arm64': 'workerd-linux-arm64',
};

/** The workspace's own installations first, then the Node that runs the bridge, then what its own PATH has and a process may read. */
export function programFolders(home: string, venv: string, readable: (path: string) => boolean): string[] {
  const workerd = WORKERD_PLATFORMS[`${process.platform}-${process.arch}`] ?? '';
  const own = [join(venv, 'bin'), join(home, '.local', 'bin'), join(home, '.npm-global', 'bin')];
  const inherited = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const system = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return [
    ...new Set([
      ...own,
      TOOLS_FOLDER,
      dirname(process.execPath),
      join(WORKERD_FOLDER, workerd, 'bin'),
      ...inherited.filter((folder) => readable(folder) && !folder.includes('node_modules')),
      ...system,
    ]),
  ];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The absolute path of a program, as a shell would find it. Throws ENOENT. */
export function findProgram(name: string, path: string, cwd: string): string {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : path.split(delimiter).map((folder) => resolve(cwd, folder, name));
  const found = candidates.find(isProgram);
  if (found === undefined) {
    throw new BridgeError('ENOENT', `${name}: no such program in this runtime.`);
  }
  return found;
}
