import { parse } from 'unbash';
import { TtyFlag } from '../../../src/protocol/ipc-layout.ts';
import { decodeText } from '../../text/text.ts';
import { runText, source } from '../builtins/flow.ts';
import { describeState } from '../builtins/processes.ts';
import { readLine } from '../builtins/read.ts';
import { DEFAULT_WORD_BREAKS } from '../completion/command-words.ts';
import { HISTORY_MAX } from '../../../src/base/limits.ts';
import { ExitShell, Interrupted, LoopJump, ReturnFrom, ShellError } from '../control.ts';
import { jobState } from '../jobs.ts';
import { expandHistory } from '../history/expansion.ts';
import { loadHistory, saveHistory } from '../history/file.ts';
import { remember } from '../history/remember.ts';
import { takeEditingMode } from '../options.ts';
import type { Shell } from '../shell.ts';
import { restingAction, runPendingTraps, signalNumber } from '../traps.ts';
import { completeLine } from './completion.ts';
import { type Edited, LineEditor } from './editor.ts';
import { needsMore } from './incomplete.ts';
import { KeyReader } from './keys.ts';
import { promptCommand, promptText } from './prompt.ts';

const INTERRUPTED = 130;
const DEFAULT_PROMPT = '\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ ';
const RAW = 1;
/** A status above it: a signal ended or stopped the command. */
const SIGNAL_BASE = 128;
const SIGINT = 2;
const SIGHUP = 1;
const DEFAULT_COLUMNS = 80;
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';

/** How an interactive shell was asked to start. */
export interface InteractiveStart {
  login: boolean;
  /** In the place of ~/.bashrc; empty: none. */
  startFile: string | undefined;
}

/** Reads command lines and runs them, until the end of input or `exit`. */
export function runInteractive(shell: Shell, wanted: InteractiveStart, terminal: boolean): void {
  beginInteractive(shell, wanted, terminal);
  loadHistory(shell);
  try {
    loop(shell, terminal);
  } finally {
    saveHistory(shell);
    for (const job of shell.jobs.list) {
      if (jobState(job) !== 'done' && !job.keep) shell.system.process.kill(-job.group, SIGHUP);
    }
  }
}

/** What an interactive shell does before its first command: signals, the terminal, variables, start files. */
export function beginInteractive(shell: Shell, wanted: InteractiveStart, terminal: boolean): void {
  shell.interactive = true;
  shell.options.setShopt('expand_aliases', true);
  shell.options.set('histexpand', true);
  shell.options.set('history', true);
  for (const name of ['INT', 'TERM', 'QUIT', 'TSTP', 'TTIN', 'TTOU', 'CHLD', 'WINCH']) {
    const number = signalNumber(name);
    if (number !== undefined) shell.system.unix.signalAction(number, restingAction(shell, name));
  }
  if (terminal) takeTerminal(shell);
  setDefault(shell, 'PS1', DEFAULT_PROMPT);
  setDefault(shell, 'PS2', '> ');
  setDefault(shell, 'HISTFILE', `${shell.variables.get('HOME') ?? ''}/.sh_history`);
  setDefault(shell, 'HISTSIZE', String(HISTORY_MAX));
  setDefault(shell, 'HISTFILESIZE', String(HISTORY_MAX));
  setDefault(shell, 'COMP_WORDBREAKS', DEFAULT_WORD_BREAKS);
  if (terminal) readInputrc(shell);
  readStartFiles(shell, wanted);
}

function setDefault(shell: Shell, name: string, value: string): void {
  if (shell.variables.get(name) === undefined) shell.variables.set(name, value);
}

function takeTerminal(shell: Shell): void {
  const { process } = shell.system;
  process.setProcessGroup(0, 0);
  process.setForegroundGroup(0, process.pid);
  shell.options.set('monitor', true);
}

function readStartFiles(shell: Shell, { login, startFile }: InteractiveStart): void {
  const home = shell.variables.get('HOME') ?? '';
  const files = login
    ? ['/etc/profile', `${home}/.profile`]
    : startFile === undefined
      ? [`${home}/.bashrc`, shell.variables.get('ENV') ?? '']
      : [startFile];
  for (const file of files)
    if (file !== '' && shell.system.files.kind(file) === 0)
      guarded(shell, () => void source(shell, [file], '.'));
}

