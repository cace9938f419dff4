/** Sockets of programs in the browser, to real servers beside the runtime: a database, and one that speaks first. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usePage } from '../../browser/harness.ts';
import { nameServer } from '../../support/name-server.ts';
import { poll, Runtime } from '../harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../../runtime/node_modules/ws');
/** An address of this machine that is not loopback: that one is the container's own. */
const HOST = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
/** Debian's, which is not on PATH. */
const POSTGRES = '/usr/lib/postgresql/15/bin';
const hasPostgres = existsSync(POSTGRES);
const hasRedis = spawnSync('which', ['redis-server']).status === 0;

const missing = !existsSync(RUNTIME)
  ? 'first `npm ci --prefix runtime`'
  : HOST === undefined
    ? 'this machine has no address but loopback, which is the container’s own'
    : undefined;
if (missing !== undefined) console.warn(`SKIPPED: the relay from the browser: ${missing}`);
if (!hasPostgres) console.warn(`SKIPPED: postgres from the browser: ${POSTGRES} is not there`);
if (!hasRedis) console.warn('SKIPPED: redis from the browser: redis-server is not installed');

const host = HOST ?? '';

/** Speaks first, then gives back what it gets, and ends when the other side has. */
async function greeter(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.write('220 ready\n');
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('end', () => socket.end('bye\n'));
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  return server;
}

