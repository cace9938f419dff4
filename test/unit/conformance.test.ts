import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { judge } from '../conformance/judge.ts';
import { NativeExecutor } from '../conformance/native-executor.ts';
import { surprises } from '../conformance/report.ts';
import type { Result } from '../conformance/report.ts';
import { parseShare, readHead, select } from '../conformance/test-list.ts';

const tests = mkdtempSync(path.join(tmpdir(), 'conformance-unit-'));
mkdirSync(path.join(tests, 'parallel'));
afterAll(() => rmSync(tests, { recursive: true, force: true }));

async function outcomeOf(source: string): Promise<string> {
  const test = { name: 'parallel/probe.js', family: 'probe', class: 'A' as const };
  writeFileSync(path.join(tests, test.name), source);
  const executor = new NativeExecutor(process.execPath, tests);
  try {
    return judge(await executor.execute(test, readHead(tests, test), 1)).outcome;
  } finally {
    await executor.close();
  }
}

describe('the judgement of a conformance test', () => {
  it.each([
    ['a program that ends', 'pass', ''],
    ['an explicit exit', 'pass', 'process.exit(0);'],
    ['a failing exit handler', 'fail', "process.on('exit', () => { throw new Error('mustCall'); });"],
    ['an exit handler that sets the code', 'fail', "process.on('exit', () => { process.exitCode = 1; });"],
    ['an exit that runs no handlers', 'fail', 'process.reallyExit(0);'],
    ['a late error', 'fail', "setTimeout(() => { throw new Error('late'); }, 1);"],
    ['a rejection', 'fail', "Promise.reject(new Error('late'));"],
    ['a skip', 'skip', "console.log('1..0 # Skipped: missing crypto');"],
    ['a failing skip', 'fail', "console.log('1..0 # Skipped: missing crypto'); process.exit(3);"],
    ['flags of its head', 'pass', "// Flags: --expose-gc\nif (typeof gc !== 'function') process.exit(1);"],
    ['a variable of its head', 'pass', "// Env: PROBE=7\nif (process.env.PROBE !== '7') process.exit(1);"],
    [
      'no trace of the hook',
      'pass',
      'if (process.execArgv.length || Object.keys(require.cache).length !== 1) process.exit(1);',
    ],
  ])('%s is a %s', async (_name, outcome, source) => {
    expect(await outcomeOf(source)).toBe(outcome);
  });
});

describe('a share of the tests', () => {
  it('is the same each time, and the parts together are all of them, once each', () => {
    const all = Array.from({ length: 60 }, (_, i) => ({
      name: `parallel/${i}.js`,
      family: 'f',
      class: 'A' as const,
    }));
    const part = (text: string): string[] => {
      const share = parseShare(text);
      return select(all, { families: [], classes: [], only: [], ...(share ? { share } : {}) }).map(
        ({ name }) => name,
      );
    };
    const parts = ['1/3', '2/3', '3/3'].map(part);
    expect(parts.flat().sort()).toEqual(all.map(({ name }) => name).sort());
    expect(Math.min(...parts.map(({ length }) => length))).toBeGreaterThan(10);
    expect(part('2/3')).toEqual(parts[1]);
    expect(['0/3', '4/3', '3', 'a/b', '1/0'].map(parseShare)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
  });
});

describe('the list of expected failures', () => {
  const result = (test: string, outcome: Result['outcome']): Result => ({
    test,
    outcome,
    class: 'A',
    family: 'f',
    reason: '',
    durationMs: 1,
  });

  it('fails a run for what is new in either direction', () => {
    const results = [
      result('a', 'fail'),
      result('b', 'fail'),
      result('c', 'pass'),
      result('d', 'skip'),
      result('e', 'pass'),
    ];
    const { failures, passes } = surprises(results, { a: 'known', c: 'was known', d: 'was known' });
    expect(failures.map(({ test }) => test)).toEqual(['b']);
    expect(passes.map(({ test }) => test)).toEqual(['c', 'd']);
  });
});
