/** The path form shows a frame's scripts the addresses that its server knows, and still leads back to that server. */
import type { Frame } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const SERVER = `
  const seen = [];
  require('node:http').createServer((request, response) => {
    seen.push(request.url);
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/seen') return response.end(JSON.stringify(seen));
    if (pathname.endsWith('.js')) {
      response.setHeader('Content-Type', 'text/javascript');
      return response.end('globalThis.ran = (globalThis.ran ?? 0) + 1');
    }
    response.setHeader('Content-Type', 'text/html');
    if (pathname === '/strict/') response.setHeader('Content-Security-Policy', "script-src 'self'");
    const frames = pathname === '/frames/' ? '<iframe src="/inner"></iframe><iframe src="inner"></iframe>' : '';
    response.end('<!doctype html><title>' + pathname + '</title>' + frames + '<script src="relative.js"></script>' +
      '<script>globalThis.first = location.pathname</script>');
  }).listen(3000);`;

const opened = usePage();
const { run } = opened;

const PREVIEW = 'preview';
function frame(): Frame {
  const found = opened.page.frame(PREVIEW);
  if (found === null) throw new Error('There is no preview frame.');
  return found;
}
/** Of a document that may be replaced by another at any moment. */
const told = (expression: string): Promise<unknown> =>
  frame()
    .evaluate(expression)
    .catch(() => undefined);
const shows = (title: string, path: string) =>
  expect.poll(() => told('[document.title, location.pathname + location.search]')).toEqual([title, path]);
const go = (expression: string) => told(`void (${expression})`);

beforeAll(async () => {
  await run(
    async ({ OpenAgentsContainer }, { source, name }) => {
      const container = await OpenAgentsContainer.boot();
      await container.fs.writeFile('server.cjs', source);
      const ready = new Promise<string>((resolve) =>
        container.on('server-ready', (_port, url) => resolve(url)),
      );
      await container.spawn('node', ['server.cjs']);
      const element = document.createElement('iframe');
      element.name = name;
      element.src = `${await ready}a/?x=1`;
      document.body.append(element);
    },
    { source: SERVER, name: PREVIEW },
  );
});

test('what a document loads by relative addresses is its own server’s, and is asked for once', async () => {
  await shows('/a/', '/a/?x=1');
  // The document has its title before its scripts have run.
  await expect.poll(() => told('[first, ran]')).toEqual(['/a/', 1]);
  const seen = await told(`fetch('/seen').then((response) => response.json())`);
  expect(seen).toEqual(['/a/?x=1', '/a/relative.js', '/seen']);
});

test('reloads, going back and forward lead to the documents of the server', async () => {
  await go(`location.href = '/b/'`);
  await shows('/b/', '/b/');
  await go('history.back()');
  await shows('/a/', '/a/?x=1');
  await go('history.forward()');
  await shows('/b/', '/b/');
  await told('window.old = true');
  await go('location.reload()');
  await expect.poll(() => told('[document.title, window.old ?? null]')).toEqual(['/b/', null]);
});

test('entries that a router pushed, too, from this document and from another', async () => {
  await go(`history.pushState({ at: 'pushed' }, '', '/pushed/?y')`);
  await shows('/b/', '/pushed/?y');
  await told(`addEventListener('popstate', () => (window.popped = location.pathname))`);
  await go('history.back()');
  await shows('/b/', '/b/');
  await expect.poll(() => told('window.popped')).toBe('/b/');
  await go(`history.pushState({ at: 'pushed' }, '', '?again')`);
  await shows('/b/', '/b/?again');
  expect(await told('history.state')).toEqual({ at: 'pushed' });
  await go(`location.href = '/c/'`);
  await shows('/c/', '/c/');
  await go('history.go(-2)');
  await shows('/b/', '/b/');
  await go('history.forward()');
  await shows('/b/', '/b/?again');
});

test('frames within the frame, by absolute and relative addresses, and one without an address', async () => {
  await go(`location.href = '/frames/'`);
  await shows('/frames/', '/frames/');
  const titles = () =>
    told('[...document.querySelectorAll("iframe")].map((one) => one.contentDocument?.title)');
  await expect.poll(titles).toEqual(['/inner', '/frames/inner']);
  const inSource = `new Promise((resolve) => {
    addEventListener('message', ({ data }) => resolve(data), { once: true });
    const inner = document.createElement('iframe');
    inner.srcdoc = '<script>fetch("/x.js").then((response) => response.text()).then((text) => parent.postMessage(text, "*"))</' + 'script>';
    document.body.append(inner);
  })`;
  expect(await told(inSource)).toContain('globalThis.ran');
});

test('a document that allows no inline script sees its own address all the same', async () => {
  await go(`location.href = '/strict/'`);
  await shows('/strict/', '/strict/');
  await expect.poll(() => told('ran')).toBe(1);
});