function loop(shell: Shell, terminal: boolean): void {
  const reader = terminal ? terminalReader(shell) : undefined;
  for (;;) {
    reportJobs(shell);
    if (terminal && shell.options.shopt('checkwinsize')) noteSize(shell);
    guarded(shell, () => promptCommand(shell));
    const line = readCommand(shell, reader);
    if (line === undefined) {
      if (terminal) shell.write(2, 'exit\n');
      return;
    }
    if (line.trim() === '') continue;
    shell.commandNumber++;
    shell.history.hasCurrent = false;
    if (shell.options.has('history')) remember(shell, line);
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
  let modes = 0;
  const editor = new LineEditor(
    {
      write: (text) => void shell.write(2, text),
      columns: () => {
        const size = streams.windowSize(0);
        return typeof size === 'number' ? DEFAULT_COLUMNS : size[0] || DEFAULT_COLUMNS;
      },
      echoes: () => (modes & TtyFlag.echo) !== 0,
      get history() {
        return shell.history.lines;
      },
      bindings: shell.bindings,
      isVi: () => shell.options.has('vi'),
      complete: (line, cursor, listing) => completeLine(shell, line, cursor, listing),
      runBound: (command, line, cursor) => runBound(shell, command, line, cursor, modes),
      interrupted: () => runPendingTraps(shell).includes(SIGINT),
    },
    new KeyReader(
      files,
      0,
      (waitMs) => streams.poll([{ fd: 0, read: true, write: false }], null, waitMs) === 1,
    ),
  );
  return (prompt) => {
    // What a program left that a signal ended is not the terminal's state, as bash has it.
    const left = streams.terminalModes(0);
    modes = modes !== 0 && shell.status > SIGNAL_BASE ? modes : left;
    streams.setRawMode(0, RAW);
    const pasteMode = shell.bindings.isOn('enable-bracketed-paste');
    if (pasteMode) shell.write(2, PASTE_ON);
    try {
      return editor.edit(prompt);
    } finally {
      if (pasteMode) shell.write(2, PASTE_OFF);
      streams.setTerminalModes(0, modes);
    }
  };
}

/** `bind -x`: the command sees the line in READLINE_LINE and READLINE_POINT and may change them. */
function runBound(
  shell: Shell,
  command: string,
  line: string,
  cursor: number,
  modes: number,
): { line: string; cursor: number } {
  const { variables } = shell;
  const { streams } = shell.system;
  variables.set('READLINE_LINE', line);
  variables.set('READLINE_POINT', String(cursor));
  streams.setTerminalModes(0, modes);
  guarded(shell, () => void runText(shell, { text: command, name: 'bind', firstLine: 1 }));
  streams.setRawMode(0, RAW);
  const left = variables.get('READLINE_LINE') ?? line;
  const point = Number(variables.get('READLINE_POINT') ?? cursor) || 0;
  variables.unset('READLINE_LINE');
  variables.unset('READLINE_POINT');
  return { line: left, cursor: Math.min(Math.max(0, point), left.length) };
}

/** readline's init file: INPUTRC, else ~/.inputrc, else /etc/inputrc. */
function readInputrc(shell: Shell): void {
  const { files } = shell.system;
  const read = (path: string): string | undefined => {
    const content = files.readFile(path.replace(/^~(?=\/)/, () => shell.variables.get('HOME') ?? '~'));
    return typeof content === 'number' ? undefined : decodeText(content);
  };
  const text = read(shell.variables.get('INPUTRC') ?? '~/.inputrc') ?? read('/etc/inputrc');
  if (text !== undefined) shell.bindings.readText(text, read);
  takeEditingMode(shell);
}

/** One complete command, over several lines where its syntax is not complete; undefined at the end of input. */
function readCommand(shell: Shell, reader: Reader | undefined): string | undefined {
  let text = '';
  for (;;) {
    const prompt = promptText(shell, shell.variables.get(text === '' ? 'PS1' : 'PS2') ?? '');
    const edited = reader === undefined ? plainLine(shell, prompt) : reader(prompt);
    if (edited.kind === 'end') {
      if (text === '' && ignoresEnd(shell)) continue;
      return text === '' ? undefined : text;
    }
    const line = edited.kind === 'line' ? expandedLine(shell, edited.text) : undefined;
    if (line === undefined) {
      text = '';
      if (edited.kind === 'interrupt') shell.status = INTERRUPTED;
      continue;
    }
    text += (text === '' ? '' : '\n') + line;
    if (!needsMore(text)) return text;
  }
}

/** Earlier lines put in the place of `!!` and its kin; undefined when there is nothing to run. */
function expandedLine(shell: Shell, line: string): string | undefined {
  if (!shell.options.has('histexpand')) return line;
  try {
    const { text, expanded, printOnly } = expandHistory(line, shell.history.lines);
    if (expanded) shell.write(2, `${text}\n`);
    if (!printOnly) return text;
    remember(shell, text);
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(error.message);
  }
  return undefined;
}

/** `set -o ignoreeof`: ^D does not end the shell. */
function ignoresEnd(shell: Shell): boolean {
  if (!shell.options.has('ignoreeof')) return false;
  shell.write(2, `Use "exit" to leave the shell.\n`);
  return true;
}

function plainLine(shell: Shell, prompt: string): Edited {
  shell.write(2, prompt);
  const line = readLine(shell, 0);
  return line === undefined ? { kind: 'end' } : { kind: 'line', text: line };
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
