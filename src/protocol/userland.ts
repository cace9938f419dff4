/** Between the process worker and the userland's scripts, and the list of commands that every container has. */

/** A script leaves its entry on this global. */
export const USERLAND_HOOK = '__oacUserland';

export interface UserlandStart<System> {
  system: System;
  /** Which program, by the name in its file (a link may give it another argv[0]). */
  program: string;
  argv: readonly string[];
  /** `NAME=value` */
  env: readonly string[];
}

/** Runs the program to its exit status. */
export type UserlandMain<System> = (start: UserlandStart<System>) => number;

/** Commands that scripts run all the time, and the shell: one script, small enough to be loaded for each process. */
const CORE_PROGRAMS: readonly string[] = [
  '[',
  'arch',
  'awk',
  'b2sum',
  'base32',
  'base64',
  'basename',
  'bash',
  'cat',
  'chgrp',
  'chmod',
  'chown',
  'clear',
  'cmp',
  'comm',
  'cp',
  'cut',
  'date',
  'diff',
  'dirname',
  'du',
  'echo',
  'egrep',
  'env',
  'expr',
  'false',
  'fgrep',
  'find',
  'fold',
  'grep',
  'groups',
  'head',
  'hostname',
  'id',
  'jsh',
  'kill',
  'link',
  'ln',
  'logname',
  'ls',
  'md5sum',
  'mkdir',
  'mkfifo',
  'mktemp',
  'mv',
  'nice',
  'nl',
  'nohup',
  'nproc',
  'paste',
  'printenv',
  'printf',
  'pwd',
  'readlink',
  'realpath',
  'reset',
  'rev',
  'rm',
  'rmdir',
  'sed',
  'seq',
  'sh',
  'sha1sum',
  'sha224sum',
  'sha256sum',
  'sha384sum',
  'sha512sum',
  'sleep',
  'sort',
  'stat',
  'sync',
  'tac',
  'tail',
  'tee',
  'test',
  'timeout',
  'touch',
  'tr',
  'true',
  'truncate',
  'tty',
  'uname',
  'uniq',
  'unlink',
  'wc',
  'which',
  'whoami',
  'xargs',
  'yes',
];

/** The rest, in a script of its own. */
const TOOL_PROGRAMS: readonly string[] = [
  'column',
  'dd',
  'df',
  'expand',
  'file',
  'fmt',
  'free',
  'getopt',
  'gunzip',
  'gzip',
  'hd',
  'hexdump',
  'install',
  'join',
  'less',
  'more',
  'numfmt',
  'od',
  'pgrep',
  'pidof',
  'pkill',
  'ps',
  'shuf',
  'split',
  'strings',
  'stty',
  'tar',
  'time',
  'top',
  'tput',
  'tree',
  'tsort',
  'unexpand',
  'unzip',
  'uptime',
  'watch',
  'xxd',
  'zcat',
  'zip',
];

/** Files in /usr/bin; the userland's registries have each of them. */
export const USERLAND_PROGRAMS: readonly string[] = [...CORE_PROGRAMS, ...TOOL_PROGRAMS];

/** The script, beside the process worker's, that a command is in. */
export function scriptOf(program: string): string {
  return TOOL_PROGRAMS.includes(program) ? 'userland-tools.js' : 'userland.js';
}
