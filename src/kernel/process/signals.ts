/** Sending signals: to a listener of the program, or the default action. kill(2). */
import { Errno } from '../../base/errno.ts';
import { LOW_SIGNALS, defaultAction, Signal, SIGNAL_MAX } from '../../base/signals.ts';
import { ControlFlag, ControlWord, ProcessState } from '../../protocol/ipc-layout.ts';
import { INIT_PID, type Process } from './process.ts';
import { NODE_COMMANDS } from '../../protocol/node-commands.ts';
import type { Program } from './exec.ts';
import type { ProcessTable } from './table.ts';

export function sendSignal(table: ProcessTable, process: Process, signal: number): void {
  if (signal === 0 || process.state === 'exited') return;
  if (signal === Signal.SIGKILL) {
    process.takeSignal?.(signal);
    table.finish(process, { code: 0, signal });
    return;
  }
  // SIGCONT continues even where it is caught; SIGSTOP cannot be caught.
  if (signal === Signal.SIGCONT) resume(table, process);
  if (signal !== Signal.SIGSTOP && isIn(process, signal, ControlWord.ignoredLow, ControlWord.ignoredHigh))
    return;
  const action = defaultAction(signal);
  if (process.takeSignal?.(signal) === true && action !== 'stop') return;
  if (isCaught(process, signal)) {
    const pending = signal < LOW_SIGNALS ? ControlWord.pendingLow : ControlWord.pendingHigh;
    process.raise(pending, 1 << (signal % LOW_SIGNALS));
    process.bump(ControlWord.signalDoorbell);
    // A synchronous program may be inside a wait, which ends for the signal.
    process.wake();
    return;
  }
  if (action === 'terminate') table.finish(process, { code: 0, signal });
  else if (action === 'stop') stop(table, process);
}

/** Node sets every signal to its default, and ignores SIGPIPE (PlatformInit). */
const NODE_IGNORES = [1 << Signal.SIGPIPE, 0] as const;

/** What a new program begins with ignored: what is asked for, else what `parent` ignores. */
export function ignoredBy(
  parent: Process | undefined,
  program: Program,
  wanted: readonly number[] | undefined,
): readonly [low: number, high: number] {
  if (program.kind === 'hosted') return [0, 0];
  if (program.kind === 'node' || isNodeCommand(program)) return NODE_IGNORES;
  if (wanted === undefined)
    return [parent?.word(ControlWord.ignoredLow) ?? 0, parent?.word(ControlWord.ignoredHigh) ?? 0];
  const bits = (base: number): number =>
    wanted
      .filter((signal) => signal >= base && signal < base + LOW_SIGNALS)
      .reduce((mask, signal) => mask | (1 << (signal - base)), 0);
  return [bits(0), bits(LOW_SIGNALS)];
}

const isNodeCommand = (program: Program): boolean =>
  program.kind === 'userland' && NODE_COMMANDS.includes(program.name);

/**
 * A script that a signal interrupts takes it within its loops (polyfills/bindings/interrupts.ts). Where the one before was
 * not taken, what runs is other code, that nothing interrupts.
 */
function isCaught(process: Process, signal: number): boolean {
  if (signal === Signal.SIGSTOP) return false;
  if (!isIn(process, signal, ControlWord.caughtLow, ControlWord.caughtHigh)) return false;
  const bit = 1 << (signal % LOW_SIGNALS);
  return (
    signal >= LOW_SIGNALS ||
    (process.word(ControlWord.interrupting) & process.word(ControlWord.pendingLow) & bit) === 0
  );
}

function isIn(process: Process, signal: number, low: number, high: number): boolean {
  const mask = process.word(signal < LOW_SIGNALS ? low : high);
  return (mask & (1 << (signal % LOW_SIGNALS))) !== 0;
}

function stop(table: ProcessTable, process: Process): void {
  if (process.state !== 'running') return;
  process.state = 'stopped';
  process.showState(ProcessState.stopped);
  process.raise(ControlWord.flags, ControlFlag.stopped);
  tellParent(table, process);
}

/** A stop or a continuation, for a parent that waits for children or catches SIGCHLD. */
function tellParent(table: ProcessTable, process: Process): void {
  const parent = table.get(process.ppid);
  if (parent === undefined) return;
  parent.bump(ControlWord.wake);
  sendSignal(table, parent, Signal.SIGCHLD);
}

function resume(table: ProcessTable, process: Process): void {
  if (process.state !== 'stopped') return;
  process.state = 'running';
  process.showState(ProcessState.running);
  process.lower(ControlWord.flags, ControlFlag.stopped);
  tellParent(table, process);
}

/** As kill(2): a process, the caller's group (0), everything (-1), a group (< -1). → 0 or -errno */
export function kill(table: ProcessTable, caller: Process | undefined, pid: number, signal: number): number {
  if (!Number.isInteger(signal) || signal < 0 || signal > SIGNAL_MAX) return -Errno.EINVAL;
  const targets = targetsOf(table, caller, pid);
  if (targets.length === 0) return pid === INIT_PID ? -Errno.EPERM : -Errno.ESRCH;
  for (const target of targets) sendSignal(table, target, signal);
  return 0;
}

function targetsOf(table: ProcessTable, caller: Process | undefined, pid: number): Process[] {
  if (pid > 0) {
    const process = table.get(pid);
    return process ? [process] : [];
  }
  if (pid === -1) return table.all().filter((process) => process !== caller);
  const group = pid === 0 ? caller?.pgid : -pid;
  return table.all().filter((process) => process.pgid === group);
}

export function signalGroup(table: ProcessTable, pgid: number, signal: number): void {
  for (const process of table.all()) if (process.pgid === pgid) sendSignal(table, process, signal);
}
