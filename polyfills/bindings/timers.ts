import type { NodeContext } from '../context.ts';

/** timers.cc. */
export function createTimers({ hooks, loop }: NodeContext): object {
  return {
    immediateInfo: hooks.immediateInfo,
    timeoutInfo: hooks.timeoutInfo,
    setupTimers(processImmediate: typeof hooks.processImmediate, processTimers: typeof hooks.processTimers) {
      hooks.processImmediate = processImmediate;
      hooks.processTimers = processTimers;
    },
    getLibuvNow: () => loop.updateTime(),
    scheduleTimer: (milliseconds: number) => loop.scheduleTimer(milliseconds),
    toggleTimerRef: (on: boolean) => loop.toggleTimerRef(on),
    toggleImmediateRef: (on: boolean) => loop.toggleImmediateRef(on),
  };
}
