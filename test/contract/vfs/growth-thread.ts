/** Another thread, which is told of every growth of the memory at once; see growth.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../vfs/attach.ts';
import { isMapped } from '../../../vfs/volume.ts';

export interface GrowthJob {
  memory: WebAssembly.Memory;
  slot: number;
  /** Its bytes before the first growth. */
  begin: number;
  growths: number;
  /** By which the two threads take turns. */
  turns: Int32Array;
}

const { memory, slot, begin, growths, turns } = workerData as GrowthJob;
const { volume } = attach(memory, { processSlot: slot });

let mapped = 0;
for (let growth = 1; growth <= growths; growth++) {
  // No function call and no wait between being told and looking: nothing interrupts the thread there.
  while (Atomics.load(turns, 0) !== growth);
  if (isMapped(volume, begin + growth * 65_536)) mapped++;
  Atomics.store(turns, 1, growth);
  Atomics.notify(turns, 1);
}
parentPort?.postMessage({ mapped });
