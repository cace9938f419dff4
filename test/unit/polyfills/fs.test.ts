import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFs } from '../../../polyfills/bindings/fs.ts';
import { createFsDir } from '../../../polyfills/bindings/fs_dir.ts';
import { createTestContext, type TestContext } from '../../support/node-context.ts';
import { createNodeFiles } from '../../support/node-files.ts';

/* The binding is untyped by nature: its callers are Node's own library. */
type Binding = Record<string, (...parameters: unknown[]) => unknown>;

let folder: string;
let host: TestContext;
let binding: Binding;
let constructors: Record<string, new (...parameters: unknown[]) => Record<string, unknown>>;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fs-binding-'));
  host = createTestContext({
    files: createNodeFiles(),
    streams: { type: () => 'FILE' } as never,
  });
  const made = createFs(host.context);
  binding = made as Binding;
  constructors = made as typeof constructors;
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]): string => path.join(folder, ...names);

/** What an error tells a program. */
function facts(call: () => unknown): Record<string, unknown> {
  try {
    return { value: call() };
  } catch (error) {
    const {
      message,
      code,
      errno,
      syscall,
      path: file,
      dest,
    } = error as NodeJS.ErrnoException & { dest?: string };
    return { message, code, errno, syscall, path: file, dest };
  }
}

function callback(call: (request: object) => unknown): Promise<unknown[]> {
  const request = new (constructors['FSReqCallback'] as NonNullable<(typeof constructors)[string]>)();
  const outcome = new Promise<unknown[]>((resolve) => {
    request['oncomplete'] = (...parameters: unknown[]) => resolve(parameters);
  });
  expect(call(request)).toBeUndefined();
  void host.drain();
  return outcome;
}

