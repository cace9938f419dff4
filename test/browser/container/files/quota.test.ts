/** What the browser grants: it is shown, and where it ends writes are ENOSPC, nothing is half done, and removing helps. */
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const opened = usePage();
const { run } = opened;

const MB = 1024 * 1024;
const QUOTA_BYTES = 60 * MB;

test('a store meets the quota of the browser', async () => {
  const { origin } = new URL(opened.page.url());
  const session = await opened.page.context().newCDPSession(opened.page);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: QUOTA_BYTES });
  const result = await run(async ({ OpenAgentsContainer }) => {
    const stores = OpenAgentsContainer.stores();
    const space = await stores.space();
    const container = await OpenAgentsContainer.boot({ persist: 'small' });
    const { fs } = container;
    const { bsize, blocks } = await fs.statfs('/');
    await fs.writeFile('kept', new Uint8Array(20 * 1048576).fill(5));
    const program = `
      const fs = require('node:fs');
      const code = (action) => { try { return action() ?? 'done'; } catch (error) { return error.code; } };
      const out = {};
      const write = (name, parts) => {
        const fd = fs.openSync(name, 'w');
        let result = 'done';
        for (let part = 0; part < parts && result === 'done'; part++)
          result = code(() => { fs.writeSync(fd, Buffer.alloc(1048576, 7)); fs.fsyncSync(fd); });
        fs.closeSync(fd);
        return result;
      };
      out.large = write('large', 60);
      out.free = fs.statfsSync('.').bavail;
      out.after = code(() => fs.writeFileSync('after', 'x'));
      out.over = code(() => fs.writeFileSync('kept', 'x'));
      out.folder = code(() => fs.mkdirSync('folder'));
      out.kept = fs.readFileSync('kept').every((byte) => byte === 5);
      out.renamed = code(() => fs.renameSync('kept', 'still kept'));
      out.removed = code(() => fs.unlinkSync('large'));
      out.again = write('again', 5);
      out.names = fs.readdirSync('.').sort().join();
      console.log(JSON.stringify(out));`;
    await fs.writeFile('/tmp/fill.cjs', program);
    const { stdout, stderr } = await container.exec('node /tmp/fill.cjs');
    const df = (await container.exec('df -B1 /')).stdout.split('\n')[1]?.split(/ +/)[1];
    await container.teardown();
    const second = await OpenAgentsContainer.boot({ persist: 'small' });
    const names = (await second.fs.readdir('.')).sort().join();
    const kept = (await second.fs.readFile('still kept')).every((byte) => byte === 5);
    const again = await second.fs.readFile('again');
    await second.teardown();
    const { errors } = await stores.check('small');
    await stores.delete('small');
    const sizes = { shown: bsize * blocks, df: Number(df), granted: space.freeBytes };
    return {
      sizes,
      stdout,
      stderr,
      names,
      kept,
      again: again.length,
      sevens: again.every((byte) => byte === 7),
      errors,
    };
  });
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual({
    large: 'ENOSPC',
    free: 0,
    after: 'ENOSPC',
    over: 'ENOSPC',
    folder: 'ENOSPC',
    kept: true,
    renamed: 'done',
    removed: 'done',
    again: 'done',
    names: 'again,still kept',
  });
  expect(result).toMatchObject({
    names: 'again,still kept',
    kept: true,
    again: 5 * MB,
    sevens: true,
    errors: [],
  });
  // What is shown is what the browser says that it grants, to the block.
  expect(result.sizes.df).toBe(result.sizes.shown);
  expect(Math.abs(result.sizes.shown - result.sizes.granted)).toBeLessThan(MB);
});
