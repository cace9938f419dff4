import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { parseMode } from '../files/mode.ts';
import { parseOptions } from '../program/options.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectoryPath } from '../files/stat.ts';

const SPECS = {
  mode: { short: 'm', long: 'mode', value: 'required' },
  parents: { short: 'p', long: 'parents' },
  verbose: { short: 'v', long: 'verbose' },
} as const;

const ALL = 0o777;
const OWNER_WRITE_SEARCH = 0o300;

function make(context: ProgramContext, path: string, mode: number | undefined, verbose: boolean): void {
  const { files } = context.system;
  const result = files.mkdir(path, mode ?? ALL);
  if (result < 0) throw new Failure(`cannot create directory '${path}': ${errorText(result)}`);
  if (mode !== undefined) files.chmod(path, mode, true);
  if (verbose) context.stdout.write(`${context.name}: created directory '${path}'\n`);
}

function makeParents(
  context: ProgramContext,
  path: string,
  mode: number | undefined,
  verbose: boolean,
): void {
  const { files } = context.system;
  const parts = path.split('/');
  for (let count = 1; count <= parts.length; count++) {
    const prefix = parts.slice(0, count).join('/');
    if (prefix === '' || parts[count - 1] === '' || isDirectoryPath(files, prefix)) continue;
    const last = parts.slice(count).every((part) => part === '');
    try {
      make(context, prefix, last ? mode : undefined, verbose);
    } catch (error) {
      // Another process may have been faster; a parent must be usable whatever the umask says.
      if (!isDirectoryPath(files, prefix)) throw error;
    }
    if (!last) files.chmod(prefix, (ALL & ~files.umask()) | OWNER_WRITE_SEARCH, true);
  }
  const result = isDirectoryPath(files, path) ? 0 : -Errno.EEXIST;
  if (result < 0) throw new Failure(`cannot create directory '${path}': ${errorText(result)}`);
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  if (operands.length === 0) throw new UsageError('missing operand');
  const text = value('mode');
  const mode = text === undefined ? undefined : parseMode(text)(ALL, true, context.system.files.umask());
  let status = 0;
  for (const path of operands) {
    try {
      (has('parents') ? makeParents : make)(context, path, mode, has('verbose'));
    } catch (error) {
      status = report(context, error);
    }
  }
  return status;
}

export const mkdir: Program = {
  name: 'mkdir',
  usage: 'mkdir [OPTION]... DIRECTORY...',
  help: `Create directories.

  -m, --mode=MODE   permissions as chmod takes them
  -p, --parents     make parents too; no error when it exists
  -v, --verbose     say what is made`,
  usageStatus: 1,
  main,
};
