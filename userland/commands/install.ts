import { copyContent, preserveAttributes } from '../files/copy.ts';
import { errorText } from '../program/errors.ts';
import { parseMode } from '../files/mode.ts';
import { parseOptions } from '../program/options.ts';
import { dirName } from '../files/paths.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, isDirectoryPath, requireStatus } from '../files/stat.ts';
import { sourcesAndTargets } from '../files/target.ts';

const SPECS = {
  backup: { short: 'b' },
  ignored: { short: 'c' },
  compare: { short: 'C', long: 'compare' },
  directory: { short: 'd', long: 'directory' },
  parents: { short: 'D' },
  group: { short: 'g', long: 'group', value: 'required' },
  mode: { short: 'm', long: 'mode', value: 'required' },
  owner: { short: 'o', long: 'owner', value: 'required' },
  times: { short: 'p', long: 'preserve-timestamps' },
  strip: { short: 's', long: 'strip' },
  target: { short: 't', long: 'target-directory', value: 'required' },
  noTarget: { short: 'T', long: 'no-target-directory' },
  verbose: { short: 'v', long: 'verbose' },
} as const;

const DEFAULT_MODE = '755';

function makeFolder(context: ProgramContext, path: string, mode: number): void {
  const { files } = context.system;
  if (isDirectoryPath(files, path)) return;
  const parent = dirName(path);
  if (!isDirectoryPath(files, parent)) makeFolder(context, parent, 0o755);
  const made = files.mkdir(path, mode);
  if (made < 0) throw new Failure(`cannot create directory '${path}': ${errorText(made)}`);
}

export const install: Program = {
  name: 'install',
  usage: 'install [OPTION]... SOURCE... TARGET   or   install -d FOLDER...',
  help: `Copy files and set their modes, or make folders.

  -d, --directory             make folders
  -D                          make the folders above the target
  -m, --mode=MODE             instead of 755
  -p, --preserve-timestamps   keep the times
  -t, --target-directory=DIR  -T, --no-target-directory
  -v, --verbose`,
  usageStatus: 1,
  main(context) {
    const { has, value, operands } = parseOptions(context.args, SPECS);
    const { files } = context.system;
    const change = parseMode(value('mode') ?? DEFAULT_MODE);
    const say = (line: string): void => {
      if (has('verbose')) context.stdout.write(`${line}\n`);
    };
    if (has('directory')) {
      if (operands.length === 0) throw new UsageError('missing file operand');
      for (const path of operands) {
        if (!isDirectoryPath(files, path)) say(`install: creating directory '${path}'`);
        makeFolder(context, path, 0o755);
        files.chmod(path, change(0, true, 0), true);
      }
      return 0;
    }
    if (has('parents')) {
      const target = value('target') ?? (operands.length > 1 ? dirName(operands.at(-1) ?? '') : undefined);
      if (target !== undefined) makeFolder(context, target, 0o755);
    }
    let result = 0;
    for (const [source, target] of sourcesAndTargets(context, operands, value('target'), has('noTarget'))) {
      try {
        const found = requireStatus(files, source, true);
        if (isDirectory(found)) throw new Failure(`omitting directory '${source}'`);
        files.unlink(target);
        copyContent(files, source, target, 0o600, true);
        files.chmod(target, change(0, false, 0), true);
        if (has('times'))
          preserveAttributes(files, found, target, { mode: false, owner: false, times: true, links: false });
        say(`'${source}' -> '${target}'`);
      } catch (error) {
        result = report(context, error);
      }
    }
    return result;
  },
};
