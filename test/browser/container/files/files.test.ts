import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('mount and export give the same tree', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const tree = {
      'main.js': { file: { contents: 'console.log(1)' } },
      run: { file: { contents: '#!/usr/bin/env node\n', mode: 0o755 } },
      empty: { directory: {} },
      src: {
        directory: {
          'a.bin': { file: { contents: new Uint8Array([255, 0]) } },
          link: { file: { symlink: '../main.js' } },
        },
      },
    };
    await container.mount(tree);
    const whole = await container.export('.');
    const part = await container.export('.', { excludes: ['main.js', 'run', 'empty', 'src/link'] });
    await container.mount({ 'b.txt': { file: { contents: 'b' } } }, { mountPoint: 'deep/er' });
    const deep = await container.fs.readFile('/home/project/deep/er/b.txt', 'utf-8');
    await container.teardown();
    const bytes = (whole.src as { directory: Record<string, { file: { contents: Uint8Array } }> }).directory[
      'a.bin'
    ];
    return {
      whole: JSON.stringify(whole),
      part: JSON.stringify(part),
      deep,
      bytes: [...(bytes?.file.contents ?? [])],
    };
  });
  expect(JSON.parse(result.whole)).toMatchObject({
    'main.js': { file: { contents: 'console.log(1)' } },
    run: { file: { contents: '#!/usr/bin/env node\n', mode: 0o755 } },
    empty: { directory: {} },
    src: { directory: { link: { file: { symlink: '../main.js' } } } },
  });
  expect(Object.keys(JSON.parse(result.part) as object)).toEqual(['src']);
  expect(result.part).not.toContain('link');
  expect(result.deep).toBe('b');
  expect(result.bytes).toEqual([255, 0]);
});

test('a malformed tree is a TypeError that names the path', async () => {
  const messages = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const malformed: unknown[] = [
      { a: { directory: { b: {} } } },
      { a: { file: { contents: 7 } } },
      { 'x/y': { file: { contents: '' } } },
      { '..': { directory: {} } },
      { a: null },
      [],
    ];
    const results: string[] = [];
    for (const tree of malformed) {
      // What is sound in it does not come either.
      const whole = Array.isArray(tree) ? tree : { sound: { file: { contents: 'x' } }, ...(tree as object) };
      const error: unknown = await container.mount(whole as never).catch((reason: unknown) => reason);
      results.push(error instanceof TypeError ? error.message : 'no TypeError');
    }
    const left = await container.fs.readdir('.');
    await container.teardown();
    return { results, left };
  });
  expect(messages.left).toEqual([]);
  expect(messages.results).toEqual([
    expect.stringContaining("'/a/b'"),
    expect.stringContaining("'/a'"),
    expect.stringContaining("'/x/y'"),
    expect.stringContaining("'/..'"),
    expect.stringContaining("'/a'"),
    expect.stringContaining("'/'"),
  ]);
});

test('the file calls behave as fs.promises', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const code = (error: unknown) => (error as { code?: string }).code;
    await fs.mkdir('d/e/f', { recursive: true });
    await fs.writeFile('d/hex', '00ff10', { encoding: 'hex' });
    await fs.writeFile('d/text', 'grüße');
    await fs.appendFile('d/text', '!');
    await fs.symlink('text', 'd/link');
    await fs.rename('d/hex', 'd/renamed');
    await fs.cp('d', 'copy', { recursive: true });
    await fs.copyFile('d/text', 'd/copied');
    await fs.chmod('d/text', 0o600);
    await fs.truncate('d/renamed', 1);
    await fs.utimes('d/text', 10, 20.5);
    const stat = await fs.stat('d/text');
    const dirents = await fs.readdir('d', { withFileTypes: true });
    const out = {
      bytes: [...(await fs.readFile('d/renamed'))],
      base64: await fs.readFile('d/text', 'base64'),
      text: await fs.readFile('copy/link', 'utf8'),
      names: await fs.readdir('d'),
      folders: dirents.filter((entry) => entry.isDirectory()).map((entry) => entry.name),
      link: (await fs.lstat('d/link')).isSymbolicLink(),
      target: await fs.readlink('d/link'),
      real: await fs.realpath('d/link'),
      mode: stat.mode & 0o777,
      mtimeMs: stat.mtimeMs,
      errors: await Promise.all([
        fs.readFile('none').catch(code),
        fs.mkdir('d').catch(code),
        fs.rm('d').catch(code),
        fs.rmdir('d').catch(code),
        fs.readdir('d/text').catch(code),
        fs.writeFile('/etc/passwd', 'x').catch(code),
        fs.rm('none', { force: true }).catch(code),
      ]),
    };
    await fs.rm('d', { recursive: true });
    const left = await fs.readdir('.');
    await container.teardown();
    return { ...out, left };
  });
  expect(result).toEqual({
    bytes: [0],
    base64: btoa(String.fromCharCode(...new TextEncoder().encode('grüße!'))),
    text: 'grüße!',
    names: expect.arrayContaining(['e', 'text', 'link', 'renamed', 'copied']) as string[],
    folders: ['e'],
    link: true,
    target: 'text',
    real: '/home/project/d/text',
    mode: 0o600,
    mtimeMs: 20500,
    errors: ['ENOENT', 'EEXIST', 'EISDIR', 'ENOTEMPTY', 'ENOTDIR', 'EACCES', undefined],
    left: ['copy'],
  });
});

test('a watch tells what processes change', async () => {
  const seen = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.mkdir('w');
    const arrived = new Promise<[string, string]>((resolve) => {
      container.fs.watch('w', (event, name) => resolve([event, String(name)]));
    });
    await container.fs.readdir('w');
    await container.exec(`node -e 'fs.writeFileSync("w/new","x")'`);
    const event = await arrived;
    await container.teardown();
    return event;
  });
  expect(seen).toEqual(['rename', 'new']);
});
