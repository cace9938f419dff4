import { parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { isRegular, status } from '../files/stat.ts';

const X_OK = 1;
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

function main(context: ProgramContext): number {
  const { has, operands } = parseOptions(context.args, { all: { short: 'a' }, silent: { short: 's' } });
  const { files } = context.system;
  const runs = (path: string): boolean => {
    const found = status(files, path, true);
    return typeof found !== 'number' && isRegular(found) && files.access(path, X_OK) >= 0;
  };
  let missing = operands.length === 0;
  for (const name of operands) {
    const folders = (context.env['PATH'] ?? DEFAULT_PATH).split(':');
    const candidates = name.includes('/') ? [name] : folders.map((folder) => joinPath(folder || '.', name));
    const found = candidates.filter(runs);
    if (found.length === 0) missing = true;
    if (!has('silent'))
      for (const path of has('all') ? found : found.slice(0, 1)) context.stdout.write(`${path}\n`);
  }
  return missing ? 1 : 0;
}

export const which: Program = {
  name: 'which',
  usage: 'which [-a] [-s] NAME...',
  help: `Print the file that each command runs, by PATH.

  -a   all of them
  -s   only the status`,
  main,
};
