/** Runs a TypeScript module of the tests in a worker thread: bundled on the spot, so that layers can be imported. */
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

export async function startWorker(entry: string, workerData: unknown): Promise<Worker> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`no bundle of ${entry}`);
  return new Worker(output.text, { eval: true, workerData });
}

/** The worker's one answer, or its error. */
export function answerOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
