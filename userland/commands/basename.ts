import { parseOptions } from '../program/options.ts';
import { baseName, dirName } from '../files/paths.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';

const BASE_SPECS = {
  multiple: { short: 'a', long: 'multiple' },
  suffix: { short: 's', long: 'suffix', value: 'required' },
  zero: { short: 'z', long: 'zero' },
} as const;

function mainBase({ args, stdout }: ProgramContext): number {
  const { has, value, operands } = parseOptions(args, BASE_SPECS, { stopAtOperand: true });
  if (operands.length === 0) throw new UsageError('missing operand');
  const multiple = has('multiple') || has('suffix');
  if (!multiple && operands.length > 2) throw new UsageError(`extra operand '${operands[2]}'`);
  const suffix = value('suffix') ?? (multiple ? '' : (operands[1] ?? ''));
  for (const path of multiple ? operands : operands.slice(0, 1)) {
    const base = baseName(path);
    const strip = suffix !== '' && base !== suffix && base.endsWith(suffix);
    stdout.write((strip ? base.slice(0, -suffix.length) : base) + (has('zero') ? '\0' : '\n'));
  }
  return 0;
}

export const basename: Program = {
  name: 'basename',
  usage: 'basename NAME [SUFFIX] | basename -a|-s SUFFIX NAME...',
  help: `Print a path without its folders, and without SUFFIX at its end.

  -a, --multiple        every argument is a NAME
  -s, --suffix=SUFFIX   remove SUFFIX (implies -a)
  -z, --zero            end each with NUL`,
  usageStatus: 1,
  main: mainBase,
};

function mainDir({ args, stdout }: ProgramContext): number {
  const { has, operands } = parseOptions(args, { zero: { short: 'z', long: 'zero' } });
  if (operands.length === 0) throw new UsageError('missing operand');
  for (const path of operands) stdout.write(dirName(path) + (has('zero') ? '\0' : '\n'));
  return 0;
}

export const dirname: Program = {
  name: 'dirname',
  usage: 'dirname [-z] NAME...',
  help: `Print each path without its last part.

  -z, --zero   end each with NUL`,
  usageStatus: 1,
  main: mainDir,
};
