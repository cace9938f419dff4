import { HOST_TYPE, MACHINE_TYPE, OS_TYPE, SHELL_VERSION } from './identity.ts';
import type { Shell } from './shell.ts';

const RANDOM_MAX = 32_768;
const SRANDOM_MAX = 0x1_0000_0000;

/** Nobody but the shell changes them. */
const READONLY = ['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID'];

/** Variables whose value is computed when they are looked at, and those that a new shell sets. */
export function installDynamicVariables(shell: Shell): void {
  const { variables } = shell;
  const { dynamic } = variables;
  const { process } = shell.system;
  dynamic.set('RANDOM', () => String(Math.floor(Math.random() * RANDOM_MAX)));
  dynamic.set('SRANDOM', () => String(Math.floor(Math.random() * SRANDOM_MAX)));
  dynamic.set('SECONDS', () => String(Math.floor((Date.now() - shell.startedAtMs) / 1000)));
  dynamic.set('EPOCHSECONDS', () => String(Math.floor(Date.now() / 1000)));
  dynamic.set('EPOCHREALTIME', () => (Date.now() / 1000).toFixed(6));
  dynamic.set('LINENO', () => String(shell.line));
  dynamic.set('BASH_COMMAND', () => shell.command);
  dynamic.set('BASHPID', () => String(process.pid));
  dynamic.set('BASH_SUBSHELL', () => String(shell.subshell));
  dynamic.set('PPID', () => String(process.ppid));
  dynamic.set('UID', () => String(process.uid));
  dynamic.set('EUID', () => String(process.uid));
  dynamic.set('GROUPS', () => [String(process.gid)]);
  dynamic.set('FUNCNAME', () => shell.frames.map(({ name }) => name).reverse());
  dynamic.set('BASH_SOURCE', () => [
    shell.source.name,
    ...shell.frames.map(({ source }) => source.name).reverse(),
  ]);
  dynamic.set('BASH_LINENO', () => shell.frames.map(({ callLine }) => String(callLine)).reverse());
  dynamic.set('BASHOPTS', () =>
    shell.options
      .shoptNames()
      .filter((name) => shell.options.shopt(name))
      .join(':'),
  );
  dynamic.set('SHELLOPTS', () => shell.options.entries().on.sort().join(':'));
  dynamic.set('PIPESTATUS', () => shell.pipeStatus.map(String));
  dynamic.set('DIRSTACK', () => [shell.cwd, ...shell.directoryStack]);
  dynamic.set('HOSTNAME', () => process.hostname);
  dynamic.set('BASH_VERSINFO', () => [
    ...SHELL_VERSION.split(/[.(]/).slice(0, 3),
    '1',
    'release',
    MACHINE_TYPE,
  ]);
  for (const name of READONLY) variables.global(name).readonly = true;
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
