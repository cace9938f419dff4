/** What a process keeps for speed never outlives what it tells: listings of directories, a description without a file. */
import { beforeEach, expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { O_CREAT, O_RDWR } from '../../../vfs/mode.ts';
import { reap } from '../../../vfs/reaper.ts';

const OTHER_SLOT = 1;

/** Two processes on one file system. */
let here: SharedFileSystem;
let other: SharedFileSystem;

function list(path: string): { names: string[]; types: number[] } {
  const found = here.readdir(path, false);
  if (typeof found === 'number') throw new Error(String(found));
  return found;
}

const make = (fs: SharedFileSystem, path: string): number => fs.open(path, O_CREAT | O_RDWR, 0o644);

beforeEach(() => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4096, shared: true });
  format(memory, { metadataBytes: 8 * 2 ** 20 });
  here = attach(memory, { processSlot: 0 });
  other = attach(memory, { processSlot: OTHER_SLOT });
});

test('a listing tells what another process has changed since the last', () => {
  const names = new Set<string>();
  here.mkdir('/d', 0o755);
  for (let step = 0; step < 200; step++) {
    const name = `n${(step * 7) % 31}`;
    const renamed = `n${(step * 11) % 31}`;
    if (!names.has(name)) {
      expect(other.mkdir(`/d/${name}`, 0o755)).toBe(0);
      names.add(name);
    } else if (names.has(renamed)) {
      expect(other.rmdir(`/d/${name}`)).toBe(0);
      names.delete(name);
    } else {
      expect(other.rename(`/d/${name}`, `/d/${renamed}`)).toBe(0);
      names.delete(name);
      names.add(renamed);
    }
    expect(list('/d').names).toEqual([...names].sort());
    expect(list('/d').types).toEqual([...names].map(() => 2));
  }
});

test('a directory in the place of a removed one does not show its names', () => {
  for (let round = 0; round < 5; round++) {
    here.mkdir('/d', 0o755);
    here.mkdir(`/d/of round ${round}`, 0o755);
    expect(list('/d').names).toEqual([`of round ${round}`]);
    other.rmdir(`/d/of round ${round}`);
    other.rmdir('/d');
    expect(here.readdir('/d', false)).toBe(-Errno.ENOENT);
  }
});

test('what a caller does to its listing is not in the next', () => {
  here.mkdir('/d', 0o755);
  for (const name of ['b', 'a', 'c']) here.mkdir(`/d/${name}`, 0o755);
  const first = list('/d');
  first.names.pop();
  first.types[0] = 7;
  expect(list('/d')).toMatchObject({ names: ['a', 'b', 'c'], types: [2, 2, 2] });
  list('/d').names.length = 0;
  expect(list('/d').names).toEqual(['a', 'b', 'c']);
});

test('more names than are kept are listed all the same', () => {
  here.mkdir('/d', 0o755);
  const count = 40_000;
  const opened = make(here, '/file');
  here.close(opened);
  for (let index = 0; index < count; index++) expect(here.link('/file', `/d/${index}`)).toBe(0);
  for (let round = 0; round < 2; round++) expect(list('/d').names.length).toBe(count);
  expect(list('/').names).toEqual(['d', 'file']);
});

test('a closed descriptor is closed, whatever the process keeps of it', () => {
  const file = make(here, '/file');
  expect(here.close(file)).toBe(0);
  expect(here.close(file)).toBe(-Errno.EBADF);
  expect(here.read(file, new Uint8Array(1), 0)).toBe(-Errno.EBADF);
  expect(fsck(here.volume)).toMatchObject({ errors: [], descriptions: 0 });
});

test('a file without a name is freed when it is closed, whatever the process keeps', () => {
  const file = make(here, '/file');
  const { inodes } = fsck(here.volume);
  here.unlink('/file');
  here.close(file);
  expect(fsck(here.volume)).toMatchObject({ errors: [], inodes: inodes - 1 });
});

test('descriptors of two processes come and go, and nothing is left of one that is buried', () => {
  const shared = make(other, '/shared');
  expect(other.close(make(other, '/own'))).toBe(0);
  const second = make(other, '/second');
  expect(other.share(shared, 0)).toBe(0);
  expect(other.close(shared)).toBe(0);
  expect(other.close(second)).toBe(0);
  expect(fsck(here.volume).errors).toEqual([]);
  expect(reap(here.volume, OTHER_SLOT)).toMatchObject({ buried: true, references: 0 });
  expect(here.write(shared, new Uint8Array(3), 0)).toBe(3);
  expect(here.close(shared)).toBe(0);
  expect(fsck(here.volume)).toMatchObject({ errors: [], descriptions: 0 });
});
