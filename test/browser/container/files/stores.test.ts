import { expect, test } from 'vitest';
import { type InPage, usePage } from '../../harness.ts';

const opened = usePage();
const { run } = opened;

test('a reload of the page finds every file, mode, link and time again', async () => {
  await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ persist: 'kept' });
    const { fs } = container;
    await fs.mkdir('a/b', { recursive: true });
    await fs.writeFile('a/b/text', 'hello');
    await fs.writeFile('big', new Uint8Array(3_000_000).fill(7));
    await fs.symlink('b/text', 'a/link');
    await fs.link('a/b/text', 'hard');
    await fs.chmod('a/b/text', 0o640);
    await fs.utimes('big', 1_000_000_000.5, 1_000_000_001.25);
    await container.teardown();
  });
  await opened.page.reload();
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ persist: 'kept' });
    const { fs } = container;
    const [text, big] = [await fs.stat('a/b/text'), await fs.stat('big')];
    const found = {
      text: await fs.readFile('a/link', 'utf8'),
      mode: text.mode & 0o777,
      links: text.nlink,
      link: await fs.readlink('a/link'),
      big: [big.size, big.mtimeMs, (await fs.readFile('big')).every((byte) => byte === 7)],
      node: (
        await container.exec("node -p \"fs.readFileSync('hard', 'utf8') + fs.existsSync('/proc/self')\"")
      ).stdout,
    };
    await container.teardown();
    return found;
  });
  expect(result).toEqual({
    text: 'hello',
    mode: 0o640,
    links: 2,
    link: 'b/text',
    big: [3_000_000, 1_000_000_001_250, true],
    node: 'hellotrue\n',
  });
});

test("a store is one container's at a time; stores are listed, renamed and deleted", async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const code = (error: unknown) => (error as { code?: string }).code;
    const stores = OpenAgentsContainer.stores();
    const first = await OpenAgentsContainer.boot({ persist: 'one of two' });
    await first.fs.writeFile('who', 'first');
    const refused = await OpenAgentsContainer.boot({ persist: 'one of two' }).catch(code);
    const busy = [
      await stores.delete('one of two').catch(code),
      await stores.rename('one of two', 'x').catch(code),
    ];
    const waiting = OpenAgentsContainer.boot({ persist: 'one of two', storeBusy: 'wait' });
    const inUse = (await stores.list()).filter((store) => store.inUse).map(({ name }) => name);
    await first.teardown();
    const second = await waiting;
    const who = await second.fs.readFile('who', 'utf8');
    await second.teardown();
    await stores.rename('one of two', 'renamed/../é');
    const third = await OpenAgentsContainer.boot({ persist: 'renamed/../é' });
    const still = await third.fs.readFile('who', 'utf8');
    await third.teardown();
    const names = (await stores.list()).map(({ name }) => name);
    for (const name of names) await stores.delete(name);
    const unknown = await stores.delete('never').catch(code);
    return { refused, busy, inUse, who, still, names, unknown, left: await stores.list() };
  });
  expect(result).toEqual({
    refused: 'ERR_STORE_BUSY',
    busy: ['ERR_STORE_BUSY', 'ERR_STORE_BUSY'],
    inUse: ['one of two'],
    who: 'first',
    still: 'first',
    names: ['kept', 'renamed/../é'],
    unknown: 'ERR_STORE_UNKNOWN',
    left: [],
  });
});

