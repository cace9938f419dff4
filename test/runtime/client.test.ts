/** The names that older set-ups and the guides use: server.js, server-remote.js, test-client.js. */
import { execFile, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { node24, poll, Runtime } from './harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../runtime');
const run = promisify(execFile);

it('test-client.js starts a program and prints what it prints', async () => {
  await using runtime = await Runtime.start({ MHNOS_SANDBOX: 'none' });
  const client = (args: string[], token = runtime.token) =>
    run(node24(), [join(RUNTIME, 'test-client.js'), ...args], {
      env: { PATH: process.env['PATH'], MHNOS_TOKEN: token },
    });
  const hello = await client([runtime.url]);
  expect(hello.stdout).toMatch(/^Hello from external runtime! v24\./);
  expect(hello.stderr).toMatch(/^\[Runtime Process \d+\] Started\n$/);
  const failing = await client([runtime.url, 'python', '-c', 'import sys; print(6 * 7); sys.exit(3)']).catch(
    (error: { code: number; stdout: string }) => error,
  );
  expect(failing).toMatchObject({ code: 3, stdout: '42\n' });
  await expect(client([runtime.url], 'wrong')).rejects.toMatchObject({ code: 1 });
});

it('server.js is the bridge; server-remote.js refuses to be one without an object store', async () => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  const refused = await run(node24(), [join(RUNTIME, 'server-remote.js')], {
    env: { ...env, S3_ENDPOINT: 'http://127.0.0.1:9' },
  }).catch((error: { code: number; stderr: string }) => error);
  expect(refused).toMatchObject({ code: 78 });
  expect(refused.stderr).toContain('set S3_ACCESS_KEY, S3_SECRET_KEY');
  const server = spawn(node24(), [join(RUNTIME, 'server.js')], {
    env: { ...env, MHNOS_RUNTIME_PORT: '0', MHNOS_SANDBOX: 'none', MHNOS_TOKEN: 'a'.repeat(64) },
  });
  let printed = '';
  for (const output of [server.stdout, server.stderr])
    output.on('data', (text: Buffer) => (printed += text.toString()));
  await poll('its address', () => (printed.includes('listening on ws://') ? true : undefined));
  server.kill('SIGTERM');
  expect(await new Promise((done) => server.on('close', done))).toBe(0);
});
