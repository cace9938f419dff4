/** The calls of pjdfstest by node:fs in a container: each is answered as native Node answers an ordinary user. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/pjdfstest/${name}`, import.meta.url));
const unzipped = (name: string): string => gunzipSync(fixture(name)).toString();

interface Trace {
  tests: {
    t: string;
    ops: [cwd: string, umask: string, words: string[], wanted: string, counted: 0 | 1][];
  }[];
}

test('6,457 calls', async () => {
  const trace = unzipped('trace.json.gz');
  const { stdout, stderr } = await run(
    async ({ OpenAgentsContainer }, { trace, program }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.mkdir('work');
      await container.fs.writeFile('/tmp/trace.json', trace);
      await container.fs.writeFile('/tmp/replay.cjs', program);
      const outcome = await container.exec('node /tmp/replay.cjs /tmp/trace.json "$PWD/work"');
      await container.teardown();
      return outcome;
    },
    { trace, program: fixture('replay.cjs').toString() },
  );
  expect(stderr).toBe('');
  const calls = (JSON.parse(trace) as Trace).tests.flatMap(({ t, ops }) =>
    ops.flatMap(([, , words, , counted], at) => (counted === 1 ? [`${t} #${at}: ${words.join(' ')}`] : [])),
  );
  const answers = JSON.parse(stdout) as string[];
  const native = JSON.parse(unzipped('user-answers.json.gz')) as string[];
  const different = calls.flatMap((call, at) =>
    answers[at] === native[at] ? [] : [`${call.slice(0, 150)}: ${answers[at]}, natively ${native[at]}`],
  );
  expect(different).toEqual([]);
  expect(answers.length).toBe(6457);
});
