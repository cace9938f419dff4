import { errorText } from '../../program/errors.ts';
import { strftime, zoneOf } from '../../text/time.ts';
import { ShellError } from '../control.ts';
import { expandHistory } from '../history/expansion.ts';
import { historyFile, newest, readEntries, writeEntries } from '../history/file.ts';
import type { Shell } from '../shell.ts';

const USAGE_ERROR = 2;

/** `history`: the list, its entries and its file. */
export function history(shell: Shell, args: readonly string[]): number {
  let at = 0;
  let letters = '';
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--' || !/^-./.test(arg)) break;
    letters += arg.slice(1);
    if (arg.includes('d') || arg.includes('s') || arg.includes('p')) {
      at++;
      break;
    }
  }
  const bad = [...letters].find((letter) => !'cdanrwps'.includes(letter));
  if (bad !== undefined) {
    shell.complain(`history: -${bad}: invalid option`);
    return USAGE_ERROR;
  }
  const operands = args.slice(args[at] === '--' ? at + 1 : at);
  if (/[anrw].*[anrw]/.test(letters)) {
    shell.complain('history: cannot use more than one of -anrw');
    return 1;
  }
  if (letters.includes('c')) shell.history.clear();
  if (letters.includes('s')) return store(shell, operands);
  if (letters.includes('p')) return expand(shell, operands);
  if (letters.includes('d')) return remove(shell, operands[0] ?? '');
  const file = /[anrw]/.exec(letters)?.[0];
  if (file !== undefined) return withFile(shell, file, operands[0]);
  return letters === '' ? list(shell, operands) : 0;
}

function list(shell: Shell, operands: readonly string[]): number {
  const [given] = operands;
  if (operands.length > 1) {
    shell.complain('history: too many arguments');
    return 1;
  }
  if (given !== undefined && !/^[-+]?\d+$/.test(given)) {
    shell.complain(`history: ${given}: numeric argument required`);
    return 1;
  }
  const { entries, first } = shell.history;
  const from = given === undefined ? 0 : Math.max(0, entries.length - Math.abs(Number(given)));
  const format = shell.variables.get('HISTTIMEFORMAT');
  const zone = zoneOf(Object.fromEntries([['TZ', shell.variables.get('TZ') ?? 'UTC']]));
  const lines = entries.slice(from).map(({ text, time }, index) => {
    const number = String(first + from + index).padStart(5);
    return `${number}  ${format === undefined ? '' : strftime(format, time, 0, zone)}${text}\n`;
  });
  shell.write(1, lines.join(''));
  return 0;
}

/** `-s`: the arguments are an entry, this command is none. */
function store({ history: list }: Shell, operands: readonly string[]): number {
  if (operands.length === 0) return 0;
  list.dropCurrent();
  list.add(operands.join(' '));
  list.unsaved++;
  return 0;
}

/** `-p`: each argument as it is after history expansion. */
function expand(shell: Shell, operands: readonly string[]): number {
  shell.history.dropCurrent();
  let status = 0;
  for (const operand of operands) {
    try {
      shell.write(1, `${expandHistory(operand, shell.history.lines).text}\n`);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      shell.complain(`history: ${operand}: history expansion failed`);
      status = 1;
    }
  }
  return status;
}

/** `-d number`, `-d -number` from the end, `-d from-to`. */
function remove(shell: Shell, given: string): number {
  const { history: list } = shell;
  const range = /^(-?\d+)(?:-(-?\d+))?$/.exec(given);
  const indexOf = (text: string): number =>
    text.startsWith('-') ? list.length + Number(text) : Number(text) - list.first;
  const from = range ? indexOf(range[1] ?? '') : -1;
  const to = range?.[2] === undefined ? from : indexOf(range[2]);
  if (from < 0 || to < from || to >= list.length) {
    shell.complain(`history: ${given}: history position out of range`);
    return 1;
  }
  list.remove(from, to - from + 1);
  return 0;
}

function withFile(shell: Shell, letter: string, operand: string | undefined): number {
  const path = operand ?? historyFile(shell);
  if (path === undefined) return 1;
  const { history: list } = shell;
  if (letter === 'a' || letter === 'w') {
    const entries = letter === 'a' ? newest(shell) : list.entries;
    const written =
      entries.length === 0 && letter === 'a' ? 0 : writeEntries(shell, path, entries, letter === 'a');
    if (written < 0) return failed(shell, path, written);
    list.linesInFile = letter === 'a' ? list.linesInFile + entries.length : entries.length;
    list.unsaved = 0;
    return 0;
  }
  const entries = readEntries(shell, path);
  if (typeof entries === 'number') return failed(shell, path, entries);
  const fresh = letter === 'n' ? entries.slice(list.linesInFile) : entries;
  for (const { text, time } of fresh) list.add(text, time);
  list.linesInFile = entries.length;
  return 0;
}

function failed(shell: Shell, path: string, errno: number): number {
  shell.complain(`history: ${path}: cannot read: ${errorText(errno)}`);
  return 1;
}
