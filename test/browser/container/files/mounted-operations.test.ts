/** Every call of Node's fs in every kind of mount: it does what it says, or is refused with the error of the kind. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tarOf, zipOf } from '../../../contract/backends/archives.ts';
import { usePage } from '../../harness.ts';
import { foreignFilesScript } from './foreign-files.ts';
import { ABLE, type Answers, EVERY_CALL, PLAIN, READ_ONLY } from './mounted-program.ts';

const opened = usePage();
const { run } = opened;

const names = ['hello.txt', 'directory/inner.txt'];
const entries = names.map((name) => ({ name, content: Buffer.from(name) }));

let server: Server;
let base = '';

/** Another origin: it lets the page read, and answers ranges. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const content = names.includes(name) ? Buffer.from(name) : undefined;
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'range');
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else if (content === undefined) response.writeHead(404).end();
    else if (range === null) response.writeHead(200, { 'content-length': content.length }).end(content);
    else {
      const part = content.subarray(Number(range[1]), Number(range[2]) + 1);
      response.writeHead(206, { 'content-length': part.length }).end(part);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  base = `http://127.0.0.1:${address.port}/`;
  await opened.page.addScriptTag({ content: foreignFilesScript() });
});
afterAll(() => server.close());

/** The container's own files are POSIX's: what is no file can be made too, and links lead everywhere within. */
const ROOT: Answers = {
  ...ABLE,
  'rename out': 'done',
  'link out': 'done',
  'link in': 'done',
  mkfifo: true,
  'a socket': true,
};

