/**
 * The same random calls on the shared-memory file system and on the host's own (as root, on a real directory): every
 * answer and the tree at the end must be equal. `OAC_LONG=1` for the long run.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { errnoName } from '../../../src/base/errno.ts';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import * as modes from '../../../vfs/mode.ts';
import { makeDirectories } from '../../../vfs/tree.ts';
import { createNodeFiles } from '../../support/node-files.ts';
import { makeCrashContent } from './crash-content.ts';

const LONG = process.env['OAC_LONG'] !== undefined;
const CALLS_PER_RUN = 60;
/** A run has fewer than that, as fast-check shortens most: this many of them make the calls. */
const CALLS_OF_A_RUN = 27;
const RUNS = Math.ceil(
  Number(process.env['OAC_MODEL_CALLS'] ?? (LONG ? 1_000_000 : 10_000)) / CALLS_OF_A_RUN,
);

/** What both sides can do: the calls that take no descriptor of the process's own. */
type Files = Pick<
  SharedFileSystem,
  | 'open'
  | 'close'
  | 'read'
  | 'write'
  | 'fstat'
  | 'ftruncate'
  | 'fchmod'
  | 'stat'
  | 'lstat'
  | 'access'
  | 'readFile'
  | 'writeFile'
  | 'readdir'
  | 'mkdir'
  | 'rmdir'
  | 'unlink'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'readlink'
  | 'realpath'
  | 'chmod'
  | 'chown'
  | 'utimes'
  | 'truncate'
>;

/** Deep enough that no random path climbs out of it. */
const DEPTH = '/1/2/3/4/5/base';

class Side {
  readonly files: Files;
  readonly base: string;
  readonly opened: number[] = [];

  constructor(files: Files, base: string) {
    this.files = files;
    this.base = base;
  }

  at = (path: string): string => `${this.base}/${path}`;

  describe(result: number): string {
    return result < 0 ? (errnoName(result) ?? String(result)) : 'ok';
  }

  bytes(result: Uint8Array | number): string {
    return typeof result === 'number' ? this.describe(result) : Buffer.from(result).toString('latin1');
  }

  /** Type, mode, links, owner, and the size of what has one. Directories' sizes and counts of links differ by nature. */
  figures(call: (out: Float64Array) => number): string {
    const out = new Float64Array(StatField.count);
    const result = call(out);
    if (result < 0) return this.describe(result);
    const mode = out[StatField.mode] ?? 0;
    const directory = (mode & modes.S_IFMT) === modes.S_IFDIR;
    const { uid, gid, nlink, size } = StatField;
    const own = directory ? [] : [out[nlink], out[size]];
    return [mode.toString(8), out[uid], out[gid], ...own].join(' ');
  }

  list(path: string): string {
    const list = this.files.readdir(this.at(path), false);
    if (typeof list === 'number') return this.describe(list);
    return list.names
      .map((name, index) => `${name}:${list.types[index]}`)
      .sort()
      .join(',');
  }
}

type Call = { text: string; run(side: Side): string };

const name = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  { weight: 2, arbitrary: fc.constantFrom('é', '日本語', 'n'.repeat(100), 'm'.repeat(255), 'x'.repeat(256)) },
  { weight: 1, arbitrary: fc.constantFrom('.', '..') },
);
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '', '', '', '', '/'))
  .map(([names, slash]) => names.join('/') + slash);
const mode = fc.constantFrom(0o644, 0o600, 0o755, 0o777, 0o000, 0o4755, 0o2755, 0o1777);
const size = fc.constantFrom(0, 1, 5, 100, 1024, 1025, 5000, 20_000, 262_144, 262_145, 700_000);
const flags = fc.constantFrom(
  0,
  modes.O_RDWR,
  modes.O_RDWR | modes.O_CREAT,
  modes.O_WRONLY | modes.O_CREAT | modes.O_TRUNC,
  modes.O_WRONLY | modes.O_CREAT | modes.O_EXCL,
  modes.O_RDWR | modes.O_CREAT | modes.O_APPEND,
  modes.O_DIRECTORY,
  modes.O_NOFOLLOW,
  modes.O_RDWR | modes.O_TRUNC,
  modes.O_WRONLY | modes.O_APPEND,
);
const writeFlags = fc.constantFrom(
  modes.O_WRONLY | modes.O_CREAT | modes.O_TRUNC,
  modes.O_WRONLY | modes.O_CREAT | modes.O_APPEND,
  modes.O_WRONLY | modes.O_CREAT | modes.O_EXCL,
  modes.O_WRONLY,
);
const index = fc.nat(3);
const position = fc.oneof(fc.constant(null), fc.nat(30_000), fc.constantFrom(262_140, 600_000));

