// Runs cases one after the other by `bash` on the PATH, natively or in the container: the same program in both.
// node driver.cjs SPEC-FOLDER CASES.json RESULTS.json
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const CASE_TIMEOUT_MS = 20_000;
const [spec, casesFile, resultsFile] = process.argv.slice(2);
const cases = JSON.parse(fs.readFileSync(casesFile, 'utf8'));
const results = [];
for (const { code } of cases) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'case-'));
  const script = path.join(os.tmpdir(), `script-${path.basename(folder)}`);
  fs.writeFileSync(script, code);
  const { status, signal, stdout, stderr } = spawnSync('bash', [script], {
    cwd: folder,
    input: '',
    timeout: CASE_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: {
      PATH: `${spec}/bin:${process.env.PATH}`,
      HOME: folder,
      TMP: folder,
      REPO_ROOT: path.dirname(spec),
      SH: 'bash',
      LC_ALL: 'C.UTF-8',
      OILS_GC_ON_EXIT: '',
    },
  });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(script, { force: true });
  // Names of this run's own folders are no difference.
  const text = (bytes) => String(bytes).replaceAll(folder, '$TMP').replaceAll(script, '$SCRIPT');
  results.push({ status: signal ?? status, stdout: text(stdout), stderr: text(stderr) });
  // After each: a file of cases that takes too long is told as far as it came.
  fs.writeFileSync(resultsFile, JSON.stringify(results));
}
