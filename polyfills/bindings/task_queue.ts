import type { NodeContext } from '../context.ts';

/** node_task_queue.cc. Microtask checkpoints are the event loop's: see the patches of the library. */
export function createTaskQueue({ hooks, intrinsics, facts }: NodeContext): object {
  return {
    ...facts.bindings['task_queue']?.constants(),
    tickInfo: hooks.tickInfo,
    enqueueMicrotask: (callback: () => void) => intrinsics.queueMicrotask(callback),
    runMicrotasks() {
      throw new Error('runMicrotasks cannot be called: the library yields to the event loop instead');
    },
    setTickCallback(callback: typeof hooks.runTicks) {
      hooks.runTicks = callback;
    },
    setPromiseRejectCallback(callback: typeof hooks.promiseRejected) {
      hooks.promiseRejected = callback;
    },
  };
}
