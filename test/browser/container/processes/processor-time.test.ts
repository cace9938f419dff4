import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** Longer than anything that these programs do beside spinning and sleeping. */
const SPIN_MS = 400;
const SLEEP_S = 3;

test('processor time is the time that a program does not wait: its own, its threads’ and its children’s', async () => {
  const { exitCode, stdout, stderr } = await run(
    async ({ OpenAgentsContainer }, { spin, sleep }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.writeFile(
        'own.js',
        `
        const { Worker } = require('node:worker_threads');
        const { spawnSync } = require('node:child_process');
        const ms = (usage) => usage.user / 1000;
        const spinning = 'const from = performance.now(); while (performance.now() - from < ${spin});';
        const atStart = process.cpuUsage();
        eval(spinning);
        const spun = ms(process.cpuUsage(atStart));
        const beforeSleep = process.cpuUsage();
        setTimeout(() => {
          spawnSync('sleep', ['${sleep}']);
          const waited = ms(process.cpuUsage(beforeSleep));
          const beforeThread = [process.cpuUsage(), process.threadCpuUsage()];
          new Worker(spinning, { eval: true }).on('exit', () => {
            const threads = ms(process.cpuUsage(beforeThread[0]));
            const mine = ms(process.threadCpuUsage(beforeThread[1]));
            console.log(JSON.stringify({ spun, waited, threads, mine }));
          });
        }, ${sleep} * 1000);`,
      );
      await container.fs.writeFile(
        'spin.js',
        `const from = performance.now(); while (performance.now() - from < ${spin});`,
      );
      const result = await container.exec(`
        node own.js
        TIMEFORMAT='%3U'
        { time node spin.js; } 2>&1
        { time sh -c 'node spin.js; node spin.js'; } 2>&1
        { time sleep ${sleep}; } 2>&1
        node -e "require('./spin.js'); setInterval(() => console.log('spun'), 100)" >out &
        until [ -s out ]; do sleep 0.1; done
        cut -d ' ' -f 14 /proc/$!/stat
        kill $!
      `);
      await container.teardown();
      return result;
    },
    { spin: SPIN_MS, sleep: SLEEP_S },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const [own = '', one, two, asleep, clockTicks] = stdout.trim().split('\n');
  const { spun, waited, threads, mine } = JSON.parse(own) as Record<string, number>;
  expect(spun).toBeGreaterThanOrEqual(SPIN_MS);
  expect(waited).toBeLessThan(SLEEP_S * 2000);
  expect(threads).toBeGreaterThanOrEqual(SPIN_MS);
  expect(mine).toBeLessThan(threads ?? 0);
  expect(Number(one)).toBeGreaterThanOrEqual(SPIN_MS / 1000);
  expect(Number(two)).toBeGreaterThanOrEqual((2 * SPIN_MS) / 1000);
  expect(Number(asleep)).toBeLessThan(SLEEP_S);
  expect(Number(clockTicks)).toBeGreaterThanOrEqual(SPIN_MS / 10);
});
