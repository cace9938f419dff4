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

/** → how many passed, failed and were skipped; a run that broke off counts as a failure. */
async function run(names) {
  await mkdir(path.dirname(report), { recursive: true });
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const projects = names.map((name) => `--project=${name}`);
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...projects, ...reporters, ...passedOn], {
    cwd: root,
    stdio: 'inherit',
  });
  const totals = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
  const count = (name) => totals[name] ?? 0;
  const failed = count('numFailedTests');
  return {
    passed: count('numPassedTests'),
    failed: status !== 0 && failed === 0 ? 1 : failed,
    skipped: count('numPendingTests') + count('numTodoTests'),
  };
}

const { passed, failed, skipped } =
  suites.length === 0 ? { passed: 0, failed: 0, skipped: 0 } : await run(suites);
for (const problem of problems) console.error(problem);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && problems.length === 0 ? 0 : 1;
