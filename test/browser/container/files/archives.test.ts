import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { tarOf, zipOf } from '../../../contract/backends/archives.ts';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** What a container's tree is, for comparisons; runs in a program, where names may be any bytes. */
const DESCRIBE = `
const fs = require('node:fs');
const describe = (path) => {
  const at = Buffer.from(path, 'latin1');
  const { mode, mtimeNs, nlink, size } = fs.lstatSync(at, { bigint: true });
  const type = Number(mode) & 0o170000;
  const own = [path, Number(mode).toString(8)];
  if (type === 0o120000) return [[...own, fs.readlinkSync(at, 'latin1')]];
  if (type === 0o100000) {
    const sum = fs.readFileSync(at).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7);
    return [[...own, Number(size), sum, process.argv[3] === 'ns' ? String(mtimeNs) : Number(mtimeNs / 1000000000n), Number(nlink)]];
  }
  const names = fs.readdirSync(at, { encoding: 'latin1' }).sort();
  return [own, ...names.flatMap((name) => describe(path + '/' + name))];
};
process.chdir(process.argv[2]);
console.log(JSON.stringify(describe('.')));
`;

const MAKE = `
const fs = require('node:fs');
fs.mkdirSync('d/deep/' + 'n'.repeat(120), { recursive: true });
fs.writeFileSync('d/deep/' + 'n'.repeat(120) + '/é', Buffer.from([0, 255, 10]));
fs.writeFileSync('run', '#!/bin/sh\\necho 7\\n', { mode: 0o755 });
fs.writeFileSync('secret', 'x', { mode: 0o600 });
fs.writeFileSync('__proto__', 'p');
fs.writeFileSync('empty', '');
fs.writeFileSync('big', Buffer.alloc(3000000, 'abc'));
fs.symlinkSync('d/deep', 'link');
fs.symlinkSync('/nowhere/at all', 'out');
fs.linkSync('run', 'd/again');
fs.writeFileSync(Buffer.from([0x6e, 0xff, 0x6d]), 'not UTF-8');
fs.mkdirSync('closed');
fs.writeFileSync('closed/in', 'in');
fs.chmodSync('closed', 0o555);
for (const name of ['run', 'big', 'secret']) fs.utimesSync(name, 5, 1234567890.123456);
`;

test('every format takes a tree out and brings it back: names, permissions, links, times', async () => {
  const result = await run(
    async ({ OpenAgentsContainer }, { make, describe }) => {
      const container = await OpenAgentsContainer.boot();
      const { fs } = container;
      await fs.writeFile('/tmp/make.cjs', make);
      await fs.writeFile('/tmp/describe.cjs', describe);
      await fs.mkdir('/tmp/from');
      const made = await container.exec('node /tmp/make.cjs', { cwd: '/tmp/from' });
      const tree = async (path: string): Promise<string> => {
        const { stdout, stderr } = await container.exec(`node /tmp/describe.cjs ${path}`);
        return stdout + stderr;
      };
      const out: Record<string, string> = { made: made.stderr, from: await tree('/tmp/from') };
      for (const format of ['json', 'binary', 'tar', 'zip'] as const) {
        // A zip whose links lead out of it is refused.
        if (format === 'zip') await fs.rm('/tmp/from/out');
        const options = { format: format as 'tar' };
        const archive = await container.export('/tmp/from', options);
        await container.mount(archive, { mountPoint: `/tmp/${format}` });
        out[format] = await tree(`/tmp/${format}`);
      }
      const blob = new Blob([await container.export('/tmp/from', { format: 'tar' })]);
      const gzipped = await new Response(blob.stream().pipeThrough(new CompressionStream('gzip'))).blob();
      await container.mount(gzipped, { mountPoint: '/tmp/gz' });
      out.gz = await tree('/tmp/gz');
      out.after = await tree('/tmp/from');
      await container.teardown();
      return out;
    },
    { make: MAKE, describe: DESCRIBE },
  );
  expect(result.made).toBe('');
  type Line = [string, string, ...unknown[]];
  const lines = (text: string | undefined): Line[] => JSON.parse(text ?? '') as Line[];
  const from = lines(result.from);
  expect(from.length).toBe(16);
  expect(lines(result.tar)).toEqual(from);
  // Without hard links: `run` and its second name are two files.
  const apart = (all: Line[]): Line[] =>
    all.map((line) => (line.length === 6 ? (line.with(5, 1) as Line) : line));
  expect(lines(result.binary)).toEqual(apart(from));
  expect(lines(result.zip)).toEqual(apart(lines(result.after)));
  expect(lines(result.gz)).toEqual(lines(result.after));
  // A FileSystemTree has no times.
  const timeless = (all: Line[]): Line[] =>
    apart(all).map((line) => (line.length === 6 ? (line.with(4, 0) as Line) : line));
  expect(timeless(lines(result.json))).toEqual(timeless(from));
});

