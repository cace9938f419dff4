/**
 * A real S3 server for tests: the one that MHNOS_TEST_S3 names (`http://key:secret@host:port`), else Ceph's gateway,
 * started here where Debian's packages of it are installed (radosgw, ceph-common, ceph-mon, ceph-osd).
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool'];
const START = resolve(import.meta.dirname, '../runtime/ceph/start.sh');
const START_TIMEOUT_MS = 180_000;
const POLL_MS = 100;
const ACCESS_KEY = 'AKIDTEST';
const SECRET_KEY = 'testsecretkey';

/** Why there is none here; undefined if there is one, or one can be started. */
export function missingS3(): string | undefined {
  if (process.env['MHNOS_TEST_S3'] !== undefined) return undefined;
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  return missing.length === 0
    ? undefined
    : `no S3 server: MHNOS_TEST_S3 names none, and to start Ceph's here lacks ${missing.join(', ')} (apt-get install radosgw ceph-common ceph-mon ceph-osd)`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export async function startS3(): Promise<S3Server> {
  const given = process.env['MHNOS_TEST_S3'];
  if (given !== undefined) {
    const { origin, username, password } = new URL(given);
    return {
      endpoint: origin,
      accessKey: username,
      secretKey: password,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const data = mkdtempSync(join(tmpdir(), 'mhnos-ceph-'));
  const [port = 0, monitor = 0] = await freePorts(2);
  const child = spawn('bash', [START], {
    env: {
      PATH: process.env['PATH'],
      S3_DATA: data,
      S3_PORT: String(port),
      S3_MONITOR_PORT: String(monitor),
      S3_ACCESS_KEY: ACCESS_KEY,
      S3_SECRET_KEY: SECRET_KEY,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (text: Buffer) => (printed += text.toString()));
  const endpoint = `http://127.0.0.1:${port}`;
  const end = (): Promise<void> => stop(child, data);
  try {
    await answers(endpoint, child, () => printed);
  } catch (error) {
    await end();
    throw error;
  }
  return { endpoint, accessKey: ACCESS_KEY, secretKey: SECRET_KEY, [Symbol.asyncDispose]: end };
}

async function answers(endpoint: string, child: ChildProcess, printed: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(endpoint).catch(() => undefined);
    if (response?.ok === true) return;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Ceph did not start: ${printed()}`);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

async function stop(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = new Promise((done) => child.once('close', done));
    child.kill('SIGTERM');
    await closed;
  }
  rmSync(data, { recursive: true, force: true });
}
