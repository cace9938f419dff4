import { ShellError } from '../control.ts';
import { OPTION_LETTERS } from '../options.ts';
import type { Shell } from '../shell.ts';
import { conditionName, setTrap, signalNames, signalNumber } from '../traps.ts';
import { quoteForReuse } from '../parameters.ts';
import { assignmentText } from './declare.ts';

const USAGE_ERROR = 2;

/** `set`: options, positional parameters, or a list of variables. */
export function set(shell: Shell, args: readonly string[]): number {
  if (args.length === 0) {
    for (const name of shell.variables.names()) {
      const text = assignmentText(shell, name);
      if (text !== undefined) shell.write(1, `${text}\n`);
    }
    return 0;
  }
  const rest = applyOptions(shell, args);
  if (typeof rest === 'number') return rest;
  if (rest !== undefined) shell.args = rest;
  return 0;
}

/** Applies `-e`, `+x`, `-o name`. → the operands; undefined when there are none to set; a status for an error */
export function applyOptions(shell: Shell, args: readonly string[]): string[] | undefined | number {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') return args.slice(at + 1) as string[];
    if (arg === '-' || arg === '+') {
      if (arg === '-') {
        shell.options.set('xtrace', false);
        shell.options.set('verbose', false);
      }
      return at + 1 < args.length ? (args.slice(at + 1) as string[]) : undefined;
    }
    if (!/^[-+]/.test(arg)) return args.slice(at) as string[];
    const on = arg.startsWith('-');
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[++at];
        if (name === undefined) listOptions(shell, on);
        else if (!shell.options.set(name, on)) {
          shell.complain(`set: ${name}: invalid option name`);
          return USAGE_ERROR;
        }
        continue;
      }
      const name = shell.options.nameOf(letter);
      if (name === undefined) {
        shell.complain(`set: ${arg[0]}${letter}: invalid option`);
        return USAGE_ERROR;
      }
      shell.options.set(name, on);
    }
  }
  return undefined;
}

function listOptions(shell: Shell, readable: boolean): void {
  for (const name of Object.keys(OPTION_LETTERS).sort()) {
    const on = shell.options.has(name);
    shell.write(
      1,
      readable ? `${name.padEnd(15)}\t${on ? 'on' : 'off'}\n` : `set ${on ? '-' : '+'}o ${name}\n`,
    );
  }
}

export function shopt(shell: Shell, args: readonly string[]): number {
  const letters = args.filter((arg) => /^-[psuqo]+$/.test(arg)).join('');
  const names = args.filter((arg) => !/^-[psuqo]+$/.test(arg));
  const bad = names.find((name) => name.startsWith('-'));
  if (bad !== undefined) {
    shell.complain(`shopt: ${bad}: invalid option`);
    return USAGE_ERROR;
  }
  const setOptions = letters.includes('o');
  const isOn = (name: string): boolean => (setOptions ? shell.options.has(name) : shell.options.shopt(name));
  const known = setOptions ? Object.keys(OPTION_LETTERS).sort() : shell.options.shoptNames();
  if (letters.includes('s') || letters.includes('u')) {
    const on = letters.includes('s');
    if (names.length === 0)
      return printShopt(
        shell,
        known.filter((name) => isOn(name) === on),
        isOn,
        letters,
      );
    let status = 0;
    for (const name of names) {
      if (setOptions ? shell.options.set(name, on) : shell.options.setShopt(name, on)) continue;
      shell.complain(`shopt: ${name}: invalid shell option name`);
      status = 1;
    }
    return status;
  }
  const unknown = names.filter((name) => !known.includes(name));
  for (const name of unknown) shell.complain(`shopt: ${name}: invalid shell option name`);
  if (!letters.includes('q'))
    printShopt(shell, names.length > 0 ? names.filter((name) => known.includes(name)) : known, isOn, letters);
  return unknown.length > 0 || (names.length > 0 && !names.every(isOn)) ? 1 : 0;
}

function printShopt(
  shell: Shell,
  names: readonly string[],
  isOn: (name: string) => boolean,
  letters: string,
): number {
  for (const name of names) {
    const on = isOn(name);
    if (letters.includes('p'))
      shell.write(
        1,
        letters.includes('o') ? `set ${on ? '-' : '+'}o ${name}\n` : `shopt ${on ? '-s' : '-u'} ${name}\n`,
      );
    else shell.write(1, `${name.padEnd(15)}\t${on ? 'on' : 'off'}\n`);
  }
  return 0;
}

