import type { NodeContext } from '../context.ts';
import { LoopFigures } from '../perf/loop-figures.ts';
import type { ThreadInit } from './worker.ts';
import { HRTIME_BASE_MS } from './process_methods.ts';
import { createHistograms } from './histogram.ts';

/** Indices of `milestones` (node_perf_common.h), in nanoseconds; the first in microseconds since the epoch. */
const Milestone = {
  timeOriginTimestamp: 0,
  timeOrigin: 1,
  environment: 2,
  nodeStart: 3,
  v8Start: 4,
  loopStart: 5,
  loopExit: 6,
  bootstrapComplete: 7,
} as const;

/** Not enumerable in Node, so not among the recorded facts. */
const HIDDEN_CONSTANTS = {
  NODE_PERFORMANCE_ENTRY_TYPE_GC: 0,
  NODE_PERFORMANCE_ENTRY_TYPE_HTTP: 1,
  NODE_PERFORMANCE_ENTRY_TYPE_HTTP2: 2,
  NODE_PERFORMANCE_ENTRY_TYPE_NET: 3,
  NODE_PERFORMANCE_ENTRY_TYPE_DNS: 4,
  NODE_PERFORMANCE_ENTRY_TYPE_QUIC: 5,
  NODE_PERFORMANCE_MILESTONE_TIME_ORIGIN_TIMESTAMP: Milestone.timeOriginTimestamp,
  NODE_PERFORMANCE_MILESTONE_TIME_ORIGIN: Milestone.timeOrigin,
  NODE_PERFORMANCE_MILESTONE_ENVIRONMENT: Milestone.environment,
  NODE_PERFORMANCE_MILESTONE_NODE_START: Milestone.nodeStart,
  NODE_PERFORMANCE_MILESTONE_V8_START: Milestone.v8Start,
  NODE_PERFORMANCE_MILESTONE_LOOP_START: Milestone.loopStart,
  NODE_PERFORMANCE_MILESTONE_LOOP_EXIT: Milestone.loopExit,
  NODE_PERFORMANCE_MILESTONE_BOOTSTRAP_COMPLETE: Milestone.bootstrapComplete,
};

/** node_perf.cc. */
export function createPerformance(context: NodeContext): object {
  const { system, facts, loop, hooks } = context;
  const { clock } = system;
  const milestones = new Float64Array(8);
  // On process.hrtime's clock: the utilization of the loop is computed from both.
  const nanoseconds = () => (clock.now() + HRTIME_BASE_MS) * 1e6;
  const shape = facts.bindings['performance']?.constants() ?? {};
  loop.onStart(() => {
    milestones[Milestone.loopStart] = nanoseconds();
    const init = system.threads.self?.init as ThreadInit | undefined;
    if (init !== undefined) publishFigures(context, new LoopFigures(init.figures));
  });
  loop.onExit(() => {
    milestones[Milestone.loopExit] = nanoseconds();
  });
  return {
    ...shape,
    constants: { ...(shape['constants'] as object), ...HIDDEN_CONSTANTS },
    ...createHistograms(context),
    milestones,
    observerCounts: hooks.performanceObservers,
    now: () => clock.now(),
    markBootstrapComplete() {
      milestones[Milestone.timeOriginTimestamp] = clock.timeOrigin * 1000;
      const origin = HRTIME_BASE_MS * 1e6;
      milestones[Milestone.timeOrigin] = origin;
      // The library had booted before the process began: of these only the order is true.
      milestones[Milestone.nodeStart] = origin;
      milestones[Milestone.v8Start] = origin + 1e3;
      milestones[Milestone.environment] = origin + 2e3;
      milestones[Milestone.loopStart] = -1;
      milestones[Milestone.loopExit] = -1;
      milestones[Milestone.bootstrapComplete] = nanoseconds();
    },
    setupObservers(callback: NonNullable<typeof hooks.performanceEntry>) {
      hooks.performanceEntry = callback;
    },
    // A browser does not tell of garbage collections: observers of 'gc' see none.
    installGarbageCollectionTracking() {},
    removeGarbageCollectionTracking() {},
    notify() {},
    loopIdleTime: () => loop.idleTime(),
    uvMetricsInfo: () => [0, 0, 0],
  };
}

/** For whoever started this thread: `worker.performance.eventLoopUtilization()`. */
function publishFigures({ loop, system: { clock } }: NodeContext, figures: LoopFigures): void {
  const epochMs = (): number => clock.timeOrigin + clock.now();
  figures.started(epochMs());
  loop.watchIdle((idle, idleMs) => {
    if (idle) figures.waits(epochMs());
    else figures.turns(idleMs);
  });
}
