/**
 * Several workers at once on one file system, and workers ended at random instants. `OAC_LONG=1` for the long run.
 */
import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { reap } from '../../../vfs/reaper.ts';
import type { StressReport } from './stress-program.ts';
import { nextMessage, startThread } from './threads.ts';

const LONG = process.env['OAC_LONG'] !== undefined;
const OPERATIONS = LONG ? 400_000 : 20_000;
const KILLS = Number(process.env['OAC_KILLS'] ?? (LONG ? 5000 : 150));
const WORKERS = 3;
const CHECK_EVERY = 5;

function makeVolume(pages: number): { memory: WebAssembly.Memory; fs: SharedFileSystem } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
  format(memory, { capacityBytes: pages * 65536, metadataBytes: 8 * 2 ** 20 });
  return { memory, fs: attach(memory, { processSlot: 0 }) };
}

test('workers that hammer at once find everything whole', { timeout: 600_000 }, async () => {
  const { memory, fs } = makeVolume(16384);
  const workers = [1, 2, 3, 4].map((slot) =>
    startThread('stress-thread.ts', { memory, slot, seed: slot * 7919, operations: OPERATIONS }),
  );
  const reports = await Promise.all(workers.map((worker) => nextMessage<StressReport>(worker, 'report')));
  await Promise.all(workers.map((worker) => worker.terminate()));

  expect(reports.flatMap((report) => report.findings)).toEqual([]);
  expect(fsck(fs.volume).errors).toEqual([]);
  for (const slot of [1, 2, 3, 4]) reap(fs.volume, slot);
  const after = fsck(fs.volume);
  expect(after.errors).toEqual([]);
  expect(after.descriptions).toBe(0);
});

for (const pages of [16384, 1024]) {
  const room = pages === 1024 ? 'a volume that is nearly full' : 'a roomy volume';
  test(`workers killed at random instants leave ${room} whole`, { timeout: 3_600_000 }, async () => {
    const { memory, fs } = makeVolume(pages);
    const start = async (slot: number, seed: number): Promise<{ worker: Worker; slot: number }> => {
      const worker = startThread('stress-thread.ts', { memory, slot, seed, operations: 0 });
      await nextMessage(worker, 'started');
      return { worker, slot };
    };
    const live = await Promise.all(
      Array.from({ length: WORKERS }, (_, index) => start(index + 1, index * 101 + 1)),
    );
    let inTransaction = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(5 + Math.random() * 25);
      const index = Math.floor(Math.random() * live.length);
      const { worker, slot } = live[index] as { worker: Worker; slot: number };
      await worker.terminate();
      if (reap(fs.volume, slot).rolledBack !== undefined) inTransaction++;
      if (kill % CHECK_EVERY === 0) expect(fsck(fs.volume).errors).toEqual([]);
      live[index] = await start(slot, kill * 7919 + 3);
    }
    for (const { worker, slot } of live) {
      await worker.terminate();
      reap(fs.volume, slot);
    }
    const after = fsck(fs.volume);
    expect(after.errors).toEqual([]);
    expect(after.descriptions).toBe(0);
    console.log(`${KILLS} kills, ${inTransaction} of them inside a transaction`);
  });
}
