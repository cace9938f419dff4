import { Errno } from '../../../src/base/errno.ts';
import { errorText } from '../../program/errors.ts';
import { normalizePath } from '../../files/paths.ts';
import { decodeText } from '../../text/text.ts';
import { ShellError } from '../control.ts';
import type { Shell } from '../shell.ts';

/** Changes the directory and keeps PWD and OLDPWD. → 0 or -errno */
function enter(shell: Shell, path: string, physical: boolean): number {
  const logical = normalizePath(path, shell.cwd);
  // `missing/..` is no directory, though its text says so.
  if (shell.system.files.kind(path) < 0) return shell.system.files.kind(path);
  // Through symbolic links the textual parent may be another place than the real one: `cd -L` goes by text.
  const result = shell.system.files.chdir(physical ? path : logical);
  if (result < 0) return result;
  const real = shell.system.files.cwd();
  const now = physical && typeof real === 'string' ? real : logical;
  shell.variables.set('OLDPWD', shell.variables.get('PWD') ?? shell.cwd);
  shell.cwd = now;
  shell.variables.set('PWD', now);
  shell.variables.writable('PWD').exported = true;
  shell.variables.writable('OLDPWD').exported = true;
  return 0;
}

function candidates(shell: Shell, target: string): { path: string; show: boolean }[] {
  const direct = { path: target, show: false };
  if (/^(?:\/|\.\.?(?:\/|$))/.test(target)) return [direct];
  const folders = (shell.variables.get('CDPATH') ?? '').split(':').filter((folder) => folder !== '');
  return [...folders.map((folder) => ({ path: `${folder}/${target}`, show: true })), direct];
}

export function cd(shell: Shell, args: readonly string[]): number {
  let physical = shell.options.has('physical');
  let rest = [...args];
  while (/^-[LPe@]+$/.test(rest[0] ?? '')) {
    physical = rest[0]?.includes('P') ?? false;
    rest = rest.slice(1);
  }
  if (rest[0] === '--') rest = rest.slice(1);
  if (rest.length > 1) {
    shell.complain('cd: too many arguments');
    return 1;
  }
  const [given] = rest;
  const target =
    given === undefined ? shell.variables.get('HOME') : given === '-' ? shell.variables.get('OLDPWD') : given;
  if (target === undefined) {
    shell.complain(`cd: ${given === '-' ? 'OLDPWD' : 'HOME'} not set`);
    return 1;
  }
  if (target === '') return 0;
  let result: number = -Errno.ENOENT;
  for (const { path, show } of candidates(shell, target)) {
    result = enter(shell, path, physical);
    if (result === 0) {
      if (show || given === '-') shell.write(1, `${shell.cwd}\n`);
      return 0;
    }
  }
  shell.complain(`cd: ${target}: ${errorText(result)}`);
  return 1;
}

export function pwd(shell: Shell, args: readonly string[]): number {
  const physical = args.includes('-P') || (shell.options.has('physical') && !args.includes('-L'));
  const bad = args.find((arg) => arg.startsWith('-') && !/^-[LP]+$/.test(arg));
  if (bad !== undefined) {
    shell.complain(`pwd: ${bad}: invalid option`);
    return 2;
  }
  const real = shell.system.files.cwd();
  const path = physical && typeof real === 'string' ? shell.system.files.realpath(real) : shell.cwd;
  shell.write(1, `${typeof path === 'object' ? decodeText(path) : String(path)}\n`);
  return 0;
}

const shown = (shell: Shell, path: string): string => {
  const home = shell.variables.get('HOME');
  return home !== undefined && (path === home || path.startsWith(`${home}/`))
    ? `~${path.slice(home.length)}`
    : path;
};

export function dirs(shell: Shell, args: readonly string[]): number {
  const all = [shell.cwd, ...shell.directoryStack];
  const [option] = args;
  if (option === '-c') shell.directoryStack = [];
  else if (option === '-p') shell.write(1, all.map((path) => `${shown(shell, path)}\n`).join(''));
  else if (option === '-v')
    shell.write(1, all.map((path, at) => `${String(at).padStart(2)}  ${shown(shell, path)}\n`).join(''));
  else if (option === '-l') shell.write(1, `${all.join(' ')}\n`);
  else if (option !== undefined && /^[-+]\d+$/.test(option)) {
    const index = option.startsWith('+') ? Number(option) : all.length - 1 + Number(option);
    const path = all[index];
    if (path === undefined) {
      shell.complain(`dirs: ${option.slice(1)}: directory stack index out of range`);
      return 1;
    }
    shell.write(1, `${shown(shell, path)}\n`);
  } else if (option !== undefined) {
    shell.complain(`dirs: ${option}: invalid ${option.startsWith('-') ? 'number' : 'argument'}`);
    return option.startsWith('-') ? 2 : 1;
  } else shell.write(1, `${all.map((path) => shown(shell, path)).join(' ')}\n`);
  return 0;
}

function go(shell: Shell, path: string, command: string): void {
  const result = enter(shell, path, false);
  if (result < 0) throw new ShellError(`${command}: ${path}: ${errorText(result)}`, { scope: 'command' });
}

export function pushd(shell: Shell, args: readonly string[]): number {
  const [target] = args.filter((arg) => arg !== '--');
  const all = [shell.cwd, ...shell.directoryStack];
  if (args.length > 1 && args[0] !== '--') {
    shell.complain('pushd: too many arguments');
    return 1;
  }
  if (target === undefined) {
    const [next, ...rest] = shell.directoryStack;
    if (next === undefined) {
      shell.complain('pushd: no other directory');
      return 1;
    }
    const old = shell.cwd;
    go(shell, next, 'pushd');
    shell.directoryStack = [old, ...rest];
  } else if (/^[-+]\d+$/.test(target)) {
    const index = target.startsWith('+') ? Number(target) : all.length - 1 + Number(target);
    const rotated = [...all.slice(index), ...all.slice(0, index)];
    const [first, ...rest] = rotated;
    if (all[index] === undefined || first === undefined) {
      shell.complain(`pushd: ${target}: directory stack index out of range`);
      return 1;
    }
    go(shell, first, 'pushd');
    shell.directoryStack = rest;
  } else {
    const old = shell.cwd;
    go(shell, target === '-' ? (shell.variables.get('OLDPWD') ?? old) : target, 'pushd');
    shell.directoryStack = [old, ...shell.directoryStack];
  }
  return dirs(shell, []);
}

export function popd(shell: Shell, args: readonly string[]): number {
  const [target] = args.filter((arg) => arg !== '--');
  const all = [shell.cwd, ...shell.directoryStack];
  if (target !== undefined && !/^[-+]\d+$/.test(target)) {
    shell.complain(`popd: ${target}: invalid argument`);
    return args.length > 1 || target.startsWith('-') ? 2 : 2;
  }
  if (all.length < 2) {
    shell.complain('popd: directory stack empty');
    return 1;
  }
  const index =
    target === undefined ? 0 : target.startsWith('+') ? Number(target) : all.length - 1 + Number(target);
  if (all[index] === undefined) {
    shell.complain(`popd: ${target ?? ''}: directory stack index out of range`);
    return 1;
  }
  if (index === 0) go(shell, all[1] ?? '/', 'popd');
  shell.directoryStack =
    index === 0 ? all.slice(2) : shell.directoryStack.filter((_, at) => at !== index - 1);
  return dirs(shell, []);
}
