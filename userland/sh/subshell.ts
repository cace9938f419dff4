import type { ParsedScript, Statement } from 'unbash';
import { concat } from '../../src/base/bytes.ts';
import { chunks } from '../program/input.ts';
import { decodeText } from '../text/text.ts';
import { ExitShell, LoopJump, ReturnFrom, ShellError } from './control.ts';
import { Handle } from './descriptors.ts';
import { launch } from './processes.ts';
import { temporaryFile } from './redirect.ts';
import { serializeState } from './serialize.ts';
import type { Shell, SourceText } from './shell.ts';
import { runExitTrap } from './traps.ts';

/** Descriptor on which a subshell of its own process reads its state. */
export const STATE_DESCRIPTOR = 255;
/** argv[0] by which the shell knows that it is such a subshell. */
export const SUBSHELL_ARGUMENT = '\x01subshell';
const SHELL_PATH = '/bin/sh';

/** Runs `action` in a subshell inside this process. → its status */
export function inSubshell(shell: Shell, action: (inner: Shell) => void): number {
  const inner = shell.clone();
  const cwd = shell.system.files.cwd();
  const umask = shell.system.files.umask();
  try {
    return finish(inner, () => action(inner));
  } finally {
    inner.descriptors.closeAll();
    if (typeof cwd === 'string') shell.system.files.chdir(cwd);
    shell.system.files.umask(umask);
  }
}

/** Runs commands to the end of a (sub)shell, its EXIT trap included. → status */
export function finish(shell: Shell, action: () => void): number {
  try {
    action();
  } catch (error) {
    endStatus(shell, error);
  }
  try {
    runExitTrap(shell);
  } catch (error) {
    endStatus(shell, error);
  }
  return shell.status;
}

function endStatus(shell: Shell, error: unknown): void {
  if (error instanceof ExitShell || error instanceof ReturnFrom) shell.status = error.status;
  else if (error instanceof ShellError) {
    shell.complain(error.message);
    shell.status = error.status;
  } else if (!(error instanceof LoopJump)) throw error;
}

/**
 * `$(…)`: the output goes to a file without a name rather than to a pipe, so that builtins and functions can run right
 * here, whatever they write.
 */
export function capture(shell: Shell, script: ParsedScript, source: SourceText): string {
  const { files } = shell.system;
  const fd = temporaryFile(shell);
  const output = new Handle(files, fd, true).retain();
  try {
    shell.status = inSubshell(shell, (inner) => {
      inner.descriptors.set(1, output);
      inner.source = source;
      if (!shell.options.has('posix') && !shell.options.shopt('inherit_errexit'))
        inner.options.set('errexit', false);
      const first = script.errors?.[0];
      if (first !== undefined) throw new ShellError(`syntax error: ${first.message}`, { status: 2 });
      inner.engine.runStatements(inner, script.commands);
    });
    shell.substitutionStatus = shell.status;
    return decodeText(contentOf(shell, fd)).replaceAll('\0', '').replace(/\n+$/, '');
  } finally {
    output.release();
  }
}

function contentOf(shell: Shell, fd: number): Uint8Array {
  const { files } = shell.system;
  const parts: Uint8Array[] = [];
  let size = 0;
  const buffer = new Uint8Array(READ_BYTES);
  for (;;) {
    const count = files.read(fd, buffer, size);
    if (count <= 0) break;
    parts.push(buffer.slice(0, count));
    size += count;
  }
  return concat(parts);
}
const READ_BYTES = 64 * 1024;

/** Starts a subshell in a process of its own, with the shell's descriptors. → pid or -errno */
export function launchSubshell(shell: Shell, script: string, group: number | undefined): number {
  const { files } = shell.system;
  const fd = temporaryFile(shell);
  const state = new Handle(files, fd, true).retain();
  try {
    const bytes = serializeState(shell, script, shell.line);
    for (let at = 0; at < bytes.length;) at += Math.max(1, files.write(fd, bytes.subarray(at), at));
    const saved = shell.descriptors;
    shell.descriptors = saved.clone();
    shell.descriptors.set(STATE_DESCRIPTOR, state);
    try {
      return launch(shell, {
        file: SHELL_PATH,
        args: [SUBSHELL_ARGUMENT],
        env: shell.variables.environment(),
        group,
      });
    } finally {
      shell.descriptors.closeAll();
      shell.descriptors = saved;
    }
  } finally {
    state.release();
  }
}

/** The state that a parent left on STATE_DESCRIPTOR. */
export function readState(shell: Shell): string {
  const parts = [...chunks(shell.system.files, STATE_DESCRIPTOR, 'state')].map((chunk) => chunk.slice());
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  shell.system.files.close(STATE_DESCRIPTOR);
  return decodeText(all);
}

/** `<(…)`: a pipe whose end the command opens as /dev/fd/N. → that path */
export function processSubstitution(shell: Shell, operator: '<' | '>', text: string): string {
  const ends = shell.system.streams.pipe();
  if (typeof ends === 'number')
    throw new ShellError(`cannot make pipe for process substitution`, { scope: 'command' });
  const [reader, writer] = ends;
  const mine = new Handle(shell.system.files, operator === '<' ? reader : writer, true);
  const theirs = new Handle(shell.system.files, operator === '<' ? writer : reader, true).retain();
  const saved = shell.descriptors;
  shell.descriptors = saved.clone();
  shell.descriptors.set(operator === '<' ? 1 : 0, theirs);
  const pid = launchSubshell(shell, text, undefined);
  shell.descriptors.closeAll();
  shell.descriptors = saved;
  theirs.release();
  if (pid < 0) throw new ShellError(`cannot start process substitution`, { scope: 'command' });
  shell.jobs.add([pid], text, true).keep = true;
  shell.lastBackground = pid;
  const number = shell.descriptors.free(SUBSTITUTION_FIRST);
  shell.descriptors.set(number, mine);
  return `/dev/fd/${number}`;
}
const SUBSTITUTION_FIRST = 63;

export function statementsText(source: string, statements: readonly Statement[]): string {
  const first = statements[0];
  const last = statements.at(-1);
  return first === undefined || last === undefined ? '' : source.slice(first.pos, last.end);
}
