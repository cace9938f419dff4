// Type-checks every layer with exactly the libraries that it may use (one tsconfig a layer).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const LAYERS = [
  'src/base',
  'src/protocol',
  'src/remote',
  'src/kernel',
  'src/process',
  'src/storage',
  'src/service-worker',
  'src/preview-client',
  'src/dns',
  'src/cli',
  'src/cli/page',
  'vfs',
  'vfs/backends',
  'polyfills',
  'userland',
  'node-commands',
  'container-api',
  'runtime',
  'examples',
  'test',
  'test/runtime',
  'bench',
  '.',
];
const PARALLEL = 2;

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const wanted = process.argv.slice(2);
/** `runtime` is a package of its own: without its dependencies there is nothing to check it against. */
const NEEDS_RUNTIME = ['runtime', 'test/runtime'];
const installed = (layer) => !NEEDS_RUNTIME.includes(layer) || existsSync('runtime/node_modules');
if (!installed('runtime')) {
  console.log(`${NEEDS_RUNTIME.join(' and ')}: not checked (npm ci --prefix runtime)`);
}
const queue = LAYERS.filter(
  (layer) =>
    existsSync(`${layer}/tsconfig.json`) && installed(layer) && (!wanted.length || wanted.includes(layer)),
);
/** What the last check learned, so that the next one looks only at what has changed. */
const buildInfo = (layer) => `.cache/types/${layer.replaceAll('/', '-')}.tsbuildinfo`;
let failed = 0;

async function worker() {
  for (let layer = queue.shift(); layer !== undefined; layer = queue.shift()) {
    const child = spawn(
      process.execPath,
      [tsc, '-p', layer, '--pretty', 'false', '--incremental', '--tsBuildInfoFile', buildInfo(layer)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    const empty = output.includes('TS18003'); // a layer that has no file yet
    if (code !== 0 && !empty) {
      failed++;
      process.stdout.write(output);
    }
  }
}
await Promise.all(Array.from({ length: PARALLEL }, worker));
process.exit(failed ? 1 : 0);
