import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteConnection } from '../../src/remote/connection.ts';
import { attachRemote, spawnRemote } from '../../src/remote/process.ts';
import { FrameKind, encodeFrame } from '../../src/protocol/runtime/frames.ts';
import { CuttableNetwork, poll, run, Runtime } from './harness.ts';

const MEGABYTE = 2 ** 20;
let runtime: Runtime;
let connection: RemoteConnection;

/** Prints `total` bytes of a sequence that is different everywhere, as fast as it may. */
const FLOOD = `
const total = Number(process.argv[2]);
let sent = 0;
function next() {
  while (sent < total) {
    const size = Math.min(65536, total - sent);
    const chunk = Buffer.allocUnsafe(size);
    for (let i = 0; i < size; i += 4) chunk.writeUInt32LE(((sent + i) * 2654435761) >>> 0, i);
    sent += size;
    if (!process.stdout.write(chunk)) return process.stdout.once('drain', next);
  }
}
next();
`;

function floodHash(total: number): string {
  const hash = createHash('sha256');
  for (let sent = 0; sent < total; sent += 65_536) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, total - sent));
    for (let i = 0; i < chunk.length; i += 4) chunk.writeUInt32LE(((sent + i) * 2654435761) >>> 0, i);
    hash.update(chunk);
  }
  return hash.digest('hex');
}

beforeAll(async () => {
  runtime = await Runtime.start();
  connection = await runtime.connect();
  writeFileSync(join(runtime.workspace, 'flood.js'), FLOOD);
  writeFileSync(join(runtime.workspace, 'echo.js'), 'process.stdin.pipe(process.stdout)');
});
afterAll(() => runtime[Symbol.asyncDispose]());

describe('output', () => {
  it('arrives whole through a reader that stalls, at no cost of memory to the runtime', async () => {
    const total = 200 * MEGABYTE;
    const hash = createHash('sha256');
    let received = 0;
    let release: (() => void) | undefined;
    const flood = await spawnRemote(
      connection,
      { processType: 'node', command: 'flood.js', args: [String(total)] },
      (_channel, bytes) => {
        hash.update(bytes);
        received += bytes.length;
        if (release !== undefined) return undefined;
        return new Promise<void>((resume) => (release = resume)); // the first chunk is held
      },
    );
    const resident = async (): Promise<number> => {
      const ran = await run(connection, {
        processType: 'shell',
        command: 'bash',
        args: ['-c', `grep VmRSS /proc/${runtime.child.pid}/status`],
        options: { tty: false },
      });
      return Number(/(\d+) kB/.exec(ran.stdout)?.[1]) * 1024;
    };
    await poll('stall', () => (release === undefined ? undefined : true));
    const before = await resident();
    // Another process of the same connection is not held up by the one that nobody reads.
    for (let other = 0; other < 5; other++) {
      expect(
        (await run(connection, { processType: 'shell', command: 'echo', args: ['on'] })).stdout,
      ).toContain('on');
    }
    expect(received).toBeLessThanOrEqual(65_536);
    expect((await resident()) - before).toBeLessThan(64 * MEGABYTE);
    release?.();
    expect((await flood.exit).code).toBe(0);
    expect(received).toBe(total);
    expect(hash.digest('hex')).toBe(floodHash(total));
    expect(flood.lost).toBe(0);
  });

  it(
    'is the same after 500 cuts at random, input too, and nothing runs twice',
    async () => {
      await using network = await CuttableNetwork.open(runtime.port);
      const client = await runtime.connect(network.url);
      const before = (await client.request({ type: 'list' }, 'processList')).stats.totalSpawned;
      const output: Uint8Array[] = [];
      const echo = await spawnRemote(
        client,
        { processType: 'node', command: 'echo.js' },
        (_channel, bytes) => {
          output.push(bytes.slice());
        },
      );
      let cuts = 0;
      let written = 0;
      const input = createHash('sha256');
      while (cuts < 500) {
        const part = Buffer.alloc(1 + Math.floor(Math.random() * 50_000), written % 251);
        input.update(part);
        written += part.length;
        await echo.write(part);
        await new Promise((resume) => setTimeout(resume, Math.random() * 20));
        if (client.state === 'connected') cuts += network.cut();
      }
      echo.end();
      expect((await echo.exit).code).toBe(0);
      expect(echo.lost).toBe(0);
      const all = Buffer.concat(output);
      expect(all.length).toBe(written);
      expect(createHash('sha256').update(all).digest('hex')).toBe(input.digest('hex'));
      expect((await client.request({ type: 'list' }, 'processList')).stats.totalSpawned).toBe(before + 1);
      client.close();
    },
    15 * 60_000,
  );

  it('is replayed from any offset to another client, and what is too old is counted', async () => {
    const total = 3 * MEGABYTE;
    const first = await run(connection, { processType: 'node', command: 'flood.js', args: [String(total)] });
    const other = await runtime.connect();
    let got = 0;
    const place = await other.request({ type: 'attach', pid: first.pid, from: 10 }, 'attached');
    expect(place.next).toBe(total);
    expect(place.lost).toBe(place.from - 10);
    const attached = await attachRemote(
      other,
      first.pid,
      (_channel, bytes) => void (got += bytes.length),
      total - 7,
    );
    await attached.exit;
    expect(got).toBe(7);
  });

  it('keeps stdout and stderr in the order in which they came', async () => {
    writeFileSync(
      join(runtime.workspace, 'both.js'),
      'for (let i = 0; i < 200; i++) require("fs").writeSync(1 + (i % 2), i + "\\n");',
    );
    const { pid } = await run(connection, { processType: 'node', command: 'both.js' });
    const order: string[] = [];
    const again = await attachRemote(connection, pid, (channel, bytes) => {
      order.push(`${channel} ${Buffer.from(bytes).toString()}`);
    });
    await again.exit;
    const stdout = order.filter((line) => line.startsWith('stdout')).map((line) => line.slice(7));
    expect(stdout.join('').trim().split('\n').map(Number)).toEqual(
      Array.from({ length: 100 }, (_, i) => 2 * i),
    );
  });
});

