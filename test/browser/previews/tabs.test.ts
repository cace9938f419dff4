/** Two tabs of the same page: one service worker answers for both, and each tab's frames reach that tab's container. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { OpenAgentsContainer } from '../../../container-api/index.ts';
import { PAGE_TIMEOUT_MS } from '../../support/chromium.ts';
import { type InPage, usePage } from '../harness.ts';

/** What `start` leaves in a tab. */
interface Tab {
  preview: { container: OpenAgentsContainer; url: string; frame: HTMLIFrameElement };
}

const SERVER = `
  const { createServer } = require('node:http');
  const { createHash } = require('node:crypto');
  createServer((request, response) => {
    response.setHeader('Content-Type', request.url.endsWith('.js') ? 'text/javascript' : 'text/html');
    if (request.url === '/name.js') response.end('document.title = ' + JSON.stringify(process.argv[2]));
    else if (request.url === '/who') response.end(process.argv[2]);
    else if (request.url === '/events') response.write('hello ' + process.argv[2]);
    else response.end('<!doctype html><script src="/name.js"></script>');
  }).on('upgrade', (request, socket) => {
    const key = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11');
    const text = Buffer.from(process.argv[2]);
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n' +
      'Sec-WebSocket-Accept: ' + key.digest('base64') + '\\r\\n\\r\\n');
    socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
    socket.on('error', () => undefined);
  }).listen(3000);
`;

for (const form of ['path', 'origin'] as const) {
  describe(`the ${form} form in two tabs`, () => {
    const opened = usePage({ host: form === 'origin' ? 'app.localhost' : '127.0.0.1' });
    let other: Page;
    beforeAll(async () => {
      other = await opened.page.context().newPage();
      other.setDefaultTimeout(PAGE_TIMEOUT_MS);
      await other.goto(opened.page.url());
      await start(opened.page, 'first');
      await start(other, 'second');
    });
    afterAll(() => other.close());

    /** As text, so that no transform of this file reaches into it. */
    const inTab = <Argument, Result>(
      page: Page,
      body: (api: InPage, argument: Argument) => Promise<Result>,
      argument: Argument,
    ): Promise<Result> =>
      page.evaluate<Result>(
        `import('/index.js').then((api) => (${body.toString()})(api, ${JSON.stringify(argument)}))`,
      );

    const start = (page: Page, name: string): Promise<void> =>
      inTab(
        page,
        async ({ OpenAgentsContainer }, { name, source, form }) => {
          const container = await OpenAgentsContainer.boot(
            form === 'origin' ? { previewHost: location.host } : {},
          );
          await container.fs.writeFile('server.cjs', source);
          const ready = new Promise<string>((resolve) =>
            container.on('server-ready', (_port, url) => resolve(url)),
          );
          await container.spawn('node', ['server.cjs', name]);
          const url = await ready;
          const frame = document.createElement('iframe');
          const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
          frame.src = url;
          document.body.append(frame);
          await loaded;
          Object.assign(window, { preview: { container, url, frame } });
        },
        { name, source: SERVER, form },
      );

    /** Evaluates in the preview frame of a tab, which may be of another origin. */
    const inFrame = <Result>(page: Page, expression: string): Promise<Result> => {
      // A preview's own origin has a hidden frame beside it, which holds its service worker.
      const frame = page.frames().find((one) => one.url().endsWith('/') && one !== page.mainFrame());
      if (frame === undefined) throw new Error('There is no preview frame.');
      return frame.evaluate<Result>(expression);
    };
    const who = (page: Page) =>
      inFrame<string[]>(
        page,
        `(async () => [document.title, await (await fetch('/who')).text(), await new Promise((resolve, reject) =>
          Object.assign(new WebSocket('ws://localhost:3000/'), { onmessage: ({ data }) => resolve(data), onerror: reject }))])()`,
      );
    const stopServiceWorkers = async () => {
      const session = await opened.page.context().newCDPSession(opened.page);
      await session.send('ServiceWorker.enable');
      await session.send('ServiceWorker.stopAllWorkers');
      await session.detach();
    };

    test('each frame reaches the container of its tab', async () => {
      expect([await who(opened.page), await who(other)]).toEqual([
        ['first', 'first', 'first'],
        ['second', 'second', 'second'],
      ]);
    });

    test('and still does once the service worker was stopped', async () => {
      for (let round = 0; round < 2; round++) {
        await stopServiceWorkers();
        expect(await Promise.all([who(other), who(opened.page)])).toEqual([
          ['second', 'second', 'second'],
          ['first', 'first', 'first'],
        ]);
      }
    });

    test('a third tab that comes and goes takes nothing along, not even in the middle of an answer', async () => {
      const third = await opened.page.context().newPage();
      third.setDefaultTimeout(PAGE_TIMEOUT_MS);
      await third.goto(opened.page.url());
      await start(third, 'third');
      expect(await who(third)).toEqual(['third', 'third', 'third']);
      const { url } = await inTab(
        third,
        async (_api, _argument) => {
          const { url } = (window as never as Tab).preview;
          return Promise.resolve({ url });
        },
        null,
      );
      expect(
        await inFrame<string>(
          third,
          `fetch('/events').then(async (response) =>
            new TextDecoder().decode((await (window.reader = response.body.getReader()).read()).value))`,
        ),
      ).toBe('hello third');
      await third.close();
      expect([await who(opened.page), await who(other)].map(([title]) => title)).toEqual(['first', 'second']);
      // Nobody runs that container any more: its address says so, and those of the others do not.
      if (form === 'path') {
        const gone = await opened.page.evaluate(
          `(async () => {
            const { frame } = window.preview;
            const response = await frame.contentWindow.fetch(${JSON.stringify(`${url}who`)});
            return response.status;
          })()`,
        );
        expect(gone).toBe(503);
      }
    });

    test('a WebSocket of a frame in another tab is told when the tab of its container is closed', async () => {
      const owner = await opened.page.context().newPage();
      owner.setDefaultTimeout(PAGE_TIMEOUT_MS);
      await owner.goto(opened.page.url());
      await start(owner, 'owner');
      const url = await owner.evaluate<string>('window.preview.url');
      const viewer = await opened.page.context().newPage();
      viewer.setDefaultTimeout(PAGE_TIMEOUT_MS);
      await viewer.goto(url);
      await viewer.evaluate(
        `new Promise((resolve) => {
          const socket = new WebSocket('ws://localhost:3000/');
          socket.onmessage = ({ data }) => resolve(data);
          window.socketClosed = new Promise((resolve) => (socket.onclose = resolve))
            .then(({ code, wasClean }) => [code, wasClean, socket.readyState]);
        })`,
      );
      await owner.close();
      expect(await viewer.evaluate('window.socketClosed')).toEqual([1006, false, 3]);
      await viewer.close();
    });

    test('with the first tab gone, and the service worker stopped, the other goes on', async () => {
      const left = await opened.page.context().newPage();
      await left.goto(opened.page.url());
      await opened.page.goto('about:blank');
      await left.close();
      expect(await who(other)).toEqual(['second', 'second', 'second']);
      const session = await other.context().newCDPSession(other);
      await session.send('ServiceWorker.enable');
      await session.send('ServiceWorker.stopAllWorkers');
      await session.detach();
      expect(await who(other)).toEqual(['second', 'second', 'second']);
      await inFrame(other, 'location.reload()').catch(() => undefined);
      await expect.poll(() => who(other).catch(() => [])).toEqual(['second', 'second', 'second']);
    });
  });
}