/** node:fs makes no call to read nothing. */
const atLeastOne = (length: number): number => Math.max(length, 1);

const content = makeCrashContent;

const calls: fc.Arbitrary<Call> = fc.oneof(
  ...(['rmdir', 'unlink'] as const).map((call) =>
    path.map((p) => ({ text: `${call} ${p}`, run: (s: Side) => s.describe(s.files[call](s.at(p))) })),
  ),
  ...(['readFile', 'readlink'] as const).map((call) =>
    path.map((p) => ({ text: `${call} ${p}`, run: (s: Side) => s.bytes(s.files[call](s.at(p))) })),
  ),
  ...(['stat', 'lstat'] as const).map((call) =>
    path.map((p) => ({
      text: `${call} ${p}`,
      run: (s: Side) => s.figures((out) => s.files[call](s.at(p), out, 0)),
    })),
  ),
  ...(['rename', 'link'] as const).map((call) =>
    fc.tuple(path, path).map(([from, to]) => ({
      text: `${call} ${from} ${to}`,
      run: (s: Side) => s.describe(s.files[call](s.at(from), s.at(to))),
    })),
  ),
  path.map((p) => ({ text: `readdir ${p}`, run: (s: Side) => s.list(p) })),
  path.map((p) => ({
    text: `realpath ${p}`,
    run: (s: Side) => s.bytes(s.files.realpath(s.at(p))).replace(s.base.slice(0, -DEPTH.length), ''),
  })),
  fc.tuple(path, fc.nat(7)).map(([p, m]) => ({
    text: `access ${p} ${m}`,
    run: (s: Side) => s.describe(s.files.access(s.at(p), m)),
  })),
  fc.tuple(path, mode).map(([p, m]) => ({
    text: `mkdir ${p} ${m.toString(8)}`,
    run: (s: Side) => s.describe(s.files.mkdir(s.at(p), m)),
  })),
  fc.tuple(path, path).map(([target, p]) => ({
    text: `symlink ${target} ${p}`,
    run: (s: Side) => s.describe(s.files.symlink(target, s.at(p))),
  })),
  fc.tuple(path, mode).map(([p, m]) => ({
    text: `chmod ${p} ${m.toString(8)}`,
    run: (s: Side) => s.describe(s.files.chmod(s.at(p), m, true)),
  })),
  fc.tuple(path, fc.nat(3), fc.boolean()).map(([p, id, follow]) => ({
    text: `chown ${p} ${id} ${follow}`,
    run: (s: Side) => s.describe(s.files.chown(s.at(p), id, id, follow)),
  })),
  fc.tuple(path, size).map(([p, length]) => ({
    text: `truncate ${p} ${length}`,
    run: (s: Side) => s.describe(s.files.truncate(s.at(p), length)),
  })),
  fc.tuple(path, size, writeFlags, mode).map(([p, length, f, m]) => ({
    text: `writeFile ${p} ${length} ${f.toString(8)} ${m.toString(8)}`,
    run: (s: Side) => s.describe(s.files.writeFile(s.at(p), content(length, length), f, m)),
  })),
  fc.tuple(path, flags, mode).map(([p, f, m]) => ({
    text: `open ${p} ${f.toString(8)} ${m.toString(8)}`,
    run: (s: Side) => {
      const ofd = s.files.open(s.at(p), f, m);
      if (ofd >= 0) s.opened.push(ofd);
      return s.describe(ofd);
    },
  })),
  index.map((at) => ({
    text: `close ${at}`,
    run: (s: Side) => {
      const [ofd] = s.opened.splice(at, 1);
      return ofd === undefined ? '-' : s.describe(s.files.close(ofd));
    },
  })),
  fc.tuple(index, size, position).map(([at, length, from]) => ({
    text: `write ${at} ${length} ${from}`,
    run: (s: Side) => withOpened(s, at, (ofd) => String(s.files.write(ofd, content(length, at), from))),
  })),
  fc.tuple(index, size.map(atLeastOne), position).map(([at, length, from]) => ({
    text: `read ${at} ${length} ${from}`,
    run: (s: Side) =>
      withOpened(s, at, (ofd) => {
        const into = new Uint8Array(length);
        const count = s.files.read(ofd, into, from);
        return count < 0 ? s.describe(count) : s.bytes(into.subarray(0, count));
      }),
  })),
  fc.tuple(index, size).map(([at, length]) => ({
    text: `ftruncate ${at} ${length}`,
    run: (s: Side) => withOpened(s, at, (ofd) => s.describe(s.files.ftruncate(ofd, length))),
  })),
  fc.tuple(index, mode).map(([at, m]) => ({
    text: `fchmod ${at} ${m.toString(8)}`,
    run: (s: Side) => withOpened(s, at, (ofd) => s.describe(s.files.fchmod(ofd, m))),
  })),
  index.map((at) => ({
    text: `fstat ${at}`,
    run: (s: Side) => withOpened(s, at, (ofd) => s.figures((out) => s.files.fstat(ofd, out, 0))),
  })),
);

