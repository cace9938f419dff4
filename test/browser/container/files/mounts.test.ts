/** File systems mounted into a container: programs and the page use them as any files. */
import { expect, test } from 'vitest';
import { tarOf, zipOf } from '../../../contract/backends/archives.ts';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const PROGRAM = `
const fs = require('node:fs');
const read = (path) => fs.readFileSync(path, 'utf8');
const code = (action) => { try { return action() ?? 'done'; } catch (error) { return error.code; } };
process.chdir(process.argv[2]);
const out = { cwd: process.cwd(), before: fs.readdirSync('.').sort(), hello: read('hello.txt') };
out.size = fs.statSync('hello.txt').size;
out.write = code(() => fs.writeFileSync('new.txt', 'made by a program'));
out.mkdir = code(() => { fs.mkdirSync('made'); fs.mkdirSync('made/deep'); });
out.append = code(() => fs.appendFileSync('new.txt', ', twice'));
out.rename = code(() => fs.renameSync('new.txt', 'made/deep/moved.txt'));
out.chmod = code(() => fs.chmodSync('hello.txt', 0o600));
out.symlink = code(() => fs.symlinkSync('hello.txt', 'soft'));
out.across = code(() => fs.renameSync('hello.txt', '/tmp/hello.txt'));
out.exclusive = code(() => fs.writeFileSync('hello.txt', '', { flag: 'wx' }));
out.part = code(() => {
  const fd = fs.openSync('hello.txt', 'r');
  const part = Buffer.alloc(3);
  fs.readSync(fd, part, 0, 3, 1);
  const size = fs.fstatSync(fd).size;
  fs.closeSync(fd);
  return part + ' of ' + size;
});
out.required = code(() => require(process.cwd() + '/module.js').value);
out.outside = code(() => fs.existsSync('../mounted') && fs.readdirSync('..').length > 0);
out.none = code(() => read('none'));
console.log(JSON.stringify(out));
`;

const files = [
  { name: 'hello.txt', content: Buffer.from('hello') },
  { name: 'module.js', content: Buffer.from('exports.value = 42;') },
];
const readOnly = { write: 'EROFS', mkdir: 'EROFS', append: 'EROFS', chmod: 'EROFS', symlink: 'EROFS' };
const common = {
  cwd: '/mounted',
  before: ['hello.txt', 'module.js'],
  hello: 'hello',
  size: 5,
  across: 'EXDEV',
  exclusive: 'EEXIST',
  part: 'ell of 5',
  required: 42,
  outside: true,
  none: 'ENOENT',
};

test('a folder of the disk: what programs write is in the folder', async () => {
  const result = await run(async ({ OpenAgentsContainer }, program: string) => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('mounted-folder', { create: true });
    const put = async (name: string, text: string): Promise<void> => {
      const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await stream.write(text);
      await stream.close();
    };
    await put('hello.txt', 'hello');
    await put('module.js', 'exports.value = 42;');
    const container = await OpenAgentsContainer.boot();
    await container.mount(folder, { mountPoint: '/mounted' });
    await container.fs.writeFile('/tmp/program.cjs', program);
    const { stdout, stderr } = await container.exec('node /tmp/program.cjs /mounted');
    const made = await folder.getDirectoryHandle('made').then((made) => made.getDirectoryHandle('deep'));
    const written = await (await (await made.getFileHandle('moved.txt')).getFile()).text();
    await container.fs.writeFile('/mounted/made/by-page.txt', 'page');
    const page = [
      await container.fs.readFile('/mounted/made/by-page.txt', 'utf8'),
      (await container.fs.stat('/mounted/made')).isDirectory(),
      (await container.fs.readdir('/mounted')).sort(),
    ];
    await container.fs.rm('/mounted/made', { recursive: true });
    const code = (error: unknown): unknown => (error as { code?: string }).code;
    const twice = await container.mount(folder, { mountPoint: '/mounted' }).catch(code);
    await container.unmount('/mounted');
    const after = await container.fs.readdir('/mounted');
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
      names.push(name);
    await container.teardown();
    return { stdout, stderr, written, page, twice, after, names: names.sort() };
  }, PROGRAM);
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toEqual({
    ...common,
    write: 'done',
    mkdir: 'done',
    append: 'done',
    rename: 'done',
    chmod: 'ENOTSUP',
    symlink: 'ENOTSUP',
  });
  expect(result.written).toBe('made by a program, twice');
  expect(result.page).toEqual(['page', true, ['hello.txt', 'made', 'module.js']]);
  expect(result.twice).toBe('EBUSY');
  expect(result.after).toEqual([]);
  expect(result.names).toEqual(['hello.txt', 'module.js']);
});

test('archives are read-only, an overlay over one is not', async () => {
  const given = {
    program: PROGRAM,
    zip: Buffer.from(zipOf(files)).toString('base64'),
    tar: Buffer.from(tarOf(files)).toString('base64'),
    evil: Buffer.from(zipOf([{ name: '../evil', content: Buffer.from('x') }])).toString('base64'),
  };
  const result = await run(async ({ OpenAgentsContainer }, { program, zip, tar, evil }) => {
    const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('/tmp/program.cjs', program);
    const outputs: string[] = [];
    const lower = { type: 'zip', source: bytes(zip) } as const;
    for (const source of [
      lower,
      { type: 'tar', source: new Blob([bytes(tar) as BlobPart]) } as const,
      { type: 'overlay', lower } as const,
    ]) {
      await container.mount(source, { mountPoint: '/mounted' });
      const { stdout, stderr } = await container.exec('node /tmp/program.cjs /mounted');
      outputs.push(stdout, stderr);
      await container.unmount('/mounted');
    }
    const refused = await container
      .mount({ type: 'zip', source: bytes(evil) }, { mountPoint: '/evil' })
      .catch((error: unknown) => (error as { code?: string }).code);
    await container.teardown();
    return { outputs, refused };
  }, given);
  const [zip, zipErrors, tar, tarErrors, overlay, overlayErrors] = result.outputs;
  expect([zipErrors, tarErrors, overlayErrors]).toEqual(['', '', '']);
  const refused = { ...common, ...readOnly, rename: 'ENOENT' };
  expect(JSON.parse(zip ?? '')).toEqual(refused);
  expect(JSON.parse(tar ?? '')).toEqual(refused);
  const all = {
    write: 'done',
    mkdir: 'done',
    append: 'done',
    rename: 'done',
    chmod: 'done',
    symlink: 'done',
  };
  expect(JSON.parse(overlay ?? '')).toEqual({ ...common, ...all });
  expect(result.refused).toBe('EINVAL');
});
