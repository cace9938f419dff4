import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../../../src/cli/server.ts';
import { usePage } from '../../harness.ts';

const testPage = usePage();
const NAMES = [
  'fetch', 'XMLHttpRequest', 'importScripts', 'import', 'data', 'EventSource', 'WebSocket', 'WebTransport', 'Worker', 'page',
]; // prettier-ignore

/**
 * Served in the place of the script of program workers, under its policy: a program that has found every function of
 * the browser's that is taken from it.
 */
const attacker = (url: string): string => `
  const url = ${JSON.stringify(url)};
  (async () => {
  const attempts = {
    fetch: () => fetch(url, { mode: 'no-cors' }),
    XMLHttpRequest: () => { const request = new XMLHttpRequest(); request.open('GET', url, false); request.send(); },
    importScripts: () => importScripts(url),
    import: () => import(url),
    data: () => import('data:text/javascript,export default 1'),
    EventSource: () => new Promise((resolve, reject) => Object.assign(new EventSource(url), { onopen: resolve, onerror: reject })),
    WebSocket: () => new Promise((resolve, reject) => Object.assign(new WebSocket(url.replace('http', 'ws')), { onopen: resolve, onerror: reject })),
    WebTransport: () => new WebTransport(url.replace('http', 'https')).ready,
    Worker: () => new Promise((resolve, reject) => {
      const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
      worker.onmessage = resolve;
      worker.onerror = reject;
    }),
    page: () => fetch('/cli/empty.html'),
  };
  const outcomes = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try { await attempt(); outcomes[name] = 'reached'; } catch { outcomes[name] = 'stopped'; }
  }
  postMessage(outcomes);
  })();
`;

test('the policy of program workers stops a program that digs up what the browser has', async () => {
  const asked: string[] = [];
  const outside = createServer((request, response) => {
    asked.push(request.url ?? '');
    response
      .writeHead(200, {
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
        'Content-Type': 'text/javascript',
      })
      .end('1');
  });
  outside.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((resolve) => outside.listen(0, resolve));
  const { port } = outside.address() as AddressInfo;
  const script = attacker(`http://${hostname()}:${port}/x.js`);
  const server = await startServer(path.resolve('dist'), {
    routes: [
      (_request, response, { pathname }) => {
        if (!/^\/(assets\/process-worker|free)\.js$/.test(pathname)) return false;
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
        return true;
      },
    ],
  });
  const page = await testPage.page.context().newPage();
  try {
    await page.goto(`${server.origin}/cli/empty.html`);
    const outcomesOf = (worker: string) =>
      page.evaluate(
        `new Promise((resolve, reject) => Object.assign(new Worker('${worker}'), {
          onmessage: ({ data }) => resolve(data),
          onerror: ({ message }) => reject(new Error(message)),
        }))`,
      );
    // Without the policy the same script gets through: what stops it is not something else.
    expect(await outcomesOf('/free.js')).toMatchObject({
      fetch: 'reached',
      import: 'reached',
      importScripts: 'reached',
    });
    expect(asked.length).toBeGreaterThan(0);
    asked.length = 0;
    expect(await outcomesOf('/assets/process-worker.js')).toEqual(
      Object.fromEntries(NAMES.map((name) => [name, 'stopped'])),
    );
    expect(asked).toEqual([]);
  } finally {
    await page.close();
    await server.close();
    outside.close();
  }
});
