/**
 * `npm run conformance`: runs Node's own tests inside the container, one fresh process each. See USAGE.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { Failure } from '../../src/cli/headless.ts';
import { ContainerExecutor } from './container-executor.ts';
import type { Executor } from './executor.ts';
import { isSequential, TEST_TIMEOUT_SECONDS } from './executor.ts';
import { judge } from './judge.ts';
import { NativeExecutor } from './native-executor.ts';
import { readExpectations, rewriteExpectations, surprises, table } from './report.ts';
import type { Result } from './report.ts';
import { parseShare, readHead, readTestList, select } from './test-list.ts';
import type { ConformanceTest, TestClass } from './test-list.ts';

const USAGE = `Usage: npm run conformance -- [options]
  --node-source folder   Node's source tree of the pinned version (default: $NODE_SOURCE); its test/ is mounted
  --family name          only this family (may be repeated): fs, path, stream, module …
  --class letters        A plain, N loopback network, W worker_threads, P child processes (default A)
  --only text            only tests with this in their name (may be repeated; of any class)
  --share part/of        only one of so many parts, by a hash of the names: 1/3 is a third of the tests
  --jobs number          processes at a time (default 2)
  --limit-seconds number how long a test may take (default ${TEST_TIMEOUT_SECONDS})
  --verbose              print every test, and what a failing one printed
  --json file            where the results go (default .cache/conformance.json)
  --native node          run on this native node instead: what the runner itself fails would show
  --accept               rewrite the list of expected failures from this run
  --strict               a pass of a test on that list fails the run too (else it is only said: some hang on the clock)
`;

const HERE = path.resolve('test/conformance');
const EXPECTATIONS = path.join(HERE, 'expectations.json');

const { values: options } = parseArgs({
  options: {
    'node-source': { type: 'string' },
    family: { type: 'string', multiple: true, default: [] },
    class: { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    share: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    'limit-seconds': { type: 'string', default: String(TEST_TIMEOUT_SECONDS) },
    verbose: { type: 'boolean', default: false },
    json: { type: 'string', default: '.cache/conformance.json' },
    native: { type: 'string' },
    accept: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function nodeTests(): string {
  const source = options['node-source'] ?? process.env['NODE_SOURCE'];
  const folder = source === undefined ? undefined : path.resolve(source, 'test');
  if (folder === undefined || !existsSync(path.join(folder, 'common/index.js'))) {
    throw new Failure(
      'ERR_USAGE',
      'Name the source tree of the pinned Node by --node-source or NODE_SOURCE (its tests are not part of this repository).',
    );
  }
  return folder;
}

async function runOne(
  executor: Executor,
  tests: string,
  test: ConformanceTest,
  slot: number,
): Promise<Result> {
  const begin = performance.now();
  const execution = await executor.execute(test, readHead(tests, test), slot);
  const durationMs = Math.round(performance.now() - begin);
  const verdict = judge(execution);
  if (options.verbose && verdict.outcome === 'fail') {
    process.stdout.write(`--- ${test.name}\n${execution.stdout}${execution.stderr}`);
  }
  if (options.verbose || verdict.outcome === 'fail') {
    process.stdout.write(`${verdict.outcome} ${test.name} (${durationMs} ms) ${verdict.reason}\n`);
  }
  return { test: test.name, class: test.class, family: test.family, ...verdict, durationMs };
}

async function runAll(
  executor: Executor,
  tests: string,
  wanted: readonly ConformanceTest[],
): Promise<Result[]> {
  const queue = wanted.filter((test) => !isSequential(test));
  const results: Result[] = [];
  const lane = async (slot: number): Promise<void> => {
    for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
      results.push(await runOne(executor, tests, test, slot));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Number(options.jobs)) }, (_, slot) => lane(slot + 1)));
  queue.push(...wanted.filter(isSequential));
  await lane(1);
  return results.sort((a, b) => a.test.localeCompare(b.test));
}

/**
 * Many of Node's tests assert on clocks: what fails though it should not runs once more, alone, and says so. Its second
 * outcome counts.
 */
async function runSurprisesAgain(
  executor: Executor,
  tests: string,
  results: readonly Result[],
): Promise<Result[]> {
  const known = readExpectations(EXPECTATIONS);
  const final: Result[] = [];
  for (const result of results) {
    if (result.outcome !== 'fail' || result.test in known) final.push(result);
    else {
      process.stdout.write(`once more, alone: ${result.test}\n`);
      const { test: name, class: testClass, family } = result;
      final.push(await runOne(executor, tests, { name, class: testClass as TestClass, family }, 1));
    }
  }
  return final;
}

function conclude(results: readonly Result[]): number {
  mkdirSync(path.dirname(path.resolve(options.json)), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
  process.stdout.write(`\n${table(results)}\n`);
  if (options.native !== undefined) return 0;
  if (options.accept) rewriteExpectations(EXPECTATIONS, results);
  const { failures, passes } = surprises(results, readExpectations(EXPECTATIONS));
  for (const { test, reason } of failures) process.stdout.write(`unexpected failure: ${test}: ${reason}\n`);
  for (const { test } of passes) process.stdout.write(`unexpected pass: ${test} (take it off the list)\n`);
  process.stdout.write(`${failures.length} unexpected failures, ${passes.length} unexpected passes\n`);
  return failures.length + (options.strict ? passes.length : 0) === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const tests = nodeTests();
  const classes = (options.class ?? 'A').toUpperCase().split('');
  const all = readTestList(path.join(HERE, 'tests.tsv'));
  const share = options.share === undefined ? undefined : parseShare(options.share);
  if (options.share !== undefined && share === undefined) {
    throw new Failure('ERR_USAGE', '--share takes a part of a number of parts, such as 1/3.');
  }
  const selection = { families: options.family, classes, only: options.only, ...(share ? { share } : {}) };
  const wanted = select(all, selection);
  if (wanted.length === 0) throw new Failure('ERR_USAGE', 'No test is of that family, class and name.');
  const limitSeconds = Number(options['limit-seconds']);
  const executor =
    options.native === undefined
      ? new ContainerExecutor(tests, limitSeconds)
      : new NativeExecutor(options.native, tests, limitSeconds);
  try {
    return conclude(await runSurprisesAgain(executor, tests, await runAll(executor, tests, wanted)));
  } finally {
    await executor.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`conformance: ${error.message}\n`);
  process.exitCode = 2;
}
