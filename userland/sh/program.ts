import { type Command, parse, type Statement } from 'unbash';
import { errorText } from '../program/errors.ts';
import { readAll } from '../program/input.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { decodeText } from '../text/text.ts';
import { subscriptKey } from './assign.ts';
import { applyOptions } from './builtins/settings.ts';
import { installDynamicVariables, protectVariables, setInitialVariables } from './dynamic.ts';
import { runCommand, runLines, runStatements } from './execute.ts';
import { promptText } from './interactive/prompt.ts';
import { beginInteractive, runInteractive } from './interactive/session.ts';
import { Jobs } from './jobs.ts';
import { restoreState, type SubshellState } from './serialize.ts';
import { readLines } from './script-lines.ts';
import { conditionName } from './traps.ts';
import { type Engine, Shell, type SourceText } from './shell.ts';
import { capture, finish, processSubstitution, readState, SUBSHELL_ARGUMENT } from './subshell.ts';

const NOT_FOUND = 127;
const SYNTAX_ERROR = 2;

const engine: Engine = {
  runStatements,
  runCommand: (shell, node) => {
    if (node.type === 'CompoundList') runStatements(shell, node.commands);
    else runCommand(shell, node);
  },
  capture,
  subscriptKey,
  prompt: promptText,
  computeVariables: installDynamicVariables,
  processSubstitution,
};

/** How the shell was asked to start. */
interface Invocation {
  command: string | undefined;
  fromInput: boolean;
  login: boolean;
  interactive: boolean;
  /** Read by an interactive shell in the place of ~/.bashrc; empty: none. */
  startFile: string | undefined;
  operands: string[];
}

function main({ system, args, env, name }: ProgramContext): number {
  const shell = new Shell(system, engine, new Jobs(system));
  for (const [variable, value] of Object.entries(env)) {
    if (!/^[A-Za-z_]\w*$/.test(variable) || OF_THE_SHELL.has(variable)) continue;
    shell.variables.set(variable, value);
    shell.variables.writable(variable).exported = true;
  }
  shell.name = name;
  const cwd = system.files.cwd();
  shell.cwd = sensiblePwd(shell, typeof cwd === 'string' ? cwd : '/');
  installDynamicVariables(shell);
  protectVariables(shell);
  shell.program = name.replace(/^-|^.*\//g, '');
  takeOptions(shell, env['SHELLOPTS']);
  if (name === SUBSHELL_ARGUMENT) return runHandedOver(shell);
  const ignored = system.unix.ignoredSignals().flatMap((signal) => conditionName(String(signal)) ?? []);
  shell.ignoredAtStart = new Set(ignored);
  for (const signal of ignored) shell.traps.set(signal, '');
  setInitialVariables(shell);
  const invocation = readArguments(shell, args, name);
  if (typeof invocation === 'number') return invocation;
  return start(shell, invocation);
}

/** Not taken from the environment. */
const OF_THE_SHELL = new Set(['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID']);

/** An exported SHELLOPTS: options that shells below have from their start. */
function takeOptions(shell: Shell, given: string | undefined): void {
  if (given === undefined) return;
  for (const name of given.split(':')) shell.options.set(name, true);
  shell.variables.global('SHELLOPTS').exported = true;
}

/** `$PWD` is kept where it leads to the directory the process is in. */
function sensiblePwd(shell: Shell, cwd: string): string {
  const given = shell.variables.get('PWD');
  if (given === undefined || !given.startsWith('/')) return cwd;
  const real = shell.system.files.realpath(given);
  return typeof real !== 'number' && decodeText(real) === cwd ? given : cwd;
}

function runHandedOver(shell: Shell): number {
  const state = JSON.parse(readState(shell)) as SubshellState;
  const source = restoreState(shell, state, (inner, definition) => {
    inner.source = definition;
    runStatements(inner, parse(definition.text).commands);
  });
  Object.defineProperty(shell, 'pid', { value: state.pid });
  return finish(shell, () => runSource(shell, source, true));
}

function readArguments(shell: Shell, args: readonly string[], name: string): Invocation | number {
  const invocation: Invocation = {
    command: undefined,
    fromInput: false,
    login: name.startsWith('-'),
    interactive: false,
    startFile: undefined,
    operands: [],
  };
  let wantsCommand = false;
  let noProfile = false;
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--' || arg === '-') {
      at++;
      break;
    }
    if (arg === '-o' || arg === '+o' || arg === '-O' || arg === '+O') {
      const option = args[++at] ?? '';
      const known = arg.endsWith('O')
        ? shell.options.setShopt(option, arg.startsWith('-'))
        : shell.options.set(option, arg.startsWith('-'));
      if (!known) return usage(shell, `${option}: invalid option name`);
      continue;
    }
    if (arg.startsWith('--')) {
      if (arg === '--login') invocation.login = true;
      else if (arg === '--rcfile' || arg === '--init-file') invocation.startFile = args[++at] ?? '';
      else if (arg === '--norc') invocation.startFile = '';
      else if (arg === '--noprofile') noProfile = true;
      else if (arg === '--posix') shell.options.set('posix', true);
      else if (!['--noediting', '--verbose'].includes(arg)) return usage(shell, `${arg}: invalid option`);
      continue;
    }
    if (!/^[-+]./.test(arg)) break;
    for (const letter of arg.slice(1)) {
      if (letter === 'c') wantsCommand = true;
      else if (letter === 's') invocation.fromInput = true;
      else if (letter === 'i') invocation.interactive = true;
      else if (letter === 'l') invocation.login = true;
      else {
        const result = applyOptions(shell, [`${arg[0]}${letter}`]);
        if (typeof result === 'number') return result;
      }
    }
  }
  if (noProfile && invocation.login) [invocation.login, invocation.startFile] = [false, ''];
  invocation.operands = args.slice(at) as string[];
  if (wantsCommand) {
    invocation.command = invocation.operands.shift();
    if (invocation.command === undefined) return usage(shell, '-c: option requires an argument');
  }
  return invocation;
}

