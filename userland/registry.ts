import { basename, dirname } from './commands/basename.ts';
import { cat } from './commands/cat.ts';
import { chmod } from './commands/chmod.ts';
import { cp } from './commands/cp.ts';
import { cut } from './commands/cut.ts';
import { date } from './commands/date.ts';
import { echo } from './commands/echo.ts';
import { env, printenv } from './commands/env.ts';
import { expr } from './commands/expr.ts';
import { fold } from './commands/fold.ts';
import { grep } from './commands/grep.ts';
import { head } from './commands/head.ts';
import { groups, id, whoami } from './commands/id.ts';
import { ln } from './commands/ln.ts';
import { ls } from './commands/ls.ts';
import { mkdir } from './commands/mkdir.ts';
import { mkfifo } from './commands/mkfifo.ts';
import { mv } from './commands/mv.ts';
import { nl } from './commands/nl.ts';
import { printf } from './commands/printf.ts';
import { pwd } from './commands/pwd.ts';
import { readlink, realpath } from './commands/readlink.ts';
import { rev } from './commands/rev.ts';
import { rm } from './commands/rm.ts';
import { rmdir } from './commands/rmdir.ts';
import { sed } from './commands/sed.ts';
import { seq } from './commands/seq.ts';
import { sleep } from './commands/sleep.ts';
import { sort } from './commands/sort.ts';
import { tac } from './commands/tac.ts';
import { tail } from './commands/tail.ts';
import { tee } from './commands/tee.ts';
import { test } from './commands/test.ts';
import { touch } from './commands/touch.ts';
import { tr } from './commands/tr.ts';
import { falseCommand, trueCommand } from './commands/true.ts';
import { arch, hostname, nproc, tty, uname } from './commands/uname.ts';
import { uniq } from './commands/uniq.ts';
import { wc } from './commands/wc.ts';
import { yes } from './commands/yes.ts';
import { sh } from './sh/program.ts';
import type { Program } from './program.ts';

/** Every command, one file each (a few with a twin: true and false, basename and dirname). */
export const PROGRAMS: readonly Program[] = [
  arch,
  basename,
  cat,
  chmod,
  cp,
  cut,
  date,
  dirname,
  echo,
  env,
  expr,
  falseCommand,
  fold,
  grep,
  groups,
  head,
  hostname,
  id,
  ln,
  ls,
  mkdir,
  mkfifo,
  mv,
  nl,
  nproc,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  rev,
  rm,
  rmdir,
  sed,
  seq,
  sh,
  sleep,
  sort,
  tac,
  tail,
  tee,
  test,
  touch,
  tr,
  trueCommand,
  tty,
  uname,
  uniq,
  wc,
  whoami,
  yes,
];

const byName = new Map<string, Program>();
for (const program of PROGRAMS) {
  for (const name of [program.name, ...(program.aliases ?? [])]) byName.set(name, program);
}

export function findProgram(name: string): Program | undefined {
  return byName.get(name);
}
