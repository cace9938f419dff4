/** The object store, for real: see test/support/s3-server.ts for which. Without one these are skipped, and say so. */
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteConnection } from '../../src/remote/connection.ts';
import { missingS3, type S3Server, startS3 } from '../support/s3-server.ts';
import { Runtime } from './harness.ts';

const missing = missingS3();
if (missing !== undefined) console.warn(`SKIPPED: the object store was not tested: ${missing}`);
const MEGABYTE = 2 ** 20;

const bucket = `mhnos-${Date.now()}`;
let server: S3Server;
let client: S3Client;
let settings = {
  S3_ENDPOINT: 'http://127.0.0.1:9',
  S3_ACCESS_KEY: 'key',
  S3_SECRET_KEY: 'secret',
  S3_BUCKET: bucket,
};
let runtime: Runtime;
let connection: RemoteConnection;

const object = async (key: string): Promise<string> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) ?? '';
};
const store = (key: string, body: string | Uint8Array, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
const file = (path: string): string => fs.readFileSync(join(runtime.workspace, path), 'utf8');
const write = (path: string, text: string): void => {
  fs.mkdirSync(join(runtime.workspace, path, '..'), { recursive: true });
  fs.writeFileSync(join(runtime.workspace, path), text);
};

describe('without a store', () => {
  it('says so, with a code, and works otherwise', async () => {
    await using plain = await Runtime.start();
    const other = await plain.connect();
    expect(await other.request({ type: 's3Status' }, 's3Status')).toMatchObject({ configured: false });
    await expect(other.request({ type: 's3List' }, 's3List')).rejects.toMatchObject({ code: 'ENOSYS' });
  });

  it('says what is wrong with one that is not there', async () => {
    await using wrong = await Runtime.start(settings);
    const other = await wrong.connect();
    const status = await other.request({ type: 's3Status' }, 's3Status');
    expect(status).toMatchObject({ configured: true, reachable: false, code: 'ECONNREFUSED' });
  });
});

describe.skipIf(missing !== undefined)('with a store', () => {
  beforeAll(async () => {
    server = await startS3();
    const { endpoint, accessKey, secretKey } = server;
    settings = { ...settings, S3_ENDPOINT: endpoint, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey };
    client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    runtime = await Runtime.start(settings);
    connection = await runtime.connect();
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('reports its state, and a bucket that is missing', async () => {
    expect(await connection.request({ type: 's3Status' }, 's3Status')).toMatchObject({
      reachable: true,
      bucket,
    });
    await using other = await Runtime.start({ ...settings, S3_BUCKET: 'there-is-no-such-bucket' });
    const status = await (await other.connect()).request({ type: 's3Status' }, 's3Status');
    expect(status).toMatchObject({ reachable: false, code: 'ENODEV' });
  });

  it('signs uploads and downloads, one and in batches, with odd names', async () => {
    const key = 'dir/a b+ü&?#.txt';
    const body = 'contents';
    const request = {
      type: 's3GetUploadUrl',
      key,
      size: body.length,
      contentType: 'text/plain',
      sha256: 'a'.repeat(64),
    } as const;
    const up = await connection.request(request, 's3UploadUrl');
    expect((await fetch(up.url, { method: 'PUT', body, headers: up.headers })).status).toBe(200);
    const down = await connection.request({ type: 's3GetDownloadUrl', key }, 's3DownloadUrl');
    expect(await (await fetch(down.url)).text()).toBe(body);
    const meta = await connection.request({ type: 's3GetMetadata', key }, 's3Metadata');
    expect(meta).toMatchObject({
      size: body.length,
      contentType: 'text/plain',
      metadata: { sha256: 'a'.repeat(64) },
    });
    const files = Array.from({ length: 25 }, (_, index) => ({ key: `batch/${index}`, size: 1 }));
    const ups = await connection.request({ type: 's3GetBatchUploadUrls', files }, 's3BatchUploadUrls');
    await Promise.all(ups.urls.map(({ url: to }) => fetch(to, { method: 'PUT', body: 'x' })));
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const more = token === undefined ? {} : { continuationToken: token };
      const page = await connection.request(
        { type: 's3List', prefix: 'batch/', maxKeys: 10, ...more },
        's3List',
      );
      expect(page.objects.length).toBeLessThanOrEqual(10);
      keys.push(...page.objects.map((each) => each.key));
      token = page.continuationToken;
    } while (token !== undefined);
    expect(keys.sort()).toEqual(files.map((each) => each.key).sort());
    await connection.request({ type: 's3Delete', key: 'batch/0' }, 's3Deleted');
    await expect(
      connection.request({ type: 's3GetMetadata', key: 'batch/0' }, 's3Metadata'),
    ).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['../escape', '/absolute', '', 'a/./b'])('refuses the key %j', async (key) => {
    await expect(connection.request({ type: 's3GetUploadUrl', key }, 's3UploadUrl')).rejects.toMatchObject({
      code: 'EINVAL',
    });
  });

  it('signs so that nothing else can be done: another key, another length, later', async () => {
    await store('own', 'own');
    await store('other', 'other');
    const down = await connection.request({ type: 's3GetDownloadUrl', key: 'own' }, 's3DownloadUrl');
    expect((await fetch(down.url.replace('/own?', '/other?'))).status).toBe(403);
    const up = await connection.request({ type: 's3GetUploadUrl', key: 'own', size: 3 }, 's3UploadUrl');
    expect((await fetch(up.url, { method: 'PUT', body: 'longer than it' })).status).toBe(403);
    const brief = await connection.request(
      { type: 's3GetDownloadUrl', key: 'own', expiresIn: 1 },
      's3DownloadUrl',
    );
    await new Promise((resume) => setTimeout(resume, 2500));
    expect((await fetch(brief.url)).status).toBe(403);
  });

  it('takes a large object in parts, and goes on where it broke off', async () => {
    const size = 20 * MEGABYTE + 5;
    const bytes = Buffer.alloc(size, 'large object ');
    const start = { type: 's3MultipartStart', key: 'large.bin', size, sha256: 'b'.repeat(64) } as const;
    const first = await connection.request(start, 's3Multipart');
    expect(first.parts.map((part) => part.size)).toEqual([8 * MEGABYTE, 8 * MEGABYTE, 4 * MEGABYTE + 5]);
    const send = async (
      part: (typeof first.parts)[number],
    ): Promise<{ partNumber: number; etag: string }> => {
      const from = (part.partNumber - 1) * first.partSize;
      const response = await fetch(part.url, { method: 'PUT', body: bytes.subarray(from, from + part.size) });
      expect(response.status).toBe(200);
      return { partNumber: part.partNumber, etag: response.headers.get('etag') ?? '' };
    };
    const [one] = first.parts;
    if (one !== undefined) await send(one);
    const second = await (await runtime.connect()).request(start, 's3Multipart'); // as after a cut
    expect(second.uploadId).toBe(first.uploadId);
    expect(second.parts.map((part) => part.partNumber)).toEqual([2, 3]);
    const parts = [...second.done, ...(await Promise.all(second.parts.map(send)))];
    const { uploadId } = second;
    await connection.request(
      { type: 's3MultipartComplete', key: 'large.bin', uploadId, parts },
      's3MultipartDone',
    );
    expect((await object('large.bin')) === bytes.toString()).toBe(true);
    const another = await connection.request({ ...start, key: 'given-up.bin' }, 's3Multipart');
    const abort = { type: 's3MultipartAbort', key: 'given-up.bin', uploadId: another.uploadId } as const;
    await connection.request(abort, 's3MultipartDone');
  });

  it('moves objects into the workspace and back: only changes, conflicts kept, exclusions left', async () => {
    await store('project/a.txt', 'a from the store');
    await store('project/sub/packed.txt', gzipSync('packed'), { ContentEncoding: 'gzip' });
    await store('project/node_modules/x.js', 'no');
    const pull = { type: 's3PullWorkspace', prefix: 'project/' } as const;
    const push = { type: 's3PushWorkspace', prefix: 'project/' } as const;
    expect(await connection.request(pull, 's3WorkspaceDone')).toMatchObject({ moved: 2, conflicts: [] });
    expect([file('project/a.txt'), file('project/sub/packed.txt')]).toEqual(['a from the store', 'packed']);
    expect(fs.existsSync(join(runtime.workspace, 'project/node_modules'))).toBe(false);
    expect(await connection.request(pull, 's3WorkspaceDone')).toMatchObject({ moved: 0, same: 2 });

    write('project/made.txt', 'made here');
    write('project/a.txt', 'changed here');
    expect(await connection.request(push, 's3WorkspaceDone')).toMatchObject({
      moved: 2,
      same: 1,
      conflicts: [],
      errors: [],
    });
    expect([await object('project/made.txt'), await object('project/a.txt')]).toEqual([
      'made here',
      'changed here',
    ]);

    write('project/a.txt', 'again here');
    await store('project/a.txt', 'again there');
    const conflict = await connection.request(pull, 's3WorkspaceDone');
    expect(conflict.conflicts.map(({ path }) => path)).toEqual(['project/a.txt']);
    expect(file('project/a.txt')).toBe('again here');
    expect(file(conflict.conflicts[0]?.keptAs ?? '')).toBe('again there');
    const other = await connection.request(push, 's3WorkspaceDone');
    expect(other.conflicts.map(({ path }) => path)).toEqual(['project/a.txt']);
    expect(await object('project/a.txt')).toBe('again there');
    expect(await object(other.conflicts[0]?.keptAs ?? '')).toBe('again here');
  });

  it('takes a side with nothing in it for a new disk or bucket: the other keeps what it has', async () => {
    const where = { root: 'fresh', keyPrefix: 'fresh/' } as const;
    const pull = { type: 's3PullWorkspace', ...where } as const;
    const push = { type: 's3PushWorkspace', ...where } as const;
    write('fresh/a.txt', 'a');
    write('fresh/b.txt', 'b');
    expect(await connection.request(push, 's3WorkspaceDone')).toMatchObject({ moved: 2 });
    for (const name of ['a', 'b'])
      await connection.request({ type: 's3Delete', key: `fresh/${name}.txt` }, 's3Deleted');
    expect(await connection.request(pull, 's3WorkspaceDone')).toMatchObject({ moved: 0, errors: [] });
    expect([file('fresh/a.txt'), file('fresh/b.txt')]).toEqual(['a', 'b']);
    expect(await connection.request(push, 's3WorkspaceDone')).toMatchObject({ moved: 2 });
    fs.rmSync(join(runtime.workspace, 'fresh'), { recursive: true });
    expect(await connection.request(push, 's3WorkspaceDone')).toMatchObject({ moved: 0, errors: [] });
    expect([await object('fresh/a.txt'), await object('fresh/b.txt')]).toEqual(['a', 'b']);
    expect(await connection.request(pull, 's3WorkspaceDone')).toMatchObject({ moved: 2 });
  });
});
