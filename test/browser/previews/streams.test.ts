import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { OpenAgentsContainer } from '../../../container-api/index.ts';
import { usePage } from '../harness.ts';
import { SERVER } from './server-program.ts';

const opened = usePage();
const { run } = opened;

/** Puts `window.previews` into the page: a booted container, its server, and a frame that shows it. */
async function start(): Promise<void> {
  await run(async ({ OpenAgentsContainer }, source) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('server.cjs', source);
    const ready = new Promise<string>((resolve) =>
      container.on('server-ready', (port, url) => port === 3000 && resolve(url)),
    );
    const server = await container.spawn('node', ['server.cjs']);
    let output = '';
    void server.output.pipeTo(new WritableStream({ write: (text) => void (output += text) }));
    const url = await ready;
    const frame = document.createElement('iframe');
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    frame.src = url;
    document.body.append(frame);
    await loaded;
    Object.assign(window, { previews: { container, server, frame, url, output: () => output } });
  }, SERVER);
}

/** Evaluates in the page; `frame` is the preview's window. */
function inFrame<Result>(body: string): Promise<Result> {
  return opened.page.evaluate<Result>(`(async () => {
    const { container, server, url, output } = window.previews;
    const frame = window.previews.frame.contentWindow;
    ${body}
  })()`);
}

test('bodies of 100 MB go both ways', async () => {
  await start();
  const up = await inFrame<{ size: number }>(`
    const blob = new Blob(Array.from({ length: 100 }, (_, i) => new Uint8Array(1024 * 1024).fill(i)));
    return await (await frame.fetch('/sum', { method: 'POST', body: blob })).json();`);
  expect(up.size).toBe(100 * 1024 * 1024);
  const down = await inFrame<number>(`
    let bytes = 0;
    for await (const chunk of (await frame.fetch('/large?bytes=104857600')).body) bytes += chunk.length;
    return bytes;`);
  expect(down).toBe(100 * 1024 * 1024);
});

test('ranges, redirects, methods, addresses of localhost', async () => {
  const range = await inFrame<unknown>(`
    const response = await frame.fetch('/range', { headers: { Range: 'bytes=2-4' } });
    return [response.status, response.headers.get('content-range'), await response.text()];`);
  expect(range).toEqual([206, 'bytes 2-4/10', '234']);
  const redirected = await inFrame<Record<string, string>>(
    `return await (await frame.fetch('/redirect')).json();`,
  );
  expect(redirected['host']).toBe('localhost:3000');
  expect(redirected['cookie']).toBe('seen=1; secret=x');
  const other = await inFrame<string[]>(`
    return [await (await frame.fetch('/elsewhere')).text(), await (await frame.fetch('http://localhost:3001/x')).text()];`);
  expect(other).toEqual(['hello from 3001 /hello', 'hello from 3001 /x']);
  const head = await inFrame<unknown>(`
    const response = await frame.fetch('/headers', { method: 'HEAD' });
    return [response.status, await response.text()];`);
  expect(head).toEqual([200, '']);
});

test('an encoding that was not asked for is decoded; of what browsers do not know the body is as it is', async () => {
  const answers = await inFrame<unknown>(`
    const ask = async (coding) => {
      const response = await frame.fetch('/encoded?coding=' + coding);
      return response.status === 200 ? await response.text() : response.status;
    };
    return [await ask('gzip'), await ask('identity'), await ask('none'), await ask('br')];`);
  expect(answers).toEqual(['text', 'text', 'text', 502]);
});

test('events stream as they are sent, and the server sees the frame leave', async () => {
  const events = await inFrame<string[]>(`
    const source = new frame.EventSource('/events');
    const seen = [];
    await new Promise((resolve) => (source.onmessage = ({ data }) => seen.push(data) === 3 && resolve()));
    source.close();
    while (!output().includes('events closed')) await new Promise((resolve) => setTimeout(resolve, 20));
    return seen;`);
  expect(events).toEqual(['1', '2', '3']);
});

