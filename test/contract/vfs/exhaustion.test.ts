/**
 * Every operation that changes something, with the memory running out at each of its allocations in turn: objects of
 * metadata, pages of them, blocks of data, and the store's log. It answers an errno, what was there is there as it was,
 * the structure is sound, and the same call succeeds when there is room again.
 */
import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { Super } from '../../../vfs/layout.ts';
import { reap } from '../../../vfs/reaper.ts';
import type * as Frames from '../../../vfs/frames.ts';
import type * as Redo from '../../../vfs/redo.ts';
import type * as Slabs from '../../../vfs/slabs.ts';
import * as modes from '../../../vfs/mode.ts';

/** `reserve`: the part of the log too that is kept for what frees. */
type Resource = 'object' | 'page' | 'blocks' | 'log' | 'reserve';

/** Which allocation fails; the others are the file system's own. */
const fault = vi.hoisted(() => {
  const state = { resource: '', left: Infinity, met: false };
  return Object.assign(state, {
    /** Whether this allocation is the one. */
    meets(resource: string): boolean {
      if (state.resource !== resource || state.left-- > 0) return false;
      state.met = true;
      return true;
    },
    arm(resource: string, left: number): void {
      Object.assign(state, { resource, left, met: false });
    },
  });
});

vi.mock('../../../vfs/slabs.ts', async (original) => {
  const slabs = await original<typeof Slabs>();
  return {
    ...slabs,
    allocateObject: (...given: Parameters<typeof slabs.allocateObject>) =>
      fault.meets('object') ? 0 : slabs.allocateObject(...given),
    takeMetadataPage: (...given: Parameters<typeof slabs.takeMetadataPage>) =>
      fault.meets('page') ? 0 : slabs.takeMetadataPage(...given),
  };
});
vi.mock('../../../vfs/frames.ts', async (original) => {
  const frames = await original<typeof Frames>();
  return {
    ...frames,
    allocateFrames: (...given: Parameters<typeof frames.allocateFrames>) =>
      fault.meets('blocks') ? 0 : frames.allocateFrames(...given),
  };
});
vi.mock('../../../vfs/redo.ts', async (original) => ({
  ...(await original<typeof Redo>()),
  awaitRedoSpace: () => (fault.meets('log') || fault.meets('reserve') ? -Errno.ENOSPC : 0),
  holdsRelease: () => fault.resource !== 'reserve',
}));

const PAGES = 1536;
const REFUSALS = new Set<number>([-Errno.ENOSPC, -Errno.ENFILE]);
const DATA = new Uint8Array(900_000).map((_, index) => index * 7);
const LONG = 'n'.repeat(200);
const NEW = modes.O_RDWR | modes.O_CREAT | modes.O_TRUNC;
const WHOLE = modes.O_WRONLY | modes.O_CREAT | modes.O_TRUNC;
const time = { seconds: 5, nanoseconds: 6 };

/** A file system in memory, and one whose changes go to a store's log, which nobody reads here. */
function makeVolume(stored: boolean): SharedFileSystem {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  format(memory, { capacityBytes: PAGES * 65536, metadataBytes: 4 * 2 ** 20 });
  const files = attach(memory, { processSlot: 1, now: () => 1_000_000 });
  if (stored) files.volume.words[Super.persistent] = 1;
  files.volume.evict = () => 0;
  return files;
}
const plain = makeVolume(false);
const stored = makeVolume(true);

/** `part`: the file of which the operation may leave what it had done, as write(2) does. */
interface Operation {
  run(files: SharedFileSystem): number;
  part?: string;
}

