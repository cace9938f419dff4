import { Errno } from '../../src/base/errno.ts';
import { confirm } from '../files/confirm.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { report } from '../files/per-file.ts';
import { baseName, dirName, joinPath, normalizePath, relativePath } from '../files/paths.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, isDirectoryPath, status } from '../files/stat.ts';

const SPECS = {
  force: { short: 'f', long: 'force' },
  interactive: { short: 'i', long: 'interactive' },
  logical: { short: 'L', long: 'logical' },
  noDereference: { short: 'n', long: 'no-dereference' },
  physical: { short: 'P', long: 'physical' },
  relative: { short: 'r', long: 'relative' },
  symbolic: { short: 's', long: 'symbolic' },
  targetDirectory: { short: 't', long: 'target-directory', value: 'required' },
  noTargetDirectory: { short: 'T', long: 'no-target-directory' },
  verbose: { short: 'v', long: 'verbose' },
} as const;

type Has = (name: keyof typeof SPECS) => boolean;

function makeLink(context: ProgramContext, target: string, path: string, has: Has): void {
  const { files } = context.system;
  const kind = has('symbolic') ? 'symbolic link' : 'hard link';
  const source = has('relative') ? relativeTo(context, target, path) : target;
  if (!has('symbolic')) {
    const found = status(files, target, has('logical'));
    if (typeof found === 'number') throw new Failure(`failed to access '${target}': ${errorText(found)}`);
    if (isDirectory(found)) throw new Failure(`${target}: hard link not allowed for directory`);
  }
  const create = (): number => (has('symbolic') ? files.symlink(source, path) : files.link(source, path));
  let result = create();
  if (result === -Errno.EEXIST && (has('force') || has('interactive'))) {
    if (has('interactive') && !confirm(context, `replace '${path}'?`)) return;
    const removed = files.unlink(path);
    result = removed < 0 ? removed : create();
  }
  if (result < 0) {
    throw new Failure(
      `failed to create ${kind} '${path}'${has('symbolic') || result === -Errno.EEXIST ? '' : ` => '${target}'`}: ${errorText(result)}`,
    );
  }
  if (has('verbose')) context.stdout.write(`'${path}' ${has('symbolic') ? '->' : '=>'} '${source}'\n`);
}

function relativeTo(context: ProgramContext, target: string, path: string): string {
  const cwd = context.system.files.cwd();
  const base = typeof cwd === 'string' ? cwd : '/';
  return relativePath(normalizePath(dirName(path), base), normalizePath(target, base));
}

function pairs(
  context: ProgramContext,
  operands: readonly string[],
  folder: string | undefined,
  has: Has,
): [string, string][] {
  const into = (directory: string, targets: readonly string[]): [string, string][] =>
    targets.map((target) => [target, joinPath(directory, baseName(target))]);
  if (folder !== undefined) return into(folder, operands);
  const [first = '', second] = operands;
  if (second === undefined) return into('.', [first]);
  const last = operands.at(-1) ?? '';
  const link = status(context.system.files, last, false);
  const usable =
    isDirectoryPath(context.system.files, last) &&
    !(has('noDereference') && typeof link !== 'number' && !isDirectory(link));
  if (!has('noTargetDirectory') && usable) return into(last, operands.slice(0, -1));
  if (operands.length > 2) throw new Failure(`target '${last}' is not a directory`);
  return [[first, second]];
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  if (operands.length === 0) throw new UsageError('missing file operand');
  let result = 0;
  for (const [target, path] of pairs(context, operands, value('targetDirectory'), has)) {
    try {
      makeLink(context, target, path, has);
    } catch (error) {
      result = report(context, error);
    }
  }
  return result;
}

export const ln: Program = {
  name: 'ln',
  usage: 'ln [OPTION]... TARGET [LINK] | TARGET... DIRECTORY',
  help: `Make links.

  -f, --force                  remove what is in the way
  -i, --interactive            ask before removing it
  -L, --logical                link to what a symbolic TARGET leads to
  -n, --no-dereference         a LINK that leads to a directory is a file
  -P, --physical               link to the symbolic link itself (default)
  -r, --relative               with -s: relative to the link's place
  -s, --symbolic               symbolic links
  -t, --target-directory=DIR   make the links in DIR
  -T, --no-target-directory    LINK is never a directory to put it in
  -v, --verbose                say what is made`,
  usageStatus: 1,
  main,
};
