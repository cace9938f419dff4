import { confirm } from '../files/confirm.ts';
import { copyContent, copySpecial, type Preserve, preserveAttributes } from '../files/copy.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { isDirectory, isDirectoryPath, isLink, isRegular, type Status, status } from '../files/stat.ts';
import { sourcesAndTargets } from '../files/target.ts';
import { decodeText } from '../text/text.ts';
import { namesIn } from '../files/walk.ts';

const SPECS = {
  archive: { short: 'a', long: 'archive' },
  derefCommand: { short: 'H' },
  dLinks: { short: 'd' },
  dereference: { short: 'L', long: 'dereference' },
  force: { short: 'f', long: 'force' },
  interactive: { short: 'i', long: 'interactive' },
  link: { short: 'l', long: 'link' },
  noClobber: { short: 'n', long: 'no-clobber' },
  noDereference: { short: 'P', long: 'no-dereference' },
  noTargetDirectory: { short: 'T', long: 'no-target-directory' },
  preserve: { long: 'preserve', value: 'optional' },
  preserveSome: { short: 'p' },
  recursive: { short: 'r', long: 'recursive' },
  recursiveOld: { short: 'R' },
  symbolic: { short: 's', long: 'symbolic-link' },
  targetDirectory: { short: 't', long: 'target-directory', value: 'required' },
  update: { short: 'u', long: 'update' },
  verbose: { short: 'v', long: 'verbose' },
} as const;

interface Settings {
  recursive: boolean;
  /** Which symbolic links are followed. */
  follow: 'all' | 'given' | 'none';
  preserve: Preserve;
  overwrite: 'always' | 'ask' | 'never' | 'newer';
  force: boolean;
  how: 'copy' | 'hard' | 'symbolic';
  verbose: boolean;
  /** Copies already made of files with several names: `dev:ino` → path. */
  seen: Map<string, string>;
}

function copy(context: ProgramContext, from: string, to: string, settings: Settings, given: boolean): void {
  const { files } = context.system;
  const follow = settings.follow === 'all' || (given && settings.follow === 'given');
  const source = status(files, from, follow);
  if (typeof source === 'number') throw new Failure(`cannot stat '${from}': ${errorText(source)}`);
  if (isDirectory(source)) {
    if (!settings.recursive) throw new Failure(`-r not specified; omitting directory '${from}'`);
    return copyFolder(context, from, to, source, settings);
  }
  const target = status(files, to, false);
  if (typeof target !== 'number' && !mayReplace(context, from, to, source, target, settings)) return;
  copyOne(context, from, to, source, settings);
  if (settings.verbose) context.stdout.write(`'${from}' -> '${to}'\n`);
}

function copyOne(
  context: ProgramContext,
  from: string,
  to: string,
  source: Status,
  settings: Settings,
): void {
  const { files } = context.system;
  const key = `${source.dev}:${source.ino}`;
  const twin = settings.preserve.links && source.nlink > 1 ? settings.seen.get(key) : undefined;
  const exists = typeof status(files, to, false) !== 'number';
  const plain = settings.how === 'copy' && twin === undefined;
  if (plain && isRegular(source)) {
    try {
      copyContent(files, from, to, source.mode, false);
    } catch (error) {
      if (!settings.force || !exists || files.unlink(to) < 0) throw error;
      copyContent(files, from, to, source.mode, true);
    }
    if (settings.preserve.links) settings.seen.set(key, to);
  } else {
    if (exists) files.unlink(to);
    if (!plain)
      return linkInstead(context, twin ?? from, to, twin === undefined && settings.how === 'symbolic');
    copySpecial(files, source, from, to);
  }
  preserveAttributes(files, source, to, settings.preserve);
}

function linkInstead(context: ProgramContext, target: string, path: string, symbolic: boolean): void {
  const { files } = context.system;
  const result = symbolic ? files.symlink(target, path) : files.link(target, path);
  if (result >= 0) return;
  throw new Failure(
    `cannot create ${symbolic ? 'symbolic' : 'hard'} link '${path}' to '${target}': ${errorText(result)}`,
  );
}

/** Throws when `to` is `from` or lies inside it. */
function refuseIntoItself(context: ProgramContext, from: string, to: string): void {
  const { files } = context.system;
  const real = (path: string): string => {
    const found = files.realpath(path);
    return typeof found === 'number' ? path : decodeText(found);
  };
  const parent = to.slice(0, Math.max(0, to.lastIndexOf('/'))) || '.';
  if (`${real(isDirectoryPath(files, to) ? to : parent)}/`.startsWith(`${real(from)}/`)) {
    throw new Failure(`cannot copy a directory, '${from}', into itself, '${to}'`);
  }
}