test('other programs read what goes out, and what they write comes in', async () => {
  const folder = mkdtempSync(`${tmpdir()}/oac-archives-`);
  try {
    const python = `
import zipfile
z = zipfile.ZipFile('in.zip', 'w', zipfile.ZIP_DEFLATED)
z.writestr('d/text', 'hello ' * 1000)
i = zipfile.ZipInfo('d/run'); i.external_attr = 0o100755 << 16; z.writestr(i, '#!/usr/bin/env node\\nconsole.log(7)\\n')
i = zipfile.ZipInfo('link'); i.create_system = 3; i.external_attr = 0o120777 << 16; z.writestr(i, 'd/text')
z.close()`;
    execFileSync('python3', ['-c', python], { cwd: folder });
    const snapshot = encode({
      d: { src: { d: { 'a.js': { f: { c: Buffer.from('1') } } } }, b: { f: { c: Buffer.alloc(70_000, 1) } } },
    });
    const given = { zip: base64(readFileSync(`${folder}/in.zip`)), snapshot: base64(snapshot) };
    const result = await run(async ({ OpenAgentsContainer }, { zip, snapshot }) => {
      const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const container = await OpenAgentsContainer.boot();
      await container.mount(bytes(zip));
      await container.mount(bytes(snapshot), { mountPoint: 'snapshot' });
      const { stdout } = await container.exec('d/run');
      const text = await container.fs.readFile('link', 'utf8');
      const [a, b] = [
        await container.fs.readFile('snapshot/src/a.js', 'utf8'),
        await container.fs.stat('snapshot/b'),
      ];
      const out: Record<string, string> = {};
      await container.fs.writeFile('big', new Uint8Array(3_000_000).fill(9));
      for (const format of ['tar', 'zip'] as const) {
        let text = '';
        for (const byte of await container.export('.', { format })) text += String.fromCharCode(byte);
        out[format] = btoa(text);
      }
      await container.teardown();
      return { stdout, length: text.length, a, size: b.size, out };
    }, given);
    expect(result).toMatchObject({ stdout: '7\n', length: 6000, a: '1', size: 70_000 });
    writeFileSync(`${folder}/out.tar`, Buffer.from(result.out.tar ?? '', 'base64'));
    writeFileSync(`${folder}/out.zip`, Buffer.from(result.out.zip ?? '', 'base64'));
    mkdirSync(`${folder}/tar`);
    execFileSync('tar', ['xf', '../out.tar'], { cwd: `${folder}/tar` });
    expect(
      execFileSync('sh', ['-c', 'stat -c %a d/run; cat link | wc -c; wc -c < big'], {
        cwd: `${folder}/tar`,
        encoding: 'utf8',
      }),
    ).toBe('755\n6000\n3000000\n');
    const check =
      "import zipfile; z = zipfile.ZipFile('out.zip'); print(z.testzip(), len(z.read('big')), oct(z.getinfo('d/run').external_attr >> 16), z.read('link').decode())";
    expect(execFileSync('python3', ['-c', check], { cwd: folder, encoding: 'utf8' })).toBe(
      'None 3000000 0o100755 d/text\n',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const content = Buffer.from('harm');
const good = { name: 'good', content };
const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 255 : byte));

test('an archive that is damaged or leads out of itself is refused whole', async () => {
  const zip = zipOf([good, { name: 'more', content: Buffer.alloc(5000, 'abcd') }]);
  const tar = tarOf([good, { name: 'more', content: Buffer.alloc(5000, 'abcd') }]);
  const binary = encode({ d: { good: { f: { c: content } }, more: { f: { c: Buffer.alloc(500) } } } });
  const archives: Record<string, Uint8Array> = {
    'zip, damaged data': flipped(zip, 80),
    'zip, damaged directory': flipped(zip, Buffer.from(zip).indexOf('PK\x01\x02')),
    'zip, cut short': zip.subarray(0, zip.length - 10),
    'zip, ..': zipOf([good, { name: '../out', content }]),
    'zip, absolute': zipOf([good, { name: '/etc/out', content }]),
    'zip, link out': zipOf([good, { name: 'link', target: '../../etc' }]),
    'zip, through a link': zipOf([good, { name: 'link', target: 'd' }, { name: 'link/out', content }]),
    'tar, damaged header': flipped(tar, 1030),
    'tar, cut short': tar.subarray(0, 2000),
    'tar, ..': tarOf([good, { name: 'a/../../out', content }]),
    'tar, absolute': tarOf([good, { name: '/etc/out', content }]),
    'tar, through a link': tarOf([good, { name: 'link', target: '/etc' }, { name: 'link/out', content }]),
    'binary, cut short': binary.subarray(0, binary.length - 20),
    'binary, ..': encode({ d: { good: { f: { c: content } }, '..': { d: { out: { f: { c: content } } } } } }),
    'binary, a slash': encode({ d: { good: { f: { c: content } }, 'a/b': { f: { c: content } } } }),
    'binary, no contents': encode({ d: { good: { f: { c: content } }, bad: { f: {} } } }),
    'nothing known': Buffer.from('hello, this is no archive'),
    empty: new Uint8Array(0),
  };
  const given = Object.fromEntries(Object.entries(archives).map(([name, bytes]) => [name, base64(bytes)]));
  const result = await run(async ({ OpenAgentsContainer }, archives) => {
    const container = await OpenAgentsContainer.boot();
    const answers: Record<string, string> = {};
    for (const [name, text] of Object.entries(archives)) {
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      const error = await container.mount(bytes).catch((error: Error) => error);
      answers[name] = `${error?.name}, ${(await container.fs.readdir('.')).length} files`;
    }
    await container.teardown();
    return answers;
  }, given);
  expect(result).toEqual(
    Object.fromEntries(Object.keys(archives).map((name) => [name, 'ArgumentError, 0 files'])),
  );
});

test('what does not fit is refused before anything is written', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot({ limits: { storage: 64 * 1024 * 1024 } });
    const roomy = await OpenAgentsContainer.boot();
    for (const name of ['a', 'b']) await roomy.fs.writeFile(name, new Uint8Array(40_000_000));
    const archive = await roomy.export('.', { format: 'tar' });
    const code = await container.mount(archive).catch((error: { code?: string }) => error.code);
    const left = await container.fs.readdir('.');
    await Promise.all([container.teardown(), roomy.teardown()]);
    return { code, left };
  });
  expect(result).toEqual({ code: 'ENOSPC', left: [] });
});

