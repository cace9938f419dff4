// `npm test [-- --long] [vitest's arguments]`: builds, runs the suites and prints one closing line. Without --long: unit,
// contract and browser; with it, what takes longer: kills and crashes, real programs, the external runtime.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createRequire } from 'node:module';
import { ensureBrowser } from './browser.mjs';
import { build } from './build.mjs';

const root = path.resolve(import.meta.dirname, '..');
const report = path.join(root, '.cache/test-report.json');
/** More failing files than this are no accident: they are not tried again. */
const FILES_RUN_ONCE_MORE = 8;
const packageFile = createRequire(import.meta.url).resolve('vitest/package.json');
const vitest = path.join(path.dirname(packageFile), 'vitest.mjs');
const long = process.argv.includes('--long');
const passedOn = process.argv.slice(2).filter((argument) => argument !== '--long');

await build();
const browser = await ensureBrowser();
const problems = [];
const hasBrowser = 'executable' in browser;
if (!hasBrowser) problems.push(`The tests in a browser did not run. ${browser.problem}`);
const hasRuntime = existsSync(path.join(root, 'runtime/node_modules'));
if (long && !hasRuntime)
  problems.push("The runtime's tests did not run: they need `npm ci --prefix runtime`.");
const suites = long
  ? [...(hasBrowser ? ['long'] : []), ...(hasBrowser && hasRuntime ? ['runtime'] : [])]
  : ['unit', 'contract', ...(hasBrowser ? ['browser'] : [])];

/** Runs vitest over `names` of its projects → the exit code, and what its report says of each file. */
async function vitestRun(names, passedOn) {
  await mkdir(path.dirname(report), { recursive: true });
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const projects = names.map((name) => `--project=${name}`);
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...projects, ...reporters, ...passedOn], {
    cwd: root,
    stdio: 'inherit',
  });
  const { testResults = [] } = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
  return { status, files: new Map(testResults.map((file) => [file.name, file])) };
}

/**
 * → how many passed, failed and were skipped; a run that broke off counts as a failure. Unattended, the files that failed
 * run once more, alone, and the report says so: one test in thousands meets a machine that stood still. At a desk a
 * failure is final.
 */
async function run(names) {
  const { status, files } = await vitestRun(names, passedOn);
  const failing = [...files.values()].filter((file) => file.status === 'failed').map((file) => file.name);
  let brokeOff = status !== 0 && failing.length === 0;
  if (process.env['CI'] !== undefined && failing.length > 0 && failing.length <= FILES_RUN_ONCE_MORE) {
    for (const name of failing) console.log(`once more, alone: ${path.relative(root, name)}`);
    const flags = passedOn.filter((argument) => argument.startsWith('-'));
    const second = await vitestRun(names, [...flags, ...failing]);
    for (const [name, file] of second.files) files.set(name, file);
    brokeOff = second.files.size < failing.length;
  }
  return totals([...files.values()], brokeOff);
}

function totals(files, brokeOff) {
  const tests = files.flatMap((file) => file.assertionResults);
  const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
  // A file that failed without a failing test did not load, or failed in a hook.
  const unloaded = files.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  );
  return {
    passed: count('passed'),
    failed: count('failed') + unloaded.length + (brokeOff ? 1 : 0),
    skipped: count('pending', 'skipped', 'todo', 'disabled'),
  };
}

const { passed, failed, skipped } =
  suites.length === 0 ? { passed: 0, failed: 0, skipped: 0 } : await run(suites);
for (const problem of problems) console.error(problem);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && problems.length === 0 ? 0 : 1;