const done = (files: SharedFileSystem, ofd: number, call: (ofd: number) => number): number => {
  if (ofd < 0) return ofd;
  const result = call(ofd);
  files.close(ofd);
  return result;
};
const operations: Record<string, Operation> = {
  mkdir: { run: (f) => f.mkdir('/d/new', 0o755) },
  'mkdir with a long name': { run: (f) => f.mkdir(`/d/${LONG}`, 0o755) },
  mknod: { run: (f) => f.mknod('/d/new', 0o010644, 0) },
  link: { run: (f) => f.link('/d/small', '/e/new') },
  symlink: { run: (f) => f.symlink('short', '/d/new') },
  'symlink to a long path': { run: (f) => f.symlink(`/${LONG}/${LONG}/${LONG}`, '/d/new') },
  'create and open': { run: (f) => done(f, f.open('/d/new', NEW, 0o644), () => 0) },
  'open to cut': { run: (f) => done(f, f.open('/d/large', NEW, 0o644), () => 0), part: '/d/large' },
  'open a file': { run: (f) => done(f, f.open('/d/small', 0, 0), () => 0) },
  'writeFile, new and small': { run: (f) => f.writeFile('/d/new', DATA.subarray(0, 5000), WHOLE, 0o644) },
  'writeFile over a small one': { run: (f) => f.writeFile('/d/small', DATA.subarray(0, 9000), WHOLE, 0) },
  'writeFile, new and large': { run: (f) => f.writeFile('/d/new', DATA, WHOLE, 0o644), part: '/d/new' },
  'writeFile over a large one': { run: (f) => f.writeFile('/d/large', DATA, WHOLE, 0o644), part: '/d/large' },
  append: {
    run: (f) => f.writeFile('/d/small', DATA.subarray(0, 2000), modes.O_WRONLY | modes.O_APPEND, 0),
    part: '/d/small',
  },
  'write over the end': {
    run: (f) =>
      done(f, f.open('/d/small', modes.O_RDWR, 0), (ofd) => f.write(ofd, DATA.subarray(0, 9000), 10)),
  },
  'write far beyond the end': {
    run: (f) =>
      done(f, f.open('/d/small', modes.O_RDWR, 0), (ofd) => f.write(ofd, DATA.subarray(0, 9), 200_000_000)),
  },
  'write a lot': {
    run: (f) => done(f, f.open('/d/small', modes.O_RDWR, 0), (ofd) => f.write(ofd, DATA, 0)),
    part: '/d/small',
  },
  rename: { run: (f) => f.rename('/d/small', '/e/renamed') },
  'rename to a long name': { run: (f) => f.rename('/d/small', `/e/${LONG}`) },
  'rename over a file': { run: (f) => f.rename('/d/small', '/e/other') },
  'rename over a large file': { run: (f) => f.rename('/d/small', '/d/large') },
  'rename a folder': { run: (f) => f.rename('/d/sub', '/e/sub') },
  unlink: { run: (f) => f.unlink('/d/small') },
  'unlink a large file': { run: (f) => f.unlink('/d/large') },
  'unlink a link': { run: (f) => f.unlink('/d/link') },
  rmdir: { run: (f) => f.rmdir('/d/sub') },
  chmod: { run: (f) => f.chmod('/d/small', 0o600, true) },
  chown: { run: (f) => f.chown('/d/small', 5, 6, true) },
  utimes: { run: (f) => f.utimes('/d/small', time, time, true) },
  'truncate to less': { run: (f) => f.truncate('/d/large', 1000) },
  'truncate to more': { run: (f) => f.truncate('/d/small', 70_000_000) },
  fchmod: { run: (f) => done(f, f.open('/d/small', 0, 0), (ofd) => f.fchmod(ofd, 0o600)) },
  futimes: { run: (f) => done(f, f.open('/d/small', 0, 0), (ofd) => f.futimes(ofd, time, time)) },
  dup: { run: (f) => done(f, f.open('/d/small', 0, 0), (ofd) => f.retain(ofd) || f.close(ofd)) },
  chdir: { run: (f) => f.chdir('/d') || f.chdir('/') },
  watch: {
    run(f) {
      const watch = f.watch('/d', true, () => undefined);
      if (typeof watch === 'number') return watch;
      watch.close();
      return 0;
    },
  },
};

