// Runs a TypeScript program of this repository in Node: `node scripts/run-ts.mjs file.ts [argument …]`.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) throw new Error('usage: run-ts.mjs file.ts [argument …]');
const outfile = path.join(root, '.cache/programs', entry.replaceAll('/', '-').replace(/\.ts$/, '.mjs'));
await mkdir(path.dirname(outfile), { recursive: true });
await esbuild.build({
  entryPoints: [path.resolve(root, entry)],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.argv.splice(1, process.argv.length, outfile, ...args);
await import(pathToFileURL(outfile).href);
