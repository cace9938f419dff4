import type { Shell } from '../shell.ts';
import { caller, echo, getopts, hash, printf } from './commands.ts';
import { compgen, complete, compopt } from './completion.ts';
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
import { fc } from './fc.ts';
import { help } from './help.ts';
import { history } from './history.ts';
import { cd, dirs, popd, pushd, pwd } from './navigation.ts';
import { bind } from './bind.ts';
import { bg, disown, fg, jobs, kill, suspend, times, ulimit, wait } from './processes.ts';
import { mapfile, read } from './read.ts';
import { alias, set, shopt, trap, umask, unalias } from './settings.ts';
import { test } from './test.ts';
import { enable } from './enable.ts';
import type { BuiltinName } from './names.ts';
import { type } from './type.ts';

/** A command that is part of the shell: arguments without its name, the name it was called by. → status */
export type Builtin = (shell: Shell, args: readonly string[], name: string) => number;

/** `exec`, `command` and `builtin` are part of running a command and not here. */
const TABLE: Record<Exclude<BuiltinName, 'exec' | 'command' | 'builtin'>, Builtin> = {
  ':': () => 0,
  '.': source,
  '[': test,
  alias,
  bg,
  bind,
  break: breakLoop,
  caller,
  cd,
  compgen,
  complete,
  compopt,
  continue: continueLoop,
  declare,
  dirs,
  disown,
  echo,
  enable,
  eval: evaluateText,
  exit,
  export: declare,
  false: () => 1,
  fc,
  fg,
  getopts,
  hash,
  help,
  history,
  jobs,
  kill,
  let: letCommand,
  local: declare,
  logout: exit,
  mapfile,
  popd,
  printf,
  pushd,
  pwd,
  read,
  readarray: mapfile,
  readonly: declare,
  return: returnFrom,
  set,
  shift,
  shopt,
  source,
  suspend,
  test,
  times,
  trap,
  true: () => 0,
  type,
  typeset: declare,
  ulimit,
  umask,
  unalias,
  unset,
  wait,
};
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(Object.entries(TABLE));
