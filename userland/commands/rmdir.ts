import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { dirName } from '../files/paths.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  ignore: { long: 'ignore-fail-on-non-empty' },
  parents: { short: 'p', long: 'parents' },
  verbose: { short: 'v', long: 'verbose' },
} as const;

function main(context: ProgramContext): number {
  const { has, operands } = parseOptions(context.args, SPECS);
  if (operands.length === 0) throw new UsageError('missing operand');
  let status = 0;
  for (const operand of operands) {
    for (let path = operand; path !== '.' && path !== '/'; path = dirName(path)) {
      if (has('verbose')) context.stdout.write(`${context.name}: removing directory, '${path}'\n`);
      const result = context.system.files.rmdir(path);
      if (result < 0) {
        if (!(has('ignore') && result === -Errno.ENOTEMPTY)) {
          complain(
            context,
            `failed to remove ${path === operand ? '' : 'directory '}'${path}': ${errorText(result)}`,
          );
          status = 1;
        }
        break;
      }
      if (!has('parents')) break;
    }
  }
  return status;
}

export const rmdir: Program = {
  name: 'rmdir',
  usage: 'rmdir [OPTION]... DIRECTORY...',
  help: `Remove empty directories.

      --ignore-fail-on-non-empty   no error for one that is not empty
  -p, --parents                    then its parents
  -v, --verbose                    say what is done`,
  usageStatus: 1,
  main,
};