function copyFolder(
  context: ProgramContext,
  from: string,
  to: string,
  source: Status,
  settings: Settings,
): void {
  const { files } = context.system;
  refuseIntoItself(context, from, to);
  const names = namesIn(files, from);
  const existing = status(files, to, true);
  if (typeof existing === 'number') {
    const made = files.mkdir(to, (source.mode & 0o777) | 0o700);
    if (made < 0) throw new Failure(`cannot create directory '${to}': ${errorText(made)}`);
    if (settings.verbose) context.stdout.write(`'${from}' -> '${to}'\n`);
  } else if (!isDirectory(existing))
    throw new Failure(`cannot overwrite non-directory '${to}' with directory '${from}'`);
  let failed = false;
  for (const name of names) {
    try {
      copy(context, joinPath(from, name), joinPath(to, name), settings, false);
    } catch (error) {
      report(context, error);
      failed = true;
    }
  }
  if (typeof existing === 'number')
    files.chmod(to, source.mode & 0o777 & ~(settings.preserve.mode ? 0 : files.umask()), true);
  preserveAttributes(files, source, to, settings.preserve);
  if (failed) throw new Failure('');
}

function mayReplace(
  context: ProgramContext,
  from: string,
  to: string,
  source: Status,
  target: Status,
  settings: Settings,
): boolean {
  const { files } = context.system;
  if (isDirectory(target))
    throw new Failure(`cannot overwrite directory '${to}' with non-directory '${from}'`);
  const through = status(files, to, true);
  const same = typeof through !== 'number' && through.ino === source.ino && through.dev === source.dev;
  if (same && (settings.how !== 'copy' || !isLink(target) || isRegular(source))) {
    throw new Failure(`'${from}' and '${to}' are the same file`);
  }
  if (isLink(target) && typeof through === 'number' && isRegular(source) && settings.how === 'copy') {
    throw new Failure(`not writing through dangling symlink '${to}'`);
  }
  if (settings.overwrite === 'never') return false;
  if (settings.overwrite === 'newer') {
    const [a, b] = [source.mtime, target.mtime];
    return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
  }
  return settings.overwrite !== 'ask' || confirm(context, `overwrite '${to}'?`);
}

const EVERYTHING = ['mode', 'ownership', 'timestamps', 'links'];
const USUAL = 'mode,ownership,timestamps';

function preserved(list: string): Preserve {
  const names = list === 'all' ? EVERYTHING : list.split(',');
  const has = (name: string): boolean => names.includes(name);
  return { mode: has('mode'), owner: has('ownership'), times: has('timestamps'), links: has('links') };
}

function settingsOf(has: (name: keyof typeof SPECS) => boolean, list: string | true | undefined): Settings {
  const recursive = has('recursive') || has('recursiveOld') || has('archive');
  const keep = has('archive')
    ? 'all'
    : list === true || has('preserveSome')
      ? USUAL
      : (list ?? (has('dLinks') ? 'links' : ''));
  const none = has('noDereference') || has('dLinks') || recursive;
  return {
    recursive,
    follow: has('dereference') ? 'all' : has('derefCommand') ? 'given' : none ? 'none' : 'all',
    preserve: preserved(keep),
    overwrite: has('noClobber') ? 'never' : has('interactive') ? 'ask' : has('update') ? 'newer' : 'always',
    force: has('force'),
    how: has('link') ? 'hard' : has('symbolic') ? 'symbolic' : 'copy',
    verbose: has('verbose'),
    seen: new Map(),
  };
}

function main(context: ProgramContext): number {
  const { has, value, options, operands } = parseOptions(context.args, SPECS);
  const settings = settingsOf(has, options.preserve);
  let result = 0;
  for (const [from, to] of sourcesAndTargets(
    context,
    operands,
    value('targetDirectory'),
    has('noTargetDirectory'),
  )) {
    try {
      copy(context, from, to, settings, true);
    } catch (error) {
      result = 1;
      if (!(error instanceof Failure) || error.message !== '') report(context, error);
    }
  }
  return result;
}

export const cp: Program = {
  name: 'cp',
  usage: 'cp [OPTION]... SOURCE DEST | SOURCE... DIRECTORY',
  help: `Copy files.

  -a, --archive                as -dR --preserve=all
  -d                           as --no-dereference --preserve=links
  -f, --force                  remove a file that cannot be opened, and try again
  -H                           follow symbolic links that are named
  -i, --interactive            ask before overwriting
  -l, --link                   hard links instead of copies
  -L, --dereference            follow every symbolic link
  -n, --no-clobber             never overwrite
  -P, --no-dereference         never follow symbolic links
  -p                           as --preserve=mode,ownership,timestamps
      --preserve[=LIST]        mode, ownership, timestamps, links, all
  -R, -r, --recursive          directories with all that is in them
  -s, --symbolic-link          symbolic links instead of copies
  -t, --target-directory=DIR   copy into DIR
  -T, --no-target-directory    DEST is never a directory to copy into
  -u, --update                 only when the source is newer
  -v, --verbose                say what is done`,
  usageStatus: 1,
  main,
};
