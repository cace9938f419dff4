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

/** Commands that scripts run all the time: one script, small enough to be loaded for each process. */
const CORE_PROGRAMS: readonly string[] = [
  '[',
  'arch',
  'awk',
  'b2sum',
  'base32',
  'base64',
  'basename',
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
  'csplit',
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

/** What each script, a file beside the process worker's, has. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  'userland.js': CORE_PROGRAMS,
  'userland-tools.js': TOOL_PROGRAMS,
  'userland-shell.js': ['bash', 'jsh', 'sh'],
  'userland-jq.js': ['jq'],
};

/** Files in /usr/bin; the userland's registries have each of them. */
export const USERLAND_PROGRAMS: readonly string[] = Object.values(SCRIPTS).flat();

const scripts = new Map(
  Object.entries(SCRIPTS).flatMap(([script, programs]) => programs.map((name) => [name, script] as const)),
);

/** The script that a command is in. */
export function scriptOf(program: string): string {
  const script = scripts.get(program);
  if (script === undefined) throw new Error(`no script of the userland has '${program}'`);
  return script;
}
