// Bundles the workers' entries: classic scripts, because the library's chunks load by synchronous importScripts.
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeLicences } from '../licences/licences.mjs';
import { wasmAsBytes } from './wasm.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Entry → output. An entry that is not written yet is left out. */
const WORKERS = [
  ['src/process/main.ts', 'process-worker.js'],
  ['src/kernel/main.ts', 'kernel-worker.js'],
  ['src/storage/main.ts', 'storage-worker.js'],
  ['src/service-worker/main.ts', 'service-worker.js'],
  ['userland/main.ts', 'userland.js'],
  ['userland/tools-main.ts', 'userland-tools.js'],
  ['userland/shell-main.ts', 'userland-shell.js'],
  ['userland/jq-main.ts', 'userland-jq.js'],
  ['src/preview-client/host.ts', 'preview-host.js'],
  ['polyfills/cryptography/chunk.ts', 'cryptography.js'],
  ['polyfills/sqlite/chunk.ts', 'sqlite.js'],
];

/** The script that the service worker puts into a preview's documents, as text within its own bundle. */
const previewClientAsText = {
  name: 'preview-client-as-text',
  setup(builder) {
    builder.onResolve({ filter: /^preview-client-source$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'text',
    }));
    builder.onLoad({ filter: /.*/, namespace: 'text' }, async () => {
      const { outputFiles } = await build({
        entryPoints: [path.join(ROOT, 'src/preview-client/main.ts')],
        bundle: true,
        format: 'iife',
        target: 'esnext',
        minify: true,
        legalComments: 'none',
        write: false,
        logLevel: 'warning',
      });
      return { contents: outputFiles[0]?.text ?? '', loader: 'text' };
    });
  },
};

/** @param {string} outDir such as dist/assets */
export async function buildWorkers(outDir) {
  const built = [];
  const inputs = [];
  for (const [entry, output] of WORKERS) {
    const file = path.join(ROOT, entry);
    if (!existsSync(file)) continue;
    const { metafile } = await build({
      entryPoints: [file],
      outfile: path.join(outDir, output),
      bundle: true,
      format: 'iife',
      target: 'esnext',
      // Names stay: functions of bindings show in stack traces and in fn.name.
      minifyWhitespace: true,
      legalComments: 'none',
      metafile: true,
      absWorkingDir: ROOT,
      plugins: [previewClientAsText, wasmAsBytes],
      logLevel: 'warning',
    });
    built.push(output);
    inputs.push(...Object.keys(metafile.inputs));
  }
  await copyFile(
    fileURLToPath(import.meta.resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm')),
    path.join(outDir, 'sqlite3.wasm'),
  );
  await copyFile(path.join(ROOT, 'src/preview-client/host.html'), path.join(outDir, 'preview-host.html'));
  await writeLicences(ROOT, inputs, outDir);
  return built;
}
