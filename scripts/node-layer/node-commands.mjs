// Bundles the commands that are Node programs: classic scripts that leave a function of `require` on a global.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.resolve(import.meta.dirname, '../..');
const COMMANDS = ['git', 'jq'];
// src/protocol/node-commands.ts
const HOOK = '__oacNodeCommand';

/**
 * jq-web makes an instance of its own as soon as it is loaded, with streams of its own: the factory is what is wanted.
 */
const jqFactory = {
  name: 'jq-factory',
  setup(builder) {
    builder.onLoad({ filter: /jq-web[\\/]jq\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8');
      const end = text.indexOf('jq = jq().then(');
      if (end < 0) throw new Error('jq-web no longer ends as this build expects');
      return { contents: text.slice(0, end), loader: 'js' };
    });
  },
};

/** @param {string} outDir such as dist/assets/commands */
export async function buildNodeCommands(outDir) {
  await build({
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
    banner: {
      js: `globalThis.${HOOK}=(require)=>{const exports={},module={exports},__filename="/usr/bin/node",__dirname="/usr/bin";`,
    },
    footer: { js: '};' },
    loader: { '.wasm': 'binary' },
    plugins: [jqFactory],
    logLevel: 'warning',
  });
}
