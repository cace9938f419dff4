import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import type { SharedFileSystem } from '../../../vfs/attach.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { fsck } from '../../../vfs/fsck.ts';
import * as modes from '../../../vfs/mode.ts';
import {
  BLOCK_BYTES,
  Cell,
  CHUNK_BLOCKS,
  DISK_BLOCK_BYTES,
  DISK_RUN_SHIFT,
  Entry,
  HASH_PAGES,
  Inode,
  PAGE_BYTES,
  SLAB_OBJECT_WORDS,
} from '../../../vfs/layout.ts';
import { checkStore } from '../../../vfs/persist/check.ts';
import { PERSISTENT_WORDS } from '../../../vfs/persist/committed.ts';
import { checksum, OtherStoreVersion, STORE_VERSION } from '../../../vfs/persist/log.ts';
import { slabsAtOf } from '../../../vfs/persist/mount.ts';
import { DamagedStore } from '../../../vfs/persist/recover.ts';
import { exportTree, populate } from '../../../vfs/tree.ts';
import { type Mounted, mountStore, PAGES } from './mounted-store.ts';
import { openHostStore } from './node-store.ts';

const root = fs.mkdtempSync(`${tmpdir()}/oac-store-`);
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const WHOLE = modes.O_WRONLY | modes.O_CREAT | modes.O_TRUNC;

const mount = (name: string, pages?: number): Mounted => mountStore(openHostStore(`${root}/${name}`), pages);

const text = (content: Uint8Array | number): string =>
  typeof content === 'number' ? String(content) : Buffer.from(content).toString('latin1');
const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 255);

/** Every path below with its figures (all but the device and the numbers of blocks). */
function figures(shared: SharedFileSystem, path: string): string[] {
  const out = new Float64Array(StatField.count);
  shared.lstat(path, out, 0);
  const own = `${path} ${[...out].filter((_, index) => index !== StatField.blocks).join(' ')}`;
  const list = shared.readdir(path, false);
  if (typeof list === 'number' || (out[StatField.mode] ?? 0) >> 12 !== 4) return [own];
  return [own, ...list.names.flatMap((name) => figures(shared, `${path === '/' ? '' : path}/${name}`))];
}

test('a mount finds every file, mode, link and time again', () => {
  const first = mount('again');
  expect(first.report.fresh).toBe(true);
  populate(first.fs, '/project', {
    'package.json': { file: { contents: '{}' } },
    src: { directory: { 'index.js': { file: { contents: 'x'.repeat(5000) } }, empty: { directory: {} } } },
    link: { file: { symlink: 'src/index.js' } },
  });
  first.fs.writeFile('/big', pattern(3_000_000, 1), WHOLE, 0o640);
  first.fs.writeFile(`/${'long'.repeat(60)}`, pattern(10, 2), WHOLE, 0o4755);
  first.fs.symlink('t'.repeat(3000), '/far');
  first.fs.link('/big', '/project/big-too');
  first.fs.mknod('/pipe', modes.S_IFIFO | 0o600, 0);
  first.fs.chown('/big', 12, 34, true);
  first.fs.utimes('/big', { seconds: 5e9, nanoseconds: 123456789 }, { seconds: -5, nanoseconds: 1 }, true);
  first.fs.truncate('/big', 2_500_001);
  first.fs.unlink('/project/package.json');
  const tree = JSON.stringify(exportTree(first.fs, '/'));
  const before = figures(first.fs, '/');
  first.stop();

  const second = mount('again', PAGES * 2);

  expect(second.report).toMatchObject({ fresh: false, lostBytes: 0, nameless: 0 });
  expect(figures(second.fs, '/')).toEqual(before);
  expect(JSON.stringify(exportTree(second.fs, '/')) === tree).toBe(true);
  expect(fsck(second.fs.volume).errors).toEqual([]);
  second.stop();
});

test('files changed after a mount are found by the next, without growth of the store', () => {
  const name = 'rounds';
  let size = 0;
  for (let round = 0; round < 12; round++) {
    const mounted = mount(name);
    for (let index = 0; index < 40; index++) {
      if (round > 0)
        expect(text(mounted.fs.readFile(`/f${index}`))).toBe(text(pattern(index * 5000, round - 1)));
      mounted.fs.writeFile(`/f${index}`, pattern(index * 5000, round), WHOLE, 0o644);
      if (index % 3 === 0) mounted.storage.cycle();
    }
    mounted.stop();
    expect(fsck(mounted.fs.volume).errors).toEqual([]);
    if (round === 3) size = mounted.storage.dataBytes;
    if (round > 3) expect(mounted.storage.dataBytes).toBeLessThanOrEqual(size * 1.5);
  }
});

