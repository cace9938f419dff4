import { parse } from 'unbash';
import { Signal } from '../../src/base/signals.ts';
import { Interrupted, ShellError } from './control.ts';
import type { Shell } from './shell.ts';

/** Conditions of `trap` that are not signals. */
export const CONDITIONS = ['EXIT', 'ERR', 'DEBUG', 'RETURN'] as const;

const numbers = new Map<string, number>();
for (const [name, number] of Object.entries(Signal)) numbers.set(name.replace(/^SIG/, ''), number);

/** `INT`, `SIGINT`, `int`, `2`, `0`, `EXIT` → the name without SIG; undefined when there is none. */
export function conditionName(given: string): string | undefined {
  if (/^\d+$/.test(given)) {
    if (Number(given) === 0) return 'EXIT';
    return [...numbers].find(([, number]) => number === Number(given))?.[0];
  }
  const name = given.toUpperCase().replace(/^SIG/, '');
  return numbers.has(name) || (CONDITIONS as readonly string[]).includes(name) ? name : undefined;
}
export function signalNumber(name: string): number | undefined {
  return numbers.get(name);
}
export function signalNames(): [string, number][] {
  return [...numbers].sort((a, b) => a[1] - b[1]);
}

/** Sets, ignores (empty action) or resets (undefined) a trap. Throws ShellError for what is no condition. */
export function setTrap(shell: Shell, given: string, action: string | undefined): void {
  const name = conditionName(given);
  if (name === undefined)
    throw new ShellError(`trap: ${given}: invalid signal specification`, { scope: 'command' });
  // Signals that were ignored when the shell began stay so: only a person at it may change them (POSIX, trap).
  if (shell.ignoredAtStart.has(name) && !shell.interactive) return;
  if (action === undefined) shell.traps.delete(name);
  else shell.traps.set(name, action);
  const number = signalNumber(name);
  if (number === undefined || !shell.ownsProcess) return;
  shell.system.unix.signalAction(
    number,
    action === undefined ? restingAction(shell, name) : action === '' ? 'ignore' : 'catch',
  );
}

/** An interactive shell is not ended by what the terminal sends. */
export function restingAction(shell: Shell, name: string): 'default' | 'ignore' | 'catch' {
  if (shell.asynchronous && (name === 'INT' || name === 'QUIT')) return 'ignore';
  if (!shell.interactive) return 'default';
  if (name === 'INT' || name === 'WINCH' || name === 'CHLD') return 'catch';
  return ['TERM', 'QUIT', 'TSTP', 'TTIN', 'TTOU'].includes(name) ? 'ignore' : 'default';
}

/** Takes note of the signals that have arrived; their traps wait until a command is over. → all that wait */
export function noteSignals({ arrived, system }: Shell): readonly number[] {
  arrived.push(...system.unix.takeSignals());
  return arrived;
}

/** What has arrived of a signal is settled. */
export function settleSignal({ arrived }: Shell, signal: number): void {
  for (let at = arrived.indexOf(signal); at >= 0; at = arrived.indexOf(signal)) arrived.splice(at, 1);
}

/** Runs the traps of signals that have arrived. → the signals, for who waits */
export function runPendingTraps(shell: Shell): readonly number[] {
  const noted = noteSignals(shell);
  // A subshell within this process leaves them to the shell whose traps they are.
  if (!shell.ownsProcess) return noted;
  const signals = shell.arrived.splice(0);
  for (const signal of signals) {
    const name = [...numbers].find(([, number]) => number === signal)?.[0] ?? '';
    const action = shell.traps.get(name);
    if (action !== undefined && action !== '') runAction(shell, action);
  }
  return signals;
}

/** Between two commands: traps, and the end of a command line that ^C has come to. Throws Interrupted. */
export function attendSignals(shell: Shell): void {
  if (!runPendingTraps(shell).includes(Signal.SIGINT) || !endsLine(shell)) return;
  settleSignal(shell, Signal.SIGINT);
  // The terminal has written ^C where the cursor was.
  shell.write(2, '\n');
  throw new Interrupted();
}

/** SIGINT, to the shell or to what it waited for, gives up what is left of the line that an interactive shell was given. */
export function endsLine(shell: Shell): boolean {
  return shell.interactive && !shell.traps.has('INT');
}

export function runTrap(shell: Shell, condition: (typeof CONDITIONS)[number]): void {
  const action = shell.traps.get(condition);
  if (action === undefined || action === '') return;
  shell.traps.delete(condition);
  try {
    runAction(shell, action);
  } finally {
    if (!shell.traps.has(condition)) shell.traps.set(condition, action);
  }
}

/**
 * `$BASH_COMMAND` and the DEBUG trap, before each simple command and what is like one; the trap not in functions, unless
 * `functrace` is set.
 */
export function beforeCommand(shell: Shell, { pos, end }: { pos: number; end: number }): void {
  shell.position = pos;
  if (!shell.inTrap) shell.command = shell.source.text.slice(pos, end);
  if (!shell.traps.has('DEBUG')) return;
  if (shell.options.has('functrace') || shell.frames.every(({ kind }) => kind !== 'function'))
    runTrap(shell, 'DEBUG');
}

/** The EXIT trap runs once; `exit` in it changes the status. */
export function runExitTrap(shell: Shell): void {
  const action = shell.traps.get('EXIT');
  shell.traps.delete('EXIT');
  if (action !== undefined && action !== '') runAction(shell, action);
}

/** A trap's action sees `$?` as it was and leaves it so. */
function runAction(shell: Shell, action: string): void {
  const { status, source, position, inTrap } = shell;
  shell.inTrap = true;
  const script = parse(action);
  shell.source = { text: action, name: source.name, firstLine: shell.line };
  try {
    shell.engine.runStatements(shell, script.commands);
    shell.status = status;
  } finally {
    Object.assign(shell, { source, position, inTrap });
  }
}
