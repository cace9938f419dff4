/** Bad input: what file calls say to paths that are none, from programs and from the page. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();
const fixture = (name: string): string =>
  readFileSync(path.resolve(import.meta.dirname, '../../../fixtures/programs', name), 'utf8');

test('programs get the answers of Node 24.21.0 on Linux: NUL, lengths, loops, names that are not UTF-8', async () => {
  const result = await run(async ({ OpenAgentsContainer }, program) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('/tmp/main.cjs', program);
    const outcome = await container.exec('node /tmp/main.cjs');
    await container.teardown();
    return outcome;
  }, fixture('odd-paths.cjs'));
  expect(result.stderr).toBe('');
  expect(result.stdout.split('\n')).toEqual(fixture('odd-paths.txt').split('\n'));
});

test('the page gets the same: NUL, lengths, loops', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    await fs.writeFile('present', 'here');
    await fs.symlink('pong', 'ping');
    await fs.symlink('ping', 'pong');
    const codes: Record<string, string[]> = {};
    const paths = {
      NUL: 'a\0b',
      'NUL in bytes': Uint8Array.of(97, 0, 98),
      'long name': 'n'.repeat(256),
      'long in bytes': 'é'.repeat(128),
      'long path': 'd/'.repeat(2048) + 'p',
      loop: 'ping/x',
    };
    for (const [name, path] of Object.entries(paths)) {
      const calls = [
        () => fs.readFile(path),
        () => fs.writeFile(path, 'x'),
        () => fs.appendFile(path, 'x'),
        () => fs.readdir(path),
        () => fs.mkdir(path),
        () => fs.mkdir(path, { recursive: true }),
        () => fs.rm(path),
        () => fs.rm(path, { recursive: true }),
        () => fs.rmdir(path),
        () => fs.unlink(path),
        () => fs.rename(path, 'x'),
        () => fs.rename('present', path),
        () => fs.link('present', path),
        () => fs.symlink('present', path),
        () => fs.readlink(path),
        () => fs.realpath(path),
        () => fs.stat(path),
        () => fs.lstat(path),
        () => fs.access(path),
        () => fs.chmod(path, 0o600),
        () => fs.utimes(path, 1, 1),
        () => fs.truncate(path),
        () => fs.copyFile('present', path),
        () => fs.cp('present', path),
      ];
      const found = calls.map((call) =>
        (async () => call())().then(
          () => 'done',
          (error: { code?: string }) => String(error.code),
        ),
      );
      codes[name] = [...new Set(await Promise.all(found))];
    }
    const left = await fs.readdir('.');
    await container.teardown();
    return { codes, left };
  });
  expect(result.codes).toEqual({
    NUL: ['ERR_INVALID_ARG_VALUE'],
    'NUL in bytes': ['ERR_INVALID_ARG_VALUE'],
    'long name': ['ENAMETOOLONG'],
    'long in bytes': ['ENAMETOOLONG'],
    'long path': ['ENAMETOOLONG'],
    loop: ['ELOOP'],
  });
  expect(result.left.sort()).toEqual(['ping', 'pong', 'present']);
});

test('the page reaches names that are not UTF-8 as bytes', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const odd = Uint8Array.of(0x6f, 0xff, 0xc3, 0x64);
    const below = Uint8Array.of(0xfe, 47, ...odd);
    await fs.mkdir(Uint8Array.of(0xfe));
    await fs.writeFile(below, 'odd');
    await fs.appendFile(below, ' one');
    await fs.symlink(below, 'link');
    const bytes = async (path: string | Uint8Array): Promise<number[][]> =>
      (await fs.readdir(path, 'buffer')).map((name) => [...name]);
    const out = {
      bytes: await bytes('.'),
      text: await fs.readdir('.'),
      inside: await bytes(Uint8Array.of(0xfe)),
      link: await fs.readFile('link', 'utf8'),
      target: [...(await fs.readlink('link', 'buffer'))],
      real: [...(await fs.realpath('link', 'buffer'))].slice(-6),
      size: (await fs.stat(below)).size,
      node: (
        await container.exec(
          `node -p "fs.readFileSync(Buffer.from('fe2f6fffc364', 'hex'), 'utf8') + fs.existsSync('\\udcfe')"`,
        )
      ).stdout,
      surrogate: await fs.access('\udcfe').catch((error: { code?: string }) => error.code),
    };
    await fs.rename(below, Uint8Array.of(0x80));
    await fs.cp(Uint8Array.of(0xfe), Uint8Array.of(0xfd), { recursive: true });
    const renamed = await fs.readFile(Uint8Array.of(0x80), 'utf8');
    for (const name of [Uint8Array.of(0xfe), Uint8Array.of(0xfd)]) await fs.rm(name, { recursive: true });
    await fs.unlink(Uint8Array.of(0x80));
    const left = await fs.readdir('.');
    await container.teardown();
    return { ...out, renamed, left };
  });
  expect(result).toEqual({
    bytes: [[0xfe], [...Buffer.from('link')]],
    text: ['link', '\ufffd'],
    inside: [[0x6f, 0xff, 0xc3, 0x64]],
    link: 'odd one',
    target: [0xfe, 47, 0x6f, 0xff, 0xc3, 0x64],
    real: [0xfe, 47, 0x6f, 0xff, 0xc3, 0x64],
    size: 7,
    node: 'odd onefalse\n',
    surrogate: 'ENOENT',
    renamed: 'odd one',
    left: ['link'],
  });
});

test('devices and named pipes behave for the page as on Linux', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const code = (error: unknown) => String((error as { code?: string }).code);
    const some = async (path: string, bytes: number): Promise<Uint8Array> => {
      const reader = fs.createReadStream(path).getReader();
      const parts: number[] = [];
      while (parts.length < bytes) parts.push(...((await reader.read()).value ?? []));
      await reader.cancel();
      return Uint8Array.from(parts.slice(0, bytes));
    };
    await fs.symlink('/dev/null', 'nothing');
    const out = {
      null: (await fs.readFile('/dev/null')).length,
      link: await fs.readFile('nothing', 'utf8'),
      swallowed: await Promise.all(
        ['/dev/null', '/dev/zero', '/dev/urandom', '/dev/random', 'nothing'].map((path) =>
          fs.writeFile(path, 'gone').then(() => fs.appendFile(path, new Uint8Array(100_000))),
        ),
      ).then(() => true),
      stillDevice: (await fs.stat('nothing')).isCharacterDevice(),
      full: [
        await fs.writeFile('/dev/full', 'x').catch(code),
        await fs.writeFile('/dev/full', '').then(() => 'done'),
      ],
      endless: await Promise.all(
        ['/dev/zero', '/dev/full', '/dev/urandom'].map((path) => fs.readFile(path).catch(code)),
      ),
      zero: (await some('/dev/zero', 100_000)).every((byte) => byte === 0),
      random: new Set(await some('/dev/urandom', 100_000)).size,
      empty: await new Response(fs.createReadStream('/dev/null')).text(),
      tty: await fs.readFile('/dev/tty').catch(code),
      exclusive: await fs.writeFile('/dev/null', 'x', { flag: 'wx' }).catch(code),
      truncated: await fs.truncate('/dev/null').catch(code),
    };
    await container.exec('mkfifo pipe');
    const reading = fs.readFile('pipe', 'utf8');
    await container.exec('echo through the pipe > pipe');
    const there = await reading; // a reader that is still there would take what is meant for the next
    const catting = container.exec('cat pipe');
    await fs.writeFile('pipe', 'and back');
    const pipes = [there, (await catting).stdout];
    await container.teardown();
    return { ...out, pipes };
  });
  expect(result).toEqual({
    null: 0,
    link: '',
    swallowed: true,
    stillDevice: true,
    full: ['ENOSPC', 'done'],
    endless: ['EFBIG', 'EFBIG', 'EFBIG'],
    zero: true,
    random: 256,
    empty: '',
    tty: 'ENXIO',
    exclusive: 'EEXIST',
    truncated: 'EINVAL',
    pipes: ['through the pipe\n', 'and back'],
  });
});
