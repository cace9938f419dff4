import type { NodeContext } from '../context.ts';
import { hasSigint, interrupted, isInterruptible } from './interrupts.ts';

/** When a script or module that was given a timeout must have ended. */
export interface Deadline {
  readonly at: number;
  readonly timeoutMs: number;
}

const { now } = Date;

/** Of the code that is running, outermost first: an inner script also ends when an outer one's time is over. */
const running: Deadline[] = [];
/** How many of them have a timeout. */
let timed = 0;

export function deadlineAfter(timeoutMs: number): Deadline {
  return { at: timeoutMs < 0 ? Infinity : now() + timeoutMs, timeoutMs };
}

/** `timeoutMs` < 0: none. */
export function withDeadline<T>(timeoutMs: number, run: () => T, deadline = deadlineAfter(timeoutMs)): T {
  running.push(deadline);
  if (deadline.timeoutMs >= 0) timed++;
  try {
    return run();
  } finally {
    if (deadline.timeoutMs >= 0) timed--;
    running.splice(running.indexOf(deadline), 1);
  }
}

/** Code that runs now is to be compiled with checks. */
export function isLimited(): boolean {
  return isInterruptible() || timed > 0;
}

/** Called by instrumented loops and functions: throws when the time is over, or at a SIGINT. */
export function checkLimits(context: NodeContext, own?: Deadline): void {
  if (hasSigint()) throw interrupted(context);
  if (timed === 0 && (own === undefined || own.at === Infinity)) return;
  const time = now();
  const passed = running.find(({ at }) => time > at) ?? (own && time > own.at ? own : undefined);
  if (passed === undefined) return;
  throw context.errors.coded(
    Error,
    'ERR_SCRIPT_EXECUTION_TIMEOUT',
    `Script execution timed out after ${passed.timeoutMs}ms`,
  );
}
