import { awk } from './commands/awk.ts';
import { base32, base64 } from './commands/base64.ts';
import { basename, dirname } from './commands/basename.ts';
import { cat } from './commands/cat.ts';
import { b2sum, md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum } from './commands/checksum.ts';
import { chmod } from './commands/chmod.ts';
import { clear, reset } from './commands/clear.ts';
import { cmp } from './commands/cmp.ts';
import { comm } from './commands/comm.ts';
import { cp } from './commands/cp.ts';
import { cut } from './commands/cut.ts';
import { date } from './commands/date.ts';
import { diff } from './commands/diff.ts';
import { du } from './commands/du.ts';
import { echo } from './commands/echo.ts';
import { env, printenv } from './commands/env.ts';
import { expr } from './commands/expr.ts';
import { find } from './commands/find.ts';
import { fold } from './commands/fold.ts';
import { grep } from './commands/grep.ts';
import { head } from './commands/head.ts';
import { groups, id, whoami } from './commands/id.ts';
import { kill } from './commands/kill.ts';
import { ln } from './commands/ln.ts';
import { ls } from './commands/ls.ts';
import { mkdir } from './commands/mkdir.ts';
import { mkfifo } from './commands/mkfifo.ts';
import { mktemp } from './commands/mktemp.ts';
import { mv } from './commands/mv.ts';
import { nl } from './commands/nl.ts';
import { paste } from './commands/paste.ts';
import { printf } from './commands/printf.ts';
import { pwd } from './commands/pwd.ts';
import { readlink, realpath } from './commands/readlink.ts';
import { rev } from './commands/rev.ts';
import { rm } from './commands/rm.ts';
import { rmdir } from './commands/rmdir.ts';
import { sed } from './commands/sed.ts';
import { seq } from './commands/seq.ts';
import { sleep } from './commands/sleep.ts';
import { chgrp, chown, link, sync, truncate, unlink } from './commands/small-files.ts';
import { sort } from './commands/sort.ts';
import { stat } from './commands/stat.ts';
import { tac } from './commands/tac.ts';
import { tail } from './commands/tail.ts';
import { tee } from './commands/tee.ts';
import { test } from './commands/test.ts';
import { nice, nohup, timeout } from './commands/timeout.ts';
import { touch } from './commands/touch.ts';
import { tr } from './commands/tr.ts';
import { falseCommand, trueCommand } from './commands/true.ts';
import { arch, hostname, nproc, tty, uname } from './commands/uname.ts';
import { uniq } from './commands/uniq.ts';
import { wc } from './commands/wc.ts';
import { which } from './commands/which.ts';
import { xargs } from './commands/xargs.ts';
import { yes } from './commands/yes.ts';
import type { Program } from './program/program.ts';

/** The commands of the first script, one file each (a few with a twin: true and false, basename and dirname). */
export const PROGRAMS: readonly Program[] = [
  arch,
  awk,
  b2sum,
  base32,
  base64,
  basename,
  cat,
  chgrp,
  chmod,
  chown,
  clear,
  cmp,
  comm,
  cp,
  cut,
  date,
  diff,
  dirname,
  du,
  echo,
  env,
  expr,
  falseCommand,
  find,
  fold,
  grep,
  groups,
  head,
  hostname,
  id,
  kill,
  link,
  ln,
  ls,
  md5sum,
  mkdir,
  mkfifo,
  mktemp,
  mv,
  nice,
  nl,
  nohup,
  nproc,
  paste,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  reset,
  rev,
  rm,
  rmdir,
  sed,
  seq,
  sha1sum,
  sha224sum,
  sha256sum,
  sha384sum,
  sha512sum,
  sleep,
  sort,
  stat,
  sync,
  tac,
  tail,
  tee,
  test,
  timeout,
  touch,
  tr,
  trueCommand,
  truncate,
  tty,
  uname,
  uniq,
  unlink,
  wc,
  which,
  whoami,
  xargs,
  yes,
];
