import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const WRITER = `
const fs = require('node:fs');
const big = Buffer.alloc(24_000_000, process.argv[2]);
console.log('ready');
for (let i = 0; ; i++) {
  fs.writeFileSync('big', big);
  fs.writeFileSync('small' + (i % 20), 'x'.repeat(i % 5000));
  fs.renameSync('small' + (i % 20), 'moved');
  const fd = fs.openSync('unlinked' + process.argv[2], 'w');
  fs.unlinkSync('unlinked' + process.argv[2]);
  fs.writeSync(fd, big);
  if (i > 20) fs.closeSync(fd);
}`;

test('programs killed together in the middle of their writes leave nothing locked and a sound store', async () => {
  const result = await run(async ({ OpenAgentsContainer }, writer) => {
    const container = await OpenAgentsContainer.boot({ persist: 'kills' });
    const { fs } = container;
    await fs.writeFile('writer.js', writer);
    const rounds: (number | string)[] = [];
    for (let round = 0; round < 5; round++) {
      const writers = await Promise.all(
        ['1', '2', '3', '4'].map((name) => container.spawn('node', ['writer.js', name])),
      );
      await Promise.all(
        writers.map(async ({ output }) => {
          const reader = output.getReader();
          await reader.read();
          reader.releaseLock();
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 20 + 37 * round));
      for (const process of writers) process.kill('SIGKILL');
      // At once, while their threads still end: the same files.
      await fs.writeFile('big', 'from the page');
      await fs.writeFile('moved', 'too');
      rounds.push(await fs.readFile('big', 'utf8'), ...(await Promise.all(writers.map(({ exit }) => exit))));
    }
    await container.teardown();
    const stores = OpenAgentsContainer.stores();
    const { errors } = await stores.check('kills');
    await stores.delete('kills');
    return { rounds, errors };
  }, WRITER);
  expect(result.rounds).toEqual(
    Array.from({ length: 5 }, () => ['from the page', 137, 137, 137, 137]).flat(),
  );
  expect(result.errors).toEqual([]);
});

test('a time limit and an abort end all that a line of shell has started', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const until = async (holds: () => Promise<boolean>): Promise<void> => {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const count = async (): Promise<number> => (await container.processes()).length;
    const slow = await container.exec('sleep 1000; true', { timeoutMs: 500 });

    const first = new AbortController();
    const behind = container.exec('sleep 1000 & echo left > left', { signal: first.signal });
    // The shell itself has gone by then: what it left holds its output open.
    await until(async () => (await container.exec('cat left 2>&1')).stdout === 'left\n');
    await until(async () => (await count()) === 1);
    first.abort();
    const { exitCode: behindCode } = await behind;

    const second = new AbortController();
    const aborted = container.exec('sh -c "sleep 1000; true"; true', { signal: second.signal });
    await until(async () => (await count()) === 3);
    second.abort();
    const { exitCode, signal } = await aborted;
    const left = (await container.processes()).map(({ argv }) => argv.join(' '));
    await container.teardown();
    return { slow, behindCode, aborted: { exitCode, signal }, left };
  });
  expect(result).toMatchObject({
    slow: { exitCode: 137, signal: 'SIGKILL' },
    behindCode: 0,
    aborted: { exitCode: 137, signal: 'SIGKILL' },
    left: [],
  });
});
