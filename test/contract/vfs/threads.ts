/** Starts a TypeScript file of this folder in a worker thread. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import type { SharedFileSystem } from '../../../vfs/attach.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { isHeldByDying, markEnding, reap, type ReapReport } from '../../../vfs/reaper.ts';

const bundles = new Map<string, string>();

export function startThread(name: string, data: object): Worker {
  let code = bundles.get(name);
  if (code === undefined) {
    const entry = fileURLToPath(new URL(name, import.meta.url));
    const built = buildSync({
      entryPoints: [entry],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    });
    code = built.outputFiles[0]?.text ?? '';
    bundles.set(name, code);
  }
  return new Worker(code, { eval: true, workerData: data });
}

/** The next message of a worker that has `key`; rejects when the worker fails first. */
export function nextMessage<Value>(worker: Worker, key: string): Promise<Value> {
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (message: Record<string, Value>) => {
      const value = message[key];
      if (value !== undefined) resolve(value);
    });
  });
}

/**
 * Ends a worker wherever it is and buries its process, as the kernel does: others may be dead at the same time, not all of
 * them known to be. → what the first look at it found
 */
export async function killThread(
  fs: SharedFileSystem,
  { worker, slot }: { worker: Worker; slot: number },
): Promise<ReapReport> {
  markEnding(fs.volume, slot);
  await worker.terminate();
  const report = reap(fs.volume, slot);
  for (let { buried } = report; !buried; buried = reap(fs.volume, slot).buried) await sleep(1);
  return report;
}

/** What fsck finds while others are being killed. */
export async function findErrors(fs: SharedFileSystem): Promise<string[]> {
  while (isHeldByDying(fs.volume)) await sleep(1);
  return fsck(fs.volume).errors;
}
