import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forwardPort } from '../../../src/cli/forward.ts';
import { type Run, Session } from '../../../src/cli/headless.ts';

const SERVER = `
const http = require('node:http');
http.createServer(async (request, response) => {
  let size = 0;
  for await (const chunk of request) size += chunk.length;
  response.end(request.method + ' ' + request.url + ' ' + size);
}).listen(3000, () => {
  // Raw TCP, half-closed by its client.
  require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.on('end', () => socket.end(text.toUpperCase()));
  }).listen(3001, () => console.log('listening'));
});`;

let session: Session;
let program: Run;
const closers: (() => void)[] = [];

beforeAll(async () => {
  session = await Session.open();
  program = await session.spawn('node', { args: ['-e', SERVER] });
  await new Promise((resolve) => program.stdout.once('data', resolve));
});
afterAll(async () => {
  for (const close of closers) close();
  await session?.close();
});

/** → the port of this machine that leads to the container's. */
async function forwarded(guestPort: number): Promise<number> {
  const server = await forwardPort(session, { guestPort, hostPort: 0 });
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

test('a client of this machine talks to a server of the container', async () => {
  const port = await forwarded(3000);
  const body = Buffer.alloc(20_000_000, 1);
  const answer = await new Promise<string>((resolve, reject) => {
    const asked = request({ port, method: 'POST', path: '/x', agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end(body);
  });
  expect(answer).toBe('POST /x 20000000');
});

test('one side may end while the other goes on', async () => {
  const socket = connect({ port: await forwarded(3001), host: '127.0.0.1', allowHalfOpen: true });
  socket.end('half-closed');
  expect(await textOf(socket)).toBe('HALF-CLOSED');
  socket.end();
});

test('a port that nobody listens on is reset; one that is taken here is told', async () => {
  const socket = connect({ port: await forwarded(3999), host: '127.0.0.1' });
  await expect(textOf(socket)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  closers.push(() => taken.close());
  const { port: hostPort } = taken.address() as AddressInfo;
  await expect(forwardPort(session, { guestPort: 3000, hostPort })).rejects.toMatchObject({
    code: 'ERR_PORT_TAKEN',
  });
});
