/** Another thread, which is told of every growth of the memory at once; see memory.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { IpcMemory } from '../../../src/protocol/ipc-layout.ts';

const { memory, begin, growths, told, seen } = workerData as GrowthJob;
const shared = new IpcMemory(memory);
const { words } = shared;

let covered = 0;
for (let growth = 1; growth <= growths; growth++) {
  // No function call and no wait between being told and looking: nothing interrupts the thread there.
  while (Atomics.load(words, told) !== growth);
  const end = begin + growth * 65_536;
  if (shared.covering(end).bytes.length >= end) covered++;
  Atomics.store(words, seen, growth);
  Atomics.notify(words, seen);
}
parentPort?.postMessage(covered);

export interface GrowthJob {
  memory: WebAssembly.Memory;
  /** Its bytes before the first growth. */
  begin: number;
  growths: number;
  /** Words by which the two threads take turns. */
  told: number;
  seen: number;
}
