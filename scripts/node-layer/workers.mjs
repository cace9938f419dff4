// Bundles the workers' entries: classic scripts, because the library's chunks load by synchronous importScripts.
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { writeLicences } from '../licences/licences.mjs';
import { wasmAsBytes } from './wasm.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Entry → output. An entry that is not written yet is left out. */
const WORKERS = [
  ['src/process/main.ts', 'process-worker.js'],
  ['src/process/userland-main.ts', 'userland-worker.js'],
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

/** Every worker holds its script as text: of these libraries no name shows anywhere, so theirs are made short. */
const librariesMinified = {
  name: 'libraries-minified',
  setup(builder) {
    builder.onLoad(
      { filter: /\/node_modules\/(acorn|cjs-module-lexer|pako|@msgpack\/msgpack|unbash)\/.*\.m?js$/ },
      async ({ path: file }) => {
        const { code } = await transform(await readFile(file, 'utf8'), {
          minify: true,
          target: 'esnext',
          legalComments: 'none',
          sourcefile: file,
        });
        return { contents: code, loader: 'js' };
      },
    );
  },
};

/** What makes errors of its own alone while it loads. */
const WITHOUT_STACKS = [
  'process-worker.js',
  'userland-worker.js',
  'kernel-worker.js',
  'storage-worker.js',
  'cryptography.js',
  'sqlite.js',
];

/** In the place of the program's `crypto`: polyfills/cryptography/host-crypto.ts. */
const HOST_CRYPTO = {
  define: { crypto: 'hostCrypto', 'globalThis.crypto': 'hostCrypto' },
  inject: [path.join(ROOT, 'polyfills/cryptography/host-crypto.ts')],
};
const OPTIONS = { 'cryptography.js': HOST_CRYPTO };

const OPENING = '"use strict";(()=>{';
const CLOSING = '})();\n';

/** V8 reads an arrow function twice before its call, and one that stands behind a parenthesis once. */
function asFunction(script) {
  if (!script.startsWith(OPENING) || !script.endsWith(CLOSING))
    throw new Error('esbuild wraps a script differently');
  return `"use strict";(function(){${script.slice(OPENING.length)}`;
}

/**
 * In a worker, V8 looks up where the functions on the stack stand in the source as soon as an error is made, and reads each
 * of them again for that: the whole script, where a module makes an error while it loads. That costs more than all else
 * that the script does. Without a limit of stack traces nothing is looked up.
 */
function withoutStacks(script) {
  const head = script.indexOf('{') + 1;
  const kept =
    'var __limit=Reflect.getOwnPropertyDescriptor(Error,"stackTraceLimit");Reflect.deleteProperty(Error,"stackTraceLimit");';
  const given = ';if(__limit)Reflect.defineProperty(Error,"stackTraceLimit",__limit);';
  return `${script.slice(0, head)}${kept}${script.slice(head, -CLOSING.length)}${given}${CLOSING}`;
}

/** @param {string} outDir such as dist/assets */
export async function buildWorkers(outDir) {
  const built = [];
  const inputs = [];
  for (const [entry, output] of WORKERS) {
    const file = path.join(ROOT, entry);
    if (!existsSync(file)) continue;
    const outfile = path.join(outDir, output);
    const { metafile, outputFiles } = await build({
      entryPoints: [file],
      outfile,
      write: false,
      bundle: true,
      format: 'iife',
      target: 'esnext',
      // Names stay: functions of bindings show in stack traces and in fn.name.
      minifyWhitespace: true,
      legalComments: 'none',
      metafile: true,
      absWorkingDir: ROOT,
      plugins: [previewClientAsText, wasmAsBytes, librariesMinified],
      logLevel: 'warning',
      ...OPTIONS[output],
    });
    const script = asFunction(outputFiles[0]?.text ?? '');
    await writeFile(outfile, WITHOUT_STACKS.includes(output) ? withoutStacks(script) : script);
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
