/** A host that runs out of room, or fails: programs are told, nothing is half done, and it goes on when it can. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { fsck } from '../../../vfs/fsck.ts';
import * as modes from '../../../vfs/mode.ts';
import type { StoreFile, StoreFiles } from '../../../vfs/persist/store-files.ts';
import { type Mounted, mountStore, syncAll } from './mounted-store.ts';
import { openHostStore } from './node-store.ts';

const root = fs.mkdtempSync(`${tmpdir()}/oac-faults-`);
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const WHOLE = modes.O_WRONLY | modes.O_CREAT | modes.O_TRUNC;
const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + seed) & 255);
const text = (content: Uint8Array | number): string =>
  typeof content === 'number' ? String(content) : Buffer.from(content).toString('latin1');

/** What the host refuses, for all files of a store together. */
class Faults {
  /** Bytes that the files may have. */
  quota = Infinity;
  /** Says so by a number, as Chromium does in a private window. */
  asPrivate = false;
  /** Called before each write and flush: throws, or not. */
  fail: () => void = () => undefined;
  readonly #sizes = new Map<StoreFile, number>();

  around(file: StoreFile): StoreFile {
    this.#sizes.set(file, file.getSize());
    return {
      read: (into, options) => file.read(into, options),
      getSize: () => file.getSize(),
      close: () => file.close(),
      truncate: (size) => {
        file.truncate(size);
        this.#sizes.set(file, size);
      },
      write: (from, { at }) => {
        this.fail();
        const others = [...this.#sizes].reduce(
          (sum, [other, size]) => (other === file ? sum : sum + size),
          0,
        );
        const room = Math.max(0, Math.min(from.length, this.quota - others - at));
        if (room < from.length && this.asPrivate) return -8 >>> 0;
        const count = file.write(from.subarray(0, room), { at });
        this.#sizes.set(file, Math.max(this.#sizes.get(file) ?? 0, at + count));
        return count;
      },
      flush: () => {
        this.fail();
        file.flush();
      },
    };
  }
}

function openFaulty(name: string, faults: Faults): StoreFiles {
  const { data, head, reserve, logs, checkpoints } = openHostStore(`${root}/${name}`);
  const wrap = (file: StoreFile): StoreFile => faults.around(file);
  return {
    data: wrap(data),
    head: wrap(head),
    reserve: wrap(reserve),
    logs: [wrap(logs[0]), wrap(logs[1])],
    checkpoints: [wrap(checkpoints[0]), wrap(checkpoints[1])],
  };
}

test.each([
  ['it throws', false],
  ['it gives a number', true],
])(
  'without room (%s) fsync and new writes are ENOSPC, files stay as they were, and removing makes room again',
  (_how, asPrivate) => {
    const faults = new Faults();
    faults.asPrivate = asPrivate;
    const name = `quota-${asPrivate}`;
    const mounted = mountStore(openFaulty(name, faults));
    const { fs: files } = mounted;
    files.writeFile('/kept', pattern(50_000, 1), WHOLE, 0o644);
    files.writeFile('/large', pattern(2_000_000, 2), WHOLE, 0o644);
    expect(syncAll(mounted)).toBe(0);
    faults.quota = 3_500_000;

    expect(files.writeFile('/too-much', pattern(3_000_000, 3), WHOLE, 0o644)).toBe(0);
    expect(syncAll(mounted)).toBe(-Errno.ENOSPC);
    expect(files.writeFile('/new', pattern(10, 4), WHOLE, 0o644)).toBe(-Errno.ENOSPC);
    expect(files.kind('/new')).toBe(-Errno.ENOENT);
    expect(files.writeFile('/kept', pattern(10, 4), WHOLE, 0o644)).toBe(-Errno.ENOSPC);
    expect(text(files.readFile('/kept'))).toBe(text(pattern(50_000, 1)));
    expect(files.mkdir('/directory', 0o755)).toBe(-Errno.ENOSPC);
    const ofd = files.open('/kept', modes.O_RDWR, 0);
    expect(files.write(ofd, pattern(10, 5), 0)).toBe(-Errno.ENOSPC);
    files.close(ofd);
    expect(files.rename('/kept', '/renamed')).toBe(0);

    expect(files.unlink('/too-much')).toBe(0);
    expect(files.writeFile('/new', pattern(10, 4), WHOLE, 0o644)).toBe(0);
    mounted.stop();
    expectTree(name, {
      '/renamed': pattern(50_000, 1),
      '/large': pattern(2_000_000, 2),
      '/new': pattern(10, 4),
    });
  },
);

