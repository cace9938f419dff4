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
import { findErrors, killThread, nextMessage, startThread } from './threads.ts';

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
    const start = async (slot: number, seed: number): Promise<Worker> => {
      const worker = startThread('stress-thread.ts', { memory, slot, seed, operations: 0 });
      await nextMessage(worker, 'started');
      return worker;
    };
    let kills = 0;
    let inTransaction = 0;
    /** Burials that needed a lock of another worker being killed. */
    let waited = 0;
    /** One after the other in one slot; the slots' kills come at any time relative to each other. */
    const runSlot = async (slot: number): Promise<void> => {
      for (let live = await start(slot, slot * 101 + 1); ; live = await start(slot, kills * 7919 + slot)) {
        await sleep(5 + Math.random() * 25);
        const found = await killThread(fs, { worker: live, slot });
        if (found.rolledBack !== undefined) inTransaction++;
        if (!found.buried) waited++;
        if (++kills % CHECK_EVERY === 0) expect(await findErrors(fs)).toEqual([]);
        if (kills >= KILLS) return;
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, (_, index) => runSlot(index + 1)));
    const after = fsck(fs.volume);
    expect(after.errors).toEqual([]);
    expect(after.descriptions).toBe(0);
    console.log(
      `${kills} kills, ${inTransaction} of them inside a transaction, ${waited} beside another such`,
    );
  });
}
