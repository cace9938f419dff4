/**
 * One macrotask: everything queued as a microtask runs before it, which makes it the loop's microtask checkpoint; and
 * waiting for an instant or a wake-up. Atomics.waitAsync is the cheapest of the platform's ways (2 µs, against 4 for
 * postTask, 6 for a MessageChannel, 3600 for setTimeout) and its timeouts are not clamped.
 */
export interface Sleeper {
  hop(): Promise<unknown>;
  /** Resolves after `milliseconds` (null: never by itself) or soon after `wake`. */
  sleep(milliseconds: number | null): Promise<unknown>;
  wake(): void;
  /** A task of the queue that `unhandledrejection` events come by, so that those already due come first. */
  afterRejections(): Promise<void>;
}

type Scheduler = { postTask(callback: () => void, options: { priority: string }): unknown };
const { scheduler } = globalThis as unknown as { scheduler?: Scheduler };
const postTask = scheduler?.postTask.bind(scheduler);
const setTimer = globalThis.setTimeout.bind(globalThis);
const clearTimer = globalThis.clearTimeout.bind(globalThis);
const { MessageChannel, Promise: NativePromise } = globalThis;
/** Made before a program sets promise hooks, which this layer's own promises are not told to. */
const settled = NativePromise.resolve();

type WaitResult = { async: false; value: string } | { async: true; value: Promise<string> };
type WaitAsync = (array: Int32Array, index: number, value: number, timeout?: number) => WaitResult;
const { waitAsync } = Atomics as unknown as { waitAsync?: WaitAsync };
const { notify } = Atomics;

const HOP = 0;
const SLEEP = 1;

function atomicsSleeper(wait: WaitAsync): Pick<Sleeper, 'hop' | 'sleep' | 'wake'> {
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const waited = (result: WaitResult): Promise<unknown> => (result.async ? result.value : settled);
  return {
    hop() {
      const result = wait(cells, HOP, 0);
      notify(cells, HOP);
      return waited(result);
    },
    sleep: (milliseconds) => waited(wait(cells, SLEEP, 0, milliseconds ?? Infinity)),
    wake() {
      notify(cells, SLEEP);
    },
  };
}

function taskSleeper(): Pick<Sleeper, 'hop' | 'sleep' | 'wake'> {
  let resolveHop: (() => void) | undefined;
  let resolveSleep: (() => void) | undefined;
  const channel = new MessageChannel();
  channel.port1.onmessage = () => resolveHop?.();
  const post = channel.port2.postMessage.bind(channel.port2);
  return {
    hop: () =>
      new NativePromise<void>((resolve) => {
        if (postTask) {
          postTask(resolve, { priority: 'user-blocking' });
        } else {
          resolveHop = resolve;
          post(null);
        }
      }),
    sleep: (milliseconds) =>
      new NativePromise<void>((resolve) => {
        const timer = milliseconds === null ? undefined : setTimer(resolve, milliseconds);
        resolveSleep = () => {
          if (timer !== undefined) clearTimer(timer);
          resolve();
        };
      }),
    wake() {
      resolveSleep?.();
      resolveSleep = undefined;
    },
  };
}

export function createSleeper(): Sleeper {
  return {
    ...(waitAsync ? atomicsSleeper(waitAsync.bind(Atomics)) : taskSleeper()),
    afterRejections: () =>
      new NativePromise<void>((resolve) => {
        if (postTask) postTask(resolve, { priority: 'user-visible' });
        else setTimer(resolve, 0);
      }),
  };
}
