/** Between the process worker and the userland's script, and the list of commands that every container has. */

/** The script leaves its entry on this global. */
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

/** Files in /usr/bin; the userland's registry has each of them. */
export const USERLAND_PROGRAMS: readonly string[] = [
  '[',
  'arch',
  'basename',
  'bash',
  'cat',
  'chmod',
  'cp',
  'cut',
  'date',
  'dirname',
  'echo',
  'egrep',
  'env',
  'expr',
  'false',
  'fgrep',
  'fold',
  'grep',
  'groups',
  'head',
  'hostname',
  'id',
  'jsh',
  'ln',
  'logname',
  'ls',
  'mkdir',
  'mkfifo',
  'mv',
  'nl',
  'nproc',
  'printenv',
  'printf',
  'pwd',
  'readlink',
  'realpath',
  'rev',
  'rm',
  'rmdir',
  'sed',
  'seq',
  'sh',
  'sleep',
  'sort',
  'tac',
  'tail',
  'tee',
  'test',
  'touch',
  'tr',
  'true',
  'tty',
  'uname',
  'uniq',
  'wc',
  'whoami',
  'yes',
];
