import { request as httpRequest } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { createSocket } from 'node:dgram';
import { Duplex } from 'node:stream';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import type { RemoteConnection } from '../../src/remote/connection.ts';
import { spawnRemote } from '../../src/remote/process.ts';
import { connectPort, connectRelay, type RemoteStream } from '../../src/remote/streams.ts';
import { isPublic } from '../../src/dns/public-addresses.ts';
import { nameServer } from '../support/name-server.ts';
import { poll, Runtime } from './harness.ts';

const MEGABYTE = 2 ** 20;
let runtime: Runtime;
let connection: RemoteConnection;
const neighbour = createTcpServer((socket) => socket.on('error', () => undefined).pipe(socket));

beforeAll(async () => {
  await new Promise<void>((done) => neighbour.listen(0, '127.0.0.1', done));
  runtime = await Runtime.start({ MHNOS_RELAY_ALLOW: `localhost:${neighbourPort()}` });
  connection = await runtime.connect();
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  neighbour.close();
});
const neighbourPort = (): number => (neighbour.address() as AddressInfo).port;
const asDuplex = (stream: RemoteStream): Duplex =>
  Duplex.fromWeb(stream as Parameters<typeof Duplex.fromWeb>[0]);

/** Starts the script, and gives the port that the runtime tells of. */
async function serve(name: string, script: string): Promise<{ port: number; end(): Promise<void> }> {
  writeFileSync(join(runtime.workspace, name), script);
  let port: number | undefined;
  let closed = false;
  const spawned = await spawnRemote(connection, { processType: 'node', command: name }, () => undefined);
  using _watch = connection.listen({
    message: (message) => {
      if (message.type !== 'port' || message.pid !== spawned.pid) return;
      if (message.state === 'open') port = message.port;
      else closed = true;
    },
  });
  await connection.request({ type: 'portWatch' }, 'portWatching');
  const found = await poll('port', () => port);
  return {
    port: found,
    async end() {
      await spawned.kill('SIGKILL');
      await spawned.exit;
      expect(closed || (await connectPort(connection, found).catch(() => 'refused')) === 'refused').toBe(
        true,
      );
    },
  };
}

