/** The engine and native Node's nghttp2 talk to each other, each as client and as server. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { SettingId } from '../../../polyfills/http2/constants.ts';
import { connect, listen, type Peer } from './peer.ts';

const BODY = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) & 0xff));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function nativeServer(): Promise<http2.Http2Server & { port: number }> {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = [];
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on('trailers', (received) => (trailers = received));
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      stream.respond(
        { ':status': 200, 'x-path': headers[':path'], 'x-echo': String(headers['x-sent'] ?? '') },
        { waitForTrailers: true },
      );
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'x-sum': String(trailers['x-sum'] ?? 'none'), 'set-cookie': ['a=1'] }),
      );
      stream.end(Buffer.concat(parts));
    });
    stream.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

const get = (path: string) => ({
  ':method': 'GET',
  ':scheme': 'http',
  ':path': path,
  ':authority': 'localhost',
});
const post = (path: string) => ({ ...get(path), ':method': 'POST' });

async function client(port: number, settings = [] as { id: number; value: number }[]): Promise<Peer> {
  const peer = await connect(port, settings);
  closers.push(() => peer.socket.destroy());
  return peer;
}

describe('our client and a native server', () => {
  it('sends and receives bodies larger than every window, and trailers', async () => {
    const peer = await client((await nativeServer()).port);
    const stream = peer.request({ ...post('/a'), 'x-sent': 'ü~'.slice(1) }, BODY, { 'x-sum': '17' });
    await peer.until(() => stream.closeCode !== undefined);
    expect(stream.headers).toMatchObject({ ':status': '200', 'x-path': '/a', 'x-echo': '~' });
    expect(Buffer.concat(stream.body).equals(BODY)).toBe(true);
    expect(stream.trailers).toMatchObject({ 'x-sum': '17', 'set-cookie': 'a=1' });
    expect(stream.closeCode).toBe(0);
  });

  it('keeps its compression in step over many requests, with tables of other sizes', async () => {
    const { port } = await nativeServer();
    for (const value of [0, 128, 4096, 65_536]) {
      const peer = await client(port, [{ id: SettingId.headerTableSize, value }]);
      const streams = Array.from({ length: 80 }, (_, i) =>
        peer.request({ ...get(`/${i % 7}`), [`x-${i % 13}`]: `${'v'.repeat(i)}`, 'x-sent': `${i}` }),
      );
      await peer.until(() => streams.every((stream) => stream.closeCode !== undefined));
      expect(streams.map(({ headers }) => headers['x-echo'])).toEqual(streams.map((_, i) => `${i}`));
    }
  });

  it('sends a header block in several frames', async () => {
    const peer = await client((await nativeServer()).port);
    const sent = 'é\u00ff!'.repeat(8000);
    const stream = peer.request({ ...get('/'), 'x-sent': sent });
    await peer.until(() => stream.closeCode !== undefined);
    expect(stream.headers['x-echo']?.length).toBe(sent.length);
  });

  it('reads promises of a server and what they promise', async () => {
    const server = http2.createServer();
    server.on('stream', (stream) => {
      stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
        if (error) throw error;
        pushed.respond({ ':status': 203 });
        pushed.end('pushed');
      });
      stream.respond();
      stream.end('asked');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const peer = await client((server.address() as AddressInfo).port);
    const stream = peer.request(get('/'));
    const [, pushedOf] = [0, () => peer.streams.get(2)];
    await peer.until(() => stream.closeCode !== undefined && pushedOf()?.closeCode !== undefined);
    expect(Buffer.concat(pushedOf()?.body ?? []).toString()).toBe('pushed');
    expect(pushedOf()?.headers[':status']).toBe('203');
  });

  it('is told of resets and of the end of the session', async () => {
    const server = http2.createServer();
    server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
      stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR, 0, Buffer.from('bye'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const peer = await client((server.address() as AddressInfo).port);
    const stream = peer.request(get('/'));
    await peer.until(() => stream.closeCode !== undefined && peer.goaways.length > 0);
    expect(stream.closeCode).toBe(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
    expect(peer.goaways).toEqual([0]);
  });
});

describe('a native client and our server', () => {
  const echo = (peer: Peer): void => {
    peer.onRequest = (streamId, { headers, body, trailers }) =>
      peer.respond(
        streamId,
        { ':status': '200', 'x-path': headers[':path'] ?? '', 'x-echo': headers['x-sent'] ?? '' },
        Buffer.concat(body),
        { 'x-sum': trailers['x-sum'] ?? 'none' },
      );
  };
  async function session(prepare = echo): Promise<http2.ClientHttp2Session> {
    const server = await listen(prepare);
    closers.push(() => server.close());
    const native = http2.connect(`http://127.0.0.1:${server.port}`);
    native.on('error', () => undefined);
    closers.push(() => native.destroy());
    return native;
  }

  it('echoes bodies larger than every window, and trailers', async () => {
    const native = await session();
    const request = native.request(
      { ':method': 'POST', ':path': '/b', 'x-sent': 'hello' },
      { waitForTrailers: true },
    );
    request.on('wantTrailers', () => request.sendTrailers({ 'x-sum': '4' }));
    const response = once(request, 'response');
    const trailers = once(request, 'trailers');
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.end(BODY);
    await once(request, 'end');
    expect((await response)[0]).toMatchObject({ ':status': 200, 'x-path': '/b', 'x-echo': 'hello' });
    expect(Buffer.concat(parts).equals(BODY)).toBe(true);
    expect((await trailers)[0]).toMatchObject({ 'x-sum': '4' });
  });

  it('serves a hundred streams at once', async () => {
    const native = await session();
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const request = native.request({ ':path': `/${i}` });
        request.resume();
        const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders];
        return headers['x-path'];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => `/${i}`));
  });

  it('answers pings and settings', async () => {
    const native = await session();
    await once(native, 'connect');
    const payload = await new Promise((resolve, reject) =>
      native.ping(Buffer.from('12345678'), (error, _duration, echoed) =>
        error ? reject(error) : resolve(echoed.toString()),
      ),
    );
    expect(payload).toBe('12345678');
    native.settings({ initialWindowSize: 1000, headerTableSize: 0 });
    await once(native, 'localSettings');
    const request = native.request({ ':method': 'POST', ':path': '/' });
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.end(BODY);
    await once(request, 'end');
    expect(Buffer.concat(parts).equals(BODY)).toBe(true);
  });
});
