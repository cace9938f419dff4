import { csplit } from './commands/csplit.ts';
import { dd } from './commands/dd.ts';
import { expand, unexpand } from './commands/expand.ts';
import { file } from './commands/file.ts';
import { fmt } from './commands/fmt.ts';
import { getopt } from './commands/getopt.ts';
import { gzip } from './commands/gzip.ts';
import { hexdump } from './commands/hexdump.ts';
import { install } from './commands/install.ts';
import { join } from './commands/join.ts';
import { less } from './commands/less.ts';
import { df, free, uptime } from './commands/machine.ts';
import { numfmt } from './commands/numfmt.ts';
import { od } from './commands/od.ts';
import { pgrep, pidof, pkill } from './commands/pgrep.ts';
import { ps } from './commands/ps.ts';
import { shuf } from './commands/shuf.ts';
import { split } from './commands/split.ts';
import { stty } from './commands/stty.ts';
import { tar } from './commands/tar.ts';
import { column, strings, tsort } from './commands/text-tools.ts';
import { time } from './commands/time-command.ts';
import { top } from './commands/top.ts';
import { tput } from './commands/tput.ts';
import { tree } from './commands/tree.ts';
import { unzip } from './commands/unzip.ts';
import { more } from './commands/more.ts';
import { watch } from './commands/watch.ts';
import { xxd } from './commands/xxd.ts';
import { zip } from './commands/zip.ts';
import type { Program } from './program/program.ts';

/** The commands of the second script. */
export const TOOLS: readonly Program[] = [
  column,
  csplit,
  dd,
  df,
  expand,
  file,
  fmt,
  free,
  getopt,
  gzip,
  hexdump,
  install,
  join,
  less,
  more,
  numfmt,
  od,
  pgrep,
  pidof,
  pkill,
  ps,
  shuf,
  split,
  strings,
  stty,
  tar,
  time,
  top,
  tput,
  tree,
  tsort,
  unexpand,
  unzip,
  uptime,
  watch,
  xxd,
  zip,
];