describe('a port of a remote process', () => {
  it('is told when it opens, and speaks HTTP through the connection, bodies both ways', async () => {
    const server = await serve(
      'web.js',
      'require("http").createServer((q, r) => { r.setHeader("x-path", q.url); q.pipe(r); }).listen(0)',
    );
    const body = Buffer.alloc(5 * MEGABYTE, 'x');
    const stream = asDuplex(await connectPort(connection, server.port));
    const answer = await new Promise<{ path: unknown; bytes: number }>((done, fail) => {
      const request = httpRequest(
        {
          method: 'POST',
          path: '/a?b=c',
          createConnection: () => stream as never,
          headers: { host: 'localhost' },
        },
        (response) => {
          let bytes = 0;
          response.on('data', (part: Buffer) => (bytes += part.length));
          response.on('end', () => done({ path: response.headers['x-path'], bytes }));
        },
      );
      request.on('error', fail).end(body);
    });
    expect(answer).toEqual({ path: '/a?b=c', bytes: body.length });
    await server.end();
  });

  it('speaks WebSocket', async () => {
    const script = `
      const { createHash } = require('crypto');
      require('http').createServer().on('upgrade', (q, s) => {
        const accept = createHash('sha1').update(q.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
        s.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n');
        s.write(Buffer.from([0x81, 5, ...Buffer.from('hello')]));
      }).listen(0);`;
    const server = await serve('socket.js', script);
    const stream = asDuplex(await connectPort(connection, server.port));
    const socket = new NodeWebSocket('ws://localhost/', { createConnection: () => stream as never });
    const text = await new Promise<string>((done, fail) => {
      socket.on('message', (data: Buffer) => done(data.toString()));
      socket.on('error', fail);
    });
    expect(text).toBe('hello');
    socket.terminate();
    await server.end();
  });

  it('is refused if no process of the runtime listens there, be it open on this machine', async () => {
    await expect(connectPort(connection, neighbourPort())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(connectPort(connection, runtime.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('pauses its writer while nobody reads, and gives every byte', async () => {
    const server = await serve(
      'flood.js',
      `require('net').createServer((s) => { let n = 0; const b = Buffer.alloc(65536, 7);
        const go = () => { while (n < 800) { n++; if (!s.write(b)) return s.once('drain', go); } s.end(); }; go(); }).listen(0)`,
    );
    const stream = await connectPort(connection, server.port);
    let bytes = 0;
    for await (const part of stream.readable) bytes += part.length;
    expect(bytes).toBe(800 * 65_536);
    await server.end();
  });
});

describe('the relay', () => {
  it('reaches what is allowed, by name, with bytes both ways', async () => {
    const stream = await connectRelay(connection, 'localhost', neighbourPort());
    const writer = stream.writable.getWriter();
    const sent = Buffer.alloc(3 * MEGABYTE, 'relay');
    void writer.write(sent).then(() => writer.close());
    const received: Uint8Array[] = [];
    for await (const part of stream.readable) received.push(part);
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '169.254.169.254',
    '10.0.0.1',
    '[::1]',
    '::ffff:127.0.0.1',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '127.1',
  ])('refuses %s', async (host) => {
    await expect(connectRelay(connection, host, neighbourPort())).rejects.toMatchObject({
      code: expect.stringMatching(/^(EACCES|ENOTFOUND)$/) as string,
    });
  });

  it('refuses another port of an allowed host, and does not resolve private names', async () => {
    await expect(connectRelay(connection, 'localhost', runtime.port)).rejects.toMatchObject({
      code: 'EACCES',
    });
    const resolve = connection.request({ type: 'relayResolve', host: 'localhost' }, 'relayResolved');
    await expect(resolve).rejects.toMatchObject({ code: 'EACCES' });
  });

  it('knows public addresses from others', () => {
    expect(['8.8.8.8', '1.1.1.1', '2606:4700::1111'].map(isPublic)).toEqual([true, true, true]);
    const others = [
      '100.64.0.1',
      '172.31.0.1',
      '192.168.1.1',
      'fd00:ec2::254',
      'fe80::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '224.0.0.1',
      'nonsense',
    ];
    expect(others.map(isPublic)).toEqual(others.map(() => false));
  });
});

describe('the relay of DNS queries', () => {
  const query = (name: string, type = 1): string => {
    const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label);
    const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const question = Buffer.from(`${labels.join('')}\0\0${String.fromCharCode(type)}\0\u0001`, 'latin1');
    return Buffer.concat([head, question]).toString('base64');
  };

  it('asks the name server, by TCP what is long, and keeps private addresses to itself', async () => {
    const server = await nameServer();
    const settings = {
      MHNOS_NAME_SERVERS: `127.0.0.1:${server.port}`,
      MHNOS_RELAY_ALLOW: '*.mine.inside:5432',
    };
    await using relay = await Runtime.start(settings);
    const client = await relay.connect();
    const ask = async (name: string, type?: number): Promise<Buffer> => {
      const { answer } = await client.request(
        { type: 'relayQuery', query: query(name, type) },
        'relayAnswer',
      );
      return Buffer.from(answer, 'base64');
    };
    expect([...(await ask('www.example.org')).subarray(-4)]).toEqual([93, 184, 215, 14]);
    expect((await ask('www.example.org', 16)).toString('latin1')).toContain('x'.repeat(255));
    expect([...(await ask('db.mine.inside')).subarray(-4)]).toEqual([10, 0, 0, 7]);
    for (const name of ['db.other.inside', '7.0.0.10.in-addr.arpa'])
      await expect(ask(name)).rejects.toMatchObject({ code: 'EACCES' });
    const nonsense = client.request({ type: 'relayQuery', query: 'AAAA' }, 'relayAnswer');
    await expect(nonsense).rejects.toMatchObject({ code: 'EPROTO' });
    server.close();
    await expect(ask('www.example.org')).rejects.toMatchObject({
      code: expect.stringMatching(/^E(CONNREFUSED|TIMEDOUT)$/) as string,
    });
  });
});

describe('the relay for Wisp clients', () => {
  const CONNECT = 1;
  const DATA = 2;
  const CONTINUE = 3;
  const CLOSE = 4;

  async function wisp(): Promise<{
    send(type: number, id: number, payload: Uint8Array): void;
    packets: Buffer[];
    socket: NodeWebSocket;
  }> {
    const { path } = await connection.request({ type: 'relayTicket' }, 'relayTicket');
    const socket = new NodeWebSocket(`${runtime.url}${path}`);
    const packets: Buffer[] = [];
    socket.on('message', (data: Buffer) => packets.push(data));
    await new Promise((done, fail) => socket.once('open', done).once('error', fail));
    return {
      packets,
      socket,
      send(type, id, payload) {
        const header = Buffer.alloc(5);
        header.writeUInt8(type);
        header.writeUInt32LE(id, 1);
        socket.send(Buffer.concat([header, payload]));
      },
    };
  }
  const target = (type: number, port: number, host: string): Buffer => {
    const bytes = Buffer.alloc(3);
    bytes.writeUInt8(type);
    bytes.writeUInt16LE(port, 1);
    return Buffer.concat([bytes, Buffer.from(host)]);
  };

  it('needs a ticket, which is good once', async () => {
    const { path } = await connection.request({ type: 'relayTicket' }, 'relayTicket');
    const open = (to: string): Promise<unknown> => {
      const socket = new NodeWebSocket(`${runtime.url}${to}`);
      return new Promise((done, fail) =>
        socket.once('open', () => done(socket.terminate())).once('error', fail),
      );
    };
    await open(path);
    await expect(open(path)).rejects.toThrow('404');
    await expect(open('/wisp/')).rejects.toThrow('404');
  });

  it('echoes TCP, gives buffer as it is used, and closes', async () => {
    const client = await wisp();
    await poll('first CONTINUE', () => client.packets[0]);
    expect(client.packets[0]?.readUInt8(0)).toBe(CONTINUE);
    client.send(CONNECT, 1, target(1, neighbourPort(), 'localhost'));
    for (let index = 0; index < 100; index++) client.send(DATA, 1, Buffer.from('ping'));
    const echoed = (): string =>
      client.packets
        .filter((packet) => packet.readUInt8(0) === DATA)
        .map((packet) => packet.subarray(5).toString())
        .join('');
    await poll('echo', () => (echoed().length === 400 ? true : undefined));
    await poll('CONTINUE', () =>
      client.packets.find((packet) => packet.readUInt8(0) === CONTINUE && packet.readUInt32LE(1) === 1),
    );
    client.socket.terminate();
  });

  it('says why it closes: blocked, refused, nonsense', async () => {
    const client = await wisp();
    client.send(CONNECT, 1, target(1, 80, '169.254.169.254'));
    client.send(CONNECT, 2, target(9, 80, 'localhost'));
    const reasonOf = (id: number): number | undefined =>
      client.packets
        .find((packet) => packet.readUInt8(0) === CLOSE && packet.readUInt32LE(1) === id)
        ?.readUInt8(5);
    expect(await poll('blocked', () => reasonOf(1))).toBe(0x48);
    expect(await poll('invalid', () => reasonOf(2))).toBe(0x41);
    client.socket.send(Buffer.from([1]));
    await poll('close', () => (client.socket.readyState === client.socket.CLOSED ? true : undefined));
  });

  it('carries datagrams', async () => {
    const server = createSocket('udp4');
    server.on('message', (data, from) => server.send(data, from.port, from.address));
    await new Promise<void>((done) => server.bind(0, '127.0.0.1', done));
    const { port } = server.address();
    await using other = await Runtime.start({ MHNOS_RELAY_ALLOW: '127.0.0.1' });
    const client = await other.connect();
    const { path } = await client.request({ type: 'relayTicket' }, 'relayTicket');
    const socket = new NodeWebSocket(`${other.url}${path}`);
    let answer: string | undefined;
    socket.on('message', (data: Buffer) => {
      if (data.readUInt8(0) === DATA) answer = data.subarray(5).toString();
    });
    await new Promise((done) => socket.once('open', done));
    socket.send(Buffer.concat([Buffer.from([CONNECT, 7, 0, 0, 0]), target(2, port, '127.0.0.1')]));
    socket.send(Buffer.concat([Buffer.from([DATA, 7, 0, 0, 0]), Buffer.from('datagram')]));
    expect(await poll('answer', () => answer)).toBe('datagram');
    socket.terminate();
    server.close();
  });
});
