import type { NodeContext } from '../context.ts';
import type { SignalInterrupt } from '../system.ts';

/**
 * `breakOnSigint` (SigintWatchdog in node_watchdog.cc): while such code runs, SIGINT reaches no listener. The kernel sets a
 * bit in shared memory for it, that the checks in the code's loops and functions read (../transform/vm_script.ts).
 */
const SIGINT = 2;

let interrupt: SignalInterrupt | undefined;
/** How many run within each other: the innermost takes the signal. */
let depth = 0;

export function watchSigint({ system }: NodeContext): void {
  interrupt ??= system.process.interruptBy(SIGINT);
  depth++;
}

/** → whether a SIGINT came that nobody has taken */
export function unwatchSigint(): boolean {
  if (interrupt === undefined) return false;
  const came = interrupt.take();
  if (--depth === 0) {
    interrupt.close();
    interrupt = undefined;
  }
  return came;
}

export function hasSigint(): boolean {
  return interrupt !== undefined && interrupt.has();
}

/** Code that runs now is to be compiled with checks. */
export function isInterruptible(): boolean {
  return depth > 0;
}

export function interrupted({ errors }: NodeContext): Error {
  const message = 'Script execution was interrupted by `SIGINT`';
  return errors.coded(Error, 'ERR_SCRIPT_EXECUTION_INTERRUPTED', message);
}

/** Whatever the code made of the error that a check threw: it was interrupted. */
export function withInterrupt<T>(context: NodeContext, run: () => T): T {
  watchSigint(context);
  let result: { value: T } | { error: unknown };
  try {
    result = { value: run() };
  } catch (error) {
    result = { error };
  }
  if (unwatchSigint()) throw interrupted(context);
  if ('error' in result) throw result.error;
  return result.value;
}
