import { readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from './judge.ts';

export interface Result {
  test: string;
  class: string;
  family: string;
  outcome: Outcome;
  reason: string;
  durationMs: number;
}

/** Test → why it is known to fail. */
export type Expectations = Record<string, string>;

export interface Surprises {
  failures: Result[];
  passes: Result[];
}

export function readExpectations(file: string): Expectations {
  return JSON.parse(readFileSync(file, 'utf8')) as Expectations;
}

/** A failure that is not in the list, and a pass or skip that is: either fails the run, so that the list only shrinks. */
export function surprises(results: readonly Result[], expectations: Expectations): Surprises {
  return {
    failures: results.filter((result) => result.outcome === 'fail' && !(result.test in expectations)),
    passes: results.filter((result) => result.outcome !== 'fail' && result.test in expectations),
  };
}

/**
 * Writes the list anew from a run: reasons that were written by hand stay, new ones are what the test said, and what
 * was not run stays as it was.
 */
export function rewriteExpectations(file: string, results: readonly Result[]): void {
  const next = { ...readExpectations(file) };
  for (const { test, outcome, reason } of results) {
    if (outcome === 'fail') next[test] ??= reason;
    else delete next[test];
  }
  const sorted = Object.fromEntries(Object.entries(next).sort(([a], [b]) => a.localeCompare(b)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}

interface Tally {
  pass: number;
  fail: number;
  skip: number;
}

/** One line a family and the sum. The share is of the tests that were not skipped. */
export function table(results: readonly Result[]): string {
  const families = new Map<string, Tally>();
  const sum: Tally = { pass: 0, fail: 0, skip: 0 };
  for (const { family, outcome } of results) {
    const tally = families.get(family) ?? { pass: 0, fail: 0, skip: 0 };
    tally[outcome]++;
    sum[outcome]++;
    families.set(family, tally);
  }
  const row = (name: string, { pass, fail, skip }: Tally): string => {
    const share = pass + fail === 0 ? '' : `${((100 * pass) / (pass + fail)).toFixed(1)} %`;
    const cells = [pass, fail, skip].map((number) => String(number).padStart(6));
    return `${name.padEnd(44)}${cells.join('')}  ${share.padStart(7)}`;
  };
  const sorted = [...families].sort(([a], [b]) => a.localeCompare(b));
  return [
    `${'family'.padEnd(44)}  pass  fail  skip    share`,
    ...sorted.map(([name, tally]) => row(name, tally)),
    row('all', sum),
  ].join('\n');
}
