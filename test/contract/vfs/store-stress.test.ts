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
import { nextMessage, startThread } from './threads.ts';

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
  const live = await Promise.all([1, 2].map((slot) => start(slot, slot)));
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(5 + Math.random() * 40);
    const index = kill % live.length;
    await live[index]?.terminate();
    reap(fs.volume, index + 1);
    if (kill % 5 === 0) expect(fsck(fs.volume).errors).toEqual([]);
    live[index] = await start(index + 1, kill * 7919);
  }
  for (const [index, worker] of live.entries()) {
    await worker.terminate();
    reap(fs.volume, index + 1);
  }
  await stop();
  expect(fsck(fs.volume).errors).toEqual([]);
  const again = await startStore('killed');
  expect(fsck(again.fs.volume).errors).toEqual([]);
  await again.stop();
});
