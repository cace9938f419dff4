import { errorText } from '../../program/errors.ts';
import { decodeText } from '../../text/text.ts';
import { ExitShell, LoopJump, ReturnFrom, ShellError } from '../control.ts';
import { arithmetic } from '../expand.ts';
import type { Shell, SourceText } from '../shell.ts';
import { readLines } from '../script-lines.ts';
import { runTrap } from '../traps.ts';

const NUMBER_ERROR = 2;

/** `break`, `continue`, `return`, `exit`, `eval`, `source`: where commands go on. */
function levels(shell: Shell, args: readonly string[], name: string): number {
  const [given] = args.filter((arg) => arg !== '--');
  if (given === undefined) return 1;
  if (!/^[-+]?\d+$/.test(given)) {
    shell.complain(`${name}: ${given}: numeric argument required`);
    throw new ExitShell(128);
  }
  if (Number(given) < 1) {
    shell.complain(`${name}: ${given}: loop count out of range`);
    return 0;
  }
  return Number(given);
}

function jump(kind: 'break' | 'continue') {
  return (shell: Shell, args: readonly string[]): number => {
    if (shell.loopDepth === 0) {
      shell.complain(`${kind}: only meaningful in a \`for', \`while', or \`until' loop`);
      return 0;
    }
    if (args.length > 1) {
      shell.complain(`${kind}: too many arguments`);
      throw new ExitShell(1);
    }
    const count = levels(shell, args, kind);
    if (count === 0) throw new LoopJump('break', shell.loopDepth);
    throw new LoopJump(kind, Math.min(count, shell.loopDepth));
  };
}
export const breakLoop = jump('break');
export const continueLoop = jump('continue');

/** The status argument of `exit` and `return`; undefined when it is no number. */
function statusArgument(shell: Shell, args: readonly string[], name: string): number | undefined {
  const [given] = args.filter((arg) => arg !== '--');
  if (given === undefined) return shell.status;
  if (/^\s*[-+]?\d+\s*$/.test(given))
    return Number(BigInt.asUintN(8, BigInt(given.trim().replace(/^\+/, ''))));
  shell.complain(`${name}: ${given}: numeric argument required`);
  return undefined;
}

export function exit(shell: Shell, args: readonly string[]): number {
  const status = statusArgument(shell, args, 'exit');
  if (status !== undefined && args.filter((arg) => arg !== '--').length > 1) {
    shell.complain('exit: too many arguments');
    return 1;
  }
  throw new ExitShell(status ?? NUMBER_ERROR);
}

export function returnFrom(shell: Shell, args: readonly string[]): number {
  if (shell.frames.length === 0) {
    shell.complain("return: can only `return' from a function or sourced script");
    return NUMBER_ERROR;
  }
  const status = statusArgument(shell, args, 'return');
  if (status !== undefined && args.filter((arg) => arg !== '--').length > 1) {
    shell.complain('return: too many arguments');
    throw new ReturnFrom(1);
  }
  throw new ReturnFrom(status ?? NUMBER_ERROR);
}

/** Runs text as commands of this shell. A syntax error is a failure with status 2. */
export function runText(shell: Shell, source: SourceText): number {
  const { statements, error } = readLines(source.text);
  const { source: outer, position } = shell;
  shell.source = source;
  try {
    // Until its first command has run, `$?` is that of the command before.
    if (statements.length === 0) shell.status = 0;
    shell.engine.runStatements(shell, statements);
    if (error !== undefined) {
      shell.position = error.pos;
      shell.complain(`syntax error: ${error.message}`);
      shell.status = NUMBER_ERROR;
    }
    return shell.status;
  } finally {
    shell.source = outer;
    shell.position = position;
  }
}

export function evaluateText(shell: Shell, args: readonly string[]): number {
  const words = args[0] === '--' ? args.slice(1) : args;
  const text = words.join(' ');
  if (text.trim() === '') return 0;
  return runText(shell, { text, name: shell.source.name, firstLine: shell.line });
}

export function source(shell: Shell, args: readonly string[], name: string): number {
  const words = args[0] === '--' ? args.slice(1) : args;
  const [file, ...rest] = words;
  if (file === undefined) {
    shell.complain(`${name}: filename argument required`);
    return NUMBER_ERROR;
  }
  const path = sourcePath(shell, file);
  const content = shell.system.files.readFile(path);
  if (typeof content === 'number') {
    shell.complain(`${file}: ${errorText(content)}`);
    return 1;
  }
  const outer = shell.args;
  shell.frames.push({ name: 'source', kind: 'source', callLine: shell.line, source: shell.source });
  if (rest.length > 0) shell.args = rest;
  try {
    return sourced(shell, () => runText(shell, { text: decodeText(content), name: path, firstLine: 1 }));
  } catch (error) {
    if (error instanceof ReturnFrom) return sourced(shell, () => error.status);
    throw error;
  } finally {
    shell.frames.pop();
    if (rest.length > 0) shell.args = outer;
  }
}

/** The RETURN trap runs once a script that was read in has ended. */
function sourced(shell: Shell, action: () => number): number {
  const status = action();
  runTrap(shell, 'RETURN');
  return status;
}

function sourcePath(shell: Shell, file: string): string {
  if (file.includes('/') || !shell.options.shopt('sourcepath')) return file;
  for (const folder of (shell.variables.get('PATH') ?? '').split(':')) {
    const path = `${folder === '' ? '.' : folder}/${file}`;
    if (shell.system.files.kind(path) === 0) return path;
  }
  return file;
}

export function shift(shell: Shell, args: readonly string[]): number {
  const [given = '1', extra] = args.filter((arg) => arg !== '--');
  if (extra !== undefined) throw new ShellError('shift: too many arguments');
  if (!/^\d+$/.test(given)) throw new ShellError(`shift: ${given}: numeric argument required`, { status: 1 });
  const count = Number(given);
  if (count > shell.args.length) {
    if (shell.options.shopt('shift_verbose')) shell.complain(`shift: ${given}: shift count out of range`);
    return 1;
  }
  shell.args = shell.args.slice(count);
  return 0;
}

export function letCommand(shell: Shell, args: readonly string[]): number {
  if (args.length === 0) {
    shell.complain('let: expression expected');
    return 1;
  }
  let value = 0n;
  for (const arg of args) value = arithmetic(shell, arg);
  return value === 0n ? 1 : 0;
}
