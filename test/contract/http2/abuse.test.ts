/**
 * The same bytes to a native server and to ours: both must answer with the same frames. Bytes of a peer that breaks the
 * rules end the session or the stream as nghttp2 ends them.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_MAGIC, FrameType } from '../../../polyfills/http2/constants.ts';
import { pinnedNode } from '../../../scripts/node-layer/package-cache.mjs';
import { HeaderEncoder } from '../../../polyfills/http2/hpack/encoder.ts';
import { fieldsOf, type Headers, listen, type Listening } from './peer.ts';

const NATIVE = `
  const server = require('http2').createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.on('end', () => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200 });
      stream.end('ok');
    });
    stream.resume();
  });
  server.on('sessionError', () => {});
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

let native: ChildProcess;
let nativePort: number;
let ours: Listening;

beforeAll(async () => {
  const { binary } = await pinnedNode();
  native = spawn(binary, ['-e', NATIVE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(native.stdout ?? native, 'data')) as [Buffer];
  nativePort = Number(port.toString());
  ours = await listen((peer) => {
    peer.onRequest = (streamId) => peer.respond(streamId, { ':status': '200' }, Buffer.from('ok'));
  });
});
afterAll(async () => {
  native.kill();
  await ours.close();
});

function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: readonly number[] | Uint8Array,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}
const START = Buffer.concat([Buffer.from(CLIENT_MAGIC), frame(FrameType.settings, 0, 0, [])]);
const block = (headers: Headers): Uint8Array => new HeaderEncoder(4096, 4096).encode(fieldsOf(headers));
const GET = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'x' };
const headers = (streamId: number, fields: Headers, flags = 5): Buffer =>
  frame(FrameType.headers, flags, streamId, block(fields));
const setting = (id: number, value: number): number[] => [
  id >> 8,
  id & 255,
  value >>> 24,
  (value >> 16) & 255,
  (value >> 8) & 255,
  value & 255,
];

/**
 * Of what a server sends in answer: resets with their codes, and the first GOAWAY that ends the session.
 */
function verdictsOf(bytes: Buffer): string[] {
  const seen: string[] = [];
  let goaway: string | undefined;
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    const type = bytes[at + 3];
    const payload = bytes.subarray(at + 9, at + 9 + length);
    if (type === FrameType.rstStream)
      seen.push(`reset ${bytes.readUInt32BE(at + 5)} ${payload.readUInt32BE(0)}`);
    if (type === FrameType.goaway && payload.readUInt32BE(4) !== 0)
      goaway ??= `goaway ${payload.readUInt32BE(4)}`;
    at += 9 + length;
  }
  return goaway === undefined ? seen : [...seen, goaway];
}

async function ask(port: number, bytes: Buffer): Promise<string[]> {
  const socket = net.connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  // A ping after it: its answer, or the end, says that all was read.
  socket.write(Buffer.concat([bytes, frame(FrameType.ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 9])]));
  const answered = new Promise<void>((resolve) =>
    socket.on('data', () => {
      const whole = Buffer.concat(parts);
      if (
        whole.includes(Buffer.from([1, 2, 3, 4, 5, 6, 7, 9])) ||
        verdictsOf(whole).some((verdict) => verdict.startsWith('goaway'))
      )
        resolve();
    }),
  );
  await Promise.race([closed, answered]);
  socket.destroy();
  return verdictsOf(Buffer.concat(parts));
}

