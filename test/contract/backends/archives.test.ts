/** Archives that are damaged or mean harm are refused whole. */
import { expect, test } from 'vitest';
import { READ } from '../../../vfs/backends/backend.ts';
import { ArchiveError } from '../../../vfs/backends/archive.ts';
import { bytesSource } from '../../../vfs/backends/byte-source.ts';
import { openTar } from '../../../vfs/backends/tar.ts';
import { openZip } from '../../../vfs/backends/zip.ts';
import { type ArchiveEntry, tarOf, zipOf } from './archives.ts';

const content = Buffer.from('harm');
const harmful: Record<string, ArchiveEntry[]> = {
  'a name with ..': [{ name: '../evil', content }],
  'a name with .. inside': [{ name: 'a/../../evil', content }],
  'a name with backslashes': [{ name: '..\\evil', content }],
  'an absolute name': [{ name: '/etc/passwd', content }],
  'a drive': [{ name: 'C:\\evil', content }],
  'a link to above': [{ name: 'link', target: '../outside' }],
  'an absolute link': [{ name: 'link', target: '/etc' }],
  'a link that comes back': [{ name: 'a/link', target: '../../x/../a' }],
  'a file through a link': [
    { name: 'link', target: 'directory' },
    { name: 'link/evil', content },
  ],
  'a file below a file': [
    { name: 'file', content },
    { name: 'file/evil', content },
  ],
};

test.each(Object.entries(harmful))('%s is refused', async (_what, entries) => {
  const good = { name: 'good', content };
  await expect(openZip(bytesSource(zipOf([good, ...entries])))).rejects.toThrow(ArchiveError);
  await expect(openTar(bytesSource(tarOf([good, ...entries])))).rejects.toThrow(ArchiveError);
});

test('what is no archive, or cut short, is refused', async () => {
  const zip = zipOf([{ name: 'a', content }]);
  const tar = tarOf([{ name: 'a', content: Buffer.alloc(2000, 1) }]);
  await expect(openZip(bytesSource(new Uint8Array(100)))).rejects.toThrow(ArchiveError);
  await expect(openZip(bytesSource(zip.subarray(0, zip.length - 1)))).rejects.toThrow(ArchiveError);
  await expect(openZip(bytesSource(zip.subarray(40)))).rejects.toThrow(ArchiveError);
  await expect(openTar(bytesSource(new Uint8Array(1024)))).rejects.toThrow(ArchiveError);
  await expect(openTar(bytesSource(tar.subarray(0, 1500)))).rejects.toThrow(ArchiveError);
  const flipped = Uint8Array.from(tar);
  flipped[3] = 90;
  await expect(openTar(bytesSource(flipped))).rejects.toThrow(ArchiveError);
});

test('an entry whose data are damaged is EIO when it is read, the others are there', async () => {
  const zip = Uint8Array.from(
    zipOf([
      { name: 'bad', content: Buffer.alloc(5000, 'abc') },
      { name: 'good', content },
    ]),
  );
  zip[30 + 3 + 5] = (zip[30 + 3 + 5] ?? 0) ^ 255;
  const backend = await openZip(bytesSource(zip));
  const read = async (path: string): Promise<number> => {
    const file = await backend.open(path, READ);
    return typeof file === 'number' ? file : file.read(new Uint8Array(10), 0);
  };
  expect(await read('bad')).toBe(-5);
  expect(await read('good')).toBe(4);
});

test('hard links of a tar archive are the same file', async () => {
  const backend = await openTar(
    bytesSource(tarOf([{ name: 'a', content }, { name: 'd/' }, { name: 'd/b', hardLink: 'a' }])),
  );
  const [a, b] = [await backend.lookup('a'), await backend.lookup('d/b')];
  expect(b).toEqual(a);
  expect(b).toMatchObject({ size: 4 });
});
