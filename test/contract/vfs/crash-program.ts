/**
 * A program that is killed: a storage thread and two that write and sync. What is synced is told on stdout, line by
 * line: file, length, seed.
 */
import fs from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { attach } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { O_CREAT, O_RDWR } from '../../../vfs/mode.ts';
import { runStorage } from '../../../vfs/persist/worker.ts';
import { makeCrashContent } from './crash-content.ts';
import { openHostStore } from './node-store.ts';

interface Order {
  memory: WebAssembly.Memory;
  directory: string;
  role: 'storage' | 'writer';
  slot: number;
  seed: number;
}

const FILES = 20;
const BYTES_MAX = 400_000;

function write({ memory, slot, seed }: Order): never {
  const shared = attach(memory, { processSlot: slot });
  let random = seed;
  const next = (below: number): number => {
    random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
    return (random >>> 8) % below;
  };
  shared.mkdir(`/w${slot}`, 0o755);
  for (;;) {
    const path = `/w${slot}/f${next(FILES)}`;
    const fileSeed = next(1 << 20);
    const content = makeCrashContent(next(4) ? next(9000) : next(BYTES_MAX), fileSeed);
    // The atomic save of editors: a new file, synced, renamed over the old.
    const ofd = shared.open(`${path}.new`, O_RDWR | O_CREAT, 0o644);
    shared.ftruncate(ofd, 0);
    shared.write(ofd, content, 0);
    shared.rename(`${path}.new`, path);
    if (shared.fsync(ofd, false) === 0) fs.writeSync(1, `${path} ${content.length} ${fileSeed}\n`);
    shared.close(ofd);
    if (next(10) === 0) shared.rename(`/w${slot}/gone`, `/w${slot}/gone2`);
    for (let index = 0; index < 5; index++)
      shared.writeFile(`/w${slot}/scratch${next(50)}`, content, 0o1101, 0o644);
    shared.unlink(`/w${slot}/scratch${next(50)}`);
  }
}

if (isMainThread) {
  const [directory = '', seed = '1'] = process.argv.slice(2);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 8192, shared: true });
  format(memory, { capacityBytes: 8192 * 65536, metadataBytes: 16 * 2 ** 20 });
  const start = (role: Order['role'], slot: number): Worker =>
    new Worker(new URL(import.meta.url), {
      workerData: { memory, directory, role, slot, seed: Number(seed) * 31 + slot } satisfies Order,
    });
  start('storage', 1).on('message', () => {
    start('writer', 2);
    start('writer', 3);
  });
} else {
  const order = workerData as Order;
  if (order.role === 'writer') write(order);
  runStorage({
    memory: order.memory,
    files: openHostStore(order.directory),
    settings: { processSlot: order.slot },
    clock: () => performance.now(),
    mounted: (report) => parentPort?.postMessage(report),
  });
}