/** `trap` */
export function trap(shell: Shell, args: readonly string[]): number {
  const words = args[0] === '--' ? args.slice(1) : args;
  const [first, ...rest] = words;
  if (first === undefined || first === '-p') return listTraps(shell, rest);
  if (first === '-l') {
    shell.write(
      1,
      signalNames()
        .map(([name, number]) => `${String(number).padStart(2)}) SIG${name}\n`)
        .join(''),
    );
    return 0;
  }
  if (first.startsWith('-') && first !== '-') {
    shell.complain(`trap: ${first}: invalid option`);
    return USAGE_ERROR;
  }
  // A number first means: reset these (POSIX).
  const resets =
    first === '-' || /^\d+$/.test(first) || (rest.length === 0 && conditionName(first) !== undefined);
  const conditions = first === '-' ? rest : resets ? words : rest;
  if (conditions.length === 0) {
    shell.complain('trap: usage: trap [-lp] [[arg] signal_spec ...]');
    return USAGE_ERROR;
  }
  let status = 0;
  for (const condition of conditions) {
    try {
      setTrap(shell, condition, resets ? undefined : first);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      shell.complain(error.message);
      status = 1;
    }
  }
  return status;
}

function listTraps(shell: Shell, names: readonly string[]): number {
  const order = (name: string): number => (name === 'EXIT' ? 0 : (signalNumber(name) ?? 100));
  for (const [name, action] of [...shell.traps].sort((a, b) => order(a[0]) - order(b[0]))) {
    if (names.length > 0 && !names.some((given) => conditionName(given) === name)) continue;
    shell.write(
      1,
      `trap -- ${quoteForReuse(action)} ${signalNumber(name) === undefined ? name : `SIG${name}`}\n`,
    );
  }
  return 0;
}

export function alias(shell: Shell, args: readonly string[]): number {
  const words = args.filter((arg) => arg !== '-p' && arg !== '--');
  const show = (name: string, text: string): void =>
    void shell.write(1, `alias ${name}=${quoteForReuse(text)}\n`);
  if (words.length === 0) for (const [name, text] of [...shell.aliases].sort()) show(name, text);
  let status = 0;
  for (const word of words) {
    const equals = word.indexOf('=');
    const text = equals > 0 ? undefined : shell.aliases.get(word);
    if (equals > 0) shell.aliases.set(word.slice(0, equals), word.slice(equals + 1));
    else if (text !== undefined) show(word, text);
    else {
      shell.complain(`alias: ${word}: not found`);
      status = 1;
    }
  }
  return status;
}

export function unalias(shell: Shell, args: readonly string[]): number {
  if (args.length === 0) {
    shell.complain('unalias: usage: unalias [-a] name [name ...]');
    return USAGE_ERROR;
  }
  if (args[0] === '-a') {
    shell.aliases.clear();
    return 0;
  }
  let status = 0;
  for (const name of args.filter((arg) => arg !== '--')) {
    if (shell.aliases.delete(name)) continue;
    shell.complain(`unalias: ${name}: not found`);
    status = 1;
  }
  return status;
}

export function umask(shell: Shell, args: readonly string[]): number {
  const symbolic = args.includes('-S');
  const [mask] = args.filter((arg) => arg !== '-S' && arg !== '-p');
  const { files } = shell.system;
  const now = files.umask();
  if (mask === undefined) {
    const triple = (shift: number): string =>
      ['r', 'w', 'x'].filter((_, at) => ((now >> shift) & (4 >> at)) === 0).join('');
    shell.write(
      1,
      symbolic ? `u=${triple(6)},g=${triple(3)},o=${triple(0)}\n` : `${now.toString(8).padStart(4, '0')}\n`,
    );
    return 0;
  }
  if (/^[0-7]{1,4}$/.test(mask)) {
    files.umask(parseInt(mask, 8));
    shell.umask = parseInt(mask, 8);
    return 0;
  }
  const next = symbolicMask(mask, now);
  if (next === undefined) {
    shell.complain(
      `umask: ${/^\d/.test(mask) ? `${mask}: octal number out of range` : `\`${mask.slice(-1)}': invalid symbolic mode operator`}`,
    );
    return 1;
  }
  files.umask(next);
  shell.umask = next;
  return 0;
}

/** `u=rwx,g-w`: what is granted; the mask is what is not. */
function symbolicMask(text: string, now: number): number | undefined {
  let granted = 0o777 & ~now;
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (!match) return undefined;
    const who = match[1] === '' || match[1]?.includes('a') ? 'ugo' : (match[1] ?? '');
    const bits = [...(match[3] ?? '')].reduce((sum, letter) => sum | ({ r: 4, w: 2, x: 1 }[letter] ?? 0), 0);
    for (const person of who) {
      const shift = { u: 6, g: 3, o: 0 }[person] ?? 0;
      if (match[2] === '=') granted = (granted & ~(7 << shift)) | (bits << shift);
      else granted = match[2] === '+' ? granted | (bits << shift) : granted & ~(bits << shift);
    }
  }
  return 0o777 & ~granted;
}
