/**
 * The shared-memory file system beside node:fs on tmpfs, in one process, in turns: ratios, native = 1.
 * `node scripts/run-ts.mjs bench/vfs/main.ts [part of a row's name]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { geomean, Measurement } from './measure.ts';
import { nodeFiles } from './node-files.ts';
import { makeSharedFiles, sharedFiles } from './shared-files.ts';
import { rows } from './workload.ts';

const BUDGET_MS = 60;
const ROUNDS = 7;

const wanted = process.argv[2] ?? '';
const root = mkdtempSync('/dev/shm/oac-bench-');
const shared = sharedFiles(makeSharedFiles());
const ratios: number[] = [];
try {
  for (const [index, row] of rows.entries()) {
    if (!row.name.includes(wanted)) continue;
    const native = new Measurement(row, nodeFiles, `${root}/${index}`, BUDGET_MS);
    const ours = new Measurement(row, shared, `/${index}`, BUDGET_MS);
    for (let round = 0; round < ROUNDS; round++) {
      native.round();
      ours.round();
    }
    const ratio = ours.best / native.best;
    ratios.push(ratio);
    const figures = [native.best, ours.best].map((value) => value.toFixed(0).padStart(10)).join('');
    console.log(`${row.name.padEnd(32)}${figures} ns ${ratio.toFixed(2).padStart(8)}`);
    rmSync(`${root}/${index}`, { recursive: true, force: true });
  }
  console.log(`geometric mean ${geomean(ratios).toFixed(3)}`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
