/** Each line of the threat table, played by an attacker. */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteConnection } from '../../src/remote/connection.ts';
import { RemoteConnection as Connection } from '../../src/remote/connection.ts';
import { runtimeUrl } from '../../src/remote/socket.ts';
import { poll, RawClient, run, Runtime, runToEnd, shell } from './harness.ts';

const TOKEN = 'secret-token-of-this-test-0123456789-abcdef';
let runtime: Runtime;
let connection: RemoteConnection;
/** A folder beside the workspace, with something that no process may see. */
let outside: string;

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'mhnos-outside-'));
  writeFileSync(join(outside, 'secret.txt'), 'the secret');
  runtime = await Runtime.start({
    MHNOS_TOKEN: TOKEN,
    MHNOS_MAX_MEMORY: '200m',
    MHNOS_ALLOWED_ORIGINS: 'http://localhost:5173,https://app.example',
    S3_ENDPOINT: 'http://127.0.0.1:9',
    S3_ACCESS_KEY: 'key',
    S3_SECRET_KEY: 'store-secret-0123456789',
  });
  connection = await runtime.connect();
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  rmSync(outside, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string>): Promise<{ status: number; body: string }> =>
  new Promise((done, fail) => {
    request({ port: runtime.port, host: '127.0.0.1', path, headers }, (response) => {
      let body = '';
      response.on('data', (text: Buffer) => (body += text.toString()));
      response.on('end', () => done({ status: response.statusCode ?? 0, body }));
    })
      .on('error', fail)
      .end();
  });

describe('a page that the user did not mean', () => {
  it.each([
    'https://evil.example',
    'http://localhost:5174',
    'http://localhost.evil.example:5173',
    'null',
    'https://app.example.evil',
  ])('is refused by its origin %s, even with the token', async (origin) => {
    await expect(runtime.raw({ origin })).rejects.toThrow('HTTP 403');
  });

  it('cannot ask whether a token is right', async () => {
    const headers = { origin: 'https://evil.example', authorization: `Bearer ${TOKEN}` };
    expect((await get('/auth', headers)).status).toBe(403);
  });

  it.each(['http://localhost:5173', 'https://app.example'])(
    'is let in from %s, with the token alone',
    async (origin) => {
      (await runtime.raw({ origin })).socket.terminate();
      await expect(runtime.raw({ origin, token: undefined })).rejects.toThrow('HTTP 401');
    },
  );
});

describe('a program without the token', () => {
  it.each([undefined, '', 'x', TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.toUpperCase()])(
    'is refused with %j',
    async (token) => {
      await expect(RawClient.open(runtime.url, { protocols: ['mhnos.v1'], token })).rejects.toThrow(
        /HTTP 401|SyntaxError|subprotocol/,
      );
      expect((await get('/auth', { authorization: `Bearer ${token ?? ''}` })).status).toBe(401);
    },
  );

  it('finds it in no log and in no argument', async () => {
    expect(runtime.printed).not.toContain(TOKEN);
    const { stdout } = await shell(connection, 'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"');
    expect(stdout).not.toContain(TOKEN);
  });
});

describe('a rebound name', () => {
  it.each(['evil.example', `evil.example:1`, 'localhost.evil.example', '127.0.0.1.evil.example'])(
    '%j gets 421, also for health',
    async (host) => {
      expect((await get('/health', { host })).status).toBe(421);
      await expect(runtime.raw({ headers: { host } })).rejects.toThrow(/HTTP 4(21|00)/);
    },
  );

  it('is told from the names of this machine', async () => {
    expect(await get('/health', { host: 'localhost:18790' })).toMatchObject({ status: 200 });
    expect(JSON.parse((await get('/health', {})).body)).toMatchObject({
      status: 'ok',
      processes: { totalKilled: 0 },
    });
  });
});

