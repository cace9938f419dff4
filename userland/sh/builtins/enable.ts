import { parseOptions } from '../../program/options.ts';
import type { Shell } from '../shell.ts';
import { BUILTIN_NAMES, isBuiltin } from './names.ts';
import { SPECIAL_NAMES } from './special.ts';

/** `enable`: which of the shell's commands stand before the programs of their names. */
export function enable(shell: Shell, args: readonly string[]): number {
  const { has, operands } = parseOptions(args, {
    all: { short: 'a' },
    off: { short: 'n' },
    print: { short: 'p' },
    special: { short: 's' },
  });
  if (operands.length === 0 || has('print')) return list(shell, has('all'), has('off'), has('special'));
  let status = 0;
  for (const name of operands) {
    if (!isBuiltin(name)) {
      shell.complain(`enable: ${name}: not a shell builtin`);
      status = 1;
    } else if (has('off')) shell.disabled.add(name);
    else shell.disabled.delete(name);
  }
  return status;
}

function list(shell: Shell, all: boolean, off: boolean, special: boolean): number {
  for (const name of BUILTIN_NAMES) {
    const disabled = shell.disabled.has(name);
    if (special && !SPECIAL_NAMES.has(name)) continue;
    if (all || disabled === off) shell.write(1, `enable ${disabled ? '-n ' : ''}${name}\n`);
  }
  return 0;
}