describe('errors are those of node:fs', () => {
  const cases: [string, (b: Binding) => unknown, () => unknown][] = [
    ['open', (b) => b['open']?.(at('no'), 0, 0o666), () => fs.openSync(at('no'), 'r')],
    ['stat', (b) => b['stat']?.(at('no'), false), () => fs.statSync(at('no'))],
    ['lstat', (b) => b['lstat']?.(at('no'), false), () => fs.lstatSync(at('no'))],
    ['access', (b) => b['access']?.(at('no'), 0), () => fs.accessSync(at('no'))],
    ['unlink', (b) => b['unlink']?.(at('no')), () => fs.unlinkSync(at('no'))],
    ['rmdir', (b) => b['rmdir']?.(at('file')), () => fs.rmdirSync(at('file'))],
    ['mkdir', (b) => b['mkdir']?.(at('file'), 0o777, false), () => fs.mkdirSync(at('file'))],
    [
      'mkdir -p',
      (b) => b['mkdir']?.(at('file', 'a'), 0o777, true),
      () => fs.mkdirSync(at('file', 'a'), { recursive: true }),
    ],
    ['rename', (b) => b['rename']?.(at('no'), at('b')), () => fs.renameSync(at('no'), at('b'))],
    ['link', (b) => b['link']?.(at('no'), at('b')), () => fs.linkSync(at('no'), at('b'))],
    ['symlink', (b) => b['symlink']?.('target', at('file'), 0), () => fs.symlinkSync('target', at('file'))],
    ['readlink', (b) => b['readlink']?.(at('file'), 'utf8'), () => fs.readlinkSync(at('file'))],
    ['scandir', (b) => b['readdir']?.(at('no'), 'utf8', false), () => fs.readdirSync(at('no'))],
    ['copyfile', (b) => b['copyFile']?.(at('no'), at('b'), 0), () => fs.copyFileSync(at('no'), at('b'))],
    [
      'copyfile of a directory',
      (b) => b['copyFile']?.(at('folder'), at('b'), 0),
      () => fs.copyFileSync(at('folder'), at('b')),
    ],
    [
      'exclusive copyfile',
      (b) => b['copyFile']?.(at('file'), at('other'), 1),
      () => fs.copyFileSync(at('file'), at('other'), 1),
    ],
    ['chmod', (b) => b['chmod']?.(at('no'), 0o644), () => fs.chmodSync(at('no'), 0o644)],
    ['utime', (b) => b['utimes']?.(at('no'), 1, 1), () => fs.utimesSync(at('no'), 1, 1)],
    ['mkdtemp', (b) => b['mkdtemp']?.(at('no', 'x'), 'utf8'), () => fs.mkdtempSync(at('no', 'x'))],
    ['close', (b) => b['close']?.(999_999), () => fs.closeSync(999_999)],
    ['fstat', (b) => b['fstat']?.(999_999, false), () => fs.fstatSync(999_999)],
    ['ftruncate', (b) => b['ftruncate']?.(999_999, 0), () => fs.ftruncateSync(999_999, 0)],
    ['fsync', (b) => b['fsync']?.(999_999), () => fs.fsyncSync(999_999)],
  ];
  test.each(cases)('%s', (_name, ours, nodes) => {
    fs.writeFileSync(at('file'), 'text');
    fs.writeFileSync(at('other'), 'other');
    fs.mkdirSync(at('folder'));
    expect(facts(() => ours(binding))).toEqual(facts(nodes));
  });

  test('a descriptor that is none', () => {
    expect(facts(() => binding['close']?.(-1))).toMatchObject({
      code: 'ERR_OUT_OF_RANGE',
      message: 'The value of "fd" is out of range. It must be >= 0 && <= 2147483647. Received -1',
    });
    expect(facts(() => binding['close']?.('x'))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});

describe('figures', () => {
  test('synchronous stat fills the shared arrays', () => {
    fs.writeFileSync(at('file'), '12345');
    const values = binding['stat']?.(at('file'), false) as Float64Array;
    expect(values).toBe((binding as unknown as Record<string, unknown>)['statValues']);
    expect(values[8]).toBe(5);
    const big = binding['lstat']?.(at('file'), true) as BigInt64Array;
    expect(big).toBe((binding as unknown as Record<string, unknown>)['bigintStatValues']);
    expect(big[8]).toBe(5n);
  });

  test('a missing entry may be no error', () => {
    expect(binding['stat']?.(at('no'), false, undefined, false)).toBeUndefined();
    expect(binding['lstat']?.(at('no'), false, undefined, false)).toBeUndefined();
    expect(binding['fstat']?.(999_999, false, undefined, true)).toBeUndefined();
  });

  test('statfs puts the fragment size third', () => {
    const values = binding['statfs']?.(folder, false) as Float64Array;
    const real = fs.statfsSync(folder);
    expect([values[0], values[1], values[2], values[6]]).toEqual([
      real.type,
      real.bsize,
      real.bsize,
      real.files,
    ]);
  });
});

describe('requests', () => {
  test('a callback is told the error or the value', async () => {
    fs.writeFileSync(at('file'), 'text');
    expect(await callback((request) => binding['access']?.(at('file'), 0, request))).toEqual([null]);
    const [error] = await callback((request) => binding['access']?.(at('no'), 0, request));
    expect(error).toMatchObject({ code: 'ENOENT', syscall: 'access', path: at('no') });
    const [, fd] = await callback((request) => binding['open']?.(at('file'), 0, 0, request));
    expect(fd).toBeGreaterThan(2);
    const [, values] = await callback((request) => binding['fstat']?.(fd, false, request));
    expect((values as Float64Array)[8]).toBe(4);
    expect(await callback((request) => binding['close']?.(fd, request))).toEqual([null]);
    expect(host.openRequests).toBe(0);
  });

  test('a promise has arrays of its own', async () => {
    fs.writeFileSync(at('file'), 'text');
    const kUsePromises = (binding as unknown as Record<string, unknown>)['kUsePromises'];
    const first = binding['stat']?.(at('file'), false, kUsePromises) as Promise<Float64Array>;
    const second = binding['stat']?.(at('file'), true, kUsePromises) as Promise<BigInt64Array>;
    const failed = binding['open']?.(at('no'), 0, 0, kUsePromises) as Promise<number>;
    const refused = expect(failed).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
    await host.drain();
    await refused;
    expect((await first)[8]).toBe(4);
    expect((await second)[8]).toBe(4n);
    expect((await first).length).toBe(18);
  });

  test('a file handle closes once', async () => {
    fs.writeFileSync(at('file'), 'text');
    const kUsePromises = (binding as unknown as Record<string, unknown>)['kUsePromises'];
    const opened = binding['openFileHandle']?.(at('file'), 0, 0, kUsePromises);
    await host.drain();
    const handle = (await opened) as { fd: number; close(): Promise<void> };
    const { fd } = handle;
    const closing = handle.close();
    expect(handle.close()).toBe(closing);
    await host.drain();
    await closing;
    expect(facts(() => fs.fstatSync(fd))).toMatchObject({ code: 'EBADF' });
  });

  test('a file handle is a stream', async () => {
    fs.writeFileSync(at('file'), 'stream of text');
    const Handle = constructors['FileHandle'] as NonNullable<(typeof constructors)[string]>;
    const handle = new Handle(fs.openSync(at('file'), 'r'), 3, 6);
    const pieces: string[] = [];
    handle['onread'] = (data: ArrayBuffer | undefined) => {
      pieces.push(data === undefined ? 'end' : Buffer.from(data).toString());
      if (data === undefined) (handle['readStop'] as () => void)();
    };
    (handle['readStart'] as () => void)();
    await host.drain();
    expect(pieces).toEqual(['eam of', 'end']);
    (handle['closeSync'] as () => void)();
  });
});

describe('names', () => {
  test('names that are not UTF-8 survive', () => {
    const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x61])]);
    const fd = binding['open']?.(name, 0o101, 0o644) as number;
    binding['close']?.(fd);
    expect(binding['readdir']?.(folder, 'buffer', false)).toEqual([Buffer.from([0xff, 0x61])]);
    expect(binding['readdir']?.(folder, 'latin1', false)).toEqual(['ÿa']);
    expect(binding['readdir']?.(folder, 'utf8', true)).toEqual([['�a'], [1]]);
  });

  test('readdir is in the order of names', () => {
    for (const name of ['c', 'a', 'B', 'b']) fs.writeFileSync(at(name), '');
    fs.mkdirSync(at('aa'));
    expect(binding['readdir']?.(folder, 'utf8', true)).toEqual([
      ['B', 'a', 'aa', 'b', 'c'],
      [1, 1, 2, 1, 1],
    ]);
  });

  test('mkdir -p tells the first directory it made', () => {
    expect(binding['mkdir']?.(at('a', 'b', 'c'), 0o777, true)).toBe(at('a'));
    expect(binding['mkdir']?.(at('a', 'b', 'c'), 0o777, true)).toBeUndefined();
    expect(binding['mkdir']?.(at('a', 'd'), 0o777, true)).toBe(at('a', 'd'));
  });

  test('rmSync removes trees, not what links lead to', () => {
    fs.mkdirSync(at('tree', 'deep'), { recursive: true });
    fs.writeFileSync(at('tree', 'deep', 'file'), '');
    fs.writeFileSync(at('kept'), '');
    fs.symlinkSync(at('kept'), at('tree', 'link'));
    expect(facts(() => binding['rmSync']?.(at('tree'), 0, false, 0))).toMatchObject({
      code: 'ERR_FS_EISDIR',
    });
    binding['rmSync']?.(at('tree'), 0, true, 0);
    binding['rmSync']?.(at('missing'), 0, true, 0);
    expect(fs.readdirSync(folder)).toEqual(['kept']);
  });

  test('opendir reads a few at a time', () => {
    for (const name of ['a', 'b', 'c']) fs.writeFileSync(at(name), '');
    const directory = (createFsDir(host.context) as Binding)['opendirSync']?.(folder) as {
      read(encoding: string, limit: number): unknown[] | null;
      close(): void;
    };
    expect(directory.read('utf8', 2)).toHaveLength(4);
    expect(directory.read('utf8', 2)).toHaveLength(2);
    expect(directory.read('utf8', 2)).toBeNull();
    directory.close();
  });
});

