import { errorText } from '../../program/errors.ts';
import { backslashEscapes } from '../../text/escapes.ts';
import { onePass } from '../../text/printf-pass.ts';
import { strftime, zoneOf } from '../../text/time.ts';
import { findCommand } from '../processes.ts';
import type { Shell } from '../shell.ts';
import { NAME } from '../variables.ts';
import { assignElement } from '../parameters.ts';
import { subscriptKey } from '../assign.ts';

const USAGE_ERROR = 2;

export function echo(shell: Shell, args: readonly string[]): number {
  let newline = true;
  let escapes = shell.options.shopt('xpg_echo');
  let first = 0;
  for (; /^-[neE]+$/.test(args[first] ?? ''); first++) {
    for (const letter of (args[first] ?? '').slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  const text = args.slice(first).join(' ');
  const expanded = escapes ? backslashEscapes(text, 'echo') : { text, stop: false };
  return output(shell, expanded.text + (newline && !expanded.stop ? '\n' : ''), 'echo');
}

/** Writes; a descriptor that cannot be written is an error of the command. */
function output(shell: Shell, text: string, name: string): number {
  const written = shell.write(1, text);
  if (written >= 0) return 0;
  shell.complain(`${name}: write error: ${errorText(written)}`);
  return 1;
}

export function printf(shell: Shell, args: readonly string[]): number {
  let words = args;
  let variable: string | undefined;
  if (words[0] === '-v') {
    variable = words[1];
    words = words.slice(2);
  }
  if (words[0] === '--') words = words.slice(1);
  const [format, ...operands] = words;
  if (format === undefined) {
    shell.complain('printf: usage: printf [-v var] format [arguments]');
    return USAGE_ERROR;
  }
  const queue = [...operands];
  let status = 0;
  let text = '';
  for (let before = -1; before !== queue.length && (queue.length > 0 || before < 0);) {
    before = queue.length;
    const piece = onePass(
      format,
      queue,
      (message) => {
        shell.complain(`printf: ${message}`);
        status = 1;
      },
      (wanted, argument) => timeText(shell, wanted, argument),
    );
    text += piece.text;
    if (piece.stop) break;
  }
  if (variable === undefined) return output(shell, text, 'printf') || status;
  const element = /^([A-Za-z_]\w*)\[([\s\S]+)\]$/.exec(variable);
  if (element) {
    const [, array = '', subscript = ''] = element;
    assignElement(shell, array, subscriptKey(shell, array, subscript), text, Number);
  } else shell.variables.set(variable, text);
  return status;
}

const NOW = -1;
const SHELL_START = -2;

/** `%(format)T`: seconds since the epoch, -1 now, -2 when the shell began. */
function timeText(shell: Shell, format: string, argument: string | undefined): string {
  const given = Number(argument ?? NOW);
  const seconds =
    given === NOW ? Date.now() / 1000 : given === SHELL_START ? shell.startedAtMs / 1000 : given;
  const zone = shell.variables.find('TZ');
  const env = zone?.exported === true && typeof zone.value === 'string' ? { TZ: zone.value } : {};
  return strftime(format === '' ? '%X' : format, Math.floor(seconds), 0, zoneOf(env));
}

export function hash(shell: Shell, args: readonly string[]): number {
  if (args.includes('-r')) {
    shell.hashed.clear();
    return 0;
  }
  if (args.length === 0) {
    if (shell.hashed.size === 0) shell.write(1, 'hash: hash table empty\n');
    else
      shell.write(
        1,
        `hits\tcommand\n${[...shell.hashed.values()].map((path) => `   1\t${path}\n`).join('')}`,
      );
    return 0;
  }
  let status = 0;
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    const path = findCommand(shell, name);
    if (path === undefined) {
      shell.complain(`hash: ${name}: not found`);
      status = 1;
    } else shell.hashed.set(name, path);
  }
  return status;
}

/** `getopts optstring name [args]` */
export function getopts(shell: Shell, args: readonly string[]): number {
  const [specification, name, ...given] = args;
  if (specification === undefined || name === undefined) {
    shell.complain('getopts: usage: getopts optstring name [arg ...]');
    return USAGE_ERROR;
  }
  if (!NAME.test(name)) {
    shell.complain(`getopts: \`${name}': not a valid identifier`);
    return 1;
  }
  const words = given.length > 0 ? given : shell.args;
  const silent = specification.startsWith(':');
  const state = { index: Number(shell.variables.get('OPTIND') ?? 1), at: shell.optionOffset };
  const word = words[state.index - 1];
  if (state.at === 0 && (word === undefined || !/^-./.test(word) || word === '--')) {
    if (word === '--') state.index++;
    return endOptions(shell, name, Math.min(state.index, words.length + 1));
  }
  const letter = word?.[state.at + 1] ?? '';
  const known = letter !== ':' && specification.includes(letter);
  const takesValue = known && specification[specification.indexOf(letter) + 1] === ':';
  let value: string | undefined;
  let result = known ? letter : '?';
  const lastOfWord = state.at + 2 >= (word?.length ?? 0);
  if (takesValue) {
    value = lastOfWord ? words[state.index] : word?.slice(state.at + 2);
    state.index += lastOfWord ? 2 : 1;
    shell.optionOffset = 0;
    if (value === undefined) {
      result = silent ? ':' : '?';
      value = silent ? letter : undefined;
      state.index--;
      if (!silent) shell.complain(`option requires an argument -- ${letter}`);
    }
  } else {
    if (!known) {
      value = silent ? letter : undefined;
      if (!silent && shell.variables.get('OPTERR') !== '0') shell.complain(`illegal option -- ${letter}`);
    }
    shell.optionOffset = lastOfWord ? 0 : state.at + 1;
    if (lastOfWord) state.index++;
  }
  const offset = shell.optionOffset;
  shell.variables.set('OPTIND', String(state.index));
  shell.optionOffset = offset;
  shell.variables.set(name, result);
  if (value === undefined) shell.variables.unset('OPTARG');
  else shell.variables.set('OPTARG', value);
  return 0;
}

function endOptions(shell: Shell, name: string, index: number): number {
  shell.variables.set('OPTIND', String(index));
  shell.optionOffset = 0;
  shell.variables.set(name, '?');
  shell.variables.unset('OPTARG');
  return 1;
}

export function caller(shell: Shell, args: readonly string[]): number {
  const depth = Number(args[0] ?? 0);
  const frame = shell.frames[shell.frames.length - 1 - depth];
  if (frame === undefined) return 1;
  const outer = shell.frames[shell.frames.length - 2 - depth]?.name ?? 'main';
  shell.write(
    1,
    args[0] === undefined
      ? `${frame.callLine} ${frame.source.name}\n`
      : `${frame.callLine} ${outer} ${frame.source.name}\n`,
  );
  return 0;
}