describe('input', () => {
  it('is bounded: a process that does not read makes the writer wait, and gets every byte', async () => {
    const slow = await spawnRemote(
      connection,
      { processType: 'shell', command: 'bash', args: ['-c', 'read first; wc -c'], options: { tty: false } },
      (_channel, bytes) => void (output += Buffer.from(bytes).toString()),
    );
    let output = '';
    await slow.write(Buffer.from('go\n'));
    const bytes = 20 * MEGABYTE;
    await slow.write(Buffer.alloc(bytes, 65));
    slow.end();
    await slow.exit;
    expect(Number(output)).toBe(bytes);
  });

  it('is refused whole when a client ignores the window, and a gap is an error', async () => {
    const client = await runtime.raw();
    const spawned = await client.call({
      type: 'spawn',
      processType: 'shell',
      command: 'sleep',
      args: ['600'],
      options: { tty: false },
    });
    const pid = spawned.type === 'spawned' ? spawned.pid : 0;
    const part = new Uint8Array(65_536);
    for (let index = 0; index < 40; index++)
      client.send(encodeFrame(FrameKind.stdin, pid, index * part.length, part));
    expect(await client.find((message) => message.type === 'error')).toMatchObject({ code: 'EAGAIN' });
    client.send(encodeFrame(FrameKind.stdin, pid, 2 ** 40, part));
    expect(
      await client.find((message) => message.type === 'error' && message.code === 'EPROTO'),
    ).toBeDefined();
    const write = await client.call({ type: 'write', pid, data: 'x'.repeat(2 * MEGABYTE) });
    expect(write).toMatchObject({ type: 'error', code: 'EAGAIN' });
    await client.call({ type: 'kill', pid, signal: 'SIGKILL' });
    client.socket.terminate();
  });
});

describe('the simple form of the protocol', () => {
  it('runs the example of the notes: JSON in, JSON out, no character split', async () => {
    writeFileSync(
      join(runtime.workspace, 'script.js'),
      'const b = Buffer.from("äöü€\\n"); let i = 0; const t = setInterval(() => { process.stdout.write(b.subarray(i, ++i)); if (i === b.length) clearInterval(t); }, 2)',
    );
    for (const protocols of [['mhnos.json'], []]) {
      const client = await runtime.raw({
        protocols,
        token: protocols.length > 0 ? runtime.token : undefined,
        headers: protocols.length > 0 ? {} : { authorization: `Bearer ${runtime.token}` },
      });
      client.send({ type: 'spawn', processType: 'node', command: 'script.js', args: ['--port', '3000'] });
      const exit = await client.find((message) => message.type === 'exit');
      expect(exit).toMatchObject({ code: 0, signal: null });
      const text = client.messages.flatMap((message) => (message.type === 'stdout' ? [message.data] : []));
      expect(text.join('')).toBe('äöü€\n');
      expect(text.join('')).not.toContain('\ufffd');
      expect(client.frames).toEqual([]);
      client.socket.close();
    }
  });

  it('answers every request of the readme with its id', async () => {
    const client = await runtime.raw({ protocols: ['mhnos.json'] });
    const before = await client.call({ type: 'list' });
    const active = before.type === 'processList' ? before.stats.active : NaN;
    client.send({
      type: 'spawn',
      id: 'request-123',
      processType: 'shell',
      command: 'cat',
      options: { tty: false, timeout: 0 },
    });
    const spawned = await client.find(
      (message) => message.type === 'spawned' && message.id === 'request-123',
    );
    const pid = spawned.type === 'spawned' ? spawned.pid : 0;
    expect(await client.call({ type: 'attach', pid })).toMatchObject({ type: 'attached', pid });
    client.send({ type: 'write', pid, data: 'hello\n' });
    await client.find((message) => message.type === 'stdout' && message.data === 'hello\n');
    expect(await client.call({ type: 'list' })).toMatchObject({
      type: 'processList',
      stats: { active: active + 1 },
    });
    expect(await client.call({ type: 'kill', pid, signal: 'SIGTERM' })).toMatchObject({
      type: 'killed',
      pid,
    });
    await client.find((message) => message.type === 'exit' && message.pid === pid);
    client.socket.close();
  });
});