describe('contents', () => {
  test.each(['', 'short', 'ä'.repeat(50_000), '\ufeffmarked'])(
    'text goes out and comes back (%#)',
    (text) => {
      binding['writeFileUtf8']?.(at('file'), text, 0o1101, 0o644);
      expect(fs.readFileSync(at('file'), 'utf8')).toBe(text);
      expect(binding['readFileUtf8']?.(at('file'), 0)).toBe(text);
      const fd = fs.openSync(at('file'), 'r');
      expect(binding['readFileUtf8']?.(fd, 0)).toBe(text);
      fs.closeSync(fd);
    },
  );

  test('synchronous writes report into a context', () => {
    const context: Record<string, unknown> = {};
    expect(binding['writeString']?.(999_999, 'x', null, 'utf8', undefined, context)).toBeUndefined();
    expect(context).toMatchObject({ code: 'EBADF', syscall: 'write' });
  });

  test.each(['latin1', 'ucs2', 'hex', 'base64', 'utf8'] as const)('writeString in %s', (encoding) => {
    const text = encoding === 'hex' || encoding === 'base64' ? 'abcd' : 'aé€';
    const fd = fs.openSync(at('file'), 'w');
    binding['writeString']?.(fd, text, null, encoding);
    fs.closeSync(fd);
    expect(fs.readFileSync(at('file'))).toEqual(Buffer.from(text, encoding));
  });

  test('vectors', async () => {
    const fd = fs.openSync(at('file'), 'w+');
    expect(binding['writeBuffers']?.(fd, [Buffer.from('ab'), Buffer.from('cde')], null)).toBe(5);
    const into = [Buffer.alloc(3), Buffer.alloc(4)];
    expect(await callback((request) => binding['readBuffers']?.(fd, into, 0, request))).toEqual([null, 5]);
    expect(Buffer.concat(into).toString('latin1')).toBe('abcde\0\0');
    fs.closeSync(fd);
  });

  test('copies keep modes, and a clone that must be one is refused', () => {
    fs.writeFileSync(at('file'), 'text', { mode: 0o640 });
    binding['copyFile']?.(at('file'), at('copy'), 0);
    expect(fs.statSync(at('copy')).mode & 0o777).toBe(0o640);
    expect(fs.readFileSync(at('copy'), 'utf8')).toBe('text');
    expect(facts(() => binding['copyFile']?.(at('file'), at('clone'), 4))).toMatchObject({ code: 'ENOTSUP' });
    expect(fs.existsSync(at('clone'))).toBe(false);
  });

  test('cpSync helpers copy a tree', () => {
    fs.mkdirSync(at('from', 'deep'), { recursive: true });
    fs.writeFileSync(at('from', 'deep', 'file'), 'text');
    fs.symlinkSync('deep/file', at('from', 'link'));
    binding['cpSyncCheckPaths']?.(at('from'), at('to'), false, true);
    binding['cpSyncCopyDir']?.(at('from'), at('to'), true, false, false, false, true);
    expect(fs.readFileSync(at('to', 'deep', 'file'), 'utf8')).toBe('text');
    expect(fs.readlinkSync(at('to', 'link'))).toBe(at('from', 'deep', 'file'));
    expect(
      facts(() => binding['cpSyncCheckPaths']?.(at('from'), at('from', 'x'), false, true)),
    ).toMatchObject({
      code: 'ERR_FS_CP_EINVAL',
    });
  });

  test('legacyMainResolve and the format of files without extension', () => {
    fs.writeFileSync(at('main.json'), '{}');
    fs.writeFileSync(at('wasm'), Buffer.from([0, 0x61, 0x73, 0x6d]));
    expect(binding['legacyMainResolve']?.(folder, './main', 'file:///x.js')).toBe(2);
    expect(facts(() => binding['legacyMainResolve']?.(folder, undefined, 'file:///x.js'))).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
    });
    expect(binding['getFormatOfExtensionlessFile']?.(at('wasm'))).toBe(1);
    expect(binding['getFormatOfExtensionlessFile']?.(at('main.json'))).toBe(0);
  });
});
