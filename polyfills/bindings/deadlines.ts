import type { NodeContext } from '../context.ts';

/** When a script or module that was given a timeout must have ended. */
export interface Deadline {
  readonly at: number;
  readonly timeoutMs: number;
}

const { now } = Date;

/** Of the code that is running, outermost first: an inner script also ends when an outer one's time is over. */
const running: Deadline[] = [];

export function deadlineAfter(timeoutMs: number): Deadline {
  return { at: timeoutMs < 0 ? Infinity : now() + timeoutMs, timeoutMs };
}

/** `timeoutMs` < 0: none. */
export function withDeadline<T>(timeoutMs: number, run: () => T, deadline = deadlineAfter(timeoutMs)): T {
  running.push(deadline);
  try {
    return run();
  } finally {
    running.splice(running.indexOf(deadline), 1);
  }
}

export function isTimed(): boolean {
  return running.some(({ timeoutMs }) => timeoutMs >= 0);
}

/** Called by instrumented loops and functions: throws when the time is over. */
export function checkDeadlines(context: NodeContext, own?: Deadline): void {
  const time = now();
  const passed = running.find(({ at }) => time > at) ?? (own && time > own.at ? own : undefined);
  if (passed === undefined) return;
  throw context.errors.coded(
    Error,
    'ERR_SCRIPT_EXECUTION_TIMEOUT',
    `Script execution timed out after ${passed.timeoutMs}ms`,
  );
}
