import { parse } from 'unbash';
import { HISTORY_MAX } from '../../../src/base/limits.ts';
import { decodeText, encodeText } from '../../text.ts';
import { source } from '../builtins/flow.ts';
import { describeState } from '../builtins/processes.ts';
import { readLine } from '../builtins/read.ts';
import { ExitShell, Interrupted, LoopJump, ReturnFrom, ShellError } from '../control.ts';
import { jobState } from '../jobs.ts';
import type { Shell } from '../shell.ts';
import { restingAction, runPendingTraps, signalNumber } from '../traps.ts';
import { completeLine } from './completion.ts';
import { type Edited, LineEditor } from './editor.ts';
import { KeyReader } from './keys.ts';
import { promptText } from './prompt.ts';

const INTERRUPTED = 130;
const DEFAULT_PROMPT = '\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ ';
const RAW = 1;
const COOKED = 0;
const SIGINT = 2;
const SIGHUP = 1;
const DEFAULT_COLUMNS = 80;
const HISTORY_MODE = 0o600;
const WRITE_CREATE_TRUNCATE = 0o1101;
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';

/** Reads command lines and runs them, until the end of input or `exit`. */
export function runInteractive(shell: Shell, login: boolean, terminal: boolean): void {
  shell.interactive = true;
  shell.options.setShopt('expand_aliases', true);
  for (const name of ['INT', 'TERM', 'QUIT', 'TSTP', 'TTIN', 'TTOU', 'CHLD', 'WINCH']) {
    const number = signalNumber(name);
    if (number !== undefined) shell.system.unix.signalAction(number, restingAction(shell, name));
  }
  if (terminal) takeTerminal(shell);
  if (shell.variables.get('PS1') === undefined) shell.variables.set('PS1', DEFAULT_PROMPT);
  if (shell.variables.get('PS2') === undefined) shell.variables.set('PS2', '> ');
  readStartFiles(shell, login);
  const history = historyFile(shell);
  loadHistory(shell, history);
  try {
    loop(shell, terminal);
  } finally {
    saveHistory(shell, history);
    for (const job of shell.jobs.list) {
      if (jobState(job) !== 'done' && !job.keep) shell.system.process.kill(-job.group, SIGHUP);
    }
  }
}

function takeTerminal(shell: Shell): void {
  const { process } = shell.system;
  process.setProcessGroup(0, 0);
  process.setForegroundGroup(0, process.pid);
  shell.options.set('monitor', true);
}

function readStartFiles(shell: Shell, login: boolean): void {
  const home = shell.variables.get('HOME') ?? '';
  const files = login
    ? ['/etc/profile', `${home}/.profile`]
    : [`${home}/.bashrc`, shell.variables.get('ENV') ?? ''];
  for (const file of files)
    if (file !== '' && shell.system.files.kind(file) === 0)
      guarded(shell, () => void source(shell, [file], '.'));
}

function loop(shell: Shell, terminal: boolean): void {
  const reader = terminal ? terminalReader(shell) : undefined;
  for (;;) {
    reportJobs(shell);
    if (terminal && shell.options.shopt('checkwinsize')) noteSize(shell);
    const line = readCommand(shell, reader);
    if (line === undefined) {
      if (terminal) shell.write(2, 'exit\n');
      return;
    }
    if (line.trim() === '') continue;
    remember(shell, line);
    guarded(shell, () => runLine(shell, line));
  }
}

/** COLUMNS and LINES, as the terminal is now. */
function noteSize(shell: Shell): void {
  const size = shell.system.streams.windowSize(0);
  if (typeof size === 'number') return;
  shell.variables.set('COLUMNS', String(size[0]));
  shell.variables.set('LINES', String(size[1]));
}

function runLine(shell: Shell, text: string): void {
  const script = parse(text);
  shell.source = { text, name: 'main', firstLine: 1 };
  const [error] = script.errors ?? [];
  if (error !== undefined) {
    shell.complain(`syntax error: ${error.message}`);
    shell.status = 2;
    return;
  }
  shell.engine.runStatements(shell, script.commands);
}

/** An error or an interrupt ends the command line, not the shell. */
function guarded(shell: Shell, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (error instanceof ExitShell) throw error;
    if (error instanceof ShellError) {
      shell.complain(error.message);
      shell.status = error.status;
    } else if (error instanceof Interrupted) shell.status = INTERRUPTED;
    else if (!(error instanceof LoopJump) && !(error instanceof ReturnFrom)) throw error;
  }
}

