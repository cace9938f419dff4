/** The lines that an interactive shell remembers, and the file that keeps them. */
import { HISTORY_MAX } from '../../../src/base/limits.ts';
import { decodeText, encodeText } from '../../text.ts';
import type { Shell } from '../shell.ts';
import { hereDocumentOpen } from './incomplete.ts';
import { openQuote } from './open-word.ts';

const HISTORY_MODE = 0o600;
const WRITE_CREATE_TRUNCATE = 0o1101;
/** A line that ends so goes on without a semicolon. */
const GOES_ON = /(?:^|\s)(?:do|then|else|elif|in|if|while|until|[{!])$|[|&;({]$|^$/;

export function remember(shell: Shell, command: string): void {
  const line = shell.options.shopt('cmdhist') && !shell.options.shopt('lithist') ? oneLine(command) : command;
  const control = shell.variables.get('HISTCONTROL') ?? '';
  if (/ignore(space|both)/.test(control) && line.startsWith(' ')) return;
  if (/ignore(dups|both)/.test(control) && shell.history.at(-1) === line) return;
  if (/erasedups/.test(control))
    shell.history.splice(0, Infinity, ...shell.history.filter((entry) => entry !== line));
  shell.history.push(line);
  if (shell.history.length > HISTORY_MAX) shell.history.shift();
}

/** A command of several lines as one: semicolons stand for the ends of lines, but not in quotations and here-documents. */
export function oneLine(command: string): string {
  const [first = '', ...more] = command.split('\n');
  return more.reduce((text, line) => {
    if (openQuote(text) !== '' || hereDocumentOpen(text)) return `${text}\n${line}`;
    if (/(?:^|[^\\])(?:\\\\)*\\$/.test(text)) return text.slice(0, -1) + line;
    if (text.includes('<<')) return `${text}\n${line}`;
    const before = text.trimEnd();
    return `${before}${GOES_ON.test(before) ? ' ' : '; '}${line.trimStart()}`;
  }, first);
}

function historyFile(shell: Shell): string {
  return shell.variables.get('HISTFILE') ?? `${shell.variables.get('HOME') ?? ''}/.sh_history`;
}

export function loadHistory(shell: Shell): void {
  const content = shell.system.files.readFile(historyFile(shell));
  if (typeof content === 'number') return;
  const lines = decodeText(content).split('\n');
  shell.history.push(...lines.filter((line) => line !== '').slice(-HISTORY_MAX));
}

export function saveHistory(shell: Shell): void {
  const path = historyFile(shell);
  if (path === '') return;
  const text = shell.history.map((line) => `${line}\n`).join('');
  shell.system.files.writeFile(path, encodeText(text), WRITE_CREATE_TRUNCATE, HISTORY_MODE);
}
