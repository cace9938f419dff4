import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { HttpClient, type BodySource, type RequestFailure } from '../../../src/kernel/preview/http-client.ts';
import type { RequestHead } from '../../../src/protocol/preview.ts';
import { listen } from './server.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return clientOf(server);
}

/** A server that writes these bytes to whoever asks, and closes. */
async function answering(bytes: string) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')));
  });
  closers.push(() => server.close());
  return clientOf(server);
}

async function clientOf(server: Parameters<typeof listen>[0]) {
  const { port, dial, opened } = await listen(server);
  const client = new HttpClient(dial);
  const ask = async (
    head: Partial<RequestHead>,
    body: BodySource = null,
    signal = new AbortController().signal,
  ) => {
    const request = { method: 'GET', target: '/', credentials: true, ...head };
    const response = await client.send(
      port,
      { ...request, headers: [['Host', `localhost:${port}`], ...(head.headers ?? [])] },
      body,
      signal,
    );
    return response;
  };
  const text = async (...parameters: Parameters<typeof ask>): Promise<string> => {
    const parts: Uint8Array[] = [];
    for await (const part of (await ask(...parameters)).body) parts.push(part.slice());
    return Buffer.concat(parts).toString('latin1');
  };
  return { client, port, ask, text, opened };
}

const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: RequestFailure) => error.failure,
  );

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

test('answers of each framing arrive, over one connection', async () => {
  const { text, opened } = await serve((request, response) => {
    if (request.url === '/chunked') {
      response.write('one, ');
      response.end('two');
    } else if (request.url === '/none') response.writeHead(204).end();
    else response.end('whole');
  });
  expect(await text({ target: '/whole' })).toBe('whole');
  expect(await text({ target: '/chunked' })).toBe('one, two');
  expect(await text({ target: '/none' })).toBe('');
  expect(await text({ target: '/', method: 'HEAD' })).toBe('');
  expect(await text({ target: '/whole' })).toBe('whole');
  expect(opened()).toBe(1);
});

test('bodies are sent with their length or in chunks', async () => {
  const { text } = await serve(async (request, response) => {
    const body = await bodyOf(request);
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    response.end(JSON.stringify({ body: body.length, sum: body[body.length - 1], length, coding }));
  });
  const counted = await text({ method: 'POST' }, new Uint8Array([1, 2, 3]));
  expect(JSON.parse(counted)).toEqual({ body: 3, sum: 3, length: '3' });
  async function* parts() {
    for (let i = 0; i < 50; i++) yield new Uint8Array(100_000).fill(i);
  }
  const streamed = await text({ method: 'POST' }, parts());
  expect(JSON.parse(streamed)).toEqual({ body: 5_000_000, sum: 49, coding: 'chunked' });
  const empty = await text({ method: 'POST' });
  expect(JSON.parse(empty)).toEqual({ body: 0, length: '0' });
});

test('an answer may come before the body was taken', async () => {
  const { text } = await serve((_request, response) => {
    response.writeHead(413, { connection: 'close' }).end('too large');
  });
  async function* endless() {
    for (;;) yield new Uint8Array(65_536);
  }
  expect(await text({ method: 'POST' }, endless())).toBe('too large');
});

test('a kept-alive connection that the server has closed is not an error', async () => {
  let count = 0;
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${++count}`);
      // The next request on it gets no answer.
      socket.once('data', () => socket.end());
    });
  });
  closers.push(() => server.close());
  const { text, opened } = await clientOf(server);
  expect(await text({})).toBe('1');
  expect(await text({})).toBe('2');
  expect(opened()).toBe(2);
});

test('informational answers are passed over', async () => {
  const { text } = await serve((_request, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    response.end('final');
  });
  expect(await text({})).toBe('final');
});

test('nothing listens; a server that goes away before or in the middle of its answer', async () => {
  const { client, text, ask } = await serve((request, response) => {
    if (request.url === '/before') request.socket.destroy();
    else {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => request.socket.destroy());
    }
  });
  const head = { method: 'GET', target: '/', headers: [], credentials: false };
  expect(await failure(client.send(1, head, null, new AbortController().signal))).toBe('refused');
  expect(await failure(ask({ target: '/before' }))).toBe('closed');
  expect(await failure(text({ target: '/middle' }))).toBe('closed');
});

test.each([
  ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n\r\n'],
  ['a malformed status', 'HTTP/1.1 2x0 OK\r\n\r\n'],
  ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
  ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy'],
  ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx'],
  ['a coding that is not known', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['a malformed chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n'],
  [
    'a chunk longer than it says',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n',
  ],
  ['a head that is too long', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n\r\n`],
])('%s is refused', async (_name, bytes) => {
  const { text } = await answering(bytes);
  expect(await failure(text({}))).toBe('protocol');
});

test.each([
  ['until the end', 'HTTP/1.0 200 OK\r\n\r\nold style', 'old style'],
  ['bare line feeds', 'HTTP/1.1 200\nContent-Length: 2\n\nok', 'ok'],
  ['equal lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok', 'ok'],
  [
    'trailers and extensions',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nt: 1\r\n\r\n',
    'ok',
  ],
])('%s', async (_name, bytes, body) => {
  const { text } = await answering(bytes);
  expect(await text({})).toBe(body);
});

test('a request cannot carry a second one', async () => {
  const { ask } = await serve((_request, response) => response.end());
  expect(await failure(ask({ target: '/ HTTP/1.1\r\nX: y' }))).toBe('protocol');
  expect(await failure(ask({ headers: [['a', 'b\r\nc: d']] }))).toBe('protocol');
  expect(await failure(ask({ method: 'GET /\r\n' }))).toBe('protocol');
});

test('an aborted request closes its connection', async () => {
  let close = (): void => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));
  const { ask } = await serve((request, response) => {
    request.socket.on('close', () => close());
    response.write('first');
  });
  const aborter = new AbortController();
  const { body } = await ask({}, null, aborter.signal);
  await body.next();
  aborter.abort();
  await closed;
});
