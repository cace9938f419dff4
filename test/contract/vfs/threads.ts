/** Starts a TypeScript file of this folder in a worker thread. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';

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
