// Bundles the workers' entries: classic scripts, because the library's chunks load by synchronous importScripts.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Entry → output. An entry that is not written yet is left out. */
const WORKERS = [
  ['src/process/main.ts', 'process-worker.js'],
  ['src/kernel/main.ts', 'kernel-worker.js'],
  ['src/storage/main.ts', 'storage-worker.js'],
  ['src/service-worker/main.ts', 'service-worker.js'],
  ['userland/main.ts', 'userland.js'],
];

/** JSON as text that is parsed when the script starts: engines parse that faster than an object literal. */
export const jsonAsText = {
  name: 'json-as-text',
  setup(builder) {
    builder.onLoad({ filter: /facts\.json$/ }, async ({ path: file }) => {
      const { readFile } = await import('node:fs/promises');
      const text = JSON.stringify(JSON.parse(await readFile(file, 'utf8')));
      return { contents: `export default JSON.parse(${JSON.stringify(text)});`, loader: 'js' };
    });
  },
};

/** @param {string} outDir such as dist/assets */
export async function buildWorkers(outDir) {
  const built = [];
  for (const [entry, output] of WORKERS) {
    const file = path.join(ROOT, entry);
    if (!existsSync(file)) continue;
    await build({
      entryPoints: [file],
      outfile: path.join(outDir, output),
      bundle: true,
      format: 'iife',
      target: 'esnext',
      // Names stay: functions of bindings show in stack traces and in fn.name.
      minifyWhitespace: true,
      legalComments: 'none',
      plugins: [jsonAsText],
      logLevel: 'warning',
    });
    built.push(output);
  }
  return built;
}
