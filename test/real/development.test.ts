import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { tarOf } from '../../src/cli/tar.ts';
import { type OpenedPage, openPage } from '../browser/page.ts';
import { ALL } from './all.ts';
import { installed } from './app.ts';
import { FRAMEWORKS } from './development.ts';
import { LIVE_SERVERS } from './live-servers.ts';
import { registryProblem } from './registry.ts';

interface Development {
  development: { container: OpenAgentsContainer; output(): string };
}

describe.skipIf(registryProblem !== undefined || !ALL)('servers of development in a preview frame', () => {
  let opened: OpenedPage | undefined;
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  it.each(Object.entries({ ...FRAMEWORKS, ...LIVE_SERVERS }))('%s', async (_title, framework) => {
    const { packages, manifest = {}, files, command, port, edited, reloads = false } = framework;
    const folder = await installed(packages, { manifest });
    const at = (opened = await openPage({
      routes: [
        (_request, response, { pathname }) => {
          if (pathname !== '/application.tar') return false;
          Readable.from(tarOf(folder)).pipe(response);
          return true;
        },
      ],
    }));
    if (framework.ownOrigin) await at.page.goto(at.page.url().replace('127.0.0.1', 'app.localhost'));
    await at.run(
      async ({ OpenAgentsContainer }, { files, command, port, ownOrigin }) => {
        const container = await OpenAgentsContainer.boot(ownOrigin ? { previewHost: location.host } : {});
        await container.mount(new Uint8Array(await (await fetch('/application.tar')).arrayBuffer()));
        for (const [name, text] of Object.entries(files)) {
          await container.fs.mkdir(name.split('/').slice(0, -1).join('/') || '.', { recursive: true });
          await container.fs.writeFile(name, text);
        }
        const ready = new Promise<string>((resolve) =>
          container.on('server-ready', (opened, url) => opened === port && resolve(url)),
        );
        const server = await container.spawn('sh', ['-c', command]);
        let output = '';
        void server.output.pipeTo(new WritableStream({ write: (text) => void (output += text) }));
        const ended = server.exit.then((code) => Promise.reject(new Error(`ended with ${code}: ${output}`)));
        const frame = document.createElement('iframe');
        frame.name = 'preview';
        frame.src = await Promise.race([ready, ended]);
        document.body.append(frame);
        Object.assign(window, { development: { container, output: () => output } });
      },
      { files, command, port, ownOrigin: framework.ownOrigin === true },
    );
    const textOf = (selector: string): Promise<string | undefined> => {
      const shown = `document.querySelector(${JSON.stringify(selector)})?.textContent`;
      // A document that is being replaced answers nothing.
      const asked = at.page.frame('preview')?.evaluate<string | undefined>(shown);
      return asked?.catch(() => undefined) ?? Promise.resolve(undefined);
    };
    const until = { timeout: 240_000, interval: 500 };
    await expect.poll(() => textOf('#title'), until).toBe('first');
    if (!reloads) {
      // Until the page's code has taken the button over, a click does nothing.
      const click = () => at.page.frame('preview')?.evaluate(`document.querySelector('#counter').click()`);
      await expect
        .poll(async () => {
          const text = await textOf('#counter');
          if (text === 'count 0') await click();
          return text;
        }, until)
        .toMatch(/^count [1-9]/);
      await at.page.frame('preview')?.evaluate('window.before = true');
    }
    await at.run(async (_api, name) => {
      const { container } = (window as never as Development).development;
      const text = await container.fs.readFile(name, 'utf-8');
      await container.fs.writeFile(name, text.replace('first', 'second'));
    }, edited);
    await expect.poll(() => textOf('#title'), until).toBe('second');
    if (!reloads) expect(await at.page.frame('preview')?.evaluate('window.before')).toBe(true);
  });
});
