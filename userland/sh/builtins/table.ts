import type { Shell } from '../shell.ts';
import { caller, echo, getopts, hash, printf, type } from './commands.ts';
import { declare, unset } from './declare.ts';
import {
  breakLoop,
  continueLoop,
  evaluateText,
  exit,
  letCommand,
  returnFrom,
  shift,
  source,
} from './flow.ts';
import { fc, help, history } from './history.ts';
import { cd, dirs, popd, pushd, pwd } from './navigation.ts';
import { bg, disown, fg, jobs, kill, times, ulimit, wait } from './processes.ts';
import { mapfile, read } from './read.ts';
import { alias, set, shopt, trap, umask, unalias } from './settings.ts';
import { test } from './test.ts';

/** A command that is part of the shell: arguments without its name, the name it was called by. → status */
export type Builtin = (shell: Shell, args: readonly string[], name: string) => number;

export const isBuiltin = (name: string): boolean =>
  BUILTINS.has(name) || ['exec', 'command', 'builtin'].includes(name);

/** `exec`, `command` and `builtin` are part of running a command and not here. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => 0],
  ['.', source],
  ['[', test],
  ['alias', alias],
  ['bg', bg],
  ['break', breakLoop],
  ['caller', caller],
  ['cd', cd],
  ['continue', continueLoop],
  ['declare', declare],
  ['dirs', dirs],
  ['disown', disown],
  ['echo', echo],
  ['eval', evaluateText],
  ['exit', exit],
  ['export', declare],
  ['false', () => 1],
  ['fc', fc],
  ['fg', fg],
  ['getopts', getopts],
  ['hash', hash],
  ['help', help],
  ['history', history],
  ['jobs', jobs],
  ['kill', kill],
  ['let', letCommand],
  ['local', declare],
  ['logout', exit],
  ['mapfile', mapfile],
  ['popd', popd],
  ['printf', printf],
  ['pushd', pushd],
  ['pwd', pwd],
  ['read', read],
  ['readarray', mapfile],
  ['readonly', declare],
  ['return', returnFrom],
  ['set', set],
  ['shift', shift],
  ['shopt', shopt],
  ['source', source],
  ['test', test],
  ['times', times],
  ['trap', trap],
  ['true', () => 0],
  ['type', (shell, args) => type(isBuiltin)(shell, args)],
  ['typeset', declare],
  ['ulimit', ulimit],
  ['umask', umask],
  ['unalias', unalias],
  ['unset', unset],
  ['wait', wait],
]);

/** POSIX 2.14: their assignments stay, and their errors end a script. */
export const SPECIAL_BUILTINS = new Set([
  ':',
  '.',
  'break',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'source',
  'times',
  'trap',
  'unset',
]);
