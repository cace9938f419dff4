/**
 * Runs callbacks so that an exception tells where it was *thrown*: a stack tells only where an error was made, and a
 * thrown string tells nothing. An exception that leaves an event listener is reported to the global `error` event with
 * its position, synchronously; a catch would have lost it.
 */
export interface Thrown {
  error: unknown;
  /** The script's address and the position, from 1; undefined where the browser tells none. */
  place: { script: string; line: number; column: number } | undefined;
}

const target = new EventTarget();
const dispatch = target.dispatchEvent.bind(target);
const event = new Event('run');
let pending: (() => void) | undefined;
let running = false;
let thrown: Thrown | undefined;

target.addEventListener('run', () => {
  const callback = pending;
  pending = undefined;
  callback?.();
});

function placeOf({ filename, lineno, colno }: ErrorEvent): Thrown['place'] {
  return filename ? { script: filename, line: lineno, column: colno } : undefined;
}

/** Errors that reach the global scope outside of `guarded` go to `uncaught`. Call once, before user code. */
export function catchGlobalErrors(uncaught: (thrown: Thrown) => void): void {
  const { addEventListener } = globalThis;
  addEventListener('error', (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const report = { error: event.error as unknown, place: placeOf(event) };
    if (running) thrown = report;
    else uncaught(report);
  });
}

/** Calls `callback`; → what it threw, undefined when it returned. Not re-entrant: the loop's own use. */
export function guarded(callback: () => void): Thrown | undefined {
  pending = callback;
  running = true;
  thrown = undefined;
  dispatch(event);
  running = false;
  const result = thrown;
  thrown = undefined;
  return result;
}
