import { hereDocumentOpen } from '../interactive/incomplete.ts';
import { openQuote } from '../interactive/open-word.ts';
import { matchesPattern } from '../pattern.ts';
import type { Shell } from '../shell.ts';

/** A line that ends so goes on without a semicolon. */
const GOES_ON = /(?:^|\s)(?:do|then|else|elif|in|if|while|until|[{!])$|[|&;({]$|^$/;

/** Keeps a command, unless HISTCONTROL or HISTIGNORE leave it out. */
export function remember(shell: Shell, command: string): void {
  const { history } = shell;
  const line = shell.options.shopt('cmdhist') && !shell.options.shopt('lithist') ? oneLine(command) : command;
  const control = shell.variables.get('HISTCONTROL') ?? '';
  const last = history.entries.at(-1)?.text;
  history.hasCurrent = false;
  if (/ignore(space|both)/.test(control) && line.startsWith(' ')) return;
  if (/ignore(dups|both)/.test(control) && last === line) return;
  if (isIgnored(shell, line, last)) return;
  if (/erasedups/.test(control)) history.removeEqual(line);
  history.add(line);
  history.unsaved++;
  history.hasCurrent = true;
}

/** HISTIGNORE: patterns between colons; `&` stands for the line before. */
function isIgnored(shell: Shell, line: string, last: string | undefined): boolean {
  return (shell.variables.get('HISTIGNORE') ?? '')
    .split(':')
    .some((pattern) => pattern !== '' && (pattern === '&' ? line === last : matchesPattern(line, pattern)));
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