describe.skipIf(missing !== undefined)('sockets of a container through the runtime', () => {
  const { run } = usePage();
  let runtime: Runtime;
  let server: Server;
  let port: number;
  const at = () => ({ remote: { url: runtime.url, token: runtime.token }, host, port });

  beforeAll(async () => {
    server = await greeter();
    ({ port } = server.address() as AddressInfo);
    runtime = await Runtime.start({ MHNOS_SANDBOX: 'none', MHNOS_RELAY_ALLOW: host });
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
    server.close();
  });

  test('a server that speaks first, half-closing, a megabyte there and back, a refused port', async () => {
    const result = await run(async ({ OpenAgentsContainer }, { remote, host: to, port: toPort }) => {
      const container = await OpenAgentsContainer.boot({ remote, capabilities: 'trusted' });
      await container.mount({
        'talk.js': {
          file: {
            contents: `const net = require('net'); const [host, port] = process.argv.slice(2);
              const socket = net.connect({ host, port, allowHalfOpen: true }); let ticks = 0, text = 0, last = '';
              const timer = setInterval(() => ticks++, 1);
              socket.once('connect', () => { console.log('connected', socket.remoteAddress); socket.end('x'.repeat(1 << 20)); });
              socket.on('data', (d) => { text += d.length; last = (last + d).slice(-4); });
              socket.on('end', () => { console.log(text, JSON.stringify(last)); clearInterval(timer); });
              socket.on('error', (e) => { console.log(e.code, e.message); clearInterval(timer); });`,
          },
        },
      });
      const talk = await container.exec(`node talk.js ${to} ${toPort}`);
      const refused = await container.exec(`node talk.js ${to} 1`);
      const cut = await container.exec(`node talk.js 10.255.255.1 9999`);
      await container.teardown();
      return { talk: talk.stdout + talk.stderr, refused: refused.stdout, cut: cut.stdout };
    }, at());
    const length = '220 ready\n'.length + 2 ** 20 + 'bye\n'.length;
    expect(result.talk).toBe(`connected ${host}\n${length} "bye\\n"\n`);
    expect(result.refused).toMatch(/^ECONNREFUSED connect ECONNREFUSED .*could not be connected to/);
    expect(result.cut).toMatch(/^EACCES .*MHNOS_RELAY_ALLOW can name it/);
  });

  test('dns asks the name server of the runtime’s machine: whatever kind of record, but not of private networks', async () => {
    const names = await nameServer();
    await using relay = await Runtime.start({ MHNOS_NAME_SERVERS: `127.0.0.1:${names.port}` });
    try {
      const result = await run(
        async ({ OpenAgentsContainer }, remote) => {
          const container = await OpenAgentsContainer.boot({ capabilities: 'trusted' });
          const program = `const dns = require('dns').promises;
            const show = (promise) => promise.then((value) => console.log(JSON.stringify(value).slice(0, 40)), ({ code }) => console.log(code));
            (async () => {
              await show(dns.resolve4('www.example.org'));
              await show(dns.resolveTxt('www.example.org').then(([parts]) => parts.map(({ length }) => length)));
              await show(dns.resolve4('db.inside'));
              await show(dns.reverse('10.0.0.7'));
            })();`;
          const alone = await container.exec('node', { input: program });
          await container.remote.connect(remote);
          const asked = await container.exec('node', { input: program });
          await container.teardown();
          const narrow = await OpenAgentsContainer.boot({
            remote,
            capabilities: { network: { tcp: ['db.example.org:5432'] } },
          });
          const held = await narrow.exec('node', { input: program });
          await narrow.teardown();
          return { alone: alone.stdout, asked: asked.stdout, held: held.stdout, stderr: asked.stderr };
        },
        { url: relay.url, token: relay.token },
      );
      expect(result).toEqual({
        alone: 'ECONNREFUSED\n'.repeat(4),
        asked: '["93.184.215.14"]\n[255,255,255,255]\nEREFUSED\nEREFUSED\n',
        held: 'EREFUSED\n'.repeat(4),
        stderr: '',
      });
    } finally {
      names.close();
    }
  });

  test('TLS goes through to the other host, whose certificate is checked here', async () => {
    const { key, cert } = certificateFor(host);
    const secure = createHttps({ key, cert }, (request, response) => {
      request.pipe(response.writeHead(200, { 'x-tls': 'yes' }), { end: false });
      request.on('end', () => response.end('!'));
    });
    await new Promise<void>((done) => secure.listen(0, host, done));
    try {
      const result = await run(
        async ({ OpenAgentsContainer }, { remote, host: to, port: toPort, ca }) => {
          const container = await OpenAgentsContainer.boot({ remote, capabilities: 'trusted' });
          await container.mount({
            'ca.pem': { file: { contents: ca } },
            'https.js': {
              file: {
                contents: `const https = require('https'), tls = require('tls'), ca = require('fs').readFileSync('ca.pem');
                const [host, port] = process.argv.slice(2), at = { host, port };
                const ask = (options, next) => {
                  const request = https.request({ ...at, method: 'POST', agent: false, ...options }, (r) => {
                    let text = 0; r.on('data', (d) => (text += d.length)).on('end', () => next(r.statusCode, r.headers['x-tls'], text));
                  });
                  request.on('error', (e) => next(e.code)); request.end('x'.repeat(1 << 18));
                };
                ask({}, (...untrusted) => ask({ ca }, (...trusted) => {
                  const socket = tls.connect({ ...at, ca }, () => {
                    const { subject, fingerprint256 } = socket.getPeerCertificate();
                    console.log(JSON.stringify([untrusted, trusted, socket.authorized, socket.getProtocol(), subject.CN, fingerprint256]));
                    socket.end();
                  });
                }));`,
              },
            },
          });
          const ran = await container.exec(`node https.js ${to} ${toPort}`, { timeoutMs: 120000 });
          await container.teardown();
          return ran;
        },
        { ...at(), port: (secure.address() as AddressInfo).port, ca: cert },
      );
      expect(result.stderr).toBe('');
      const { fingerprint256 } = new X509Certificate(cert);
      expect(JSON.parse(result.stdout)).toEqual([
        ['DEPTH_ZERO_SELF_SIGNED_CERT'],
        [200, 'yes', 2 ** 18 + 1],
        ...[true, 'TLSv1.3', 'beside the runtime', fingerprint256],
      ]);
    } finally {
      secure.closeAllConnections();
      secure.close();
    }
  });

  test('a host that sends no CORS headers is fetched through the runtime where the capabilities name it', async () => {
    const asked: string[] = [];
    const plain = createHttp((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.cookie ?? ''}`);
      if (request.url === '/from') response.writeHead(302, { Location: '/to' }).end();
      else
        response.writeHead(200, { 'Set-Cookie': 'a=1', 'X-Own': 'told' }).end(`plain ${request.url ?? ''}`);
    });
    await new Promise<void>((done) => plain.listen(0, host, done));
    try {
      const result = await run(
        async ({ OpenAgentsContainer }, { remote, host: to, port: toPort }) => {
          const program = `
            const base = 'http://${to}:${toPort}';
            (async () => {
              const first = await fetch(base + '/x', { headers: { Cookie: 'c=3' } }).catch(({ cause }) => ({ status: cause.code }));
              if (first.status !== 200) return console.log(first.status, (await first.text?.())?.includes('CORS'));
              console.log(first.status, first.headers.get('x-own'), first.headers.getSetCookie(), await first.text());
              const { redirected, url } = await fetch(base + '/from');
              console.log(redirected, new URL(url).pathname);
            })();`;
          const outcomes: string[] = [];
          const named = [`${to}:${toPort}`];
          for (const [network, connected] of [
            [{ fetch: [to] }, true],
            [{ fetch: [to], tcp: named }, false],
            [{ fetch: [to], tcp: named }, true],
          ] as const) {
            const container = await OpenAgentsContainer.boot({
              ...(connected && { remote }),
              capabilities: {
                network: { fetch: [...network.fetch], ...('tcp' in network && { tcp: network.tcp }) },
              },
            });
            const { stdout, stderr } = await container.exec('node', { input: program });
            outcomes.push(stdout + stderr);
            await container.teardown();
          }
          return outcomes;
        },
        { ...at(), port: (plain.address() as AddressInfo).port },
      );
      expect(result.slice(0, 2)).toEqual(['502 true\n', '502 true\n']);
      expect(result[2]).toBe("200 told [ 'a=1' ] plain /x\ntrue /to\n");
      // The browser does ask, but reads nothing; what came through the runtime is the program's request as it was.
      expect(asked).toContain('GET /x c=3');
    } finally {
      plain.closeAllConnections();
      plain.close();
    }
  });

  test('without a runtime, or the capability, the error says what is missing', async () => {
    const result = await run(async ({ OpenAgentsContainer }, { remote, host: to, port: toPort }) => {
      const program = `const net = require('net'); net.connect(Number(process.argv[2]), process.argv[1])
        .on('connect', () => console.log('connected')).on('error', (e) => console.log(e.code, e.message))
        .on('data', () => process.exit())`;
      const alone = await OpenAgentsContainer.boot({ capabilities: 'trusted' });
      const none = await alone.exec(`node -e "${program}" ${to} 5432`);
      await alone.teardown();
      const attempts: string[] = [];
      for (const tcp of [false, ['db.example.org'], [`${to}:1`], [`${to}:${toPort}`], [to]]) {
        const capabilities = { network: { fetch: false, tcp } };
        const container = await OpenAgentsContainer.boot({ remote, capabilities });
        attempts.push((await container.exec(`node -e "${program}" ${to} ${toPort}`)).stdout);
        await container.teardown();
      }
      return { none: none.stdout, attempts };
    }, at());
    expect(result.none).toMatch(/^ENETUNREACH .*no external runtime is connected.*runtime connect/);
    expect(result.attempts.map((text) => text.split(' ')[0]?.trim())).toEqual([
      'EACCES',
      'EACCES',
      'EACCES',
      'connected',
      'connected',
    ]);
  });

  test.skipIf(!hasRedis)('a redis client talks to a real redis beside the runtime', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mhnos-redis-'));
    const redis: ChildProcess = spawn(
      'redis-server',
      ['--bind', host, '--port', '16399', '--protected-mode', 'no', '--save', '', '--dir', folder],
      { stdio: 'ignore' },
    );
    try {
      await poll('redis', () => reachable(16399));
      const client = await bundleOf('@redis/client');
      const result = await run(
        async ({ OpenAgentsContainer }, { remote, host: to, source }) => {
          const container = await OpenAgentsContainer.boot({ remote, capabilities: 'trusted' });
          await container.mount({
            'redis.cjs': { file: { contents: source } },
            'main.cjs': {
              file: {
                contents: `const { createClient } = require('./redis.cjs');
                (async () => {
                  const client = createClient({ url: 'redis://${to}:16399' }); await client.connect();
                  await client.set('k', 'v'.repeat(100000)); const text = await client.get('k');
                  const many = await Promise.all(Array.from({ length: 200 }, (_, i) => client.incr('n')));
                  console.log(text.length, many.at(-1)); await client.quit();
                })().catch((e) => { console.error(e); process.exit(1); });`,
              },
            },
          });
          const ran = await container.exec('node main.cjs', { timeoutMs: 120000 });
          await container.teardown();
          return ran;
        },
        { ...at(), source: client },
      );
      expect(result.stderr).toBe('');
      expect(result.stdout).toBe('100000 200\n');
    } finally {
      redis.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test.skipIf(!hasPostgres)(
    'a pg client talks to a real PostgreSQL beside the runtime, by SCRAM, in plain text and over TLS',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'mhnos-postgres-'));
      const postgres = startPostgres(folder, 'secret');
      try {
        await poll('postgres', () => reachable(POSTGRES_PORT));
        const result = await run(
          async ({ OpenAgentsContainer }, { remote, host: to, port: toPort, source, ca }) => {
            const container = await OpenAgentsContainer.boot({ remote, capabilities: 'trusted' });
            await container.mount({
              'ca.pem': { file: { contents: ca } },
              'pg.cjs': { file: { contents: source } },
              'main.cjs': {
                file: {
                  contents: `const { Client } = require('./pg.cjs');
                (async () => {
                  const at = { host: '${to}', port: ${toPort}, user: 'app', password: 'secret', database: 'postgres' };
                  const secure = new Client({ ...at, ssl: { ca: require('fs').readFileSync('ca.pem', 'utf8') } });
                  await secure.connect();
                  console.log((await secure.query('select ssl, version from pg_stat_ssl where pid = pg_backend_pid()')).rows[0]);
                  await secure.end();
                  await new Client({ ...at, password: 'wrong' }).connect().catch((e) => console.log(e.code));
                  const client = new Client(at);
                  await client.connect();
                  await client.query('create table t(id int primary key, body text)');
                  await client.query('insert into t select n, repeat(n::text, 100) from generate_series(1, 1000) n');
                  const { rows } = await client.query('select sum(length(body))::int as bytes, count(*)::int as n from t where id > $1', [10]);
                  console.log(rows[0].bytes, rows[0].n);
                  await client.query('nonsense').catch((e) => console.log(e.code));
                  await client.end();
                })().catch((e) => { console.error(e); process.exit(1); });`,
                },
              },
            });
            const ran = await container.exec('node main.cjs', { timeoutMs: 120000 });
            await container.teardown();
            return ran;
          },
          { ...at(), port: POSTGRES_PORT, source: await bundleOf('pg'), ca: postgres.certificate },
        );
        expect(result.stderr).toBe('');
        expect(result.stdout).toBe("{ ssl: true, version: 'TLSv1.3' }\n28P01\n288200 990\n42601\n");
      } finally {
        postgres.server.kill('SIGINT');
        await new Promise((done) => postgres.server.once('close', done));
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

/** A package with what it needs, as one file for Node. */
async function bundleOf(name: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `module.exports = require('${name}');`, resolveDir: import.meta.dirname },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['pg-native', 'pg-cloudflare'],
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/** PostgreSQL does not run as root. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A certificate of its own for the address, and its key. */
function certificateFor(address: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mhnos-certificate-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-subj', '/CN=beside the runtime', '-addext', `subjectAltName=IP:${address}`],
        ...['-keyout', key, '-out', cert],
      ],
      { encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(made.stderr);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function startPostgres(folder: string, password: string): { server: ChildProcess; certificate: string } {
  const data = join(folder, 'data');
  writeFileSync(join(folder, 'password'), `${password}\n`);
  if (unprivileged.uid !== undefined) {
    for (const path of [folder, join(folder, 'password')])
      chownSync(path, unprivileged.uid, unprivileged.gid);
  }
  const set = spawnSync(
    join(POSTGRES, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'app',
      '--auth',
      'scram-sha-256',
      '--pwfile',
      join(folder, 'password'),
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
    ],
    { ...unprivileged, cwd: folder, encoding: 'utf8' },
  );
  if (set.status !== 0) throw new Error(set.stderr);
  appendFileSync(join(data, 'pg_hba.conf'), 'host all all 0.0.0.0/0 scram-sha-256\n');
  const { key, cert } = certificateFor(host);
  for (const [name, text] of [
    ['server.key', key],
    ['server.crt', cert],
  ] as const) {
    const file = join(data, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (unprivileged.uid !== undefined) chownSync(file, unprivileged.uid, unprivileged.gid);
  }
  const options = [
    '-D',
    data,
    '-p',
    String(POSTGRES_PORT),
    '-c',
    `listen_addresses=${host}`,
    '-c',
    `unix_socket_directories=${folder}`,
  ];
  const server = spawn(join(POSTGRES, 'postgres'), [...options, '-c', 'fsync=off', '-c', 'ssl=on'], {
    ...unprivileged,
    cwd: folder,
    stdio: 'ignore',
  });
  return { server, certificate: cert };
}
const POSTGRES_PORT = 15_432;

function reachable(port: number): Promise<true | undefined> {
  return new Promise((done) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(undefined));
  });
}