const CASES: Record<string, Buffer> = {
  'a request': Buffer.concat([START, headers(1, GET)]),
  'no magic': headers(1, GET),
  'no settings first': Buffer.concat([Buffer.from(CLIENT_MAGIC), headers(1, GET)]),
  'a frame that is too large': Buffer.concat([START, frame(FrameType.data, 0, 1, new Uint8Array(16_385))]),
  'data of stream 0': Buffer.concat([START, frame(FrameType.data, 0, 0, [1])]),
  'data of an idle stream': Buffer.concat([START, frame(FrameType.data, 0, 1, [1])]),
  'data after the end': Buffer.concat([START, headers(1, GET), frame(FrameType.data, 0, 1, [1])]),
  'more data than told': Buffer.concat([
    START,
    headers(1, { ...GET, ':method': 'POST', 'content-length': '1' }, 4),
    frame(FrameType.data, 1, 1, [1, 2]),
  ]),
  'less data than told': Buffer.concat([
    START,
    headers(1, { ...GET, ':method': 'POST', 'content-length': '3' }, 4),
    frame(FrameType.data, 1, 1, [1, 2]),
  ]),
  'padding beyond the frame': Buffer.concat([
    START,
    headers(1, { ...GET, ':method': 'POST' }, 4),
    frame(FrameType.data, 8, 1, [9, 1]),
  ]),
  'header padding beyond the frame': Buffer.concat([START, frame(FrameType.headers, 13, 1, [200, 130])]),
  'an even stream': Buffer.concat([START, headers(2, GET)]),
  'headers of stream 0': Buffer.concat([START, headers(0, GET)]),
  'no path': Buffer.concat([START, headers(1, { ':method': 'GET', ':scheme': 'http', ':authority': 'x' })]),
  'a pseudo header too late': Buffer.concat([
    START,
    headers(1, { ':method': 'GET', 'x-a': '1', ':path': '/', ':scheme': 'http', ':authority': 'x' }),
  ]),
  'a response to a server': Buffer.concat([START, headers(1, { ':status': '200' })]),
  'a capital in a name': Buffer.concat([START, headers(1, { ...GET, 'X-A': '1' })]),
  'a field of HTTP/1': Buffer.concat([START, headers(1, { ...GET, connection: 'close' })]),
  'te: gzip': Buffer.concat([START, headers(1, { ...GET, te: 'gzip' })]),
  'CONNECT with a path': Buffer.concat([START, headers(1, { ...GET, ':method': 'CONNECT' })]),
  'a header block that is none': Buffer.concat([
    START,
    frame(FrameType.headers, 5, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ]),
  'an index beyond the table': Buffer.concat([START, frame(FrameType.headers, 5, 1, [0xbf])]),
  'a table that is too large': Buffer.concat([
    START,
    frame(FrameType.headers, 5, 1, [0x3f, 0xe1, 0x7f, 0x82]),
  ]),
  'a continuation alone': Buffer.concat([START, frame(FrameType.continuation, 4, 1, [0x82])]),
  'another frame within a block': Buffer.concat([
    START,
    frame(FrameType.headers, 1, 1, [0x82]),
    frame(FrameType.ping, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]),
  ]),
  'a reset of an idle stream': Buffer.concat([START, frame(FrameType.rstStream, 0, 1, [0, 0, 0, 8])]),
  'a reset of stream 0': Buffer.concat([START, frame(FrameType.rstStream, 0, 0, [0, 0, 0, 8])]),
  'a reset that is too short': Buffer.concat([START, headers(1, GET), frame(FrameType.rstStream, 0, 1, [0])]),
  'a ping of a stream': Buffer.concat([START, frame(FrameType.ping, 0, 1, [0, 0, 0, 0, 0, 0, 0, 0])]),
  'a ping that is too short': Buffer.concat([START, frame(FrameType.ping, 0, 0, [0])]),
  'settings of a stream': Buffer.concat([START, frame(FrameType.settings, 0, 1, [])]),
  'settings of five bytes': Buffer.concat([START, frame(FrameType.settings, 0, 0, [1, 2, 3, 4, 5])]),
  'an acknowledgement with settings': Buffer.concat([START, frame(FrameType.settings, 1, 0, setting(1, 1))]),
  'a window that is too large': Buffer.concat([
    START,
    frame(FrameType.settings, 0, 0, setting(4, 0x8000_0000)),
  ]),
  'push that is neither on nor off': Buffer.concat([START, frame(FrameType.settings, 0, 0, setting(2, 2))]),
  'frames that are too small': Buffer.concat([START, frame(FrameType.settings, 0, 0, setting(5, 100))]),
  'too many settings': Buffer.concat([
    START,
    frame(FrameType.settings, 0, 0, Array.from({ length: 33 }, () => setting(3, 1)).flat()),
  ]),
  'a window update of nothing': Buffer.concat([START, frame(FrameType.windowUpdate, 0, 0, [0, 0, 0, 0])]),
  'a window update of an idle stream': Buffer.concat([
    START,
    frame(FrameType.windowUpdate, 0, 1, [0, 0, 0, 1]),
  ]),
  'a window beyond numbers': Buffer.concat([
    START,
    frame(FrameType.windowUpdate, 0, 0, [0x7f, 255, 255, 255]),
  ]),
  'a stream window beyond numbers': Buffer.concat([
    START,
    headers(1, { ...GET, ':method': 'POST' }, 4),
    frame(FrameType.windowUpdate, 0, 1, [0x7f, 255, 255, 255]),
  ]),
  'a promise of a client': Buffer.concat([
    START,
    headers(1, GET),
    frame(FrameType.pushPromise, 4, 1, [0, 0, 0, 2]),
  ]),
  'a goaway of a stream': Buffer.concat([START, frame(FrameType.goaway, 0, 1, [0, 0, 0, 0, 0, 0, 0, 0])]),
  'a goaway that names a foreign stream': Buffer.concat([
    START,
    frame(FrameType.goaway, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]),
  ]),
  'a priority of five bytes too few': Buffer.concat([START, frame(FrameType.priority, 0, 1, [])]),
  'a frame of a type that nobody knows': Buffer.concat([
    START,
    frame(0x77, 255, 1, [1, 2, 3]),
    headers(1, GET),
  ]),
  'trailers that do not end': Buffer.concat([
    START,
    headers(1, { ...GET, ':method': 'POST' }, 4),
    headers(1, { 'x-a': '1' }, 4),
  ]),
};

