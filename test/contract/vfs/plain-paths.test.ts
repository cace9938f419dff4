/** A file system whose calls follow no links, beside one that shares its memory and does. */
import { expect, test } from 'vitest';
import { attach } from '../../../vfs/attach.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { format } from '../../../vfs/format.ts';
import { O_CREAT, O_RDWR, S_IFLNK, S_IFMT } from '../../../vfs/mode.ts';

const ELOOP = -40;

test('a path that goes through a link is ELOOP, a link itself can be looked at, moved and removed', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1024, shared: true });
  format(memory, { capacityBytes: 1024 * 65_536 });
  const files = attach(memory, {});
  const plain = attach(memory, { followsLinks: false });
  files.mkdir('/folder', 0o755);
  files.writeFile('/folder/file', new TextEncoder().encode('text'), O_RDWR | O_CREAT, 0o644);
  files.symlink('/folder', '/to-folder');
  files.symlink('file', '/folder/to-file');
  files.symlink('missing', '/folder/to-missing');
  expect(plain.readFile('/folder/file')).toEqual(new TextEncoder().encode('text'));
  for (const path of ['/to-folder/file', '/folder/to-file', '/to-folder/to-file']) {
    expect(files.access(path, 0)).toBe(0);
    expect([plain.access(path, 0), plain.open(path, O_RDWR, 0), plain.readFile(path)]).toEqual([
      ELOOP,
      ELOOP,
      ELOOP,
    ]);
  }
  expect(plain.open('/folder/to-missing', O_RDWR | O_CREAT, 0o644)).toBe(ELOOP);
  expect(plain.mkdir('/to-folder/new', 0o755)).toBe(ELOOP);
  expect(plain.rename('/folder/file', '/to-folder/moved')).toBe(ELOOP);
  const figures = new Float64Array(StatField.count);
  expect(plain.lstat('/folder/to-file', figures, 0)).toBe(0);
  expect((figures[StatField.mode] ?? 0) & S_IFMT).toBe(S_IFLNK);
  expect(new TextDecoder().decode(plain.readlink('/folder/to-file') as Uint8Array)).toBe('file');
  expect(plain.rename('/folder/to-file', '/folder/renamed')).toBe(0);
  expect(plain.unlink('/folder/renamed')).toBe(0);
  // What a walk remembers of the path before is no way around it.
  expect(files.rename('/folder', '/elsewhere')).toBe(0);
  expect(files.symlink('/elsewhere', '/folder')).toBe(0);
  expect(plain.readFile('/folder/file')).toBe(ELOOP);
  expect(plain.readFile('/elsewhere/file')).toEqual(new TextEncoder().encode('text'));
});