test.each([
  ['root', ROOT],
  ['overlay', ABLE],
  ['zip', READ_ONLY],
  ['tar', READ_ONLY],
  ['http', READ_ONLY],
  ['directory', PLAIN],
  ['memfs', ABLE],
  ['inMemory', ABLE],
  ['webAccess', PLAIN],
] as const)('%s', async (kind, expected) => {
  const result = await run(
    async ({ OpenAgentsContainer }, { kind, program, zip, tar, base, names }) => {
      const { foreign } = globalThis as unknown as { foreign: Record<string, () => Promise<object>> };
      const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const index = names.map((path) => ({ path, size: path.length }));
      const folder = async (): Promise<FileSystemDirectoryHandle> => {
        const root = await navigator.storage.getDirectory();
        await root.removeEntry('every-call', { recursive: true }).catch(() => undefined);
        return root.getDirectoryHandle('every-call', { create: true });
      };
      const capabilities = { symlinks: false, hardLinks: false, modes: false, owners: false, times: false };
      const sources: Record<string, () => unknown> = {
        zip: () => ({ type: 'zip', source: bytes(zip) }),
        tar: () => ({ type: 'tar', source: bytes(tar) }),
        http: () => ({ type: 'http', base, index }),
        overlay: () => ({ type: 'overlay', lower: { type: 'zip', source: bytes(zip) } }),
        directory: () => folder(),
        memfs: () => foreign['memfs']?.(),
        inMemory: () => foreign['inMemory']?.(),
        webAccess: async () => ({ type: 'node', fs: await foreign['webAccess']?.(), capabilities }),
      };
      const container = await OpenAgentsContainer.boot();
      const mountPoint = '/home/project/mounted';
      if (kind === 'root') await container.fs.mkdir(mountPoint);
      else await container.mount((await sources[kind]?.()) as never, { mountPoint });
      await container.fs.writeFile('/tmp/program.cjs', program);
      const fill = ['root', 'directory', 'memfs', 'inMemory', 'webAccess'].includes(kind)
        ? 'fill'
        : kind === 'overlay'
          ? 'there'
          : '';
      const outcome = await container.exec(`node /tmp/program.cjs ${mountPoint} '${fill}'`);
      const { fs } = container;
      const at = (name: string): string => `${mountPoint}/${name}`;
      const page: Record<string, unknown> = {};
      const call = async (name: string, action: () => Promise<unknown>): Promise<void> => {
        page[name] = await action().then(
          (value) => value ?? 'done',
          (error: { code?: string }) => error.code ?? String(error),
        );
      };
      await fs.rm('/tmp/out', { recursive: true, force: true });
      await call('readdir', async () => (await fs.readdir(mountPoint)).includes('directory'));
      await call('stat', async () => (await fs.stat(at('directory'))).isDirectory());
      await call('access', () => fs.access(at('hello.txt'), 4));
      await call('realpath', () => fs.realpath(at('directory/../directory')));
      await call('statfs', async () => (await fs.statfs(mountPoint)).bsize > 0);
      await call('cp out', () => fs.cp(at('directory'), '/tmp/out', { recursive: true }));
      await call('cp out, read', () => fs.readFile('/tmp/out/inner.txt', 'utf8'));
      await call('rename out', () => fs.rename(at('directory'), '/tmp/renamed'));
      await call('link in', () => fs.link('/tmp/out/inner.txt', at('linked by page')));
      if (kind === 'root') await fs.rename('/tmp/renamed', at('directory'));
      await call('writeFile', () => fs.writeFile(at('by page'), 'written'));
      await call('appendFile', () => fs.appendFile(at('by page'), ', more'));
      await call('truncate', () => fs.truncate(at(fill === '' ? 'hello.txt' : 'by page'), 4));
      await call('readFile', () => fs.readFile(at('by page'), 'utf8'));
      await call('mkdir', () => fs.mkdir(at('made by page')));
      await call('mkdir, with those above', () => fs.mkdir(at('made/by/page'), { recursive: true }));
      await call('cp in', () => fs.cp('/tmp/out', at('all by page'), { recursive: true }));
      await call('cp in, read', () => fs.readFile(at('all by page/inner.txt'), 'utf8'));
      await call('copyFile', () => fs.copyFile(at('hello.txt'), at('copied by page')));
      await call('rename', () => fs.rename(at(fill === '' ? 'hello.txt' : 'by page'), at('renamed by page')));
      await call('link', () => fs.link(at('hello.txt'), at('second name')));
      await call('symlink', () => fs.symlink('hello.txt', at('link by page')));
      await call('readlink', () => fs.readlink(at('link by page')));
      await call('chmod', () => fs.chmod(at('hello.txt'), 0o640));
      await call('chmod, seen', async () => (await fs.stat(at('hello.txt'))).mode & 0o777);
      await call('utimes', () => fs.utimes(at('hello.txt'), 100, 200));
      await call('utimes, seen', async () => {
        const { atimeMs, mtimeMs } = await fs.stat(at('hello.txt'));
        return [atimeMs, mtimeMs];
      });
      await call('unlink', () => fs.unlink(at(fill === '' ? 'hello.txt' : 'renamed by page')));
      await call('rmdir', () => fs.rmdir(at(fill === '' ? 'directory' : 'made by page')));
      await call('rm', () => fs.rm(at(fill === '' ? 'directory' : 'made'), { recursive: true }));
      await container.teardown();
      return { ...outcome, page };
    },
    {
      kind,
      program: EVERY_CALL,
      base,
      names,
      zip: Buffer.from(zipOf(entries)).toString('base64'),
      tar: Buffer.from(tarOf(entries)).toString('base64'),
    },
  );
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual(expected);
  const { chmod, utimes, symlink } = expected;
  const isOwn = kind === 'root';
  const done = expected === READ_ONLY ? 'EROFS' : 'done';
  const seen = (when: unknown, value: unknown): unknown =>
    typeof when === 'string' && /^E/.test(when) ? (expect.anything() as unknown) : value;
  expect(result.page).toEqual({
    readdir: true,
    stat: true,
    access: 'done',
    realpath: '/home/project/mounted/directory',
    statfs: true,
    'cp out': 'done',
    'cp out, read': 'directory/inner.txt',
    'rename out': isOwn ? 'done' : 'EXDEV',
    'link in': isOwn ? 'done' : 'EXDEV',
    writeFile: done,
    appendFile: done,
    truncate: done,
    readFile: done === 'done' ? 'writ' : 'ENOENT',
    mkdir: done,
    'mkdir, with those above': done === 'done' ? '/home/project/mounted/made' : 'EROFS',
    'cp in': done,
    'cp in, read': done === 'done' ? 'directory/inner.txt' : 'ENOENT',
    copyFile: done,
    rename: done,
    link: refusedOr(expected['link'], 'done'),
    symlink: refusedOr(symlink, 'done'),
    readlink: typeof symlink === 'string' ? 'ENOENT' : 'hello.txt',
    chmod: refusedOr(chmod, 'done'),
    'chmod, seen': seen(chmod, 0o640),
    utimes: refusedOr(utimes, 'done'),
    'utimes, seen': seen(utimes, [100_000, 200_000]),
    unlink: done,
    rmdir: done,
    rm: done,
  });
});

/** The error that a program has met, or what the page does. */
function refusedOr(answer: unknown, otherwise: string): string {
  return typeof answer === 'string' && /^E[A-Z]+$/.test(answer) ? answer : otherwise;
}
