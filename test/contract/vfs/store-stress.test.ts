/** Several workers on a store whose memory is far too small for their files, some of them killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { attach } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { Super } from '../../../vfs/layout.ts';
import { stopStorage } from '../../../vfs/persist/worker.ts';
import { reap } from '../../../vfs/reaper.ts';
import type { StressReport } from './stress-program.ts';
import { findErrors, killThread, nextMessage, startThread } from './threads.ts';

const PAGES = 432;
const METADATA_BYTES = 4 * 2 ** 20;
const STORAGE_SLOT = 1023;
const OPERATIONS = process.env['OAC_LONG'] === undefined ? 8000 : 200_000;
const KILLS = Number(process.env['OAC_STORE_KILLS'] ?? (process.env['OAC_LONG'] === undefined ? 30 : 1000));

const directory = mkdtempSync(`${tmpdir()}/oac-store-stress-`);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function startStore(name: string) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  format(memory, { capacityBytes: PAGES * 65536, metadataBytes: METADATA_BYTES });
  const storage = startThread('storage-thread.ts', {
    memory,
    directory: `${directory}/${name}`,
    slot: STORAGE_SLOT,
  });
  await nextMessage(storage, 'mounted');
  const fs = attach(memory, { processSlot: 0 });
  const stop = async (): Promise<void> => {
    const stopped = nextMessage(storage, 'stopped');
    stopStorage(fs.volume);
    await stopped;
    await storage.terminate();
  };
  return { memory, fs, stop };
}

test('workers find everything whole while their data come and go', { timeout: 1_200_000 }, async () => {
  const { memory, fs, stop } = await startStore('whole');
  const workers = [1, 2, 3].map((slot) =>
    startThread('stress-thread.ts', { memory, slot, seed: slot * 7919, operations: OPERATIONS }),
  );
  const reports = await Promise.all(workers.map((worker) => nextMessage<StressReport>(worker, 'report')));
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const slot of [1, 2, 3]) reap(fs.volume, slot);
  expect(reports.flatMap((report) => report.findings)).toEqual([]);
  expect(fs.volume.words[Super.blocksEvicted]).toBeGreaterThan(1000);
  expect(fs.volume.words[Super.chunksLoaded]).toBeGreaterThan(10);
  expect(fsck(fs.volume).errors).toEqual([]);
  await stop();
  const again = await startStore('whole');
  expect(fsck(again.fs.volume).errors).toEqual([]);
  await again.stop();
});

test('workers killed while they wait for the store leave it sound', { timeout: 3_600_000 }, async () => {
  const { memory, fs, stop } = await startStore('killed');
  const start = async (slot: number, seed: number) => {
    const worker = startThread('stress-thread.ts', { memory, slot, seed, operations: 0 });
    await nextMessage(worker, 'started');
    return worker;
  };
  let kills = 0;
  const runSlot = async (slot: number): Promise<void> => {
    for (let live = await start(slot, slot); ; live = await start(slot, kills * 7919 + slot)) {
      await sleep(5 + Math.random() * 40);
      await killThread(fs, { worker: live, slot });
      if (++kills % 5 === 0) expect(await findErrors(fs)).toEqual([]);
      if (kills >= KILLS) return;
    }
  };
  await Promise.all([1, 2].map(runSlot));
  await stop();
  expect(fsck(fs.volume).errors).toEqual([]);
  const again = await startStore('killed');
  expect(fsck(again.fs.volume).errors).toEqual([]);
  await again.stop();
});
