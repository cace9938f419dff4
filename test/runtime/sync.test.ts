import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteConnection } from '../../src/remote/connection.ts';
import { TreeSync, type LocalTree, type SyncReport } from '../../src/remote/sync.ts';
import { openStream } from '../../src/remote/streams.ts';
import { Scan } from '../../runtime/sync/scan.ts';
import { DEFAULT_EXCLUDES, type ManifestEntry } from '../../src/protocol/runtime/files.ts';
import { conflictName, entryVersion, planMerge } from '../../src/protocol/runtime/merge.ts';
import { excludes } from '../../src/protocol/runtime/excludes.ts';
import { poll, Runtime, shell } from './harness.ts';

/** A folder of this machine as the local side. */
class FolderTree implements LocalTree {
  readonly folder = fs.mkdtempSync(join(tmpdir(), 'mhnos-local-'));
  readonly #cache = new Map<string, never>();

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string | Uint8Array, mtimeMs?: number): void {
    fs.mkdirSync(dirname(this.path(name)), { recursive: true });
    fs.writeFileSync(this.path(name), text);
    if (mtimeMs !== undefined) fs.utimesSync(this.path(name), mtimeMs / 1000, mtimeMs / 1000);
  }

  async manifest(): Promise<Map<string, ManifestEntry>> {
    return (await Scan.of(this.folder, excludes([...DEFAULT_EXCLUDES]), this.#cache)).entries;
  }

  read(name: string): Promise<Uint8Array> {
    return Promise.resolve(fs.readFileSync(this.path(name)));
  }

  async #version(name: string): Promise<string | null> {
    const entry = (await this.manifest()).get(name);
    return entry === undefined ? null : entryVersion(entry);
  }

  async put(
    entry: ManifestEntry,
    contents: Uint8Array | undefined,
    expected: string | null,
  ): Promise<boolean> {
    if (expected !== null && (await this.#version(entry.path)) !== expected) return false;
    if (entry.kind === 'directory') fs.mkdirSync(this.path(entry.path), { recursive: true });
    else if (entry.kind === 'symlink') fs.symlinkSync(entry.target, this.path(entry.path));
    else {
      this.write(entry.path, contents ?? '', entry.mtimeMs);
      fs.chmodSync(this.path(entry.path), entry.mode);
    }
    return true;
  }

  async delete(name: string, expected: string): Promise<boolean> {
    if ((await this.#version(name)) !== expected) return false;
    fs.rmSync(this.path(name), { recursive: expected === 'directory' });
    return true;
  }
}

let runtime: Runtime;
let connection: RemoteConnection;
let local: FolderTree;
let root: string;
let number = 0;

const remotePath = (name: string): string => join(runtime.workspace, root, name);
const remote = {
  read: (name: string): string => fs.readFileSync(remotePath(name), 'utf8'),
  write(name: string, text: string, mtimeMs?: number): void {
    fs.mkdirSync(dirname(remotePath(name)), { recursive: true });
    fs.writeFileSync(remotePath(name), text);
    if (mtimeMs !== undefined) fs.utimesSync(remotePath(name), mtimeMs / 1000, mtimeMs / 1000);
  },
};
const quiet: Omit<SyncReport, 'pushed' | 'pulled' | 'bytes'> = { conflicts: [], errors: [] };

beforeAll(async () => {
  runtime = await Runtime.start();
  connection = await runtime.connect();
});
afterAll(() => runtime[Symbol.asyncDispose]());
beforeEach(() => {
  local = new FolderTree();
  root = `project-${number++}`;
});

describe('sync', () => {
  it('takes a tree up whole: contents, modes, links, empty folders; and leaves the exclusions', async () => {
    local.write('a/b/deep.txt', 'deep');
    local.write('run.sh', '#!/bin/sh\necho ran\n');
    fs.chmodSync(local.path('run.sh'), 0o755);
    local.write('empty', '');
    fs.mkdirSync(local.path('hollow'));
    fs.symlinkSync('a/b/deep.txt', local.path('link'));
    local.write('node_modules/x/index.js', 'no');
    local.write('big.bin', Buffer.alloc(5 * 2 ** 20, 'big'));
    const sync = new TreeSync(connection, local, { root });
    const report = await sync.sync();
    expect(report).toMatchObject(quiet);
    expect(report.pushed.sort()).toEqual([
      'a',
      'a/b',
      'a/b/deep.txt',
      'big.bin',
      'empty',
      'hollow',
      'link',
      'run.sh',
    ]);
    expect(remote.read('a/b/deep.txt')).toBe('deep');
    expect(fs.readlinkSync(remotePath('link'))).toBe('a/b/deep.txt');
    expect(fs.existsSync(remotePath('node_modules'))).toBe(false);
    expect(fs.statSync(remotePath('run.sh')).mtimeMs).toBeCloseTo(
      fs.statSync(local.path('run.sh')).mtimeMs,
      -1,
    );
    expect((await shell(connection, './run.sh', { cwd: root })).stdout).toBe('ran\n');
    expect(await sync.sync()).toEqual({ ...quiet, pushed: [], pulled: [], bytes: 0 });
  });

  it('takes changes and deletions both ways', async () => {
    for (const name of ['keep', 'mine', 'theirs', 'gone-here', 'gone-there']) local.write(name, name);
    const sync = new TreeSync(connection, local, { root });
    await sync.sync();
    local.write('mine', 'changed here');
    fs.rmSync(local.path('gone-here'));
    await shell(
      connection,
      'echo -n changed there > theirs; rm gone-there; mkdir new; echo made > new/file',
      { cwd: root },
    );
    const report = await sync.sync();
    expect(report).toMatchObject(quiet);
    expect(report.pushed.sort()).toEqual(['gone-here', 'mine']);
    expect(report.pulled.sort()).toEqual(['gone-there', 'new', 'new/file', 'theirs']);
    expect(fs.readFileSync(local.path('theirs'), 'utf8')).toBe('changed there');
    expect(remote.read('mine')).toBe('changed here');
    expect(fs.existsSync(remotePath('gone-here'))).toBe(false);
    expect(fs.existsSync(local.path('gone-there'))).toBe(false);
  });

  it.each([
    ['here', 2_000_000_000_000, 1_000_000_000_000],
    ['there', 1_000_000_000_000, 2_000_000_000_000],
  ])(
    'keeps both changes of a conflict on both sides, the later (%s) under the name',
    async (winner, hereMs, thereMs) => {
      local.write('notes.txt', 'first');
      const sync = new TreeSync(connection, local, { root });
      await sync.sync();
      local.write('notes.txt', 'written here', hereMs);
      remote.write('notes.txt', 'written there', thereMs);
      const report = await sync.sync();
      const lost = `written ${winner === 'here' ? 'there' : 'here'}`;
      const keptAs = conflictName('notes.txt', createHash('sha256').update(lost).digest('hex'));
      expect(report.conflicts).toEqual([{ path: 'notes.txt', keptAs }]);
      for (const read of [remote.read, (name: string) => fs.readFileSync(local.path(name), 'utf8')]) {
        expect(read('notes.txt')).toBe(`written ${winner}`);
        expect(read(keptAs)).toBe(lost);
      }
      expect(await sync.sync()).toEqual({ ...quiet, pushed: [], pulled: [], bytes: 0 });
    },
  );

  it('lets a change win over a deletion', async () => {
    local.write('a', '1');
    local.write('b', '1');
    const sync = new TreeSync(connection, local, { root });
    await sync.sync();
    fs.rmSync(local.path('a'));
    remote.write('a', 'still wanted');
    local.write('b', 'still wanted');
    fs.rmSync(remotePath('b'));
    await sync.sync();
    expect([fs.readFileSync(local.path('a'), 'utf8'), remote.read('b')]).toEqual([
      'still wanted',
      'still wanted',
    ]);
  });

  it('takes the empty folder of a runtime that was started anew for another disk: what is here stays', async () => {
    const token = 's'.repeat(43);
    const first = await Runtime.start({ MHNOS_TOKEN: token });
    const client = await first.connect();
    const states: string[] = [];
    client.listen({ stateChanged: (state) => void states.push(state) });
    local.write('kept/file', 'kept');
    const sync = new TreeSync(client, local, { root });
    await sync.sync();
    first.child.kill('SIGKILL');
    await poll('cut', () => (states.includes('reconnecting') ? true : undefined));
    fs.rmSync(first.workspace, { recursive: true });
    fs.mkdirSync(first.workspace);
    const settings = { MHNOS_RUNTIME_PORT: String(first.port), MHNOS_WORKSPACE: first.workspace };
    await using again = await Runtime.start({ MHNOS_TOKEN: token, ...settings });
    await poll('connection', () => (states.at(-1) === 'connected' ? true : undefined));
    const report = await sync.sync();
    expect(report).toMatchObject({ ...quiet, pushed: ['kept', 'kept/file'], pulled: [] });
    expect(fs.readFileSync(local.path('kept/file'), 'utf8')).toBe('kept');
    expect(fs.readFileSync(join(again.workspace, root, 'kept/file'), 'utf8')).toBe('kept');
    // What is deleted while it runs is deleted here, were it all that there is.
    fs.rmSync(join(again.workspace, root, 'kept'), { recursive: true });
    expect((await sync.sync()).pulled.sort()).toEqual(['kept', 'kept/file']);
    expect(fs.existsSync(local.path('kept'))).toBe(false);
    client.close();
    fs.rmSync(first.workspace, { recursive: true, force: true });
  });

  it('tells of changes in the workspace, once they settle', async () => {
    local.write('x', '1');
    const sync = new TreeSync(connection, local, { root });
    await sync.sync();
    const heard = new Set<string>();
    using _watch = await sync.watch((paths) => paths.forEach((path) => heard.add(path)));
    await shell(
      connection,
      'mkdir -p sub/er; echo 1 > sub/er/file; mkdir node_modules; echo 1 > node_modules/no',
      { cwd: root },
    );
    await poll('news', () => (heard.has('sub/er/file') ? true : undefined));
    await shell(connection, 'echo 2 > sub/er/second', { cwd: root });
    await poll('news of the new folder', () => (heard.has('sub/er/second') ? true : undefined));
    expect([...heard].filter((path) => path.startsWith('node_modules'))).toEqual([]);
  });

  it('tells only the difference after the first manifest, and finds a change of the same size and time', async () => {
    for (let index = 0; index < 2000; index++)
      local.write(`src/${index % 40}/file-${index}.js`, `export default ${index};\n`);
    const sync = new TreeSync(connection, local, { root });
    const started = performance.now();
    expect((await sync.sync()).pushed).toHaveLength(2041);
    const first = performance.now() - started;
    local.write('src/1/file-1.js', 'export default 9;\n');
    const again = performance.now();
    expect((await sync.sync()).pushed).toEqual(['src/1/file-1.js']);
    console.log(
      `2,000 files: first sync ${first.toFixed(0)} ms, one changed ${(performance.now() - again).toFixed(0)} ms`,
    );
    const stat = fs.statSync(remotePath('src/2/file-2.js'));
    fs.writeFileSync(remotePath('src/2/file-2.js'), 'export default 7;\n');
    fs.utimesSync(remotePath('src/2/file-2.js'), stat.atime, stat.mtime);
    expect((await sync.sync()).pulled).toEqual(['src/2/file-2.js']);
    const { revision } = await connection.request({ type: 'syncManifest', root }, 'syncManifest');
    const delta = await connection.request({ type: 'syncManifest', root, since: revision }, 'syncManifest');
    expect(delta).toMatchObject({ full: false, entries: [], removed: [] });
  });
});

describe('sync against an attacker or a failing disk', () => {
  const put = (path: string, contents: string, base: string | null = null) => {
    const sha256 = createHash('sha256').update(contents).digest('hex');
    const entry: ManifestEntry = {
      kind: 'file',
      path,
      mode: 0o644,
      size: contents.length,
      mtimeMs: 0,
      sha256,
    };
    return { op: 'put' as const, entry, base };
  };
  async function apply(operations: ReturnType<typeof put>[], contents: string) {
    const { answer, stream } = await openStream(
      connection,
      { type: 'syncApply', root, operations },
      'syncReady',
    );
    let results: { status: string; code?: string | undefined }[] | undefined;
    using _listening = connection.listen({
      message: (message) => {
        if (message.type === 'syncApplied' && message.id === answer.id) results = message.results;
        if (message.type === 'error' && message.id === answer.id)
          results = [{ status: 'failed', code: message.code }];
      },
    });
    const writer = stream.writable.getWriter();
    await writer.write(Buffer.from(contents));
    await writer.close();
    return await poll('results', () => results);
  }

  it('stays in the tree: no absolute path, no dots, no link that leads out', async () => {
    await shell(connection, `mkdir -p ${root}; ln -s /tmp ${root}/out; ln -s ../.. ${root}/up`);
    const paths = ['../escape', '/tmp/escape', 'a/../../escape', 'out/escape', 'up/escape', '.', ''];
    const results = await apply(
      paths.map((path) => put(path, 'x')),
      'x'.repeat(paths.length),
    );
    expect(results.map(({ status }) => status)).toEqual(paths.map(() => 'error'));
    expect(fs.existsSync('/tmp/escape')).toBe(false);
    expect(fs.existsSync(join(runtime.workspace, '..', 'escape'))).toBe(false);
    const manifest = await connection.request({ type: 'syncManifest', root }, 'syncManifest');
    expect(manifest.entries.map((entry) => entry.kind)).toEqual(['symlink', 'symlink']);
    await expect(
      connection.request({ type: 'syncManifest', root: '../..' }, 'syncManifest'),
    ).rejects.toMatchObject({ code: 'EACCES' });
  });

  it('never reads through a link that a process put in place of a folder', async () => {
    remote.write('folder/file', 'mine');
    await connection.request({ type: 'syncManifest', root }, 'syncManifest');
    await shell(connection, 'rm -r folder; ln -s /etc folder', { cwd: root });
    const get = connection.request({ type: 'syncGet', root, paths: ['folder/hostname'] }, 'syncFiles');
    await expect(get).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('keeps what came in beside what another wrote since', async () => {
    remote.write('file', 'newer than the client knows');
    const [result] = await apply([put('file', 'from the client', 'file:-:stale')], 'from the client');
    expect(result).toMatchObject({ status: 'conflict' });
    expect(remote.read('file')).toBe('newer than the client knows');
    const kept = fs.readdirSync(remotePath('.')).find((name) => name.startsWith('file.conflict-')) ?? '';
    expect(remote.read(kept)).toBe('from the client');
  });

  it('leaves nothing half written: wrong contents, an early end, a full disk', async () => {
    const wrong = put('wrong', 'announced');
    const good = put('good', 'good');
    expect(await apply([wrong, good], 'different' + 'good')).toMatchObject([
      { status: 'error', code: 'EBADMSG' },
      { status: 'done' },
    ]);
    expect(await apply([put('early', 'a long text')], 'a lo')).toEqual([{ status: 'failed', code: 'EPIPE' }]);
    expect(fs.readdirSync(remotePath('.'))).toEqual(['good']);
  });
});

describe('exclusions', () => {
  it.each([
    ['node_modules', 'a/node_modules/b.js', true],
    ['node_modules', 'node_modules2/b.js', false],
    ['*.log', 'deep/in/x.log', true],
    ['*.log', 'x.log.txt', false],
    ['/top', 'top/x', true],
    ['/top', 'a/top', false],
    ['build/tmp', 'build/tmp/x', true],
    ['docs/**', 'docs/a/b', true],
    ['docs/**', 'docs', false],
    ['a(b', 'a(b', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(excludes([pattern])(path)).toBe(expected);
  });
});

describe('the merge', () => {
  it('puts every combination of base, here and there in its place', () => {
    const tree = (value: string | undefined): Map<string, string> =>
      new Map(value === undefined ? [] : [['f', value]]);
    const outcome = (base?: string, here?: string, there?: string): string => {
      const { push, pull, conflicts } = planMerge(tree(base), tree(here), tree(there));
      return (
        [push.length && 'push', pull.length && 'pull', conflicts.length && 'conflict'].find(Boolean) || 'same'
      );
    };
    expect(outcome('1', '1', '1')).toBe('same');
    expect(outcome('1', '2', '2')).toBe('same');
    expect(outcome('1', '2', '1')).toBe('push');
    expect(outcome('1', undefined, '1')).toBe('push');
    expect(outcome(undefined, '1', undefined)).toBe('push');
    expect(outcome('1', '2', undefined)).toBe('push');
    expect(outcome('1', '1', '2')).toBe('pull');
    expect(outcome('1', '1', undefined)).toBe('pull');
    expect(outcome('1', undefined, '2')).toBe('pull');
    expect(outcome('1', '2', '3')).toBe('conflict');
    expect(outcome(undefined, '2', '3')).toBe('conflict');
  });
});
