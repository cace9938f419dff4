import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** A host elsewhere: of this machine, by a name that is not the container's own. */
const outside = createServer(answer);
const asked: string[] = [];
const host = hostname();
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, resolve));
  ({ port } = outside.address() as AddressInfo);
});
afterAll(() => {
  outside.closeAllConnections();
  outside.close();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://outside');
  const shared = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Expose-Headers': '*',
  };
  const redirect = (location: string) =>
    response.writeHead(302, { ...shared, Location: location }).end('moved');
  if (request.method === 'OPTIONS') return void response.writeHead(204, shared).end();
  asked.push(`${request.method} ${url.pathname}`);
  switch (url.pathname) {
    case '/packed':
      return void response
        .writeHead(200, { ...shared, 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' })
        .end(gzipSync('packed once'));
    case '/archive':
      return void response.writeHead(200, shared).end(gzipSync('an archive stays one'));
    case '/from':
      return void redirect('/to');
    case '/away':
      return void redirect(`http://127.0.0.1:${port}/secret`);
    case '/post':
      return void redirect('/to');
    case '/endless':
      response.writeHead(200, shared).write('first');
      response.on('close', () => asked.push('left /endless'));
      return;
    case '/headers':
      return void response.writeHead(200, shared).end(JSON.stringify(request.headers));
    case '/private':
      return void response.end('not for pages');
    case '/proxy':
      return void response.writeHead(200, shared).end(`by proxy: ${url.searchParams.get('url')}`);
    default:
      response.writeHead(200, shared).end(`${request.method} ${url.pathname}`);
  }
}

/** Runs a program that has `base` and `get(path)`, an http.get without more. → its output, and what `error` told */
function program(
  source: string,
  boot: { corsProxy?: string } = {},
): Promise<{ lines: string[]; told: string[] }> {
  const text = `const http = require('http');
    const base = 'http://${host}:${port}';
    const get = (path, options = {}) => new Promise((resolve, reject) => http.get(base + path, options, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    }).on('error', reject));
    (async () => { ${source} })();`;
  return run(
    async ({ OpenAgentsContainer }, { text, host, boot }) => {
      const container = await OpenAgentsContainer.boot({
        ...boot,
        capabilities: { network: { fetch: [host] } },
      });
      const told: string[] = [];
      container.on('error', ({ message }) => told.push(message));
      await container.fs.writeFile('main.js', text);
      const { stdout, stderr } = await container.exec('node main.js');
      await container.teardown();
      return { lines: (stdout + stderr).trim().split('\n'), told };
    },
    { text, host, boot },
  );
}

test('what the browser has decoded is not decoded again, and an archive stays as it is', async () => {
  const { lines } = await program(`
    const packed = await get('/packed');
    console.log(packed.headers['content-encoding'], String(packed.body));
    console.log(await (await fetch(base + '/packed')).text());
    console.log(String(require('zlib').gunzipSync((await get('/archive')).body)));`);
  expect(lines).toEqual(['undefined packed once', 'packed once', 'an archive stays one']);
});

test('a redirect is told to the client, which follows it or not', async () => {
  const { lines } = await program(`
    const { status, headers, body } = await get('/from');
    console.log(status, headers.location === base + '/to', body.length);
    const followed = await fetch(base + '/from');
    console.log(followed.status, followed.redirected, new URL(followed.url).pathname, await followed.text());
    const kept = await fetch(base + '/from', { redirect: 'manual' });
    console.log(kept.status, kept.redirected);
    const posted = await fetch(base + '/post', { method: 'POST', body: 'x' });
    console.log(posted.status, await posted.text());`);
  expect(lines).toEqual(['302 true 0', '200 true /to GET /to', '302 false', '200 GET /to']);
  expect(asked.filter((line) => line === 'POST /post')).toHaveLength(1);
});

test('a redirect to a host that the capabilities do not include brings nothing of that host', async () => {
  const { lines } = await program(`
    const { status, headers, body } = await get('/away');
    console.log(status, headers.location, body.length);`);
  expect(lines).toEqual([`302 http://127.0.0.1:${port}/secret 0`]);
});

test('a client that gives up ends the request, and bodies arrive as they are sent', async () => {
  const { lines } = await program(`
    const aborter = new AbortController();
    const { body } = await fetch(base + '/endless', { signal: aborter.signal });
    const reader = body.getReader();
    console.log(new TextDecoder().decode((await reader.read()).value));
    aborter.abort();
    console.log(await reader.read().catch(({ name }) => name));
    http.get(base + '/endless', (response) => response.once('data', (part) => {
      console.log(String(part));
      response.destroy();
    }));`);
  expect(lines).toEqual(['first', 'AbortError', 'first']);
  await expect.poll(() => asked.filter((line) => line === 'left /endless').length).toBe(2);
});

test('headers that a browser does not send are told, once each', async () => {
  const { lines, told } = await program(`
    for (let i = 0; i < 2; i++) {
      const { body } = await get('/headers', { headers: { Cookie: 'a=1', 'X-Own': 'kept' } });
      const { cookie, 'x-own': own } = JSON.parse(body);
      console.log(cookie, own);
    }`);
  expect(lines).toEqual(['undefined kept', 'undefined kept']);
  expect(told).toEqual([expect.stringContaining(`'cookie'`)]);
});

test('a host that pages may not read: the error names both ways out, and the proxy is one', async () => {
  const source = `
    const { status, body } = await get('/private');
    console.log(status, String(body).trim());`;
  const { lines } = await program(source);
  expect(lines[0]).toMatch(/^502 .*CORS.*boot\(\{ corsProxy: /);
  expect(lines[0]).toContain(
    `boot({ remote, capabilities: { network: { tcp: ['${host.toLowerCase()}:${port}'] } } })`,
  );
  const proxied = await program(source, { corsProxy: `http://${host}:${port}/proxy?url=` });
  expect(proxied.lines).toEqual([`200 by proxy: http://${host.toLowerCase()}:${port}/private`]);
});