describe('code that runs here', () => {
  it('cannot read the token: not from the environment, memory or files of the bridge', async () => {
    const { pid } = runtime.child;
    const line = `cat /proc/[0-9]*/environ; head -c1 /proc/${pid}/mem; ls /proc/${pid}/root/; env; find /tmp /run -name secrets; echo done`;
    const { stdout, stderr } = await shell(connection, line);
    expect(stdout).not.toContain(TOKEN);
    expect(stdout).not.toContain('store-secret');
    expect(stdout).toMatch(/done\n$/);
    expect(stderr).toContain(`'/proc/${pid}/mem' for reading: Permission denied`);
    expect(stderr).toContain(`'/proc/${pid}/root/': Permission denied`);
    const files = await shell(connection, `cat ${import.meta.dirname}/../../runtime/bridge.ts`);
    expect(files.stderr).toContain('Permission denied');
  });

  it('cannot end or stop the bridge', async () => {
    const { pid } = runtime.child;
    await shell(connection, `kill -KILL ${pid}; kill -STOP ${pid}; kill -KILL $PPID`);
    expect((await runtime.health()).status).toBe('ok');
  });

  it('cannot leave the workspace: by a path, a link, the environment of the loader, or its own hands', async () => {
    const spawnNode = (command: string) => run(connection, { processType: 'node', command });
    await expect(spawnNode('../../etc/passwd')).rejects.toMatchObject({ code: 'EACCES' });
    await expect(spawnNode(join(outside, 'secret.txt'))).rejects.toMatchObject({ code: 'EACCES' });
    symlinkSync(outside, join(runtime.workspace, 'way-out'));
    await expect(spawnNode('way-out/secret.txt')).rejects.toMatchObject({ code: 'EACCES' });
    await expect(shell(connection, 'true', { cwd: 'way-out' })).rejects.toMatchObject({ code: 'EACCES' });
    const tried = await shell(
      connection,
      `cat way-out/secret.txt; cat ${outside}/secret.txt; echo x > ${outside}/new; ln ${outside}/secret.txt hard; mv ${outside}/secret.txt .; ls ${outside}`,
    );
    expect(tried.stdout).toBe('');
    expect(existsSync(join(outside, 'new'))).toBe(false);
    const loader = await shell(connection, 'true', {
      env: { LD_DEBUG: 'libs', LD_PRELOAD: join(outside, 'evil.so') },
    });
    expect(loader.stderr).not.toContain('calling init: /usr/lib/python'); // the launcher itself ran without them
    expect(loader.stderr).toContain('cannot be preloaded');
  });

  it('gets no more privileges', async () => {
    const { stdout } = await shell(connection, 'grep NoNewPrivs /proc/self/status; ulimit -c; ulimit -n');
    expect(stdout).toBe('NoNewPrivs:\t1\n0\n4096\n');
  });

  it('is ended when it takes more memory than it may, its children counted', async () => {
    writeFileSync(
      join(runtime.workspace, 'hog.js'),
      `const { fork } = require('child_process'); const kept = [];
       if (!process.argv[2]) for (let i = 0; i < 3; i++) fork(__filename, ['child']);
       setInterval(() => { if (kept.length < 20) kept.push(Buffer.alloc(4e6, 1)); }, 10);`,
    );
    const hog = await run(connection, { processType: 'node', command: 'hog.js' });
    expect(hog.exit).toMatchObject({ signal: 'SIGKILL', reason: 'memory' });
    expect(hog.exit.message).toContain('MHNOS_MAX_MEMORY');
  });

  it('cannot fork without end', async () => {
    await using roomy = await Runtime.start({ MHNOS_MAX_MEMORY: '16g' });
    const client = await roomy.connect();
    const bomb = await shell(client, 'for i in $(seq 600); do sleep 300 & done; wait');
    expect(bomb.exit).toMatchObject({ reason: 'processes' });
    const left = async (): Promise<true | undefined> =>
      (await shell(connection, "pgrep -f '[s]leep 300' | wc -l")).stdout.trim() === '0' ? true : undefined;
    expect(await poll('end of the bomb', left)).toBe(true);
  }, 60_000);
});

