/** The real chokidar in a container, over fs.watch: what editors and tools do to files that are watched. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const PROGRAM = `
const chokidar = require('./chokidar.cjs');
const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const { setTimeout: sleep } = require('node:timers/promises');

fs.mkdirSync('watched/folder', { recursive: true });
fs.writeFileSync('watched/file.txt', 'one');
const watcher = chokidar.watch('watched', { atomic: 100, ignoreInitial: true });
const seen = [];
watcher.on('all', (event, path) => seen.push(event + ' ' + path.replace(/^.*watched[/]/, '')));

/** Waits for the events that a change must bring; what comes beside them within the quiet time counts too. */
async function after(change, expected) {
  seen.length = 0;
  change();
  for (let tries = 0; tries < 200 && !expected.every((event) => seen.includes(event)); tries++) await sleep(50);
  await sleep(300);
  return [...new Set(seen)].sort();
}

watcher.on('ready', async () => {
  const out = {};
  out.changed = await after(() => fs.writeFileSync('watched/file.txt', 'two'), ['change file.txt']);
  out.atomicSave = await after(() => {
    fs.writeFileSync('watched/file.txt.tmp~', 'three');
    fs.renameSync('watched/file.txt.tmp~', 'watched/file.txt');
  }, ['change file.txt']);
  out.afterAtomicSave = await after(() => fs.writeFileSync('watched/file.txt', 'four'), ['change file.txt']);
  out.recreated = await after(() => {
    fs.unlinkSync('watched/file.txt');
    fs.writeFileSync('watched/file.txt', 'five');
  }, ['change file.txt']);
  out.afterRecreation = await after(() => fs.writeFileSync('watched/file.txt', 'six'), ['change file.txt']);
  out.removed = await after(() => fs.unlinkSync('watched/file.txt'), ['unlink file.txt']);
  out.cameBack = await after(() => fs.writeFileSync('watched/file.txt', 'seven'), ['add file.txt']);
  out.folder = await after(() => {
    fs.mkdirSync('watched/new/deep', { recursive: true });
    fs.writeFileSync('watched/new/deep/file', '1');
  }, ['addDir new', 'addDir new/deep', 'add new/deep/file']);
  out.folderRemoved = await after(() => fs.rmSync('watched/new', { recursive: true }), [
    'unlink new/deep/file', 'unlinkDir new/deep', 'unlinkDir new',
  ]);
  out.folderRenamed = await after(() => fs.renameSync('watched/folder', 'watched/renamed'), [
    'unlinkDir folder', 'addDir renamed',
  ]);
  out.byAnother = await after(
    () => execFileSync(process.execPath, ['-e', "require('fs').writeFileSync('watched/renamed/other', 'x')"]),
    ['add renamed/other'],
  );
  await watcher.close();
  console.log(JSON.stringify(out));
});
`;

test('chokidar tells what native chokidar tells', async () => {
  const entry = fileURLToPath(import.meta.resolve('chokidar'));
  const options = { bundle: true, platform: 'node', format: 'cjs', write: false } as const;
  const chokidar = buildSync({ entryPoints: [entry], ...options }).outputFiles[0]?.text ?? '';
  const result = await run(
    async ({ OpenAgentsContainer }, files) => {
      const container = await OpenAgentsContainer.boot();
      for (const [name, text] of Object.entries(files)) await container.fs.writeFile(name, text);
      const { stdout, stderr } = await container.exec('node program.cjs');
      await container.teardown();
      return { stdout, stderr };
    },
    { 'chokidar.cjs': chokidar, 'program.cjs': PROGRAM },
  );
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual({
    changed: ['change file.txt'],
    atomicSave: ['change file.txt'],
    afterAtomicSave: ['change file.txt'],
    recreated: ['change file.txt'],
    afterRecreation: ['change file.txt'],
    removed: ['unlink file.txt'],
    cameBack: ['add file.txt'],
    folder: ['add new/deep/file', 'addDir new', 'addDir new/deep'],
    folderRemoved: ['unlink new/deep/file', 'unlinkDir new', 'unlinkDir new/deep'],
    folderRenamed: ['addDir renamed', 'unlinkDir folder'],
    byAnother: ['add renamed/other'],
  });
});