describe('a peer that breaks the rules', () => {
  for (const [name, bytes] of Object.entries(CASES)) {
    it(`is answered as by nghttp2: ${name}`, async () => {
      expect(await ask(ours.port, bytes)).toEqual(await ask(nativePort, bytes));
    });
  }

  it('floods with CONTINUATION frames, with pings and with resets: the session ends', async () => {
    const flood = Array.from({ length: 20 }, () => frame(FrameType.continuation, 0, 1, [0x82]));
    const before = ours.peers.length;
    await ask(ours.port, Buffer.concat([START, frame(FrameType.headers, 1, 1, [0x82]), ...flood]));
    expect(ours.peers[before]?.errors).toEqual([-905]);

    const pings = Array.from({ length: 1200 }, () => frame(FrameType.ping, 0, 0, [1, 1, 1, 1, 1, 1, 1, 1]));
    await ask(ours.port, Buffer.concat([START, ...pings]));
    expect(ours.peers[before + 1]?.errors).toEqual([-904]);

    const resets = Array.from({ length: 1500 }, (_, i) =>
      Buffer.concat([headers(i * 2 + 1, GET), frame(FrameType.rstStream, 0, i * 2 + 1, [0, 0, 0, 8])]),
    );
    expect(await ask(ours.port, Buffer.concat([START, ...resets]))).toContain('goaway 2');
  });

  it('may cut its bytes anywhere', async () => {
    const bytes = Buffer.concat([
      START,
      headers(1, { ...GET, ':method': 'POST' }, 4),
      frame(FrameType.data, 9, 1, [2, 65, 66, 0, 0]),
    ]);
    const before = ours.peers.length;
    const socket = net.connect(ours.port, '127.0.0.1');
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise<void>((resolve) =>
      socket.on('data', (part: Buffer) => part.includes('ok') && resolve()),
    );
    expect(Buffer.concat(ours.peers[before]?.stream(1).body ?? []).toString()).toBe('AB');
    socket.destroy();
  });
});
