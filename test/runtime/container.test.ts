/** The image, from outside: what container/run.sh built and started. Without it these are skipped, and say so. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteConnection } from '../../src/remote/connection.ts';
import { spawnRemote } from '../../src/remote/process.ts';
import { connectPort } from '../../src/remote/streams.ts';
import { WHEEL_FILE, WHEEL_SCRIPT } from '../support/wheel.ts';
import { poll, run, shell } from './harness.ts';

const url = process.env['MHNOS_TEST_CONTAINER'];
const openclawUrl = process.env['MHNOS_TEST_OPENCLAW'];
const token = process.env['MHNOS_TOKEN'] ?? '';
if (url === undefined && openclawUrl === undefined)
  console.warn('SKIPPED: no container (test/runtime/container/run.sh starts one): the image was not tested');

const GATEWAY_PORT = 18_799;

/** What a server there answers to one request for the path. */
async function get(connection: RemoteConnection, port: number, path: string): Promise<string> {
  const stream = await connectPort(connection, port);
  const writer = stream.writable.getWriter();
  await writer.write(Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`));
  let text = '';
  for await (const part of stream.readable) text += Buffer.from(part).toString();
  return text;
}

describe.skipIf(openclawUrl === undefined)('the image with OpenClaw', () => {
  it('runs its command, and its gateway, whose port is reached', async () => {
    const connection = await RemoteConnection.open({ url: openclawUrl ?? '', token });
    expect(connection.hello.features).toContain('openclaw');
    const version = await run(connection, { processType: 'openclaw', command: '--version' });
    expect(version.stdout).toMatch(/^OpenClaw \d{4}\.\d+\.\d+/);
    const ports = new Set<number>();
    using _ports = connection.listen({
      message: (message) => void (message.type === 'port' && ports.add(message.port)),
    });
    await connection.request({ type: 'portWatch' }, 'portWatching');
    const options = [
      '--allow-unconfigured',
      '--bind',
      'loopback',
      '--token',
      't',
      '--port',
      `${GATEWAY_PORT}`,
    ];
    const gateway = await spawnRemote(
      connection,
      { processType: 'openclaw', command: '', args: options },
      () => undefined,
    );
    await poll('the port of the gateway', () => (ports.has(GATEWAY_PORT) ? true : undefined));
    expect(await get(connection, GATEWAY_PORT, '/')).toMatch(/^HTTP\/1\.1 200 [^]*<title>OpenClaw/i);
    await gateway.kill('SIGKILL');
    await gateway.exit;
    connection.close();
  });
});

describe.skipIf(url === undefined)('the image', () => {
  let connection: RemoteConnection;
  beforeAll(async () => {
    connection = await RemoteConnection.open({ url: url ?? '', token });
  });
  afterAll(() => connection.close());
  const put = (path: string, text: string) =>
    run(
      connection,
      {
        processType: 'shell',
        command: 'bash',
        args: ['-c', `mkdir -p $(dirname ${path}); cat > ${path}`],
        options: { tty: false },
      },
      text,
    );

  it('is confined: strict, an unprivileged user, nothing to write but the workspace', async () => {
    expect(connection.hello.sandbox).toMatchObject({ mode: 'strict' });
    expect(connection.hello.sandbox.landlock).toBeGreaterThan(0);
    const { stdout, stderr } = await shell(
      connection,
      'id -u; grep -E "Cap(Eff|Bnd)|NoNewPrivs" /proc/self/status; touch /usr/x /app/x /x; ls /app /run/secrets; cat /app/bridge.ts; echo kept > f && cat f',
    );
    expect(stdout).toBe(
      '10001\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\nkept\n',
    );
    expect(stderr.match(/Permission denied|Read-only file system|No such file/g)?.length).toBe(6);
  });

  it('keeps its token to itself: in no environment, init among them', async () => {
    const { stdout } = await shell(
      connection,
      'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr "\\0" "\\n"; kill -9 1; echo still',
    );
    expect(stdout).not.toContain(token);
    expect(stdout).toContain('/usr/bin/tini');
    expect(stdout).toMatch(/still\n$/);
  });

  it('has what it promises', async () => {
    const ask =
      'for p in node npm python3 pip workerd bash git vim less htop gcc make; do command -v $p >/dev/null || echo no $p; done; command -v pip; node -p process.versions.node';
    const found = expect.stringMatching(/^\/app\/tools\/pip\n24\.\d+\.\d+\n$/) as string;
    expect(await shell(connection, ask)).toMatchObject({ stdout: found });
    // What rshell starts.
    const rshell = await run(connection, { processType: 'shell', options: { tty: false } }, `${ask}\n`);
    expect(rshell).toMatchObject({ stdout: found });
  });

  it('runs native packages of npm and packages of pip', async () => {
    const npm = await shell(
      connection,
      "mkdir -p native && cd native && npm init -y >/dev/null && npm i --no-audit --no-fund bcrypt better-sqlite3 >/dev/null 2>log || cat log; node -e \"const D=require('better-sqlite3');console.log(new D(':memory:').prepare('select 6*7 as n').get().n, require('bcrypt').hashSync('x',4).length)\"",
    );
    expect(npm.stdout).toBe('42 60\n');
    await put('wheel.py', WHEEL_SCRIPT);
    const pip = await shell(
      connection,
      `python3 wheel.py && pip install -q --no-index ./${WHEEL_FILE} && python3 -c "import greet, sys; print(greet.word, sys.prefix)"`,
    );
    expect(pip.stdout).toBe('hello /workspace/.venv\n');
  });

  it('runs the workerd template, reached through its port', async () => {
    await shell(connection, 'mkdir -p w && cp /usr/share/mhnos/templates/* w/');
    let told: number | undefined;
    using _ports = connection.listen({
      message: (message) => {
        if (message.type === 'port' && message.state === 'open') told = message.port;
      },
    });
    await connection.request({ type: 'portWatch' }, 'portWatching');
    const workerd = await spawnRemote(
      connection,
      { processType: 'workerd', command: 'w/nodejs-compat.capnp' },
      () => undefined,
    );
    expect(await poll('port', () => told)).toBe(8080);
    expect(await get(connection, 8080, '/page')).toContain('Hello from Workerd! You asked for /page');
    await workerd.kill('SIGKILL');
    await workerd.exit;
  });

  it('keeps files over processes', async () => {
    await put('data/x.txt', 'here');
    expect((await shell(connection, 'cat data/x.txt')).stdout).toBe('here');
  });
});
