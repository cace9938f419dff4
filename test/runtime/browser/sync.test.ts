/** What file sync of a container costs, printed: a tree of 2,000 files, and one changed file of it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { usePage } from '../../browser/harness.ts';
import { Runtime } from '../harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../runtime/node_modules/ws');
const ROUNDS = 9;
const { run } = usePage();

test.skipIf(!existsSync(RUNTIME))('of 2,000 files only the one that changed is carried over', async () => {
  await using runtime = await Runtime.start({ MHNOS_SANDBOX: 'none' });
  const options = { rounds: ROUNDS, remote: { url: runtime.url, token: runtime.token } };
  const { pushed, changes, times, first } = await run(async ({ OpenAgentsContainer }, { rounds, remote }) => {
    const container = await OpenAgentsContainer.boot({ remote });
    const folders = Array.from({ length: 40 }, (_, folder) => [
      `folder-${folder}`,
      {
        directory: Object.fromEntries(
          Array.from({ length: 50 }, (_, file) => [
            `file-${file}.js`,
            { file: { contents: `export default ${folder * 50 + file};\n`.repeat(20) } },
          ]),
        ),
      },
    ]);
    await container.mount(Object.fromEntries(folders));
    const timed = async () => {
      const start = performance.now();
      const report = await container.remote.sync();
      return { report, ms: performance.now() - start };
    };
    const whole = await timed();
    const again: Awaited<ReturnType<typeof timed>>[] = [];
    for (let round = 0; round < rounds; round++) {
      await container.fs.writeFile('folder-7/file-7.js', `export default ${round};\n`);
      again.push(await timed());
    }
    await container.teardown();
    return {
      pushed: whole.report.pushed.length,
      first: whole.ms,
      changes: again.map(({ report }) => report.pushed.join()),
      times: again.map(({ ms }) => ms).sort((a, b) => a - b),
    };
  }, options);
  console.log(
    `2,000 files: first sync ${first.toFixed(0)} ms; one changed: median ${times[Math.floor(ROUNDS / 2)]?.toFixed(0)} ms, best ${times[0]?.toFixed(0)} ms`,
  );
  expect(pushed).toBe(2040);
  expect(new Set(changes)).toEqual(new Set(['folder-7/file-7.js']));
});
