/**
 * `npm run shell-spec -- FOLDER`: the cases of the Oils project's `spec/` folder that bash is compared by, run by this
 * machine's bash and by the container's shell. Equal are those with the same standard output and status.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Session } from '../../src/cli/headless.ts';
import { HELPERS } from './helpers.ts';
import { parseSpecFile, type SpecCase } from './spec-file.ts';

interface Result {
  status: number | string | null;
  stdout: string;
  stderr: string;
}
interface Compared extends SpecCase {
  bash: Result;
  ours: Result | undefined;
}

/** Of the whole folder, compared with bash 5.2. */
const EQUAL_LEAST_PERCENT = 89;
const FILES_A_CONTAINER = 12;
const FILE_LIMIT_MS = 300_000;
const GUEST = '/home/oils';
const DRIVER = fs.readFileSync('test/shell-spec/driver.cjs', 'utf8');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    json: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (folder === undefined)
  throw new Error('usage: npm run shell-spec -- [--only TEXT] [--json FILE] [--verbose] FOLDER');

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'shell-spec-'));
const spec = path.join(root, 'spec');
fs.cpSync(folder, spec, { recursive: true });
for (const [name, text] of Object.entries(HELPERS))
  fs.writeFileSync(path.join(spec, 'bin', name), text, { mode: 0o755 });
fs.writeFileSync(path.join(root, 'driver.cjs'), DRIVER);

function byBash(cases: readonly SpecCase[]): Result[] {
  const given = path.join(root, 'cases.json');
  const taken = path.join(root, 'results.json');
  fs.writeFileSync(given, JSON.stringify(cases));
  execFileSync(process.execPath, [path.join(root, 'driver.cjs'), spec, given, taken], { stdio: 'inherit' });
  return JSON.parse(fs.readFileSync(taken, 'utf8')) as Result[];
}

/** As many as there was time for. */
async function byContainer(session: Session, cases: readonly SpecCase[]): Promise<Result[]> {
  await session.writeFile(`${GUEST}/cases.json`, JSON.stringify(cases));
  await session.writeFile(`${GUEST}/results.json`, '[]');
  const run = await session.spawn('node', {
    args: [`${GUEST}/driver.cjs`, `${GUEST}/spec`, `${GUEST}/cases.json`, `${GUEST}/results.json`],
    cwd: GUEST,
  });
  run.stdin.end();
  const timer = setTimeout(() => run.kill('SIGKILL'), FILE_LIMIT_MS);
  run.stderr.resume();
  run.stdout.resume();
  await run.exited;
  clearTimeout(timer);
  return JSON.parse(String(await session.readFile(`${GUEST}/results.json`))) as Result[];
}

const same = ({ bash, ours }: Compared): boolean =>
  ours !== undefined && ours.stdout === bash.stdout && ours.status === bash.status;

const files = fs
  .readdirSync(spec)
  .filter((name) => name.endsWith('.test.sh') && name.includes(options.only ?? ''))
  .map((name) => parseSpecFile(name.replace('.test.sh', ''), fs.readFileSync(path.join(spec, name), 'utf8')))
  .filter((cases) => cases.length > 0);
const all: Compared[] = [];
for (let from = 0; from < files.length; from += FILES_A_CONTAINER) {
  const session = await Session.open();
  try {
    await session.mount(root, GUEST);
    for (const cases of files.slice(from, from + FILES_A_CONTAINER)) {
      const bash = byBash(cases);
      const ours = await byContainer(session, cases);
      const compared = cases.map((one, index) => ({
        ...one,
        bash: bash[index] as Result,
        ours: ours[index],
      }));
      all.push(...compared);
      const equal = compared.filter(same).length;
      const missing = cases.length - ours.length;
      console.log(
        `${String(equal).padStart(4)} of ${String(cases.length).padStart(3)}  ${cases[0]?.name.split(':')[0]}` +
          (missing > 0 ? `  (${missing} without an answer in time)` : ''),
      );
      if (options.verbose) for (const one of compared) if (!same(one)) show(one);
      if (options.json !== undefined) fs.writeFileSync(options.json, JSON.stringify(all, null, 1));
    }
  } finally {
    await session.close();
  }
}
fs.rmSync(root, { recursive: true, force: true });
const equal = all.filter(same).length;
const percent = (equal / all.length) * 100;
console.log(`${equal} of ${all.length} cases are equal (${percent.toFixed(1)} %)`);
if (options.only === undefined && percent < EQUAL_LEAST_PERCENT) {
  console.log(`fewer than the ${EQUAL_LEAST_PERCENT} % that the whole folder gives`);
  process.exitCode = 1;
}

function show({ name, code, bash, ours }: Compared): void {
  console.log(`\n--- ${name}\n${code}\nbash: ${JSON.stringify(bash)}\nours: ${JSON.stringify(ours)}`);
}