test('a selection leaves out and takes back in by patterns', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    for (const folder of ['src', 'node_modules/keep/lib', 'node_modules/drop'])
      await container.fs.mkdir(folder, { recursive: true });
    for (const file of ['src/a.js', 'src/a.map', 'node_modules/keep/lib/b.js', 'node_modules/drop/c.js'])
      await container.fs.writeFile(file, '');
    const options = { excludes: ['node_modules', '**/*.map'], includes: ['node_modules/keep'] };
    const tree = await container.export('.', options);
    await container.mount(await container.export('.', { ...options, format: 'binary' }), {
      mountPoint: '/tmp/to',
    });
    const { stdout } = await container.exec('find /tmp/to | sort');
    await container.teardown();
    return { tree, stdout };
  });
  expect(result.tree).toEqual({
    src: { directory: { 'a.js': { file: { contents: '' } } } },
    node_modules: {
      directory: { keep: { directory: { lib: { directory: { 'b.js': { file: { contents: '' } } } } } } },
    },
  });
  expect(result.stdout.split('\n')).toEqual([
    '/tmp/to',
    '/tmp/to/node_modules',
    '/tmp/to/node_modules/keep',
    '/tmp/to/node_modules/keep/lib',
    '/tmp/to/node_modules/keep/lib/b.js',
    '/tmp/to/src',
    '/tmp/to/src/a.js',
    '',
  ]);
});