test('a partial write into a file that is only on disk keeps the rest', () => {
  const first = mount('partial');
  const content = pattern(900_000, 3);
  first.fs.writeFile('/f', content, WHOLE, 0o644);
  first.stop();

  const second = mount('partial');
  const ofd = second.fs.open('/f', modes.O_RDWR, 0);
  second.fs.write(ofd, pattern(1000, 9), 300_000);
  second.fs.ftruncate(ofd, 600_000);
  second.fs.ftruncate(ofd, 700_000);
  second.fs.close(ofd);
  const expected = new Uint8Array(700_000);
  expected.set(content.subarray(0, 600_000));
  expected.set(pattern(1000, 9), 300_000);
  expect(text(second.fs.readFile('/f')) === text(expected)).toBe(true);
  second.stop();

  const third = mount('partial');
  expect(text(third.fs.readFile('/f')) === text(expected)).toBe(true);
  third.stop();
});

test('files larger than the memory are written and read, and the memory stays within its bound', () => {
  const small = 1024; // pages: 64 MB, 16 of them metadata
  const name = 'larger';
  const mounted = mount(name, small);
  const part = pattern(1_000_003, 5);
  const parts = 150;
  const ofd = mounted.fs.open('/large', modes.O_RDWR | modes.O_CREAT, 0o644);
  for (let index = 0; index < parts; index++) expect(mounted.fs.write(ofd, part, null)).toBe(part.length);
  const into = new Uint8Array(part.length);
  for (let index = parts - 1; index >= 0; index -= 7) {
    expect(mounted.fs.read(ofd, into, index * part.length)).toBe(part.length);
    expect(Buffer.compare(into, part)).toBe(0);
  }
  mounted.fs.write(ofd, pattern(10, 77), 5_000_000);
  mounted.fs.close(ofd);
  const whole = mounted.fs.readFile('/large');
  expect(typeof whole === 'number' ? whole : whole.length).toBe(parts * part.length);
  expect(fsck(mounted.fs.volume).errors).toEqual([]);
  mounted.stop();

  const again = mount(name, small);
  expect(text((again.fs.readFile('/large') as Uint8Array).subarray(5_000_000, 5_000_010))).toBe(
    text(pattern(10, 77)),
  );
  again.stop();
});

test('a file that was open without a name is gone after a crash', () => {
  const first = mount('nameless');
  first.fs.open('/f', modes.O_RDWR | modes.O_CREAT, 0o600);
  first.storage.cycle();
  first.fs.unlink('/f');
  first.storage.cycle();
  first.abandon();

  const second = mount('nameless');
  expect(second.report.nameless).toBe(1);
  expect(second.report.inodes).toBe(1);
  expect(fsck(second.fs.volume).errors).toEqual([]);
  second.stop();
});

test.each(['torn', 'flipped'])(
  'a %s log gives what stands before the damage and says what is lost',
  (damage) => {
    const first = mount(damage);
    first.fs.writeFile('/before', pattern(100, 1), WHOLE, 0o644);
    first.storage.cycle();
    const log = ['log-0', 'log-1']
      .map((file) => `${root}/${damage}/${file}`)
      .find((file) => fs.statSync(file).size > 0);
    const sound = fs.statSync(log as string).size;
    first.fs.writeFile('/after', pattern(100, 2), WHOLE, 0o644);
    first.storage.cycle();
    first.abandon();
    const bytes = fs.readFileSync(log as string);
    if (damage === 'torn') fs.truncateSync(log as string, bytes.length - 8);
    else {
      bytes[sound + 50] = (bytes[sound + 50] as number) ^ 4;
      fs.writeFileSync(log as string, bytes);
    }

    const second = mount(damage);
    expect(second.report.lostBytes).toBeGreaterThan(0);
    expect(text(second.fs.readFile('/before'))).toBe(text(pattern(100, 1)));
    expect(second.fs.kind('/after')).toBe(-2);
    expect(fsck(second.fs.volume).errors).toEqual([]);
    second.fs.writeFile('/later', pattern(100, 3), WHOLE, 0o644);
    second.stop();

    const third = mount(damage);
    expect(third.report.lostBytes).toBe(0);
    expect(text(third.fs.readFile('/later'))).toBe(text(pattern(100, 3)));
    third.stop();
  },
);