describe('a client with the token that misbehaves', () => {
  it('gets a code for each wrong message, and the others go on', async () => {
    const client = await runtime.raw();
    for (const bad of ['', '{', '[]', 'null', '{"type":"nope"}', '{"type":"spawn","processType":"ruby"}'])
      client.send(bad);
    await poll('six errors', () =>
      client.messages.filter(({ type }) => type === 'error').length === 6 ? true : undefined,
    );
    expect(new Set(client.messages.flatMap((m) => (m.type === 'error' ? [m.code] : [])))).toEqual(
      new Set(['EPROTO']),
    );
    expect(await client.call({ type: 'list' })).toMatchObject({ type: 'processList' });
    client.send(new Uint8Array([9, 9, 9]));
    expect(await poll('close', () => client.closed)).toMatchObject({ code: 1002 });
    expect((await shell(connection, 'echo still here')).stdout).toBe('still here\n');
  });

  it('is cut off at a message over twice the size', async () => {
    const client = await runtime.raw();
    client.send('x'.repeat(33 * 2 ** 20));
    expect([1006, 1009]).toContain((await poll('close', () => client.closed)).code);
    expect((await runtime.health()).status).toBe('ok');
  });

  it('cannot make the bridge hold answers that it does not read', async () => {
    const client = await runtime.raw();
    client.socket.pause();
    for (let index = 0; index < 60_000; index++) client.send('{"type":"list"}');
    const resident = Number(
      (await shell(connection, `grep VmRSS /proc/${runtime.child.pid}/status`)).stdout.split(/\s+/)[1],
    );
    expect(resident).toBeLessThan(400_000);
    client.socket.terminate();
  });
});

describe('the start', () => {
  it.each([
    ['a plain socket for the network', { MHNOS_RUNTIME_HOST: '0.0.0.0' }, 'plain WebSockets'],
    [
      'a proxy without a token',
      { MHNOS_RUNTIME_HOST: '0.0.0.0', MHNOS_EXPOSURE: 'proxy' },
      'needs MHNOS_TOKEN',
    ],
    ['a proxy with a weak token', { MHNOS_EXPOSURE: 'proxy', MHNOS_TOKEN: 'weak' }, 'too weak'],
    ['any origin', { MHNOS_ALLOWED_ORIGINS: '*' }, 'exact origin'],
  ])('refuses %s', async (_what, env, sentence) => {
    const { code, output } = await runToEnd(env);
    expect(code).toBe(78);
    expect(output).toContain(sentence);
  });

  it('takes only what came by TLS behind a proxy', async () => {
    await using proxied = await Runtime.start({
      MHNOS_EXPOSURE: 'proxy',
      MHNOS_TOKEN: TOKEN,
      MHNOS_LOG_LEVEL: 'error',
    });
    await expect(proxied.raw()).rejects.toThrow('HTTP 426');
    (await proxied.raw({ headers: { 'x-forwarded-proto': 'https' } })).socket.terminate();
  });

  it('makes a token of 256 bits when it has none, another each time', async () => {
    await using first = await Runtime.start();
    await using second = await Runtime.start();
    expect(first.token).toMatch(/^[\w-]{43}$/);
    expect(second.token).not.toBe(first.token);
  });
});

describe('the client', () => {
  it.each([
    'ws://example.com:18790',
    'http://192.168.1.2',
    'ws://localhost:18790/?token=abc',
    'wss://user@host',
    'ftp://localhost',
    'ws://localhost.evil.example',
  ])('refuses %s', (url) => {
    expect(() => runtimeUrl(url)).toThrow(expect.objectContaining({ code: 'EINVAL' }) as Error);
  });

  it('knows a wrong token from a runtime that is not there', async () => {
    const wrong = Connection.open({ url: runtime.url, token: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: 'EACCES' });
    const nothing = Connection.open({ url: 'ws://127.0.0.1:9', token: 'any' });
    await expect(nothing).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
