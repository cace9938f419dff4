// Builds dist/: the Node layer's chunks, the workers, container-api, the command line and the playground.
// Every step after the Node layer takes milliseconds, so nothing is cached here; the Node layer caches by content.
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { writeDeclarations } from './declarations.mjs';
import { writeLicences } from './licences/licences.mjs';
import { buildNpm } from './npm/bundle.mjs';
import { buildNodeLayer } from './node-layer/build.mjs';
import { buildNodeCommands } from './node-layer/node-commands.mjs';
import { buildWorkers } from './node-layer/workers.mjs';

const root = path.resolve(import.meta.dirname, '..');
const at = (...parts) => path.join(root, ...parts);
const TARGET = 'chrome120';

const shared = {
  bundle: true,
  target: TARGET,
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  absWorkingDir: root,
};

/** @param {Record<string, string>} entries */
const existing = (entries) =>
  Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(at(file))));

async function buildRuntime() {
  await buildNodeLayer(at('dist/assets/node'));
  await buildWorkers(at('dist/assets'));
  await buildNodeCommands(at('dist/assets/commands'));
  // What a process loads when it first compresses in these formats (polyfills/bindings/zlib.ts).
  await cp(at('polyfills/zlib/wasm'), at('dist/assets/compression'), { recursive: true });
}

/** The texts that go with scripts of one folder of dist/. */
const writeLicencesOf = (builds, folder) =>
  writeLicences(
    root,
    builds.flatMap(({ metafile }) => Object.keys(metafile.inputs)),
    at('dist', folder),
  );

/** What is built over the container loads it as any page would: from dist/index.js, not as a copy of its own. */
const containerBeside = (path) => ({
  name: 'container-as-shipped',
  setup(builder) {
    builder.onResolve({ filter: /(^\.|container-api)\/index\.ts$/ }, () => ({ path, external: true }));
  },
});

async function buildContainerApi() {
  const options = { ...shared, outdir: at('dist'), format: 'esm', platform: 'browser' };
  const own = await esbuild.build({ ...options, entryPoints: existing({ index: 'container-api/index.ts' }) });
  const beside = await esbuild.build({
    ...options,
    entryPoints: existing({
      webcontainer: 'container-api/webcontainer.ts',
      'webcontainer/connect': 'container-api/webcontainer/connect.ts',
    }),
    plugins: [containerBeside('./index.js')],
  });
  // For hosts that cannot send headers: lies beside the page.
  const host = await esbuild.build({
    ...options,
    format: 'iife',
    entryPoints: existing({ 'static-host-worker': 'container-api/static-host-worker.ts' }),
  });
  await writeLicencesOf([own, beside, host], '.');
}

async function buildCommandLine() {
  const program = await esbuild.build({
    ...shared,
    entryPoints: { cli: 'src/cli/main.ts', headless: 'src/cli/headless.ts' },
    outdir: at('dist/cli'),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    // `ws` is CommonJS and requires Node's builtins.
    banner: {
      js: "import { createRequire as _cr } from 'node:module'; const require = _cr(import.meta.url);",
    },
  });
  const page = await esbuild.build({
    ...shared,
    entryPoints: { page: 'src/cli/page/main.ts' },
    outdir: at('dist/cli'),
    format: 'esm',
    platform: 'browser',
    external: ['/index.js'],
  });
  await writeLicencesOf([program, page], 'cli');
  for (const name of ['page.html', 'empty.html']) await cp(at('src/cli/page', name), at('dist/cli', name));
}

async function buildPlayground() {
  const from = 'examples/playground';
  const built = await esbuild.build({
    ...shared,
    minify: true,
    entryPoints: { 'playground/main': `${from}/main.ts`, 'offline-worker': `${from}/offline-worker.ts` },
    outdir: at('dist'),
    format: 'esm',
    platform: 'browser',
    plugins: [containerBeside('../index.js')],
  });
  await writeLicencesOf([built], 'playground');
  await cp(at(from, 'index.html'), at('dist/playground/index.html'));
}

/** Of the command line, of service workers (which browsers keep themselves), and what is read only by who looks at it. */
const NOT_KEPT =
  /^(cli\/|types\/|assets\/node\/source\/.*\.txt$|(offline|static-host)-worker\.js$|files\.json$)/;

/** What the playground's service worker keeps for the time without a server. */
async function listFiles() {
  const names = await readdir(at('dist'), { recursive: true, withFileTypes: true });
  const files = names
    .filter(
      (entry) => entry.isFile() && !/\.map$|^LICENSES?\b|^build-key$|^built-from\.json$/.test(entry.name),
    )
    .map((entry) =>
      path.relative(at('dist'), path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'),
    )
    .filter((name) => !NOT_KEPT.test(name));
  await writeFile(at('dist/files.json'), `${JSON.stringify(['playground/', ...files.sort()])}\n`);
}

export async function build() {
  await mkdir(at('dist'), { recursive: true });
  await rm(at('dist/cli'), { recursive: true, force: true });
  await Promise.all([
    buildRuntime(),
    buildNpm(at('dist/assets/npm')),
    buildContainerApi(),
    buildCommandLine(),
    buildPlayground(),
    writeDeclarations(root, at('dist/types')),
  ]);
  await listFiles();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const begin = performance.now();
  try {
    await build();
    console.log(`built dist/ in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
