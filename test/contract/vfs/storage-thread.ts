import { parentPort, workerData } from 'node:worker_threads';
import { runStorage } from '../../../vfs/persist/worker.ts';
import { openHostStore } from './node-store.ts';

const { memory, directory, slot } = workerData as {
  memory: WebAssembly.Memory;
  directory: string;
  slot: number;
};

runStorage({
  memory,
  files: openHostStore(directory),
  settings: { processSlot: slot },
  clock: () => performance.now(),
  mounted: (report) => parentPort?.postMessage({ mounted: report }),
});
parentPort?.postMessage({ stopped: true });
