import { expect, test } from 'vitest';
import { format } from '../../../vfs/format.ts';
import type { GrowthJob } from './growth-thread.ts';
import { nextMessage, startThread } from './threads.ts';

const GROWTHS = 3000;
const WAIT_MS = 1000;

test('memory that one thread has just added is mapped by another that is told of it at once', async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16384, shared: true });
  format(memory, { metadataBytes: 8 * 2 ** 20 });
  const turns = new Int32Array(new SharedArrayBuffer(8));
  const job: GrowthJob = { memory, slot: 1, begin: memory.buffer.byteLength, growths: GROWTHS, turns };
  const worker = startThread('growth-thread.ts', job);
  const mapped = nextMessage<number>(worker, 'mapped');
  await new Promise((resolve) => worker.once('online', resolve));
  for (let growth = 1; growth <= GROWTHS; growth++) {
    memory.grow(1);
    Atomics.store(turns, 0, growth);
    while (Atomics.load(turns, 1) !== growth) Atomics.wait(turns, 1, growth - 1, WAIT_MS);
  }
  expect(await mapped).toBe(GROWTHS);
  await worker.terminate();
});