test('a host without a byte left still takes removals, for which there is a reserve', () => {
  const faults = new Faults();
  const mounted = mountStore(openFaulty('reserve', faults));
  const { fs: files } = mounted;
  for (let index = 0; index < 50; index++)
    files.writeFile(`/f${index}`, pattern(20_000, index), WHOLE, 0o644);
  expect(syncAll(mounted)).toBe(0);
  faults.quota = 0;
  for (const name of fs.readdirSync(`${root}/reserve`))
    faults.quota += fs.statSync(`${root}/reserve/${name}`).size;
  expect(files.writeFile('/more', pattern(1_000_000, 1), WHOLE, 0o644)).toBe(0);
  expect(syncAll(mounted)).toBe(-Errno.ENOSPC);
  // Every cycle tries the data again, and what is renamed meanwhile is logged: there is room for removals all the same.
  for (let round = 0; round < 200; round++) {
    expect(files.rename(`/f${round % 50}`, `/f${round % 50}`)).toBe(0);
    expect(files.rename('/f0', '/g0')).toBe(0);
    expect(files.rename('/g0', '/f0')).toBe(0);
    expect(syncAll(mounted)).toBe(-Errno.ENOSPC);
  }
  expect(files.unlink('/more')).toBe(0);
  for (let index = 0; index < 50; index++) expect(files.unlink(`/f${index}`)).toBe(0);
  expect(syncAll(mounted)).toBe(0);
  expect(files.writeFile('/small', pattern(100_000, 9), WHOLE, 0o644)).toBe(0);
  expect(syncAll(mounted)).toBe(0);
  mounted.stop();
  expectTree('reserve', { '/small': pattern(100_000, 9) });
});

test('a full ring is answered with an error, not with a wait for ever', () => {
  const faults = new Faults();
  const mounted = mountStore(openFaulty('ring', faults));
  mounted.fs.writeFile('/f', pattern(10, 1), WHOLE, 0o644);
  faults.fail = () => {
    throw Object.assign(new Error('gone'), { code: 'EIO' });
  };
  mounted.storage.cycle();
  let result = 0;
  for (let count = 0; result === 0 && count < 500_000; count++) {
    result = mounted.fs.chmod('/f', 0o600 + (count % 64), true);
  }
  expect(result).toBe(-Errno.EIO);
  faults.fail = () => undefined;
  expect(syncAll(mounted)).toBe(0);
  expect(mounted.fs.chmod('/f', 0o600, true)).toBe(0);
  mounted.stop();
});

test('statfs tells the room that the host grants', () => {
  const mounted = mountStore(openHostStore(`${root}/statfs`));
  mounted.storage.limitTo(100 * 2 ** 20);
  const out = new Float64Array(7);
  mounted.fs.statfs('/', out);
  expect(out[2]).toBe(100 * 1024);
  mounted.fs.writeFile('/f', pattern(10 * 2 ** 20, 1), WHOLE, 0o644);
  mounted.storage.cycle();
  mounted.fs.statfs('/', out);
  expect(out[3]).toBe(90 * 1024);
  mounted.stop();
});

test('whatever fails and whenever, what fsync has answered for is there', () => {
  let random = 12_345;
  const next = (below: number): number => {
    random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
    return (random >>> 8) % below;
  };
  const synced = new Map<string, Uint8Array>();
  const name = 'random';
  let failures = 0;
  for (let mount = 0; mount < 8; mount++) {
    const faults = new Faults();
    const mounted = mountStore(openFaulty(name, faults));
    for (const [path, content] of synced) {
      expect(text(mounted.fs.readFile(path)) === text(content), `${path} at mount ${mount}`).toBe(true);
    }
    const written = new Map(synced);
    for (let round = 0; round < 40; round++) {
      faults.fail = next(3) > 0 ? () => undefined : failing(() => next(4) === 0);
      for (let index = 0; index < 6; index++) step(mounted, written, next);
      if (next(8) === 0) tryCheckpoint(mounted);
      if (syncAll(mounted) === 0) {
        synced.clear();
        for (const [path, content] of written) synced.set(path, content);
      } else failures++;
      expect(fsck(mounted.fs.volume).errors).toEqual([]);
    }
    // What was not synced may be there or not: only what was written last and synced counts.
    for (const [path, content] of written) if (synced.get(path) !== content) synced.delete(path);
    for (const path of [...synced.keys()]) if (!written.has(path)) synced.delete(path);
    mounted.abandon();
  }
  expect(failures).toBeGreaterThan(20);
});

const failing = (when: () => boolean) => (): void => {
  if (when()) throw Object.assign(new Error('the disk failed'), { code: 'EIO' });
};

function step(
  { fs: files }: Mounted,
  written: Map<string, Uint8Array>,
  next: (below: number) => number,
): void {
  const path = `/f${next(12)}`;
  if (next(4) === 0) {
    if (files.unlink(path) === 0) written.delete(path);
    return;
  }
  const content = pattern(next(3) > 0 ? next(9000) : next(700_000), next(256));
  if (files.writeFile(path, content, WHOLE, 0o644) === 0) written.set(path, content);
}

function tryCheckpoint({ storage }: Mounted): void {
  try {
    storage.checkpoint();
  } catch {
    // the host failed: the log goes on
  }
}

function expectTree(name: string, expected: Record<string, Uint8Array>): void {
  const mounted = mountStore(openHostStore(`${root}/${name}`));
  expect(mounted.report.lostBytes).toBe(0);
  const list = mounted.fs.readdir('/', false);
  if (typeof list === 'number') throw new Error(String(list));
  expect(list.names.map((entry) => `/${entry}`).sort()).toEqual(Object.keys(expected).sort());
  for (const [path, content] of Object.entries(expected)) {
    expect(text(mounted.fs.readFile(path)) === text(content), path).toBe(true);
  }
  expect(fsck(mounted.fs.volume).errors).toEqual([]);
  mounted.stop();
}