test('a second tab sees what a store holds, and changes nothing', async () => {
  const { origin } = new URL(opened.page.url());
  await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ persist: 'shown' });
    Object.assign(globalThis, { owner: container });
    const { fs } = container;
    await fs.mkdir('d');
    await fs.writeFile('d/text', 'of the first tab', { mode: 0o640 });
    await fs.symlink('d/text', 'link');
    await fs.writeFile('run.js', "console.log(require('fs').readFileSync('link', 'utf8'))");
  });
  const second = await opened.page.context().newPage();
  await second.goto(`${origin}/cli/empty.html`);
  const look = async ({ OpenAgentsContainer }: InPage) => {
    const container = await OpenAgentsContainer.boot({ persist: 'shown', storeBusy: 'read-only' });
    const { fs } = container;
    const code = (error: unknown) => (error as { code?: string }).code ?? String(error);
    const calls = [
      () => fs.writeFile('d/text', 'changed'),
      () => fs.appendFile('d/text', 'more'),
      () => fs.writeFile('new', ''),
      () => fs.mkdir('e'),
      () => fs.rename('d', 'e'),
      () => fs.unlink('link'),
      () => fs.rm('d', { recursive: true }),
      () => fs.symlink('x', 'y'),
      () => fs.link('d/text', 'y'),
      () => fs.chmod('d/text', 0o777),
      () => fs.utimes('d/text', 1, 1),
      () => fs.truncate('d/text'),
      () => fs.access('d/text', 2),
      () => container.mount({ a: { file: { contents: '' } } }),
    ];
    const codes: string[] = [];
    for (const call of calls) {
      const made: Promise<unknown> = call();
      codes.push(
        await made.then(
          () => 'done',
          (error: unknown) => code(error),
        ),
      );
    }
    await fs.writeFile('/dev/null', 'taken');
    const program = `
      const fs = require('fs');
      const code = (call) => { try { call(); return 'done'; } catch (error) { return error.code; } };
      console.log([
        () => fs.openSync('d/text', 'r+'), () => fs.openSync('d/text', 'a'), () => fs.mkdtempSync('/tmp/x'),
        () => fs.chownSync('d/text', 1000, 1000), () => fs.writeFileSync('/dev/null', 'x'),
        () => fs.closeSync(fs.openSync('d/text')), () => process.chdir('d'),
      ].map(code).join());`;
    const out = {
      readOnly: container.readOnly,
      codes: [...new Set(codes)],
      node: (await container.exec('node run.js')).stdout,
      inNode: (await container.spawn('node', ['-e', program])).output,
      mounts: (await container.exec('grep " / " /proc/mounts')).stdout,
      mode: (await fs.stat('d/text')).mode & 0o777,
    };
    const inNode = (await new Response(out.inNode.pipeThrough(new TextEncoderStream())).text()).trim();
    await container.teardown();
    return { ...out, inNode };
  };
  const seen = await second.evaluate<object>(`import('/index.js').then((api) => (${look.toString()})(api))`);
  expect(seen).toEqual({
    readOnly: true,
    codes: ['EROFS'],
    node: 'of the first tab\n',
    inNode: 'EROFS,EROFS,EROFS,EROFS,done,done,done',
    mounts: 'oac / oac ro,relatime 0 0\n',
    mode: 0o640,
  });
  // The owner goes on; when it leaves, the store is no longer busy.
  const text = await run(async ({ OpenAgentsContainer }) => {
    const { owner } = globalThis as unknown as {
      owner: Awaited<ReturnType<typeof OpenAgentsContainer.boot>>;
    };
    await owner.fs.writeFile('d/text', 'still writing');
    await owner.teardown();
    const next = await OpenAgentsContainer.boot({ persist: 'shown', storeBusy: 'read-only' });
    const { readOnly } = next;
    await next.fs.appendFile('d/text', ', freely');
    const text = await next.fs.readFile('d/text', 'utf8');
    await next.teardown();
    await OpenAgentsContainer.stores().delete('shown');
    return `${text} ${readOnly}`;
  });
  expect(text).toBe('still writing, freely false');
  await second.close();
});

