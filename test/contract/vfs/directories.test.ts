/** A path that begins like the one before is walked from the directory that is known: unless that has changed meanwhile. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { CROSSED, StatField } from '../../../vfs/file-system.ts';
import { format } from '../../../vfs/format.ts';
import { O_CREAT, O_RDWR } from '../../../vfs/mode.ts';

const OWNER = { uid: 1000, gid: 1000, groups: [1000] };
const out = new Float64Array(StatField.count);

/** Two processes of one user on one file system. */
let here: SharedFileSystem;
let other: SharedFileSystem;

function put(fs: SharedFileSystem, path: string, text: string): void {
  expect(fs.writeFile(path, new TextEncoder().encode(text), O_CREAT | O_RDWR, 0o666)).toBe(0);
}

function read(path: string): string | number {
  const bytes = here.readFile(path);
  return typeof bytes === 'number' ? bytes : new TextDecoder().decode(bytes);
}

beforeEach(() => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4096, shared: true });
  format(memory, { metadataBytes: 8 * 2 ** 20, rootMode: 0o777 });
  here = attach(memory, { processSlot: 0, credentials: OWNER });
  other = attach(memory, { processSlot: 1, credentials: OWNER });
  here.mkdir('/a', 0o755);
  here.mkdir('/a/b', 0o755);
  put(here, '/a/b/file', 'first');
  expect(read('/a/b/file')).toBe('first');
});

describe('after a path has been walked', () => {
  test('a directory above that another process renames is gone there', () => {
    other.rename('/a', '/c');
    expect(read('/a/b/file')).toBe(-Errno.ENOENT);
    other.mkdir('/a', 0o755);
    other.mkdir('/a/b', 0o755);
    put(other, '/a/b/file', 'second');
    expect(read('/a/b/file')).toBe('second');
    expect(read('/c/b/file')).toBe('first');
  });

  test('two directories that change places are told apart', () => {
    other.mkdir('/d', 0o755);
    put(other, '/d/file', 'of d');
    other.rename('/a/b', '/t');
    other.rename('/d', '/a/b');
    other.rename('/t', '/d');
    expect(read('/a/b/file')).toBe('of d');
    expect(read('/d/file')).toBe('first');
  });

  test('a directory that is removed and replaced by a link is followed', () => {
    other.mkdir('/d', 0o755);
    put(other, '/d/file', 'of d');
    other.unlink('/a/b/file');
    other.rmdir('/a/b');
    expect(read('/a/b/file')).toBe(-Errno.ENOENT);
    other.symlink('/d', '/a/b');
    expect(read('/a/b/file')).toBe('of d');
    other.unlink('/a/b');
    other.symlink('/a', '/a/b');
    expect(read('/a/b/file')).toBe(-Errno.ENOENT);
  });

  test('a directory above that lets nobody pass any more is EACCES', () => {
    other.chmod('/a', 0o600, true);
    expect(read('/a/b/file')).toBe(-Errno.EACCES);
    other.chmod('/a', 0o700, true);
    expect(read('/a/b/file')).toBe('first');
    here.setCredentials({ uid: 1001, gid: 1001, groups: [] });
    expect(read('/a/b/file')).toBe(-Errno.EACCES);
    other.setCredentials({ uid: 0 });
    other.chown('/a', 1001, 1001, true);
    expect(read('/a/b/file')).toBe('first');
  });

  test('what is mounted above is met', () => {
    other.mountAt('/a', 7);
    expect(here.stat('/a/b/file', out, 0)).toBe(CROSSED);
    expect(here.crossing).toEqual({ mount: 7, rest: 'b/file' });
    other.unmount(7);
    expect(read('/a/b/file')).toBe('first');
  });

  test('other ways to write the same beginning mean what they say', () => {
    expect(read('/a/b//file')).toBe('first');
    expect(here.stat('/a/b/', out, 0)).toBe(0);
    expect(here.stat('/a/b//', out, 0)).toBe(0);
    expect(here.stat('/a/b/file/', out, 0)).toBe(-Errno.ENOTDIR);
    expect(here.mkdir('/a/b/', 0o755)).toBe(-Errno.EEXIST);
    expect(here.rmdir('/a/b//')).toBe(-Errno.ENOTEMPTY);
    expect(read('/a/b/../b/file')).toBe('first');
    expect(here.stat('/a/b/..', out, 0)).toBe(0);
    expect(read('/a/bb/file')).toBe(-Errno.ENOENT);
    put(here, '/a/b/é', 'accent');
    expect(read('/a/b/é')).toBe('accent');
    expect(read('/a/b/file')).toBe('first');
  });
});
