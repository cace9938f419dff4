import { atomicAdd, atomicLoad, futexWaitAsync, notifyAll, promiseThen } from '../../base/intrinsics.ts';
import { createLinger } from './linger.ts';

/**
 * One macrotask: everything queued as a microtask runs before it, which makes it the loop's microtask checkpoint; and
 * waiting for an instant or a wake-up. Atomics.waitAsync is the cheapest of the platform's ways (2 µs, against 4 for
 * postTask, 6 for a MessageChannel, 3600 for setTimeout) and its timeouts are not clamped.
 */
export interface Sleeper {
  hop(): Promise<unknown>;
  /** Taken before the last look at what there is to do. */
  ticket(): number;
  /** Waits a moment for the word to change since the ticket, where that is worth while. → whether it has */
  linger(ticket: number): boolean;
  /** Resolves after `milliseconds` (null: never by itself) or when the word has changed since the ticket; perhaps early. */
  sleep(ticket: number, milliseconds: number | null): Promise<unknown>;
  wake(): void;
  /** A task of the queue that `unhandledrejection` events come by, so that those already due come first. */
  afterRejections(): Promise<void>;
}

type Scheduler = { postTask(callback: () => void, options: { priority: string }): unknown };
const { scheduler } = globalThis as unknown as { scheduler?: Scheduler };
const postTask = scheduler?.postTask.bind(scheduler);
const setTimer = globalThis.setTimeout.bind(globalThis);
const { Promise: NativePromise } = globalThis;
/** Made before a program sets promise hooks, which this layer's own promises are not told to. */
const settled = NativePromise.resolve();
const now = performance.now.bind(performance);

/** Of the cells. */
const HOP = 0;
const ALARM = 1;

/** `words[index]` is changed and notified, by whatever thread, when a sleep is to end. */
export function createSleeper(words: Int32Array, index: number): Sleeper {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  let alarmAt = Infinity;
  let alarms = 0;
  const linger = createLinger();
  /** The browser's own tasks have had their turn since the last time the thread lingered. */
  let hasPassed = true;
  /** What ended the last sleep came by a task of this thread: looking at the word would have delayed it. */
  let isOwnWake = false;
  const wake = (): void => {
    isOwnWake = true;
    atomicAdd(words, index, 1);
    notifyAll(words, index);
  };
  /** A wait with a timeout costs a task of the browser: one that rings too early is kept instead of a new one. */
  const setAlarm = (at: number): void => {
    if (alarmAt <= at) return;
    alarmAt = at;
    const alarm = ++alarms;
    notifyAll(cells, ALARM);
    const ring = (): void => {
      if (alarm !== alarms) return;
      alarmAt = Infinity;
      wake();
    };
    const result = futexWaitAsync(cells, ALARM, 0, Math.max(0, at - now()));
    if (result.async) promiseThen<unknown>(result.value, ring);
    else ring();
  };
  return {
    hop() {
      hasPassed = true;
      const result = futexWaitAsync(cells, HOP, 0);
      notifyAll(cells, HOP);
      return waited(result);
    },
    ticket: () => atomicLoad(words, index),
    linger(ticket) {
      if (!hasPassed) return false;
      hasPassed = false;
      return linger?.look(words, index, ticket) === true;
    },
    async sleep(ticket, milliseconds) {
      const from = now();
      hasPassed = true;
      isOwnWake = false;
      if (milliseconds !== null) setAlarm(from + milliseconds);
      await waited(futexWaitAsync(words, index, ticket));
      if (!isOwnWake) linger?.slept(now() - from);
    },
    wake,
    afterRejections: () =>
      new NativePromise<void>((resolve) => {
        if (postTask) postTask(resolve, { priority: 'user-visible' });
        else setTimer(resolve, 0);
      }),
  };
}

function waited(result: ReturnType<typeof futexWaitAsync>): Promise<unknown> {
  return result.async ? result.value : settled;
}
