/** Files of a container and a real object store: directly between the two, by URLs that a real bridge signs. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { node24, Runtime } from '../harness.ts';
import type { OpenAgentsContainer } from '../../../container-api/index.ts';
import { missingS3, type S3Server, startS3 } from '../../support/s3-server.ts';
import { usePage } from '../../browser/harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../runtime');
const missing = fs.existsSync(join(RUNTIME, 'node_modules/ws'))
  ? missingS3()
  : 'first `npm ci --prefix runtime`';
if (missing !== undefined) console.warn(`SKIPPED: the object store from the browser: ${missing}`);

const MEGABYTE = 2 ** 20;
/** Over what one request takes (MULTIPART_FROM_BYTES), and what of it passes before the network breaks. */
const LARGE_MEGABYTES = 72;
const PASSED_MEGABYTES = 40;
const BUCKET = `mhnos-browser-${Date.now()}`;

describe.skipIf(missing !== undefined)('the object store from a container', () => {
  const { page, run } = usePageLater();
  let server: S3Server;
  let client: S3Client;
  let runtime: Runtime;
  let settings: Record<string, string>;
  const at = () => ({ url: runtime.url, token: runtime.token, folder: 'app' });

  beforeAll(async () => {
    server = await startS3();
    const { endpoint, accessKey, secretKey } = server;
    settings = {
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY: accessKey,
      S3_SECRET_KEY: secretKey,
      S3_BUCKET: BUCKET,
    };
    client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    setUp(new URL(page().url()).origin);
    runtime = await Runtime.start({ ...settings, MHNOS_SANDBOX: 'none' });
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** The set-up job of the compose file: bucket and CORS rules. */
  const setUp = (origins: string): void => {
    const env = { ...process.env, ...settings, MHNOS_ALLOWED_ORIGINS: origins };
    execFileSync(node24(), [join(RUNTIME, 's3/setup.ts')], { env, stdio: 'pipe' });
  };
  const keys = async (): Promise<string[]> => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    return Contents.map((each) => each.Key ?? '').sort();
  };
  const stored = async (key: string) => {
    const object = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    return { ...object, bytes: Buffer.from((await object.Body?.transformToByteArray()) ?? []) };
  };
  const store = (key: string, body: string | Uint8Array, more: object = {}) =>
    client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, ...more }));
  const inWorkspace = (path: string): string => fs.readFileSync(join(runtime.workspace, path), 'utf8');

  test('s3push, s3ls, s3meta, s3pull, s3rm: only changes move, both ways, to the runtime too', async () => {
    const first = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote });
      await container.mount({
        'a.txt': { file: { contents: 'small' } },
        'text.txt': { file: { contents: 'again and again\n'.repeat(1000) } },
        'odd ü&?#+.txt': { file: { contents: 'odd' } },
        empty: { file: { contents: '' } },
        'run.sh': { file: { contents: '#!/bin/sh\n' } },
        'skip.log': { file: { contents: 'not this' } },
        src: { directory: { 'deep.txt': { file: { contents: 'deep' } } } },
        node_modules: { directory: { 'x.js': { file: { contents: 'no' } } } },
      });
      await container.exec('chmod +x run.sh');
      const steps: number[] = [];
      container.remote.on('transfer', ({ files, filesTotal }) => steps.push(files / filesTotal));
      const status = await container.exec('s3status');
      const push = await container.exec('s3push / --exclude=*.log');
      const again = await container.exec('s3push --exclude *.log');
      const part = await container.exec('cd src && s3push deep.txt');
      const list = await container.exec('s3ls src/');
      const meta = await container.exec('s3meta text.txt');
      const none = await container.exec('s3meta nothing; s3rm nothing; s3rm; s3push /usr; s3ls -x');
      await container.teardown();
      return { status, push, again, part, list, meta, none, last: steps.at(-1) };
    }, at());
    expect(first.status.stdout).toContain('S3: reachable');
    expect(first.push.stdout).toMatch(/^pushed 6, pulled 0, deleted 0, unchanged 0/);
    expect(first.again.stdout).toMatch(/^pushed 0, pulled 0, deleted 0, unchanged 6/);
    expect(first.part.stdout).toMatch(/^pushed 0, pulled 0, deleted 0, unchanged 1/);
    expect(first.list.stdout).toMatch(/^\S+ +4 {2}src\/deep\.txt\n$/);
    expect(first.meta.stdout).toMatch(/key: app\/text\.txt\n[^]*encoding: gzip\n[^]*sha256: [0-9a-f]{64}/);
    expect(first.none.stderr).toMatch(/s3meta: .*ENOENT|s3meta: .*(no|refused)/);
    expect(first.none.stderr).toContain('Usage: s3rm key');
    expect(first.none.stderr).toContain('/usr is not in the project folder');
    expect(first.last).toBe(1);
    expect(await keys()).toEqual([
      'app/a.txt',
      'app/empty',
      'app/odd ü&?#+.txt',
      'app/run.sh',
      'app/src/deep.txt',
      'app/text.txt',
    ]);
    const text = await stored('app/text.txt');
    expect(text.ContentEncoding).toBe('gzip');
    expect(gunzipSync(text.bytes).toString()).toBe('again and again\n'.repeat(1000));
    // The runtime took them into its workspace.
    expect(inWorkspace('app/text.txt')).toBe('again and again\n'.repeat(1000));
    expect(fs.statSync(join(runtime.workspace, 'app/run.sh')).mode & 0o111).not.toBe(0);

    fs.writeFileSync(join(runtime.workspace, 'app/src/made-there.txt'), 'made there');
    await store('app/others.txt', 'by others');
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'app/a.txt' }));
    const second = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote });
      const part = await container.exec('s3pull src/');
      const pull = await container.exec('s3pull');
      const files = await container.exec(
        'ls -R; cat others.txt src/made-there.txt; test -x run.sh && echo executable',
      );
      const removed = await container.exec('rm empty; s3push; s3rm others.txt; s3pull; ls');
      await container.teardown();
      return { part, pull, files, removed };
    }, at());
    expect(second.part.stdout).toMatch(/^pushed 0, pulled 2/);
    expect(second.pull.stdout).toMatch(/^pushed 0, pulled 5/);
    expect(second.files.stdout).toContain('by othersmade thereexecutable\n');
    expect(second.files.stdout).not.toContain('a.txt\n');
    expect(second.removed.stdout).toMatch(/deleted 1[^]*deleted app\/others.txt\n[^]*deleted 1/);
    expect(await keys()).not.toContain('app/empty');
  });

  test('s3sync keeps both where both sides changed, the later under the name; push and pull keep both too', async () => {
    const result = await run(
      async ({ OpenAgentsContainer }, { stale, ...remote }) => {
        const container = await OpenAgentsContainer.boot({ remote });
        await container.mount({
          'c.txt': { file: { contents: 'base' } },
          'd.txt': { file: { contents: 'base' } },
        });
        await container.exec('s3push c.txt; s3push d.txt');
        const other = await OpenAgentsContainer.boot({ remote });
        await other.exec('s3pull; echo theirs > c.txt; echo theirs > d.txt');
        await other.exec('s3push c.txt; s3push d.txt');
        await other.teardown();
        await container.exec(
          `echo ours > c.txt; touch -d '${stale}' c.txt; echo ours > d.txt; touch -d '2099-01-01' d.txt`,
        );
        const push = await container.exec('s3push c.txt');
        const pull = await container.exec('s3pull c.txt');
        const sync = await container.remote.s3.sync();
        const files = await container.exec('for f in c.* d.*; do echo "$f $(cat $f)"; done');
        const after = await container.remote.s3.sync();
        await container.teardown();
        return { push, pull, sync, files, after };
      },
      { ...at(), folder: 'conflict', stale: '2001-01-01' },
    );
    expect(result.push.stdout).toMatch(/conflict: c\.txt: the other version is c\.conflict-[0-9a-f]{8}\.txt/);
    expect(result.pull.stdout).toMatch(/conflict: c\.txt: the other version is c\.conflict-[0-9a-f]{8}\.txt/);
    expect(result.sync.conflicts.length).toBe(2);
    expect(result.sync.errors).toEqual([]);
    const lines = result.files.stdout.trim().split('\n');
    expect(lines).toContain('c.txt theirs');
    expect(lines).toContain('d.txt ours');
    expect(lines.filter((line) => /^c\.conflict-\w+\.txt ours$/.test(line)).length).toBe(1);
    expect(lines.filter((line) => /^d\.conflict-\w+\.txt theirs$/.test(line)).length).toBe(1);
    expect(result.after).toMatchObject({ pushed: [], pulled: [], conflicts: [], errors: [] });
    expect((await stored('conflict/d.txt')).bytes.toString()).toBe('ours\n');
    expect(
      (await keys()).filter((key) => /^conflict\/[cd]\.conflict-/.test(key)).length,
    ).toBeGreaterThanOrEqual(2);
  });

  test('a bucket that comes back empty costs nothing here', async () => {
    const remote = { ...at(), folder: 'wiped' };
    const before = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote, persist: 'wiped' });
      await container.mount({ 'a.txt': { file: { contents: 'a' } }, 'b.txt': { file: { contents: 'b' } } });
      const push = await container.exec('s3push');
      await container.teardown();
      return push.stdout;
    }, remote);
    expect(before).toMatch(/^pushed 2/);
    for (const key of await keys())
      if (key.startsWith('wiped/')) await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));
    const after = await run(async ({ OpenAgentsContainer }, remote) => {
      const container = await OpenAgentsContainer.boot({ remote, persist: 'wiped' });
      const pull = await container.exec('s3pull; cat a.txt b.txt; s3sync');
      await container.teardown();
      return pull.stdout;
    }, remote);
    expect(after).toMatch(/^pushed 0, pulled 0, deleted 0[^]*ab[^]*pushed 2, pulled 0, deleted 0/m);
    expect((await keys()).filter((key) => key.startsWith('wiped/'))).toEqual(['wiped/a.txt', 'wiped/b.txt']);
  });

  test('a large file goes in parts, and goes on where it broke off', async () => {
    await using network = await Bottleneck.open(new URL(server.endpoint));
    await using near = await Runtime.start({
      ...settings,
      S3_PUBLIC_ENDPOINT: network.url,
      MHNOS_SANDBOX: 'none',
    });
    const remote = { url: near.url, token: near.token, folder: 'large' };
    const result = await run(
      async ({ OpenAgentsContainer }, { megabytes, ...connect }) => {
        const container = await OpenAgentsContainer.boot({ remote: connect });
        const bytes = new Uint8Array(megabytes * 2 ** 20);
        for (let at = 0; at < bytes.length; at += 65536)
          crypto.getRandomValues(bytes.subarray(at, at + 65536));
        await container.fs.writeFile('big.bin', bytes);
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        const broken = await container.remote.s3.push();
        Reflect.set(globalThis, 'kept', container);
        return { sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''), broken };
      },
      { ...remote, megabytes: LARGE_MEGABYTES },
    );
    network.open();
    const whole = await run(async () => {
      const container = Reflect.get(globalThis, 'kept') as OpenAgentsContainer;
      const report = await container.remote.s3.push();
      await container.teardown();
      return report;
    });
    expect(result.broken.errors).toMatchObject([{ path: 'big.bin', code: 'ECONNREFUSED' }]);
    expect(whole).toMatchObject({ pushed: ['big.bin'], errors: [] });
    expect(network.passed).toBeLessThan(LARGE_MEGABYTES * MEGABYTE);
    const object = await stored('large/big.bin');
    expect(createHash('sha256').update(object.bytes).digest('hex')).toBe(result.sha256);
  });

  test('what is wrong has a code and a sentence: no store, no bucket, CORS, an expired URL, damaged contents', async () => {
    await using plain = await Runtime.start({ MHNOS_SANDBOX: 'none' });
    await using bucketless = await Runtime.start({
      ...settings,
      S3_BUCKET: 'there-is-none',
      MHNOS_SANDBOX: 'none',
    });
    await using brief = await Runtime.start({ ...settings, S3_URL_EXPIRY: '1', MHNOS_SANDBOX: 'none' });
    await store('bad/x.txt', 'damaged', { Metadata: { sha256: 'a'.repeat(64) } });
    const failures = await run(
      async ({ OpenAgentsContainer }, { remotes, expired }) => {
        const texts: string[] = [];
        for (const remote of remotes) {
          const container = await OpenAgentsContainer.boot({ remote });
          await container.mount({ 'x.txt': { file: { contents: 'x' } } });
          const status = await container.exec('s3status');
          const { code } = await container.remote.s3.push().then(
            () => ({ code: 'none' }),
            (error: { code: string }) => error,
          );
          texts.push(`${code} ${status.exitCode} ${status.stdout}`);
          await container.teardown();
        }
        const container = await OpenAgentsContainer.boot({ remote: expired });
        await container.mount({ 'x.txt': { file: { contents: 'x' } } });
        const pushed = await container.remote.s3.push();
        const damaged = await container.exec('s3pull');
        await container.teardown();
        const none = await OpenAgentsContainer.boot();
        const unconnected = await none.exec('s3push');
        await none.teardown();
        return { texts, pushed, damaged, unconnected };
      },
      {
        remotes: [plain, bucketless].map(({ url, token }) => ({ url, token })),
        expired: { url: brief.url, token: brief.token, folder: 'bad' },
      },
    );
    expect(failures.texts[0]).toMatch(/^ENOSYS 1 S3: not set up/);
    expect(failures.texts[1]).toMatch(/^ENODEV 1 S3: not usable: ENODEV/);
    // A URL that is about to expire is asked for anew; the contents of x.txt conflict with the damaged object.
    expect(failures.pushed.errors).toEqual([]);
    expect(failures.damaged.stdout + failures.damaged.stderr).toContain('x.txt');
    expect(failures.unconnected.stderr).toContain('no external runtime is connected');
    setUp('https://elsewhere.example');
    const cors = await run(
      async ({ OpenAgentsContainer }, remote) => {
        const container = await OpenAgentsContainer.boot({ remote });
        await container.mount({ 'y.txt': { file: { contents: 'y' } } });
        const pushed = await container.exec('s3push');
        await container.teardown();
        return pushed;
      },
      { ...at(), folder: 'cors' },
    );
    setUp(new URL(page().url()).origin);
    expect(cors.exitCode).toBe(1);
    expect(cors.stdout).toMatch(/error: y\.txt: ECONNREFUSED .*CORS rules/);
  });
});

/** A way to the store on which nothing passes any more once so many bytes have, until it is opened. */
class Bottleneck implements AsyncDisposable {
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();
  #closed = false;
  #opened = false;
  passed = 0;

  static async open(to: URL): Promise<Bottleneck> {
    const bottleneck = new Bottleneck();
    const server = bottleneck.#server;
    server.on('connection', (near) => bottleneck.#join(near, connect(Number(to.port), to.hostname)));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return bottleneck;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Counts anew from here. */
  open(): void {
    this.#opened = true;
    this.#closed = false;
    this.passed = 0;
  }

  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    near.on('data', (bytes) => {
      this.passed += bytes.length;
      if (!this.#opened && this.passed > PASSED_MEGABYTES * MEGABYTE) this.#closed = true;
      if (this.#closed) for (const socket of this.#sockets) socket.destroy();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

/** The page opens in a `beforeAll`: what uses it asks for it then. */
function usePageLater() {
  const opened = usePage();
  return { page: () => opened.page, run: opened.run };
}
