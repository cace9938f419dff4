import type { Shell } from '../shell.ts';

const DIRECTORY = 2;
const LINK = 3;
const FOLDER = 1;

/** Paths that begin like `word`, which stays as it was typed; hidden ones too, as readline has it. */
export function pathCandidates(shell: Shell, word: string, onlyFolders: boolean): string[] {
  const { files } = shell.system;
  const slash = word.lastIndexOf('/');
  const folder = word.slice(0, slash + 1);
  const prefix = word.slice(slash + 1);
  const real = folder.replace(/^~(?=\/)/, () => shell.variables.get('HOME') ?? '~');
  const list = files.readdir(real === '' ? '.' : real, false);
  if (typeof list === 'number') return [];
  return list.names
    .filter((name, at) => {
      if (!name.startsWith(prefix)) return false;
      const type = list.types[at];
      return !onlyFolders || type === DIRECTORY || (type === LINK && files.kind(real + name) === FOLDER);
    })
    .map((name) => folder + name)
    .sort();
}
