/** Walks in a mounted file system: links, dots, and the ways out of it. */
import { expect, test } from 'vitest';
import { bytesSource } from '../../../vfs/backends/byte-source.ts';
import { openTar } from '../../../vfs/backends/tar.ts';
import { SharedFilesBackend } from '../../../vfs/backends/shared-files.ts';
import { walkBackend } from '../../../vfs/backends/walk.ts';
import { attach } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { tarOf } from './archives.ts';

const content = Buffer.from('text');

async function walk(rest: string, follow = true): Promise<unknown> {
  const backend = await openTar(
    bytesSource(
      tarOf([
        { name: 'a/b/file', content },
        { name: 'a/to-b', target: 'b' },
        { name: 'to-file', target: './a/../a/to-b/file' },
        { name: 'loop', target: 'loop' },
      ]),
    ),
  );
  const result = await walkBackend(backend, '/mnt/x', rest, follow);
  return typeof result === 'object' && 'path' in result
    ? `${result.path}${result.found === undefined ? ' missing' : ''}`
    : result;
}

test('links and dots become plain paths', async () => {
  expect(await walk('')).toBe('');
  expect(await walk('/a//./b/file')).toBe('a/b/file');
  expect(await walk('a/b/../to-b/file')).toBe('a/b/file');
  expect(await walk('to-file')).toBe('a/b/file');
  expect(await walk('to-file', false)).toBe('to-file');
  expect(await walk('a/to-b', false)).toBe('a/to-b');
  expect(await walk('a/to-b/', false)).toBe('a/b');
  expect(await walk('a/new')).toBe('a/new missing');
});

test('what is not there, no directory, or a loop', async () => {
  expect(await walk('none/file')).toBe(-2);
  expect(await walk('a/b/file/below')).toBe(-20);
  expect(await walk('a/b/file/..')).toBe(-20);
  expect(await walk('a/b/file/')).toBe(-20);
  expect(await walk('loop')).toBe(-40);
  expect(await walk('n'.repeat(256))).toBe(-36);
});

test('ways out of the mount are told as paths', async () => {
  expect(await walk('../other')).toEqual({ outside: '/mnt/other' });
  expect(await walk('a/../../other/')).toEqual({ outside: '/mnt/other/' });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1024, shared: true });
  format(memory, { capacityBytes: 1024 * 65536, metadataBytes: 16 * 2 ** 20 });
  const backend = new SharedFilesBackend(attach(memory));
  await backend.symlink('/etc', 'out');
  await backend.symlink('gone', 'dangling');
  expect(await walkBackend(backend, '/mnt', 'out/passwd', true)).toEqual({ outside: '/etc/passwd' });
  expect(await walkBackend(backend, '/mnt', 'out', true)).toEqual({ outside: '/etc' });
  expect(await walkBackend(backend, '/mnt', 'dangling', true)).toEqual({ path: 'gone', found: undefined });
});
