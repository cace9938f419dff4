import { stripVTControlCharacters } from 'node:util';
import { describe, it } from 'vitest';
import { ALL } from './all.ts';
import { useApp } from './app.ts';
import { withoutTimes, withoutWarnings } from './normalize.ts';
import { registryProblem } from './registry.ts';
import { VITE_PACKAGES } from './vite.ts';
import { watching } from './watching.ts';

/** Also what Vitest advises where its workers took long to start. */
const normalize = (text: string): string =>
  withoutTimes(withoutWarnings(stripVTControlCharacters(text)))
    .replace(/\n^.*Isolate .*workers spawned.*\n.*\n/gm, '')
    .replace(/^.*(?:Start at|Duration).*\n/gm, '')
    .replace(
      /"(?:startTime|endTime|start|end|duration|loadTestEnvironmentStart|loadTestEnvironmentEnd|setupFilesStart|setupFilesEnd|setupAfterEnvStart|setupAfterEnvEnd|startAt)":\d+(?:\.\d+)?/g,
      '"time"',
    );

describe.skipIf(registryProblem !== undefined)('runners of tests', () => {
  describe('those of Vite', () => {
    const made = useApp(VITE_PACKAGES);
    const files = {
      'unit/sum.ts': 'export const sum = (a: number, b: number): number => a + b;\n',
      'unit/a.test.ts': `
        import { describe, expect, it, vi } from 'vitest';
        import { sum } from './sum.ts';
        describe('sum', () => {
          it('adds', () => expect(sum(1, 2)).toBe(3));
          it('differs', () => expect({ a: sum(1, 1) }).toEqual({ a: 3 }));
          it.skip('is skipped', () => {});
        });
        it('mocks', () => { const f = vi.fn((x) => x); f(1); expect(f).toHaveBeenCalledWith(1); });
        it('waits on a clock of its own', () => { vi.useFakeTimers(); let done = false; setTimeout(() => (done = true), 1e6); vi.runAllTimers(); expect(done).toBe(true); vi.useRealTimers(); });`,
      'unit/b.test.ts': `
        import { expect, test, vi } from 'vitest';
        vi.mock('./sum.ts', () => ({ sum: () => 42 }));
        import { sum } from './sum.ts';
        test('a module in the place of another', () => expect(sum(1, 1)).toBe(42));
        test('a snapshot', () => expect({ b: [1, new Map([['k', 2]])] }).toMatchInlineSnapshot(\`
          {
            "b": [
              1,
              Map {
                "k" => 2,
              },
            ],
          }
        \`));`,
    };
    it.each(['forks', 'threads'])('vitest: run, with a pool of %s', async (pool) => {
      await made.app.expectSame(`vitest run --dir unit --pool ${pool} --maxWorkers 2 --no-file-parallelism`, {
        files,
        normalize,
      });
    });
    it.skipIf(!ALL)('vitest: watch', async () => {
      await made.app.expectSame('node watch.cjs plan.json', {
        files: {
          ...watching({
            command: 'vitest',
            args: ['--watch', '--dir', 'watched'],
            done: ['(?:Waiting|Watching) for file changes'],
            edits: [['watched/value.ts', 'export const value = 2;\n']],
          }),
          'watched/value.ts': 'export const value = 1;\n',
          'watched/w.test.ts':
            "import { expect, it } from 'vitest';\nimport { value } from './value.ts';\nit('is one', () => expect(value).toBe(1));\n",
        },
        normalize,
      });
    });
  });

  describe('those of Jest', () => {
    const made = useApp({ jest: '30.5.2' });
    it('jest: workers, snapshots, mocks, JSON', async () => {
      const sums = Object.fromEntries(
        ['a', 'b', 'c'].map((name) => [
          `t/${name}.test.js`,
          `const { sum } = require('../sum');
           test('${name} adds', () => expect(sum(1, 2)).toBe(3));
           test('${name} keeps', () => expect({ ${name}: [1, { deep: true }] }).toMatchSnapshot());
           test('${name} mocks', () => { const f = jest.fn(() => 5); f(); expect(f).toHaveBeenCalledTimes(1); });`,
        ]),
      );
      await made.app.expectSame(
        'rm -rf t/__snapshots__; jest --ci=false --watchAll=false --maxWorkers=2; jest --runInBand t/fails; cat t/__snapshots__/a.test.js.snap; jest --json --runInBand t/a 2>/dev/null',
        {
          files: {
            ...sums,
            'sum.js': 'exports.sum = (a, b) => a + b;\n',
            't/fails.js': '',
            't/fails.test.js': "test('fails', () => expect({ a: 1 }).toEqual({ a: 2 }));\n",
          },
          // Files end in the order of their workers; once in a while there is an empty line more.
          normalize: (text) => normalize(text).split('\n').filter(Boolean).sort().join('\n'),
        },
      );
    });
  });
});
