import type { NodeContext } from '../context.ts';

const HEAP_CODE_FIELDS = 4;
const HEAP_SPACE_FIELDS = 4;
const NOT_ONE_BYTE = /[^\0-\xff]/;

/** node_v8.cc: what a browser tells of its heap. */
export function createV8({ system, facts, errors }: NodeContext): object {
  const constants = facts.bindings['v8']?.constants() ?? {};
  const heap = new Float64Array(14);
  const at = (name: string) => constants[name] as number;
  return {
    ...constants,
    heapStatisticsBuffer: heap,
    updateHeapStatisticsBuffer() {
      const { heapTotal, heapUsed, external } = system.process.memory();
      heap[at('kTotalHeapSizeIndex')] = heapTotal;
      heap[at('kTotalPhysicalSizeIndex')] = heapTotal;
      heap[at('kUsedHeapSizeIndex')] = heapUsed;
      heap[at('kExternalMemoryIndex')] = external;
      heap[at('kHeapSizeLimitIndex')] = system.process.totalMemory;
      heap[at('kTotalAvailableSize')] = Math.max(0, system.process.totalMemory - heapUsed);
      heap[at('kNumberOfNativeContextsIndex')] = 1;
    },
    // A worker is told nothing of its code and of the spaces of its heap: their sizes are zero, as memoryUsage's are.
    heapCodeStatisticsBuffer: new Float64Array(HEAP_CODE_FIELDS),
    updateHeapCodeStatisticsBuffer() {},
    heapSpaceStatisticsBuffer: new Float64Array(HEAP_SPACE_FIELDS),
    updateHeapSpaceStatisticsBuffer() {},
    cachedDataVersionTag: () => 0,
    isStringOneByteRepresentation: (text: string) => !NOT_ONE_BYTE.test(text),
    // Flags reach an engine that already runs; none is known to a browser. Node ignores unknown ones as well.
    setFlagsFromString() {},
    getHashSeed: () => 0n,
    setHeapSnapshotNearHeapLimit() {
      throw errors.coded(
        Error,
        'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
        'v8.setHeapSnapshotNearHeapLimit is not available in this container',
      );
    },
  };
}