test('a damaged newest checkpoint costs nothing: the one before it and both logs tell the same', () => {
  for (const crash of [false, true]) {
    const name = `fallback-${crash}`;
    const first = mount(name);
    first.fs.writeFile('/before', pattern(100, 1), WHOLE, 0o644);
    first.storage.cycle();
    first.storage.checkpoint();
    first.fs.writeFile('/after', pattern(200_000, 2), WHOLE, 0o644);
    first.fs.unlink('/before');
    first.fs.writeFile('/before', pattern(100, 3), WHOLE, 0o644);
    first.stop();
    damage(name, 'checkpoint-1');

    const second = mount(name);
    expect(second.report).toMatchObject({ fellBack: true, fresh: false, lostBytes: 0 });
    expect(text(second.fs.readFile('/before'))).toBe(text(pattern(100, 3)));
    expect(text(second.fs.readFile('/after'))).toBe(text(pattern(200_000, 2)));
    expect(fsck(second.fs.volume).errors).toEqual([]);
    if (crash) second.abandon();
    else second.stop();

    const third = mount(name);
    expect(third.report.fellBack).toBe(false);
    expect(text(third.fs.readFile('/after'))).toBe(text(pattern(200_000, 2)));
    third.stop();
  }
});

function damage(name: string, file: string): void {
  const path = `${root}/${name}/${file}`;
  const bytes = fs.readFileSync(path);
  bytes[200] = (bytes[200] as number) ^ 1;
  fs.writeFileSync(path, bytes);
}

test('a store without a sound head is refused, not made anew', () => {
  const first = mount('headless');
  first.fs.writeFile('/f', pattern(100, 1), WHOLE, 0o644);
  first.stop();
  fs.writeFileSync(`${root}/headless/head`, new Uint8Array(8192));
  expect(() => mount('headless')).toThrow(DamagedStore);
  fs.truncateSync(`${root}/headless/head`, 0);
  expect(() => mount('headless')).toThrow(DamagedStore);
});

test('a store whose checkpoints are both damaged is refused whole', () => {
  const first = mount('damaged');
  first.fs.writeFile('/f', pattern(100, 1), WHOLE, 0o644);
  first.stop();
  for (const file of ['checkpoint-0', 'checkpoint-1']) {
    const path = `${root}/damaged/${file}`;
    const bytes = fs.readFileSync(path);
    if (bytes.length > 100) bytes[100] = (bytes[100] as number) ^ 1;
    fs.writeFileSync(path, bytes);
  }
  expect(() => mount('damaged')).toThrow(DamagedStore);
});

/** Words of the newest head record that are not its number of version: see log.ts. */
function headOf(name: string, version: number): void {
  const path = `${root}/${name}/head`;
  const bytes = fs.readFileSync(path);
  for (const at of [0, 4096]) {
    if (bytes.length < at + 20) continue;
    const record = new Int32Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + 20));
    record[2] = ((record[2] as number) & 1) | (version << 8);
    record[4] = checksum(record, 0, 4);
    bytes.set(new Uint8Array(record.buffer), at);
  }
  fs.writeFileSync(path, bytes);
}

test('a store from before versions were written mounts; one of a later version is refused and left as it is', () => {
  const first = mount('versions');
  first.fs.writeFile('/f', pattern(100, 1), WHOLE, 0o644);
  first.stop();
  headOf('versions', 0);
  const second = mount('versions');
  expect(text(second.fs.readFile('/f'))).toBe(text(pattern(100, 1)));
  second.stop();
  headOf('versions', STORE_VERSION + 1);
  const all = (): string[] =>
    fs
      .readdirSync(`${root}/versions`)
      .sort()
      .map((file) => fs.readFileSync(`${root}/versions/${file}`, 'latin1'));
  const before = all();
  expect(() => mount('versions')).toThrow(OtherStoreVersion);
  expect(() => checkStore(openHostStore(`${root}/versions`))).toThrow(OtherStoreVersion);
  expect(all()).toEqual(before);
});

test('what is on disk is of the version that is written beside it', () => {
  const layout = { Inode, Entry, Cell, SLAB_OBJECT_WORDS, PERSISTENT_WORDS, HASH_PAGES, PAGE_BYTES };
  const mounted = mount('layout');
  const slabsAt = slabsAtOf(mounted.fs.volume.words);
  mounted.stop();
  const sizes = { BLOCK_BYTES, CHUNK_BLOCKS, DISK_BLOCK_BYTES, DISK_RUN_SHIFT, slabsAt };
  const hash = createHash('sha256')
    .update(JSON.stringify({ ...layout, ...sizes }))
    .digest('hex')
    .slice(0, 16);
  // Stores are out there: a change here is a new STORE_VERSION, and a way to read those of the one before.
  expect({ version: STORE_VERSION, hash }).toEqual({ version: 1, hash: '1cbcb9a2f200c330' });
});