function fill(fs: SharedFileSystem): void {
  for (const folder of ['/d', '/e', '/d/sub']) fs.mkdir(folder, 0o755);
  fs.writeFile('/d/small', DATA.subarray(0, 3000), NEW, 0o640);
  fs.writeFile('/e/other', DATA.subarray(0, 300), NEW, 0o640);
  fs.writeFile('/d/large', DATA, NEW, 0o640);
  fs.symlink('small', '/d/link');
}

function remove(fs: SharedFileSystem, path = '/'): void {
  const list = fs.readdir(path, false);
  if (typeof list === 'number') return void fs.unlink(path);
  for (const name of list.names) {
    const below = `${path === '/' ? '' : path}/${name}`;
    if (fs.unlink(below) === -Errno.EISDIR) remove(fs, below);
  }
  if (path !== '/') fs.rmdir(path);
}

const IGNORED: number[] = [StatField.ino, StatField.atimeSec, StatField.atimeNsec];

/** Everything that can be seen of the tree, by path. */
function describe(fs: SharedFileSystem, path = '/', into = new Map<string, string>()): Map<string, string> {
  const out = new Float64Array(StatField.count);
  fs.lstat(path, out, 0);
  const type = (out[StatField.mode] ?? 0) & modes.S_IFMT;
  const content = type === modes.S_IFREG ? fs.readFile(path) : fs.readlink(path);
  const data = typeof content === 'number' ? content : createHash('sha256').update(content).digest('hex');
  into.set(path, `${[...out].filter((_, field) => !IGNORED.includes(field)).join()} ${data}`);
  const list = type === modes.S_IFDIR ? fs.readdir(path, false) : 0;
  if (typeof list !== 'number') {
    for (const name of list.names.sort()) describe(fs, path === '/' ? `/${name}` : `${path}/${name}`, into);
  }
  return into;
}

/** What write(2) leaves of one that met its end: all other files as they were, and of that one a part of what it was given. */
function expectPart(fs: SharedFileSystem, before: Map<string, string>, file: string, what: string): void {
  const after = describe(fs);
  for (const map of [before, after]) for (const path of ['/d', file]) map.delete(path);
  expect(after, what).toEqual(before);
  const content = fs.readFile(file);
  if (typeof content === 'number') return void expect(content, what).toBe(-Errno.ENOENT);
  // The old and the new content begin alike.
  expect(Buffer.compare(content, DATA.subarray(0, content.length)), what).toBe(0);
}

function tryAt(
  fs: SharedFileSystem,
  { run, part }: Operation,
  resource: Resource,
  at: number,
  what: string,
): boolean {
  fill(fs);
  const before = describe(fs);
  fault.arm(resource, at);
  const result = run(fs);
  const { met } = fault;
  fault.arm('', Infinity);
  // What could not be freed then, the next burial frees.
  if (resource === 'reserve') reap(fs.volume, OTHER_SLOT);
  if (met && result < 0) {
    expect(REFUSALS, `${what}: ${result}`).toContain(result);
    if (part === undefined) expect(describe(fs), what).toEqual(before);
    else expectPart(fs, before, part, what);
  }
  expect(fsck(fs.volume).errors, what).toEqual([]);
  if (result < 0) expect(run(fs), `${what}, again`).toBeGreaterThanOrEqual(0);
  remove(fs);
  const after = fsck(fs.volume);
  expect(after.errors, what).toEqual([]);
  expect([after.inodes, after.blocksUsed, after.descriptions], what).toEqual([1, 0, 0]);
  return met;
}

/** Allocations of one kind that an operation makes at most. */
const ALLOCATIONS_MAX = 100;
const RESOURCES: Resource[] = ['object', 'page', 'blocks', 'log', 'reserve'];
const OTHER_SLOT = 2;

for (const [name, operation] of Object.entries(operations)) {
  test(`${name}: out of room at each allocation`, () => {
    for (const resource of RESOURCES) {
      let at = 0;
      while (
        tryAt(
          resource === 'log' || resource === 'reserve' ? stored : plain,
          operation,
          resource,
          at,
          `${name}: ${resource} ${at}`,
        )
      ) {
        expect(++at).toBeLessThan(ALLOCATIONS_MAX);
      }
    }
  });
}