function usage(shell: Shell, message: string): number {
  shell.write(2, `${shell.name}: ${message}\n`);
  return SYNTAX_ERROR;
}

function start(shell: Shell, invocation: Invocation): number {
  const { command, fromInput, interactive, operands } = invocation;
  const reads = command === undefined && (operands.length === 0 || fromInput);
  const terminal = reads && shell.system.streams.type(0) === 'TTY' && shell.system.streams.type(2) === 'TTY';
  const flags = [interactive || terminal ? 'i' : '', command === undefined ? '' : 'c', reads ? 's' : ''];
  shell.options.invocation = flags.join('');
  if (interactive || terminal) {
    shell.options.set('emacs', true);
    shell.options.set('histexpand', true);
  }
  if (command !== undefined) {
    const [name, ...rest] = operands;
    if (name !== undefined) shell.name = name;
    shell.args = rest;
    shell.fatalStatus = NOT_FOUND;
    return finish(shell, () => {
      if (interactive) beginInteractive(shell, invocation, false);
      runSource(shell, { text: command, name: 'environment', firstLine: 1 }, true);
    });
  }
  const [script, ...rest] = operands;
  if (script !== undefined && !fromInput) {
    shell.name = script;
    shell.args = rest;
    shell.inFile = true;
    return runFile(shell, script);
  }
  shell.args = operands;
  if (interactive || terminal) return finish(shell, () => runInteractive(shell, invocation, terminal));
  const text = decodeText(readAll(shell.system.files, 0, 'standard input'));
  return finish(shell, () => runSource(shell, { text, name: 'main', firstLine: 1 }));
}

function runFile(shell: Shell, script: string): number {
  const content = shell.system.files.readFile(script);
  if (typeof content === 'number') {
    shell.write(2, `${shell.name}: ${script}: ${errorText(content)}\n`);
    return NOT_FOUND;
  }
  return finish(shell, () => runSource(shell, { text: decodeText(content), name: script, firstLine: 1 }));
}

/** All of a script. What stands before a syntax error has run when it is met, as a shell reads line by line. */
function runSource(shell: Shell, source: SourceText, whole = false): void {
  shell.source = source;
  const { statements, error } = readLines(source.text);
  if (whole && error === undefined) shell.lastCommand = lastCommandOf(statements.at(-1));
  runLines(shell, statements);
  if (error === undefined) return;
  shell.position = error.pos;
  shell.complain(`syntax error: ${error.message}`);
  shell.status = SYNTAX_ERROR;
}

/** The command that a script ends with, where it is a simple one and its status is the script's. */
function lastCommandOf(statement: Statement | undefined): Command | undefined {
  if (statement === undefined || statement.background) return undefined;
  const { command } = statement;
  const last = command.type === 'AndOr' ? command.commands.at(-1) : command;
  return last?.type === 'Command' ? last : undefined;
}

export const sh: Program = {
  name: 'sh',
  aliases: ['bash', 'jsh'],
  usage: 'sh [OPTION]... [-c COMMAND | SCRIPT | -s] [ARGUMENT]...',
  help: `A POSIX shell with bash's syntax.

  -c COMMAND       run COMMAND; the first ARGUMENT is $0
  -i               interactive
  -l, --login      read /etc/profile and ~/.profile
  -s               commands from standard input
  -e -u -x -f -n … options of set; -o NAME, -O SHOPT`,
  main,
};
