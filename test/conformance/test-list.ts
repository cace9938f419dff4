import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A: plain · N: loopback network · W: worker_threads · P: child processes. */
export type TestClass = 'A' | 'N' | 'W' | 'P';

export interface ConformanceTest {
  /** Path below Node's `test/`, such as `parallel/test-path.js`. */
  name: string;
  family: string;
  class: TestClass;
}

export interface TestHead {
  flags: string[];
  env: Record<string, string>;
}

export interface Selection {
  families: readonly string[];
  classes: readonly string[];
  /** Parts of test names. */
  only: readonly string[];
  /** Which of several parts of about the same size; left out: all. */
  share?: Share;
}

/** The tests fall into `of` parts by a hash of their names; this is the part numbered `part`, from 1. */
export interface Share {
  part: number;
  of: number;
}

/** `1/3`. → undefined for what is no share */
export function parseShare(text: string): Share | undefined {
  const [, part = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  return part >= 1 && part <= of ? { part, of } : undefined;
}

function isInShare({ name }: ConformanceTest, { part, of }: Share): boolean {
  return createHash('sha256').update(name).digest().readUInt32BE() % of === part - 1;
}

/** The tests of Node's own suite that pass on native Node, one a line: class, family, name. */
export function readTestList(file: string): ConformanceTest[] {
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [testClass = '', family = '', name = ''] = row.split('\t');
    return { class: testClass as TestClass, family, name };
  });
}

/** A family is wanted by its whole name or by one of the parts between its slashes (`module` of `module/require/esm/ts`). */
export function select(tests: readonly ConformanceTest[], selection: Selection): ConformanceTest[] {
  const { families, classes, only, share } = selection;
  return tests.filter(
    (test) =>
      (families.length === 0 ||
        families.some((family) => family === test.family || test.family.split('/').includes(family))) &&
      (only.length > 0 || classes.length === 0 || classes.includes(test.class)) &&
      (only.length === 0 || only.some((part) => test.name.includes(part))) &&
      (share === undefined || isInShare(test, share)),
  );
}

/** Flags and variables that a test asks for in its head comments, as Node's own runner reads them (test/testpy). */
export function readHead(nodeTests: string, test: ConformanceTest): TestHead {
  const source = readFileSync(path.join(nodeTests, test.name), 'utf8');
  const words = (pattern: RegExp): string[] => {
    const text = pattern.exec(source)?.[1]?.trim() ?? '';
    return text === '' ? [] : text.split(/\s+/);
  };
  const pairs = words(/\/\/\s+Env:(.*)/).map((pair): [string, string] => {
    const [name = '', value = ''] = pair.split('=');
    return [name, value];
  });
  return { flags: words(/\/\/\s+Flags:(.*)/), env: Object.fromEntries(pairs) };
}
