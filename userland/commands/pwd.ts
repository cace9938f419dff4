import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { decodeText } from '../text/text.ts';
import { status } from '../files/stat.ts';

const SPECS = {
  logical: { short: 'L', long: 'logical' },
  physical: { short: 'P', long: 'physical' },
} as const;

function main({ system, args, env, stdout }: ProgramContext): number {
  const { has } = parseOptions(args, SPECS);
  const { files } = system;
  const cwd = files.cwd();
  if (typeof cwd === 'number') throw new Failure(`cannot find the current directory: ${errorText(cwd)}`);
  const logical = env['PWD'];
  if (has('logical') && logical?.startsWith('/') && !/(^|\/)\.\.?(\/|$)/.test(logical)) {
    const [here, there] = [status(files, '.', true), status(files, logical, true)];
    if (
      typeof here !== 'number' &&
      typeof there !== 'number' &&
      here.ino === there.ino &&
      here.dev === there.dev
    ) {
      stdout.write(`${logical}\n`);
      return 0;
    }
  }
  const real = files.realpath(cwd);
  stdout.write(`${typeof real === 'number' ? cwd : decodeText(real)}\n`);
  return 0;
}

export const pwd: Program = {
  name: 'pwd',
  usage: 'pwd [-L|-P]',
  help: `Print the current directory.

  -L, --logical    as $PWD has it
  -P, --physical   without symbolic links (default)`,
  usageStatus: 1,
  main,
};
