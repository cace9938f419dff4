/** `container.fs` as web streams: a stream is the file that was opened, wherever its path leads. */
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a stream reads in parts, and stays with its file when the name goes to another', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const bytes = Uint8Array.from({ length: 3_000_001 }, (_, index) => index % 251);
    await fs.writeFile('big', bytes);
    const reader = fs.createReadStream('big').getReader();
    const parts = [(await reader.read()).value ?? new Uint8Array()];
    await fs.rename('big', 'moved');
    await fs.writeFile('big', 'another');
    await fs.rm('moved');
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
    const all = new Uint8Array(await new Blob(parts).arrayBuffer());
    const out = {
      same: all.length === bytes.length && all.every((byte, index) => byte === bytes[index]),
      largest: Math.max(...parts.map((part) => part.length)) <= 64 * 1024,
      empty: await fs.writeFile('empty', '').then(() => new Response(fs.createReadStream('empty')).text()),
      left: await fs.readFile('big', 'utf8'),
    };
    await container.teardown();
    return out;
  });
  expect(result).toEqual({ same: true, largest: true, empty: '', left: 'another' });
});

test('a stream writes into the file that it opened; flags and modes are those of open', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const write = async (
      path: string,
      options: Parameters<typeof fs.createWriteStream>[1],
      between?: () => Promise<unknown>,
    ): Promise<void> => {
      const writer = fs.createWriteStream(path, options).getWriter();
      await writer.write('one ');
      await between?.();
      await writer.write(new TextEncoder().encode('two '));
      await writer.close();
    };
    await write('out', {}, () => fs.rename('out', 'moved'));
    await write('moved', { flags: 'a' }, () => fs.writeFile('moved', 'other '));
    await write('private', { mode: 0o600 });
    const again = await write('private', { flags: 'wx' }).catch((error: { code?: string }) => error.code);
    const [stopped] = await Promise.allSettled([
      new Response('a body of a response').body?.pipeTo(fs.createWriteStream('piped')),
    ]);
    const out = {
      there: (await fs.readdir('.')).sort(),
      moved: await fs.readFile('moved', 'utf8'),
      piped: [stopped.status, await fs.readFile('piped', 'utf8')],
      mode: ((await fs.stat('private')).mode & 0o777).toString(8),
      again,
    };
    await container.teardown();
    return out;
  });
  expect(result).toEqual({
    there: ['moved', 'piped', 'private'],
    moved: 'other two ',
    piped: ['fulfilled', 'a body of a response'],
    mode: '600',
    again: 'EEXIST',
  });
});

test('streams of pipes, of tasks, of what is mounted; what cannot be opened says why', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const text = (path: string) => new Response(fs.createReadStream(path)).text();
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => 'no failure',
        (error: unknown) => {
          const { code, syscall, path } = error as { code?: string; syscall?: string; path?: string };
          return [code, syscall, path];
        },
      );
    await container.exec('mkfifo pipe; mkdir folder');
    const through = container.exec('tr a-z A-Z < pipe');
    await new Response('down the pipe').body?.pipeTo(fs.createWriteStream('pipe'));
    // A reader that is still there would share the pipe with the next.
    const there = (await through).stdout;
    const reading = text('pipe');
    await container.exec('echo back > pipe');
    const back = await reading;
    // A pipe that nobody opens, and one that nobody writes: a reader may leave.
    await fs.createReadStream('pipe').cancel();
    const waiting = fs.createReadStream('pipe').getReader();
    const nothing = waiting.read();
    const writer = fs.createWriteStream('pipe').getWriter();
    await writer.ready;
    await waiting.cancel();
    const out: Record<string, unknown> = {
      pipe: [there, back, (await nothing).done],
      broken: await failure(writer.write('x').then(() => writer.write('y'))),
      process: (await text('/proc/version')).startsWith('Linux version'),
    };
    const source = await container.export('folder', { format: 'zip' });
    await container.mount({ type: 'overlay', lower: { type: 'zip', source } }, { mountPoint: 'mounted' });
    await new Response('a mounted file').body?.pipeTo(fs.createWriteStream('mounted/file'));
    out['mounted'] = await text('mounted/file');
    const read = (path: string) => fs.createReadStream(path).getReader().read();
    const write = (path: string, given: string) => fs.createWriteStream(path).getWriter().write(given);
    out['missing'] = await failure(read('missing'));
    out['folder'] = await failure(read('folder'));
    out['full'] = await failure(write('/dev/full', 'x'));
    const sleeper = await container.spawn('sleep', ['60']);
    const control = `/task/${sleeper.pid}/ctl`;
    out['control'] = (await failure(write(control, 'nonsense')))?.slice(0, 2);
    await write(control, 'kill');
    out['killed'] = await sleeper.exit;
    await container.teardown();
    return out;
  });
  expect(result).toEqual({
    pipe: ['DOWN THE PIPE', 'back\n', true],
    broken: ['EPIPE', 'write', '/home/project/pipe'],
    process: true,
    mounted: 'a mounted file',
    missing: ['ENOENT', 'open', '/home/project/missing'],
    folder: ['EISDIR', 'read', '/home/project/folder'],
    full: ['ENOSPC', 'write', '/dev/full'],
    control: ['EINVAL', 'write'],
    killed: 137,
  });
});

test('streams that are left give their files back', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    await fs.writeFile('file', 'some text');
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const reader = fs.createReadStream('file').getReader();
          await reader.read();
          if (index % 2 === 0) await reader.cancel();
          else while (!(await reader.read()).done);
        }),
      );
    }
    const text = await new Response(fs.createReadStream('file')).text();
    await container.teardown();
    return text;
  });
  expect(result).toBe('some text');
});
