import { HOST_TYPE, MACHINE_TYPE, OS_TYPE, SHELL_VERSION } from './identity.ts';
import { truncateHistoryFile } from './history/file.ts';
import type { Shell } from './shell.ts';
import type { Value } from './variables.ts';

const RANDOM_MAX = 32_768;
const SRANDOM_MAX = 0x1_0000_0000;

const READONLY = ['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID'];

const COMPUTED: Readonly<Record<string, (shell: Shell) => Value>> = {
  RANDOM: () => String(Math.floor(Math.random() * RANDOM_MAX)),
  SRANDOM: () => String(Math.floor(Math.random() * SRANDOM_MAX)),
  SECONDS: (shell) => String(Math.floor((Date.now() - shell.startedAtMs) / 1000)),
  EPOCHSECONDS: () => String(Math.floor(Date.now() / 1000)),
  EPOCHREALTIME: () => (Date.now() / 1000).toFixed(6),
  LINENO: (shell) => String(shell.line),
  BASH_COMMAND: (shell) => shell.command,
  BASHPID: ({ system }) => String(system.process.pid),
  BASH_SUBSHELL: (shell) => String(shell.subshell),
  PPID: ({ system }) => String(system.process.ppid),
  UID: ({ system }) => String(system.process.uid),
  EUID: ({ system }) => String(system.process.uid),
  GROUPS: ({ system }) => [String(system.process.gid)],
  FUNCNAME: callers,
  BASH_SOURCE: (shell) =>
    [...(shell.inFile ? [''] : []), ...shell.frames.map(({ source }) => source.name), shell.source.name]
      .slice(1)
      .reverse(),
  BASH_LINENO: (shell) => [
    ...shell.frames.map(({ callLine }) => String(callLine)).reverse(),
    ...(shell.inFile ? ['0'] : []),
  ],
  BASHOPTS: ({ options }) =>
    options
      .shoptNames()
      .filter((name) => options.shopt(name))
      .join(':'),
  SHELLOPTS: ({ options }) => options.entries().on.sort().join(':'),
  PIPESTATUS: (shell) => shell.pipeStatus.map(String),
  DIRSTACK: (shell) => [shell.cwd, ...shell.directoryStack],
  HOSTNAME: ({ system }) => system.process.hostname,
  BASH_VERSINFO: () => [...SHELL_VERSION.split(/[.(]/).slice(0, 3), '1', 'release', MACHINE_TYPE],
};

/** Functions that run, the innermost first, and `main` of a script's file below them; nothing outside of functions. */
function callers({ frames, inFile }: Shell): string[] {
  if (frames.every(({ kind }) => kind !== 'function')) return [];
  return [...frames.map(({ name }) => name).reverse(), ...(inFile ? ['main'] : [])];
}

/** Variables whose value is computed when they are looked at: in a subshell those that were not unset in its parent. */
export function installDynamicVariables(shell: Shell, names: Iterable<string> = Object.keys(COMPUTED)): void {
  for (const name of names) {
    const compute = COMPUTED[name];
    if (compute !== undefined) shell.variables.dynamic.set(name, () => compute(shell));
  }
  shell.variables.onAssign = (assigned, value) => noteAssignment(shell, assigned, value);
}

/** Nobody but the shell changes these. */
export function protectVariables({ variables }: Shell): void {
  for (const name of READONLY) variables.global(name).readonly = true;
}

function noteAssignment(shell: Shell, name: string, value: string): void {
  if (name === 'OPTIND') shell.optionOffset = 0;
  else if (name === 'PATH') shell.hashed.clear();
  else if (name === 'HISTSIZE' && /^\d+$/.test(value)) shell.history.limit(Number(value));
  else if (name === 'HISTFILESIZE') truncateHistoryFile(shell);
}

export function setInitialVariables(shell: Shell): void {
  const { variables } = shell;
  const unlessSet = (name: string, value: string): void => {
    if (variables.get(name) === undefined) variables.set(name, value);
  };
  unlessSet('IFS', ' \t\n');
  variables.set('IFS', ' \t\n');
  unlessSet('PS4', '+ ');
  variables.set('OPTIND', '1');
  unlessSet('OPTERR', '1');
  unlessSet('PATH', '/usr/local/bin:/usr/bin:/bin');
  variables.set('BASH', '/bin/sh');
  variables.set('BASH_VERSION', SHELL_VERSION);
  variables.set('OSTYPE', OS_TYPE);
  variables.set('HOSTTYPE', HOST_TYPE);
  variables.set('MACHTYPE', MACHINE_TYPE);
  const level = Number(variables.get('SHLVL') ?? 0);
  variables.set('SHLVL', String(Number.isInteger(level) ? level + 1 : 1));
  variables.writable('SHLVL').exported = true;
  variables.set('PWD', shell.cwd);
  variables.writable('PWD').exported = true;
}
