import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

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
