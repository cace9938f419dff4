import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forwardPort } from '../../../src/cli/forward.ts';
import { type Run, Session } from '../../../src/cli/headless.ts';

/** A server that tells each request that it was given, and limits its clients by time. */
const SERVER = `
const http = require('node:http');
const answer = (request, response) => {
  console.log(request.method + ' ' + request.url);
  request.on('error', () => undefined);
  if (request.url === '/throw') {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('half', () => { throw new TypeError('the reason of the crash'); });
  } else request.resume().on('end', () => response.end('served'));
};
http.createServer(answer).listen(3000);
http.createServer({ headersTimeout: 200, requestTimeout: 200, connectionsCheckingInterval: 50 }, answer).listen(3001);
http.createServer({ keepAliveTimeout: 100 }, answer).listen(3002, () => console.log('ready'));
`;

let session: Session;
let program: Run;
let output = '';
let errors = '';
const ports: number[] = [];
const closers: (() => void)[] = [];

beforeAll(async () => {
  session = await Session.open();
  program = await session.spawn('node', { args: ['-e', SERVER] });
  program.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await new Promise<void>((resolve) =>
    program.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('ready')) resolve();
    }),
  );
  for (const guestPort of [3000, 3001, 3002]) {
    const server = await forwardPort(session, { guestPort, hostPort: 0 });
    closers.push(() => server.close());
    ports.push((server.address() as AddressInfo).port);
  }
});
afterAll(async () => {
  for (const close of closers) close();
  await session?.close();
});

/** Sends these bytes, as no browser would, → all that comes back until the server closes. */
function raw(server: number, ...parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: ports[server] ?? 0, host: '127.0.0.1' });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What was sent after the refusal may reset the connection; the refusal has been read by then.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    for (const part of parts) socket.write(part, 'latin1');
  });
}
const statuses = (text: string): string[] => text.match(/HTTP\/1\.1 \d+ [^\r]*/g) ?? [];

const BAD = 'HTTP/1.1 400 Bad Request';
test.each([
  ['no HTTP at all', 'hello\r\n\r\n', BAD],
  ['TLS to a plain server', '\x16\x03\x01\x02\x00\x01\x00', BAD],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', BAD],
  ['a version that is none', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', BAD],
  ['a blank before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', BAD],
  ['a header without a name', 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n', BAD],
  ['a control character in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n', BAD],
  ['a length that is no number', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n', BAD],
  [
    'a chunk size that is none',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    BAD,
  ],
  [
    'a head that is too large',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(17_000)}\r\n\r\n`,
    'HTTP/1.1 431 Request Header Fields Too Large',
  ],
  [
    'chunk extensions without end',
    `POST /chunks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(17_000)}\r\nAA\r\n0\r\n\r\n`,
    'HTTP/1.1 413 Payload Too Large',
  ],
])('%s is refused as Node refuses it, and the connection ends', async (_name, bytes, status) => {
  const text = await raw(0, bytes);
  expect(statuses(text)).toEqual([status]);
  expect(text).toContain('Connection: close');
});

test.each([
  ['a length and chunks', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345'],
  ['a coding after chunks', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  ['a line that ends in a bare CR', 'X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
])('%s carry no second request past the first', async (_name, rest) => {
  const text = await raw(
    0,
    `POST /outer HTTP/1.1\r\nHost: a\r\n${rest}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`,
  );
  expect(statuses(text).at(-1)).toBe(BAD);
  expect(output).not.toContain('/smuggled');
});

test('a client that is too slow is told so: with its head, with its body', async () => {
  expect(statuses(await raw(1, 'GET /slow HTTP/1.1\r\nHost: a\r\nX: '))).toEqual([
    'HTTP/1.1 408 Request Timeout',
  ]);
  const body = await raw(1, 'POST /slow-body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
  expect(statuses(body)).toEqual(['HTTP/1.1 408 Request Timeout']);
  expect(output).not.toContain('GET /slow');
});

test('requests in one go are answered in their order, and an idle connection is closed', async () => {
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const text = await raw(2, request('/1') + request('/2') + request('/3'));
  expect(statuses(text)).toEqual(Array(3).fill('HTTP/1.1 200 OK'));
  expect(text).toContain('Connection: keep-alive');
});

test('curl in the container is answered the same', async () => {
  const run = await session.spawn('sh', {
    args: [
      '-c',
      `curl -s -o /dev/null -w '%{http_code}\\n' -H 'X: ${'y'.repeat(17_000)}' http://localhost:3000/;
       curl -s -o /dev/null -w '%{http_code}\\n' -H 'Host:' http://localhost:3000/;
       curl -s http://localhost:3000/fine; echo; curl -s http://localhost:3999/; echo $?`,
    ],
  });
  let text = '';
  for await (const chunk of run.stdout) text += String(chunk);
  expect(text.split('\n')).toEqual(['431', '400', 'served', '7', '']);
});

test('a port that is taken: the second program ends with the reason, the first serves on', async () => {
  const second = await session.spawn('node', { args: ['-e', `require('http').createServer().listen(3000)`] });
  let text = '';
  for await (const chunk of second.stderr) text += String(chunk);
  expect((await second.exited).code).toBe(1);
  expect(text).toContain('Error: listen EADDRINUSE: address already in use :::3000');
  expect(await raw(0, 'GET /still HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toContain('served');
});

test('a server that crashes in the middle of its answer: the client sees it end, the terminal says why', async () => {
  const text = await raw(0, 'GET /throw HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(text).toContain('Content-Length: 1000');
  expect(text.endsWith('half')).toBe(true);
  expect((await program.exited).code).toBe(1);
  expect(errors).toContain('TypeError: the reason of the crash');
});