test.each(['torn', 'flipped'])(
  'a %s log: what stands before the damage is there, what is lost is said',
  async (damage) => {
    const result = await run(async ({ OpenAgentsContainer }, damage) => {
      const stores = OpenAgentsContainer.stores();
      const first = await OpenAgentsContainer.boot({ persist: 'damaged log' });
      const sync = (name: string) =>
        first.exec(
          `node -e "const fd = fs.openSync('${name}', 'w'); fs.writeSync(fd, '${name}'); fs.fsyncSync(fd)"`,
        );
      await sync('before');
      const root = await navigator.storage.getDirectory();
      const folder = await (
        await root.getDirectoryHandle('openagents-container')
      ).getDirectoryHandle('damaged%20log');
      const log = async (): Promise<FileSystemFileHandle> => {
        const logs = await Promise.all(['log-0', 'log-1'].map((name) => folder.getFileHandle(name)));
        const sizes = await Promise.all(logs.map(async (handle) => (await handle.getFile()).size));
        return logs[(sizes[1] ?? 0) > (sizes[0] ?? 0) ? 1 : 0] as FileSystemFileHandle;
      };
      const sound = (await (await log()).getFile()).size;
      await sync('after');
      await first.teardown();
      const handle = await log();
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      // Batches follow each other: the last ones are cut, or one of their bits is turned.
      if (damage === 'flipped') bytes[sound + 50] = (bytes[sound + 50] ?? 0) ^ 4;
      const stream = await handle.createWritable();
      await stream.write(damage === 'torn' ? bytes.subarray(0, sound + 40) : bytes);
      await stream.close();

      const checked = await stores.check('damaged log');
      const second = await OpenAgentsContainer.boot({ persist: 'damaged log' });
      const said: string[] = [];
      second.on('error', ({ message }) => said.push(message));
      const names = (await second.fs.readdir('.')).sort();
      const before = await second.fs.readFile('before', 'utf8');
      await second.fs.writeFile('later', 'x');
      await second.teardown();
      const again = await stores.check('damaged log');
      const third = await OpenAgentsContainer.boot({ persist: 'damaged log' });
      const later = await third.fs.readFile('later', 'utf8');
      await third.teardown();
      await stores.delete('damaged log');
      return { grown: bytes.length > sound, checked, said, names, before, again, later };
    }, damage);
    expect(result.grown).toBe(true);
    expect(result.checked).toMatchObject({ errors: [], fellBack: false });
    expect(result.checked.lostBytes).toBeGreaterThan(0);
    expect(result.said).toEqual([
      expect.stringContaining(`${result.checked.lostBytes} bytes of the last changes are lost`),
    ]);
    expect(result).toMatchObject({ names: ['before'], before: 'before', later: 'x' });
    expect(result.again).toMatchObject({ errors: [], lostBytes: 0 });
  },
);

test('what was synced outlives a renderer that dies', async () => {
  const { origin } = new URL(opened.page.url());
  const synced = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ persist: 'crashed' });
    await container.fs.writeFile(
      'main.js',
      `for (let i = 0; ; i++) {
         const fd = fs.openSync('f' + i, 'w');
         fs.writeSync(fd, 'content ' + i); fs.fsyncSync(fd); fs.closeSync(fd);
         console.log(i);
       }`.replace('for', "const fs = require('fs'); for"),
    );
    const writer = await container.spawn('node', ['main.js']);
    let last = -1;
    for await (const text of writer.stdout) {
      last = Number(text.trim().split('\n').at(-1));
      if (last >= 20) break;
    }
    return last;
  });
  const crashed = new Promise((resolve) => opened.page.once('crash', resolve));
  void opened.page.goto('chrome://crash').catch(() => undefined);
  await crashed;
  const after = await opened.page.context().newPage();
  await after.goto(`${origin}/cli/empty.html`);
  const check = async ({ OpenAgentsContainer }: InPage, count: number) => {
    const container = await OpenAgentsContainer.boot({ persist: 'crashed' });
    const lost: number[] = [];
    for (let i = 0; i <= count; i++) {
      const text = await container.fs.readFile(`f${i}`, 'utf8').catch(() => '');
      if (text !== `content ${i}`) lost.push(i);
    }
    await container.teardown();
    return lost;
  };
  const lost = await after.evaluate<number[]>(
    `import('/index.js').then((api) => (${check.toString()})(api, ${synced}))`,
  );
  expect(synced).toBeGreaterThanOrEqual(20);
  expect(lost).toEqual([]);
});
