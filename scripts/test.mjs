// `npm test`: builds, then runs the unit, contract and browser suites and prints one closing line.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createRequire } from 'node:module';
import { ensureBrowser } from './browser.mjs';
import { build } from './build.mjs';

const root = path.resolve(import.meta.dirname, '..');
const report = path.join(root, '.cache/test-report.json');
const packageFile = createRequire(import.meta.url).resolve('vitest/package.json');
const vitest = path.join(path.dirname(packageFile), 'vitest.mjs');

await build();
const browser = await ensureBrowser();
const projects = ['unit', 'contract', ...('executable' in browser ? ['browser'] : [])];
await mkdir(path.dirname(report), { recursive: true });
await rm(report, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    ...projects.map((name) => `--project=${name}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
const totals = JSON.parse(await readFile(report, 'utf8').catch(() => '{}'));
const count = (name) => totals[name] ?? 0;
if ('problem' in browser) console.error(`The browser tests did not run. ${browser.problem}`);
console.log(
  `${count('numPassedTests')} passed, ${count('numFailedTests')} failed, ${count('numPendingTests') + count('numTodoTests')} skipped`,
);
process.exitCode = status === 0 && 'executable' in browser ? 0 : 1;
