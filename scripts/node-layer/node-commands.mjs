// Bundles the commands that are Node programs: classic scripts that leave a function of `require` on a global.
import path from 'node:path';
import { build } from 'esbuild';
import { writeLicences } from '../licences/licences.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COMMANDS = ['curl', 'git', 'wget'];
// src/protocol/node-commands.ts
const HOOK = '__oacNodeCommand';

/** @param {string} outDir such as dist/assets/commands */
export async function buildNodeCommands(outDir) {
  const { metafile } = await build({
    entryPoints: Object.fromEntries(
      COMMANDS.map((name) => [name, path.join(ROOT, `node-commands/${name}.ts`)]),
    ),
    outdir: outDir,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'esnext',
    minify: true,
    legalComments: 'none',
    metafile: true,
    absWorkingDir: ROOT,
    banner: {
      js: `globalThis.${HOOK}=(require)=>{const exports={},module={exports},__filename="/usr/bin/node",__dirname="/usr/bin";`,
    },
    footer: { js: '};' },
    logLevel: 'warning',
  });
  await writeLicences(ROOT, Object.keys(metafile.inputs), outDir);
}
