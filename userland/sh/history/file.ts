/** The file that keeps the history: a line an entry, with lines of `#seconds` before them where HISTTIMEFORMAT is set. */
import { decodeText, encodeText } from '../../text/text.ts';
import type { Shell } from '../shell.ts';
import type { HistoryEntry } from './history.ts';

const MODE = 0o600;
const WRITE_CREATE_TRUNCATE = 0o1101;
const WRITE_CREATE_APPEND = 0o2101;
const TIME = /^#(\d+)$/;

/** `HISTFILE`; undefined where there is none. */
export function historyFile(shell: Shell): string | undefined {
  const path = shell.variables.get('HISTFILE');
  return path === '' ? undefined : path;
}

export function readEntries(shell: Shell, path: string): HistoryEntry[] | number {
  const content = shell.system.files.readFile(path);
  if (typeof content === 'number') return content;
  const entries: HistoryEntry[] = [];
  let time: number | undefined;
  for (const line of decodeText(content).split('\n')) {
    const stamp = TIME.exec(line);
    if (stamp) time = Number(stamp[1]);
    else if (line !== '') {
      entries.push({ text: line, time: time ?? Math.floor(Date.now() / 1000) });
      time = undefined;
    }
  }
  return entries;
}

/** → 0 or -errno */
export function writeEntries(
  shell: Shell,
  path: string,
  entries: readonly HistoryEntry[],
  append: boolean,
): number {
  const stamped = shell.variables.get('HISTTIMEFORMAT') !== undefined;
  const text = entries.map((entry) => `${stamped ? `#${entry.time}\n` : ''}${entry.text}\n`).join('');
  const flags = append ? WRITE_CREATE_APPEND : WRITE_CREATE_TRUNCATE;
  return shell.system.files.writeFile(path, encodeText(text), flags, MODE);
}

/** No more lines in the file than HISTFILESIZE says. */
export function truncateHistoryFile(shell: Shell): void {
  const path = historyFile(shell);
  const size = shell.variables.get('HISTFILESIZE') ?? shell.variables.get('HISTSIZE') ?? '';
  if (path === undefined || !/^\d+$/.test(size)) return;
  const entries = readEntries(shell, path);
  if (typeof entries === 'number' || entries.length <= Number(size)) return;
  writeEntries(shell, path, Number(size) === 0 ? [] : entries.slice(-Number(size)), false);
}

/** An interactive shell begins with what its file has. */
export function loadHistory(shell: Shell): void {
  const path = historyFile(shell);
  const entries = path === undefined ? -1 : readEntries(shell, path);
  if (typeof entries === 'number') return;
  for (const { text, time } of entries) shell.history.add(text, time);
  shell.history.linesInFile = entries.length;
}

/** As it ends: adds what is new, or writes all anew where more is new than is remembered, and not `histappend`. */
export function saveHistory(shell: Shell): void {
  const path = historyFile(shell);
  const { history } = shell;
  if (path === undefined || history.unsaved === 0) return;
  const append = shell.options.shopt('histappend') || history.unsaved < history.length;
  const entries = append ? newest(shell) : history.entries;
  writeEntries(shell, path, entries, append);
  history.unsaved = 0;
  truncateHistoryFile(shell);
}

/** Entries that no file has. */
export function newest({ history }: Shell): readonly HistoryEntry[] {
  return history.unsaved === 0 ? [] : history.entries.slice(-history.unsaved);
}
