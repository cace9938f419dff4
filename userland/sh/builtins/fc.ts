import { decodeText, encodeText } from '../../text/text.ts';
import { errorText } from '../../program/errors.ts';
import { remember } from '../history/remember.ts';
import type { Shell } from '../shell.ts';
import { runText } from './flow.ts';

/** `fc`: lists earlier commands, runs them again, changed by `old=new` or in an editor. */

const USAGE_ERROR = 2;
/** Commands that `fc -l` lists when none are named. */
const LISTED = 16;
const EDIT_MODE = 0o600;
const WRITE_CREATE_TRUNCATE = 0o1101;
const TRAILING_STATUS = 127;

interface Given {
  letters: string;
  editor: string | undefined;
  operands: readonly string[];
}

export function fc(shell: Shell, args: readonly string[]): number {
  const given = read(args);
  const bad = [...given.letters].find((letter) => !'lnrse'.includes(letter));
  if (bad !== undefined) {
    shell.complain(`fc: -${bad}: invalid option`);
    shell.write(2, 'fc: usage: fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]\n');
    return USAGE_ERROR;
  }
  if (given.letters.includes('s') || given.editor === '-') return repeat(shell, given.operands);
  return given.letters.includes('l') ? list(shell, given) : edit(shell, given);
}

function read(args: readonly string[]): Given {
  const given: Given = { letters: '', editor: undefined, operands: [] };
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      at++;
      break;
    }
    // `-5` is a command.
    if (!/^-\D/.test(arg)) break;
    given.letters += arg.slice(1);
    if (arg.endsWith('e')) given.editor = args[++at] ?? '';
  }
  given.operands = args.slice(at);
  return given;
}

/** The commands that `fc` speaks of: all before the one that runs. */
const earlier = ({ history }: Shell): string[] =>
  history.lines.slice(0, history.length - (history.hasCurrent ? 1 : 0));

/** A number, one counted from the end, or how the command begins. → an index, -1 for none */
function find(shell: Shell, lines: readonly string[], given: string): number {
  if (!/^-?\d+$/.test(given)) return lines.findLastIndex((line) => line.startsWith(given));
  const number = Number(given);
  const index = given.startsWith('-') || number === 0 ? lines.length + number : number - shell.history.first;
  return Math.min(Math.max(0, index), lines.length - 1);
}

/** → first and last index, perhaps the other way round; undefined when there is no such command */
function range(
  shell: Shell,
  lines: readonly string[],
  [first, last]: readonly string[],
  listing: boolean,
): [number, number] | undefined {
  const end = lines.length - 1;
  const from =
    first === undefined ? (listing ? Math.max(0, end - LISTED + 1) : end) : find(shell, lines, first);
  const to = last === undefined ? (listing ? end : from) : find(shell, lines, last);
  if (from >= 0 && to >= 0 && lines.length > 0) return [from, to];
  shell.complain('fc: history specification out of range');
  return undefined;
}

/** In the order of the range, or turned round by -r. */
function chosen(
  lines: readonly string[],
  [from, to]: [number, number],
  reversed: boolean,
): [number, string][] {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const entries = lines.slice(low, high + 1).map((line, at): [number, string] => [low + at, line]);
  return reversed || from > to ? entries.reverse() : entries;
}

function list(shell: Shell, { letters, operands }: Given): number {
  const lines = earlier(shell);
  if (lines.length === 0) return 0;
  const wanted = range(shell, lines, operands, true);
  if (wanted === undefined) return 1;
  const text = chosen(lines, wanted, letters.includes('r')).map(
    ([index, line]) => `${letters.includes('n') ? '' : shell.history.first + index}\t ${line}\n`,
  );
  shell.write(1, text.join(''));
  return 0;
}

/** `fc -s [old=new] [command]` */
function repeat(shell: Shell, operands: readonly string[]): number {
  const changes = operands.filter((operand) => operand.includes('='));
  const [wanted] = operands.filter((operand) => !operand.includes('='));
  const lines = earlier(shell);
  const index = wanted === undefined ? lines.length - 1 : find(shell, lines, wanted);
  let line = lines[index];
  if (line === undefined) {
    shell.complain('fc: no command found');
    return 1;
  }
  for (const change of changes) {
    const equals = change.indexOf('=');
    line = line.replaceAll(change.slice(0, equals), () => change.slice(equals + 1));
  }
  return again(shell, line);
}

/** Shows a command and runs it in the place of this one. */
function again(shell: Shell, line: string): number {
  shell.write(2, `${line}\n`);
  shell.history.dropCurrent();
  remember(shell, line);
  return runText(shell, { text: line, name: shell.source.name, firstLine: shell.line });
}

/** The commands go to an editor; what it leaves is run. */
function edit(shell: Shell, { letters, editor, operands }: Given): number {
  const { files } = shell.system;
  const lines = earlier(shell);
  const wanted = range(shell, lines, operands, false);
  if (wanted === undefined) return 1;
  const path = `${shell.variables.get('TMPDIR') ?? '/tmp'}/sh-fc.${shell.system.process.pid}`;
  const text = chosen(lines, wanted, letters.includes('r')).map(([, line]) => `${line}\n`);
  const written = files.writeFile(path, encodeText(text.join('')), WRITE_CREATE_TRUNCATE, EDIT_MODE);
  if (written < 0) {
    shell.complain(`fc: ${path}: cannot create: ${errorText(written)}`);
    return 1;
  }
  const command = editor ?? shell.variables.get('FCEDIT') ?? shell.variables.get('EDITOR') ?? 'vi';
  const status = runText(shell, { text: `${command} ${path}`, name: 'fc', firstLine: 1 });
  const content = files.readFile(path);
  files.unlink(path);
  if (status !== 0 || typeof content === 'number') return status || TRAILING_STATUS;
  return again(shell, decodeText(content).replace(/\n$/, ''));
}