test('a WebSocket of the frame: text, bytes, a large message, a clean close', async () => {
  const files = ['lib', '.'].flatMap((folder) =>
    readdirSync(path.resolve('node_modules/ws', folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(m?js|json)$/.test(entry.name))
      .map((entry) => path.posix.join(folder, entry.name)),
  );
  const packageFiles = Object.fromEntries(
    files.map((name) => [name, readFileSync(path.resolve('node_modules/ws', name), 'utf8')]),
  );
  await run(async (_api, texts) => {
    const { container } = (window as never as { previews: { container: OpenAgentsContainer } }).previews;
    await container.fs.mkdir('node_modules/ws/lib', { recursive: true });
    for (const [name, text] of Object.entries(texts))
      await container.fs.writeFile(`node_modules/ws/${name}`, text);
    await container.fs.writeFile(
      'sockets.cjs',
      `const { WebSocketServer } = require('ws');
       new WebSocketServer({ port: 3002, handleProtocols: (offered) => [...offered][0] }).on('connection', (socket, request) => {
         socket.send('welcome to ' + request.url);
         socket.on('message', (data, binary) => socket.send(data, { binary }));
       });`,
    );
    const ready = new Promise((resolve) =>
      container.on('server-ready', (port) => port === 3002 && resolve(port)),
    );
    const sockets = await container.spawn('node', ['sockets.cjs']);
    void sockets.output.pipeTo(new WritableStream({ write: (text) => console.log(text) }));
    await ready;
  }, packageFiles);
  const result = await inFrame<Record<string, unknown>>(`
    const socket = new frame.WebSocket('ws://localhost:3002/chat?x=1', ['a', 'b']);
    socket.binaryType = 'arraybuffer';
    const next = () => new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data)));
    const welcome = await next();
    const { protocol, readyState } = socket;
    let message = next();
    socket.send('grüße');
    const text = await message;
    message = next();
    socket.send(new Uint8Array(3000000).fill(9));
    const bytes = new Uint8Array(await message);
    message = next();
    socket.send(new Blob(['blob']));
    const blob = new TextDecoder().decode(await message);
    const closed = new Promise((resolve) => (socket.onclose = resolve));
    socket.close(4001, 'done');
    const { code, reason, wasClean } = await closed;
    return { welcome, protocol, readyState, text, bytes: bytes.length, last: bytes[2999999], blob, code, reason, wasClean, is: socket instanceof frame.WebSocket };`);
  expect(result).toEqual({
    welcome: 'welcome to /chat?x=1',
    protocol: 'a',
    readyState: 1,
    text: 'grüße',
    bytes: 3000000,
    last: 9,
    blob: 'blob',
    code: 4001,
    reason: 'done',
    wasClean: true,
    is: true,
  });
  const refused = await inFrame<unknown>(`
    const socket = new frame.WebSocket('ws://localhost:3999');
    const errors = [];
    socket.onerror = () => errors.push('error');
    return await new Promise((resolve) => (socket.onclose = ({ code }) => resolve([...errors, code])));`);
  expect(refused).toEqual(['error', 1006]);
});

test('the service worker may be stopped: the next request finds its way', async () => {
  const session = await opened.page.context().newCDPSession(opened.page);
  await session.send('ServiceWorker.enable');
  for (let round = 0; round < 3; round++) {
    await session.send('ServiceWorker.stopAllWorkers');
    expect(await inFrame<string>(`return (await (await frame.fetch('/headers')).json()).host`)).toBe(
      'localhost:3000',
    );
  }
  await session.detach();
});

test('another container of the page answers for itself', async () => {
  const texts = await run(async ({ OpenAgentsContainer }) => {
    const containers = await Promise.all([1, 2].map(() => OpenAgentsContainer.boot()));
    const frames = await Promise.all(
      containers.map(async (container, i) => {
        const ready = new Promise<string>((resolve) =>
          container.on('server-ready', (_port, url) => resolve(url)),
        );
        await container.spawn('node', [
          '-e',
          `require('http').createServer((q, r) => r.end('container ${i}')).listen(3000)`,
        ]);
        const frame = document.createElement('iframe');
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
        frame.src = await ready;
        document.body.append(frame);
        await loaded;
        return frame.contentDocument?.body.innerText;
      }),
    );
    await Promise.all(containers.map((container) => container.teardown()));
    return frames;
  });
  expect(texts).toEqual(['container 0', 'container 1']);
});

test('errors: nothing listens, a crash in the middle, a container that has gone; and the events say so', async () => {
  const result = await inFrame<Record<string, unknown>>(`
    const events = [];
    container.on('port', (port, type) => events.push(type + ' ' + port));
    const refused = await frame.fetch(url.replace('/3000/', '/3999/'));
    const crashed = await frame.fetch('/crash').then((response) => response.text()).catch(() => 'aborted');
    const exit = await server.exit;
    while (events.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const closed = events.toSorted();
    const response = await frame.fetch('/headers');
    const after = [response.status, (await response.text()).split('\\n')[0]];
    const show = async () => {
      const { frame } = window.previews;
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      frame.src = url;
      await loaded;
      return frame.contentDocument.title;
    };
    const title = await show();
    await container.teardown();
    return { refused: refused.status, crashed, exit, events: closed, after, title };`);
  expect(result).toMatchObject({
    refused: 502,
    crashed: 'aborted',
    exit: 3,
    events: ['close 3000', 'close 3001'],
    after: [502, 'Nothing listens on port 3000'],
    title: 'Nothing listens on port 3000',
  });
});
