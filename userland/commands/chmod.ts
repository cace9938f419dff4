import { errorText } from '../program/errors.ts';
import { type ModeChange, parseMode } from '../files/mode.ts';
import { parseOptions } from '../program/options.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, isLink, modeString, status } from '../files/stat.ts';
import { entriesOf } from '../files/walk.ts';

const SPECS = {
  changes: { short: 'c', long: 'changes' },
  recursive: { short: 'R', long: 'recursive' },
  quiet: { short: 'f', long: 'quiet' },
  silent: { long: 'silent' },
  verbose: { short: 'v', long: 'verbose' },
  reference: { long: 'reference', value: 'required' },
} as const;

const PERMISSIONS = 0o7777;

interface Settings {
  change: ModeChange;
  recursive: boolean;
  verbose: boolean;
  changes: boolean;
  quiet: boolean;
}

function describe(mode: number): string {
  return `${(mode & PERMISSIONS).toString(8).padStart(4, '0')} (${modeString(mode).slice(1)})`;
}

/** → exit status */
function apply(context: ProgramContext, path: string, settings: Settings, given: boolean): number {
  const { files } = context.system;
  const before = status(files, path, given);
  if (typeof before === 'number')
    throw new Failure(settings.quiet ? '' : `cannot access '${path}': ${errorText(before)}`);
  if (isLink(before)) return 0;
  const mode = settings.change(before.mode, isDirectory(before), files.umask());
  const result = files.chmod(path, mode, true);
  if (result < 0)
    throw new Failure(settings.quiet ? '' : `changing permissions of '${path}': ${errorText(result)}`);
  const changed = mode !== (before.mode & PERMISSIONS);
  if (settings.verbose || (settings.changes && changed)) {
    const after = (before.mode & ~PERMISSIONS) | mode;
    context.stdout.write(
      changed
        ? `mode of '${path}' changed from ${describe(before.mode)} to ${describe(after)}\n`
        : `mode of '${path}' retained as ${describe(after)}\n`,
    );
  }
  if (!settings.recursive || !isDirectory(before)) return 0;
  return entriesOf(files, path).reduce(
    (worst, entry) => Math.max(worst, attempt(context, entry, settings, false)),
    0,
  );
}

function attempt(context: ProgramContext, path: string, settings: Settings, given: boolean): number {
  try {
    return apply(context, path, settings, given);
  } catch (error) {
    if (error instanceof Failure && error.message === '') return error.status;
    return report(context, error);
  }
}

/** `-x` and `-rw` are modes, not options. */
function splitMode(args: readonly string[]): string[] {
  const index = args.findIndex((arg) => /^-[rwxXstugoa,=+-]+$/.test(arg) && arg !== '--' && !/^-R/.test(arg));
  const first = args.findIndex((arg) => !arg.startsWith('-'));
  if (index < 0 || (first >= 0 && first < index)) return [...args];
  return [
    ...args.slice(0, index),
    ...args.slice(index + 1).filter((arg) => /^-[cfRv]+$/.test(arg)),
    '--',
    args[index] ?? '',
    ...args.slice(index + 1).filter((arg) => !/^-[cfRv]+$/.test(arg)),
  ];
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(splitMode(context.args), SPECS);
  const reference = value('reference');
  const [mode, ...rest] = operands;
  const paths = reference === undefined ? rest : operands;
  if (mode === undefined) throw new UsageError('missing operand');
  if (paths.length === 0) throw new UsageError(`missing operand after '${mode}'`);
  const settings: Settings = {
    change: reference === undefined ? parseMode(mode) : referenced(context, reference),
    recursive: has('recursive'),
    verbose: has('verbose'),
    changes: has('changes'),
    quiet: has('quiet') || has('silent'),
  };
  return paths.reduce((worst, path) => Math.max(worst, attempt(context, path, settings, true)), 0);
}

function referenced(context: ProgramContext, path: string): ModeChange {
  const found = status(context.system.files, path, true);
  if (typeof found === 'number')
    throw new Failure(`failed to get attributes of '${path}': ${errorText(found)}`);
  return () => found.mode & PERMISSIONS;
}

export const chmod: Program = {
  name: 'chmod',
  usage: 'chmod [OPTION]... MODE[,MODE]... FILE...',
  help: `Change permissions: octal (755) or symbolic (u+rwX,go=r).

  -c, --changes            say what is changed
  -f, --quiet, --silent    no messages about files that cannot be changed
  -R, --recursive          folders with all that is in them
  -v, --verbose            say what is done for each file
      --reference=FILE     take FILE's mode`,
  usageStatus: 1,
  main,
};
