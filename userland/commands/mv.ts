import { Errno } from '../../src/base/errno.ts';
import { confirm } from '../files/confirm.ts';
import { copyContent, copySpecial, preserveAttributes, removeTree } from '../files/copy.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { isDirectory, isRegular, type Status, status } from '../files/stat.ts';
import { sourcesAndTargets } from '../files/target.ts';
import { namesIn } from '../files/walk.ts';

const SPECS = {
  force: { short: 'f', long: 'force' },
  interactive: { short: 'i', long: 'interactive' },
  noClobber: { short: 'n', long: 'no-clobber' },
  targetDirectory: { short: 't', long: 'target-directory', value: 'required' },
  noTargetDirectory: { short: 'T', long: 'no-target-directory' },
  update: { short: 'u', long: 'update' },
  verbose: { short: 'v', long: 'verbose' },
} as const;

type Overwrite = 'force' | 'interactive' | 'noClobber' | 'update' | undefined;

const EVERYTHING = { mode: true, owner: true, times: true, links: true };

function mayReplace(
  context: ProgramContext,
  from: string,
  to: string,
  source: Status,
  target: Status,
  overwrite: Overwrite,
): boolean {
  if (source.ino === target.ino && source.dev === target.dev && (isDirectory(source) || source.nlink === 1)) {
    throw new Failure(`'${from}' and '${to}' are the same file`);
  }
  if (overwrite === 'noClobber') return false;
  if (overwrite === 'update' && source.mtime.seconds <= target.mtime.seconds) return false;
  if (overwrite === 'interactive' && !confirm(context, `overwrite '${to}'?`)) return false;
  if (isDirectory(target) && !isDirectory(source))
    throw new Failure(`cannot overwrite directory '${to}' with non-directory`);
  if (isDirectory(source) && !isDirectory(target)) {
    throw new Failure(`cannot overwrite non-directory '${to}' with directory '${from}'`);
  }
  return true;
}

function move(
  context: ProgramContext,
  from: string,
  to: string,
  overwrite: Overwrite,
  verbose: boolean,
): void {
  const { files } = context.system;
  const source = status(files, from, false);
  if (typeof source === 'number') throw new Failure(`cannot stat '${from}': ${errorText(source)}`);
  const target = status(files, to, false);
  if (typeof target !== 'number' && !mayReplace(context, from, to, source, target, overwrite)) return;
  const result = files.rename(from, to);
  if (result === -Errno.EXDEV) {
    copyTree(context, from, to);
    removeTree(files, from);
  } else if (result === -Errno.EINVAL && isDirectory(source)) {
    throw new Failure(`cannot move '${from}' to a subdirectory of itself, '${to}'`);
  } else if (result < 0) throw new Failure(`cannot move '${from}' to '${to}': ${errorText(result)}`);
  if (verbose) context.stdout.write(`renamed '${from}' -> '${to}'\n`);
}

/** Between file systems: a copy with every attribute. */
function copyTree(context: ProgramContext, from: string, to: string): void {
  const { files } = context.system;
  const found = status(files, from, false);
  if (typeof found === 'number') throw new Failure(`cannot stat '${from}': ${errorText(found)}`);
  if (isDirectory(found)) {
    const made = files.mkdir(to, 0o700);
    if (made < 0) throw new Failure(`cannot create directory '${to}': ${errorText(made)}`);
    for (const name of namesIn(files, from)) copyTree(context, joinPath(from, name), joinPath(to, name));
  } else if (isRegular(found)) copyContent(files, from, to, found.mode, false);
  else copySpecial(files, found, from, to);
  preserveAttributes(files, found, to, EVERYTHING);
}

const OVERWRITE_OPTIONS: readonly string[] = ['force', 'interactive', 'noClobber', 'update'];

function main(context: ProgramContext): number {
  const { has, value, occurrences, operands } = parseOptions(context.args, SPECS);
  const overwrite = occurrences.findLast(({ name }) => OVERWRITE_OPTIONS.includes(name))?.name as Overwrite;
  let result = 0;
  for (const [from, to] of sourcesAndTargets(
    context,
    operands,
    value('targetDirectory'),
    has('noTargetDirectory'),
  )) {
    try {
      move(context, from, to, overwrite, has('verbose'));
    } catch (error) {
      result = report(context, error);
    }
  }
  return result;
}

export const mv: Program = {
  name: 'mv',
  usage: 'mv [OPTION]... SOURCE DEST | SOURCE... DIRECTORY',
  help: `Rename or move files.

  -f, --force                  overwrite without asking
  -i, --interactive            ask before overwriting
  -n, --no-clobber             never overwrite
  -t, --target-directory=DIR   move into DIR
  -T, --no-target-directory    DEST is never a directory to move into
  -u, --update                 only when the source is newer
  -v, --verbose                say what is done`,
  usageStatus: 1,
  main,
};
