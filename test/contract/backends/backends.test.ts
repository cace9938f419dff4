/** The contract of mounted file systems over each backend that Node can run; see test/browser/backends for the others. */
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { InMemory, configureSingle, fs as zenfs } from '@zenfs/core';
import { createFsFromVolume, Volume as MemfsVolume } from 'memfs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attach } from '../../../vfs/attach.ts';
import type { Backend } from '../../../vfs/backends/backend.ts';
import { bytesSource, httpSource } from '../../../vfs/backends/byte-source.ts';
import { httpBackend } from '../../../vfs/backends/http.ts';
import { NodeFilesBackend, type NodePromises } from '../../../vfs/backends/node-files.ts';
import { OverlayBackend } from '../../../vfs/backends/overlay.ts';
import { SharedFilesBackend } from '../../../vfs/backends/shared-files.ts';
import { openTar } from '../../../vfs/backends/tar.ts';
import { openZip } from '../../../vfs/backends/zip.ts';
import { format } from '../../../vfs/format.ts';
import { type ArchiveEntry, tarOf, zipOf } from './archives.ts';
import { checks, fill, fixture, LINK, writingChecks } from './checks.ts';

const entries: ArchiveEntry[] = [
  ...Object.entries(fixture).map(([name, content], index) => ({ name, content, stored: index === 0 })),
  { name: LINK.path, target: LINK.target },
];
const PAGES = 1024;

function sharedRoot(): SharedFilesBackend {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  format(memory, { capacityBytes: PAGES * 65536, metadataBytes: 16 * 2 ** 20 });
  return new SharedFilesBackend(attach(memory));
}

async function filled<Filled extends Backend>(backend: Filled): Promise<Filled> {
  await fill(backend);
  return backend;
}

let server: Server;
let origin = '';
/** Requests by path: `range` header or '-'. */
const requests: string[] = [];
let ranges = true;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').slice(1));
    const content = path === 'archive.zip' ? zipOf(entries) : fixture[path];
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    requests.push(`${request.method} ${path} ${request.headers.range ?? '-'}`);
    if (content === undefined) response.writeHead(404).end();
    else if (range !== null && ranges) {
      const part = content.subarray(Number(range[1]), Number(range[2]) + 1);
      response.writeHead(206, { 'content-length': part.length }).end(part);
    } else response.writeHead(200, { 'content-length': content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  origin = `http://127.0.0.1:${address.port}/`;
});
afterAll(() => server.close());

const index = [
  ...Object.entries(fixture).map(([path, { length }]) => ({ path, size: length })),
  { path: LINK.path, link: LINK.target },
];
let zenfsRuns = 0;

const backends: Record<string, () => Promise<Backend>> = {
  root: () => filled(sharedRoot()),
  'folder of another file system': async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
    format(memory, { capacityBytes: PAGES * 65536, metadataBytes: 16 * 2 ** 20 });
    const files = attach(memory);
    files.mkdir('/folder', 0o755);
    return filled(new SharedFilesBackend(files, '/folder'));
  },
  zip: () => openZip(bytesSource(zipOf(entries))),
  zip64: () => openZip(bytesSource(zipOf(entries, true))),
  'zip over HTTP': async () => openZip(await httpSource(`${origin}archive.zip`)),
  tar: () => openTar(bytesSource(tarOf(entries))),
  'tar.gz': () => openTar(bytesSource(gzipSync(tarOf(entries)))),
  'HTTP with an index': () => Promise.resolve(httpBackend({ base: origin, index })),
  'HTTP without an index': () => Promise.resolve(httpBackend({ base: origin })),
  'overlay over a zip': async () =>
    OverlayBackend.over(await openZip(bytesSource(zipOf(entries))), sharedRoot()),
  'overlay over an overlay': async () =>
    OverlayBackend.over(
      await OverlayBackend.over(await openTar(bytesSource(tarOf(entries))), sharedRoot()),
      sharedRoot(),
    ),
  memfs: () => {
    const { promises } = createFsFromVolume(new MemfsVolume());
    return filled(new NodeFilesBackend(promises as unknown as NodePromises));
  },
  'ZenFS InMemory': async () => {
    await configureSingle({ backend: InMemory, label: `run ${zenfsRuns++}` });
    const options = { capabilities: { openUnlinked: false } };
    return filled(new NodeFilesBackend(zenfs as unknown as { promises: NodePromises }, options));
  },
};

describe.each(Object.entries(backends))('%s', (_name, make) => {
  test.each(checks.map((check) => [check.name, check] as const))('%s', async (_title, check) => {
    const backend = await make();
    await check.run(backend, backend.capabilities);
    await backend.close();
  });
  test.each(writingChecks.map((check) => [check.name, check] as const))('%s', async (_title, check) => {
    const backend = await make();
    if (backend.capabilities.writable) await check.run(backend, backend.capabilities);
    await backend.close();
  });
});

test('an overlay leaves the lower layer alone, and another overlay finds the marks again', async () => {
  const lower = await openZip(bytesSource(zipOf(entries)));
  const upper = sharedRoot();
  const first = await OverlayBackend.over(lower, upper);
  expect(await first.unlink('hello.txt')).toBe(0);
  expect(await first.mkdir('.wh.hello.txt', 0o755)).toBeLessThan(0);
  const second = await OverlayBackend.over(lower, upper);
  expect(await second.lookup('hello.txt')).toBe(-2);
  const other = await OverlayBackend.over(lower, sharedRoot());
  expect(await other.lookup('hello.txt')).toMatchObject({ size: 13 });
});

test('HTTP reads what is asked for and no more, and understands a server without ranges', async () => {
  const backend = httpBackend({ base: origin, index });
  const file = await backend.open('directory/deep/big.bin', {
    write: false,
    create: false,
    exclusive: false,
    truncate: false,
    mode: 0,
  });
  if (typeof file === 'number') throw new Error(String(file));
  requests.length = 0;
  const into = new Uint8Array(100);
  expect(await file.read(into, 5000)).toBe(100);
  expect(requests).toEqual(['GET directory/deep/big.bin bytes=5000-5099']);
  ranges = false;
  const again = new Uint8Array(100);
  expect(await file.read(again, 5000)).toBe(100);
  ranges = true;
  expect(again).toEqual(into);
});
