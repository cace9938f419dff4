import type { NodeContext } from '../context.ts';
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

/** node_perf.cc. */
export function createPerformance(context: NodeContext): object {
  const { system, facts } = context;
  const { clock } = system;
  const milestones = new Float64Array(8);
  const nanoseconds = () => clock.now() * 1e6;
  return {
    ...facts.bindings['performance']?.constants(),
    ...createHistograms(context),
    milestones,
    observerCounts: new Uint32Array(8),
    now: () => clock.now(),
    markBootstrapComplete() {
      milestones[Milestone.timeOriginTimestamp] = clock.timeOrigin * 1000;
      milestones[Milestone.timeOrigin] = 0;
      milestones[Milestone.loopStart] = -1;
      milestones[Milestone.loopExit] = -1;
      milestones[Milestone.bootstrapComplete] = nanoseconds();
    },
    setupObservers() {},
    // A browser does not tell of garbage collections: observers of 'gc' see none.
    installGarbageCollectionTracking() {},
    removeGarbageCollectionTracking() {},
    notify() {},
    loopIdleTime: () => 0,
    uvMetricsInfo: () => [0, 0, 0],
  };
}
