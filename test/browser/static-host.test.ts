/** A host that sends files and no header of its own: what the package's service worker makes of it. */
import { createReadStream, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DIST } from '../../src/cli/headless.ts';
import { PAGE_TIMEOUT_MS, startChromium } from '../support/chromium.ts';
import type * as ContainerModule from '../../container-api/index.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
/** Only these are uploaded. */
const FILES = new Set(JSON.parse(readFileSync(path.join(DIST, 'files.json'), 'utf8')) as string[]);

/** In the place of a process's script: what a program does that has dug up the browser's own functions. */
const attacker = (url: string): string => `
  const url = ${JSON.stringify(url)};
  const opened = (source) => new Promise((resolve, reject) => Object.assign(source, { onopen: resolve, onerror: reject }));
  const attempts = {
    fetch: () => fetch(url, { mode: 'no-cors' }),
    importScripts: () => importScripts(url),
    import: () => import(url),
    EventSource: () => opened(new EventSource(url)),
    WebSocket: () => opened(new WebSocket(url.replace('http', 'ws'))),
    Worker: () => new Promise((resolve, reject) => {
      const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
      Object.assign(worker, { onmessage: resolve, onerror: reject });
    }),
    page: () => fetch('/site/'),
  };
  (async () => {
    const outcomes = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      outcomes[name] = await Promise.resolve().then(attempt).then(() => 'reached', () => 'stopped');
    }
    postMessage(outcomes);
  })();`;
const NESTING = `const worker = new Worker('process-worker.js'); worker.onmessage = ({ data }) => postMessage(data);`;

let browser: Browser;
let page: Page;
let server: Server;
let outside: Server;
let origin: string;
let isAttacked = false;
const asked: string[] = [];
const lacking: string[] = [];

function fileOf(name: string): string | undefined {
  if (name === 'static-host-worker.js') return path.join(DIST, name);
  const inDist = name.startsWith('dist/') ? name.slice('dist/'.length) : undefined;
  return inDist !== undefined && FILES.has(inDist) ? path.join(DIST, inDist) : undefined;
}

async function listening(made: Server, host?: string): Promise<number> {
  await new Promise<void>((resolve) => made.listen(0, host, resolve));
  return (made.address() as AddressInfo).port;
}

beforeAll(async () => {
  outside = createServer((request, response) => {
    asked.push(request.url ?? '');
    response
      .writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/javascript' })
      .end('1');
  });
  const attack = attacker(`http://${hostname()}:${await listening(outside)}/x.js`);
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = pathname.replace(/^\/site\//, '');
    const send = (type: string, text: string) => response.writeHead(200, { 'Content-Type': type }).end(text);
    if (name === '') return void send('text/html', '<!doctype html><title>static</title>');
    if (isAttacked && name === 'dist/assets/process-worker.js') return void send('text/javascript', attack);
    if (isAttacked && name === 'dist/assets/nesting.js') return void send('text/javascript', NESTING);
    const file = fileOf(name);
    if (file === undefined) {
      if (!name.endsWith('favicon.ico')) lacking.push(name);
      return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found');
    }
    response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  origin = `http://127.0.0.1:${await listening(server, '127.0.0.1')}`;
  browser = await startChromium();
  page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(PAGE_TIMEOUT_MS);
  await page.goto(`${origin}/site/`);
});
afterAll(async () => {
  await browser.close();
  for (const one of [server, outside]) {
    one.closeAllConnections();
    one.close();
  }
});

/** As text, so that no transform of this file reaches into it. */
function run<Result>(body: (api: typeof ContainerModule) => Promise<Result>): Promise<Result> {
  return page.evaluate<Result>(`import('/site/dist/index.js').then(${body.toString()})`);
}

test('without the service worker the report names what is missing', async () => {
  const { supported, workerPolicy, missing } = await run(({ inspectHost }) => inspectHost());
  expect({ supported, workerPolicy }).toEqual({ supported: false, workerPolicy: false });
  expect(missing).toEqual([
    expect.stringMatching(/Cross-Origin-Opener-Policy/),
    expect.stringMatching(/process-worker\.js has no Content-Security-Policy/),
  ]);
});

test('with it the page is loaded again, nothing is missing, and programs, npm and previews run', async () => {
  const loaded = page.waitForEvent('load');
  await page.evaluate(
    `void import('/site/dist/index.js').then(({ prepareStaticHost }) => prepareStaticHost({ worker: '/site/static-host-worker.js' }))`,
  );
  await loaded;
  const result = await run(async ({ OpenAgentsContainer, inspectHost, prepareStaticHost }) => {
    await prepareStaticHost({ worker: '/site/static-host-worker.js' });
    const { missing } = await inspectHost();
    const container = await OpenAgentsContainer.boot();
    const node = await container.exec(
      `node -p 'require("child_process").execFileSync("node", ["-p", "6 * 7"], { encoding: "utf8" }) + crypto.createHash("sha256").update("a").digest("hex").slice(0, 8)'`,
    );
    const npm = await container.exec('npm --version');
    const ready = new Promise<string>((resolve) =>
      container.on('server-ready', (_port, url) => resolve(url)),
    );
    await container.spawn('node', [
      '-e',
      `require('http').createServer((q, r) => r.setHeader('Content-Type', 'text/html').end('<title>' + q.url)).listen(3000)`,
    ]);
    const frame = document.createElement('iframe');
    const shown = new Promise((resolve) => frame.addEventListener('load', resolve));
    frame.src = `${await ready}page`;
    document.body.append(frame);
    await shown;
    const title = frame.contentDocument?.title;
    await container.teardown();
    return { missing, node: node.stdout + node.stderr, npm: npm.exitCode, title };
  });
  expect(result).toEqual({ missing: [], node: '42\nca978112\n', npm: 0, title: '/page' });
  // The worker of previews is tried at the origin's root first, which such a host does not allow; nothing else is asked for in vain.
  expect(lacking).toEqual([]);
});

test('a program that digs up what the browser has is stopped there, in a worker of the page and in one of a worker', async () => {
  isAttacked = true;
  const outcomesOf = (script: string) =>
    page.evaluate(
      `new Promise((resolve, reject) => Object.assign(new Worker('/site/dist/assets/${script}'), {
        onmessage: ({ data }) => resolve(data),
        onerror: ({ message }) => reject(new Error(message)),
      }))`,
    );
  const names = ['fetch', 'importScripts', 'import', 'EventSource', 'WebSocket', 'Worker', 'page'];
  const stopped = Object.fromEntries(names.map((name) => [name, 'stopped']));
  expect(await outcomesOf('process-worker.js')).toEqual(stopped);
  expect(await outcomesOf('nesting.js')).toEqual(stopped);
  expect(asked).toEqual([]);
});