function withOpened(side: Side, at: number, call: (ofd: number) => string): string {
  const ofd = side.opened[at];
  return ofd === undefined ? '-' : call(ofd);
}

const host = mkdtempSync(`${tmpdir()}/oac-vfs-`);
afterAll(() => rmSync(host, { recursive: true, force: true }));

test.skipIf(process.getuid?.() !== 0)(
  'random calls are answered as the host answers them',
  { timeout: 3_600_000 },
  () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 16384, shared: true });
    format(memory, { capacityBytes: 16384 * 65536 });
    const vfs = attach(memory, { credentials: { umask: process.umask() } });
    let run = 0;
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: CALLS_PER_RUN, size: 'max' }), (sequence) => {
        run++;
        mkdirSync(`${host}/${run}${DEPTH}`, { recursive: true });
        makeDirectories(vfs, `/${run}${DEPTH}`);
        const native = new Side(createNodeFiles(), `${host}/${run}${DEPTH}`);
        const ours = new Side(vfs, `/${run}${DEPTH}`);
        try {
          for (const call of sequence) {
            const wanted = call.run(native);
            const got = call.run(ours);
            if (wanted !== got) throw new Error(`${call.text}: host ${short(wanted)}, ours ${short(got)}`);
          }
          expect(fsck(vfs.volume).errors).toEqual([]);
        } finally {
          for (const ofd of native.opened) native.files.close(ofd);
          for (const ofd of ours.opened) ours.files.close(ofd);
          rmSync(`${host}/${run}`, { recursive: true, force: true });
          removeAll(vfs, `/${run}`);
        }
      }),
      { numRuns: RUNS, ...(process.env['FC_SEED'] && { seed: Number(process.env['FC_SEED']) }) },
    );
    const rest = fsck(vfs.volume);
    expect(rest.errors).toEqual([]);
    expect(rest.inodes).toBe(1);
    expect(rest.blocksUsed).toBe(0);
  },
);

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}… (${text.length})` : text);

function removeAll(fs: SharedFileSystem, path: string): void {
  const list = fs.readdir(path, false);
  if (typeof list === 'number') return void fs.unlink(path);
  for (const [at, entry] of list.names.entries()) {
    if (list.types[at] === 2) removeAll(fs, `${path}/${entry}`);
    else fs.unlink(`${path}/${entry}`);
  }
  fs.rmdir(path);
}
