import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { complain, report } from '../files/per-file.ts';
import { baseName, normalizePath } from '../files/paths.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { confirm } from '../files/confirm.ts';
import { isDirectory, status } from '../files/stat.ts';
import { entriesOf, namesIn } from '../files/walk.ts';

const SPECS = {
  dir: { short: 'd', long: 'dir' },
  force: { short: 'f', long: 'force' },
  interactive: { short: 'i' },
  once: { short: 'I' },
  recursive: { short: 'r', long: 'recursive' },
  recursiveOld: { short: 'R' },
  verbose: { short: 'v', long: 'verbose' },
  noPreserveRoot: { long: 'no-preserve-root' },
  preserveRoot: { long: 'preserve-root' },
} as const;

const ASK_ABOVE = 3;

interface Settings {
  force: boolean;
  ask: boolean;
  recursive: boolean;
  dir: boolean;
  verbose: boolean;
}

function remove(context: ProgramContext, path: string, settings: Settings): void {
  const { files } = context.system;
  const found = status(files, path, false);
  if (typeof found === 'number') {
    if (settings.force && (found === -Errno.ENOENT || found === -Errno.ENOTDIR)) return;
    throw new Failure(`cannot remove '${path}': ${errorText(found)}`);
  }
  if (isDirectory(found)) return removeFolder(context, path, settings);
  if (
    settings.ask &&
    !confirm(context, `remove ${found.size === 0 ? 'regular empty file' : 'file'} '${path}'?`)
  )
    return;
  finish(context, path, files.unlink(path), settings.verbose ? `removed '${path}'` : '');
}

function removeFolder(context: ProgramContext, path: string, settings: Settings): void {
  const { files } = context.system;
  const empty = settings.dir && namesIn(files, path).length === 0;
  if (!settings.recursive && !empty) {
    throw new Failure(`cannot remove '${path}': ${errorText(settings.dir ? Errno.ENOTEMPTY : Errno.EISDIR)}`);
  }
  if (settings.ask && !empty && !confirm(context, `descend into directory '${path}'?`)) return;
  let failed = false;
  for (const entry of entriesOf(files, path)) {
    try {
      remove(context, entry, settings);
    } catch (error) {
      report(context, error);
      failed = true;
    }
  }
  if (failed) throw new Failure('');
  if (settings.ask && !confirm(context, `remove directory '${path}'?`)) return;
  finish(context, path, files.rmdir(path), settings.verbose ? `removed directory '${path}'` : '');
}

function finish(context: ProgramContext, path: string, result: number, message: string): void {
  if (result < 0) throw new Failure(`cannot remove '${path}': ${errorText(result)}`);
  if (message) context.stdout.write(`${message}\n`);
}

/** Roots that are never removed: `/`, `.` and `..`. */
function refused(context: ProgramContext, path: string, allowRoot: boolean): boolean {
  const base = baseName(path);
  if (base === '.' || base === '..') {
    complain(context, `refusing to remove '.' or '..' directory: skipping '${path}'`);
    return true;
  }
  const cwd = context.system.files.cwd();
  if (allowRoot || normalizePath(path, typeof cwd === 'string' ? cwd : '/') !== '/') return false;
  complain(context, `it is dangerous to operate recursively on '${path}'`);
  complain(context, 'use --no-preserve-root to override this failsafe');
  return true;
}

function main(context: ProgramContext): number {
  const { has, occurrences, operands } = parseOptions(context.args, SPECS);
  const last = occurrences.findLast(
    ({ name }) => name === 'force' || name === 'interactive' || name === 'once',
  )?.name;
  const settings: Settings = {
    force: last === 'force',
    ask: last === 'interactive',
    recursive: has('recursive') || has('recursiveOld'),
    dir: has('dir'),
    verbose: has('verbose'),
  };
  if (operands.length === 0) {
    if (settings.force) return 0;
    throw new UsageError('missing operand');
  }
  if (last === 'once' && (operands.length > ASK_ABOVE || settings.recursive)) {
    const noun = operands.length === 1 ? '1 argument' : `${operands.length} arguments`;
    if (!confirm(context, `remove ${noun}${settings.recursive ? ' recursively' : ''}?`)) return 0;
  }
  let result = 0;
  for (const path of operands) {
    try {
      if (settings.recursive && refused(context, path, has('noPreserveRoot'))) result = 1;
      else remove(context, path, settings);
    } catch (error) {
      result = 1;
      if (!(error instanceof Failure) || error.message !== '') report(context, error);
    }
  }
  return result;
}

export const rm: Program = {
  name: 'rm',
  usage: 'rm [OPTION]... [FILE]...',
  help: `Remove files.

  -d, --dir                empty directories too
  -f, --force              no questions, nothing said of files that do not exist
  -i                       ask before each removal
  -I                       ask once for more than three files, or recursively
  -r, -R, --recursive      directories with all that is in them
  -v, --verbose            say what is done
      --no-preserve-root   do not refuse '/'`,
  usageStatus: 1,
  main,
};