type Reader = (prompt: string) => Edited;

function terminalReader(shell: Shell): Reader {
  const { files, streams } = shell.system;
  const editor = new LineEditor(
    {
      write: (text) => void shell.write(2, text),
      columns: () => {
        const size = streams.windowSize(0);
        return typeof size === 'number' ? DEFAULT_COLUMNS : size[0] || DEFAULT_COLUMNS;
      },
      get history() {
        return shell.history;
      },
      complete: (line, cursor) => completeLine(shell, line, cursor),
      interrupted: () => runPendingTraps(shell).includes(SIGINT),
    },
    new KeyReader(files, 0),
  );
  return (prompt) => {
    streams.setRawMode(0, RAW);
    shell.write(2, PASTE_ON);
    try {
      return editor.edit(prompt);
    } finally {
      shell.write(2, PASTE_OFF);
      streams.setRawMode(0, COOKED);
    }
  };
}

/** One complete command, over several lines where its syntax is not complete; undefined at the end of input. */
function readCommand(shell: Shell, reader: Reader | undefined): string | undefined {
  let text = '';
  for (;;) {
    const prompt = promptText(shell, shell.variables.get(text === '' ? 'PS1' : 'PS2') ?? '');
    const edited = reader === undefined ? plainLine(shell, prompt) : reader(prompt);
    if (edited.kind === 'end') return text === '' ? undefined : text;
    if (edited.kind === 'interrupt') {
      text = '';
      shell.status = INTERRUPTED;
      continue;
    }
    text += (text === '' ? '' : '\n') + edited.text;
    if (!needsMore(text)) return text;
  }
}

function plainLine(shell: Shell, prompt: string): Edited {
  shell.write(2, prompt);
  const line = readLine(shell, 0);
  return line === undefined ? { kind: 'end' } : { kind: 'line', text: line };
}

/** True for a command that goes on: an open quotation, a here-document, `if` without `fi`, a backslash at the end. */
function needsMore(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\$/.test(text)) return true;
  const { errors } = parse(text);
  const [error] = errors ?? [];
  if (error === undefined) return hereDocumentOpen(text);
  return (
    error.pos >= text.trimEnd().length ||
    /unterminated|unclosed|expected .*(end|eof)|unexpected (end|eof)|missing/i.test(error.message)
  );
}

function hereDocumentOpen(text: string): boolean {
  const open = [...text.matchAll(/<<-?\s*(['"]?)([\w-]+)\1/g)].filter(
    (match) => !text.slice(0, match.index).endsWith('<'),
  );
  return open.some(
    (match) =>
      !new RegExp(`^\\t*${match[2]}$`, 'm').test(
        text.slice(text.indexOf('\n', match.index) + 1 || text.length),
      ),
  );
}

function reportJobs(shell: Shell): void {
  runPendingTraps(shell);
  shell.jobs.poll();
  for (const job of [...shell.jobs.list]) {
    const state = jobState(job);
    if (state === 'running' || job.told || !job.background) {
      if (state === 'done' && !job.background) shell.jobs.remove(job);
      continue;
    }
    const mark = job === shell.jobs.current ? '+' : '-';
    shell.write(2, `[${job.id}]${mark}  ${describeState(job).padEnd(24)}${job.command}\n`);
    job.told = true;
    if (state === 'done') shell.jobs.remove(job);
  }
}

function remember(shell: Shell, line: string): void {
  const control = shell.variables.get('HISTCONTROL') ?? '';
  if (/ignore(space|both)/.test(control) && line.startsWith(' ')) return;
  if (/ignore(dups|both)/.test(control) && shell.history.at(-1) === line) return;
  shell.history.push(line);
  if (shell.history.length > HISTORY_MAX) shell.history.shift();
}

function historyFile(shell: Shell): string {
  return shell.variables.get('HISTFILE') ?? `${shell.variables.get('HOME') ?? ''}/.sh_history`;
}
function loadHistory(shell: Shell, path: string): void {
  const content = shell.system.files.readFile(path);
  if (typeof content !== 'number')
    shell.history.push(
      ...decodeText(content)
        .split('\n')
        .filter((line) => line !== '')
        .slice(-HISTORY_MAX),
    );
}
function saveHistory(shell: Shell, path: string): void {
  shell.system.files.writeFile(
    path,
    encodeText(shell.history.map((line) => `${line}\n`).join('')),
    WRITE_CREATE_TRUNCATE,
    HISTORY_MODE,
  );
}
