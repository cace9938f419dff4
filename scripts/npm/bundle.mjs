// Bundles the pinned npm into one file, and puts beside it what it reads as files. All of it is served as it is and shows
// in a container as /usr/lib/node/node_modules/npm (src/kernel/trees/npm.ts).
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { writeLicences } from '../licences/licences.mjs';
import { patched, PATCHED_FILES } from './patches.mjs';

const SOURCE = path.dirname(createRequire(import.meta.url).resolve('npm/package.json'));
const FILES = path.join(import.meta.dirname, 'files');

/** `main(name)` runs one of npm's programs. */
const ENTRY = `module.exports = (name) => {
  if (name === 'npx') require('./bin/npx-cli.js');
  else require('./lib/cli.js')(process);
};`;

function npmSources(seen) {
  return {
    name: 'npm-sources',
    setup(builder) {
      builder.onLoad({ filter: /\.js$/ }, async ({ path: file }) => {
        const name = path.relative(SOURCE, file).replaceAll(path.sep, '/');
        if (!PATCHED_FILES.includes(name)) return undefined;
        seen.add(name);
        return { contents: patched(name, await readFile(file, 'utf8')), loader: 'js' };
      });
    },
  };
}

/** @returns the files that went into it, relative to npm */
async function bundle(stdin, outfile, seen) {
  const { metafile } = await build({
    stdin: { contents: stdin, resolveDir: SOURCE, sourcefile: 'entry.cjs' },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    // A browser does not tell of native awaits, so code with them is rewritten before it runs; without them it runs as it is.
    supported: {
      'async-await': false,
      'async-generator': false,
      'for-await': false,
      'dynamic-import': false,
    },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    alias: { 'npm-twins': path.join(import.meta.dirname, 'twins.cjs') },
    nodePaths: [path.join(SOURCE, 'node_modules')],
    plugins: [npmSources(seen)],
    logLevel: 'error',
    absWorkingDir: SOURCE,
  });
  return Object.keys(metafile.inputs);
}

/** @param {string} outDir such as dist/assets/npm */
export async function buildNpm(outDir) {
  const stamp = path.join(outDir, 'built-from.json');
  const current = JSON.stringify(await sourcesOf());
  if ((await readFile(stamp, 'utf8').catch(() => '')) === current) return;
  await rm(outDir, { recursive: true, force: true });
  await mkdir(path.join(outDir, 'lib'), { recursive: true });
  const seen = new Set();
  const inputs = [
    ...(await bundle(ENTRY, path.join(outDir, 'lib/npm.js'), seen)),
    ...(await bundle(
      "module.exports = require('./node_modules/init-package-json/lib/default-input.js');",
      path.join(outDir, 'lib/default-input.js'),
      seen,
    )),
  ];
  const missing = PATCHED_FILES.filter((name) => !seen.has(name));
  if (missing.length > 0) throw new Error(`not in npm's bundle: ${missing.join(', ')}`);
  await cp(path.join(SOURCE, 'package.json'), path.join(outDir, 'package.json'));
  await writeLicences(SOURCE, inputs, outDir, [SOURCE]);
  await cp(FILES, outDir, { recursive: true });
  await writeFile(stamp, current);
}

/** What the bundle depends on: the version of npm, and the texts of this folder and of the licences'. */
async function sourcesOf() {
  const { version } = JSON.parse(await readFile(path.join(SOURCE, 'package.json'), 'utf8'));
  const folders = [import.meta.dirname, path.join(import.meta.dirname, '../licences')];
  const own = await Promise.all(folders.map((one) => readdir(one, { recursive: true, withFileTypes: true })));
  const texts = {};
  for (const entry of own.flat().filter((found) => found.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    texts[path.relative(import.meta.dirname, file)] = await readFile(file, 'utf8');
  }
  return { version, texts };
}
