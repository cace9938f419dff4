import { describe, expect, test } from 'vitest';
import { usePage } from '../harness.ts';
import { SERVER } from './server-program.ts';

for (const form of ['path', 'origin'] as const) {
  describe(`the ${form} form`, () => {
    const { run } = usePage({ host: form === 'origin' ? 'app.localhost' : '127.0.0.1' });

    test('a document, its script, cookies, links and forms', async () => {
      const result = await run(
        async ({ OpenAgentsContainer }, { source, form }) => {
          const container = await OpenAgentsContainer.boot(
            form === 'origin' ? { previewHost: location.host } : {},
          );
          const messages: unknown[] = [];
          addEventListener('message', ({ data }) => messages.push(data));
          await container.fs.writeFile('server.cjs', source);
          await container.setPreviewScript(
            'document.documentElement.dataset.preview = "before " + document.documentElement.dataset.app',
          );
          const ready = new Promise<string>((resolve) =>
            container.on('server-ready', (port, url) => port === 3000 && resolve(url)),
          );
          const server = await container.spawn('node', ['server.cjs']);
          void server.output.pipeTo(new WritableStream({ write: (text) => console.log(text) }));
          const url = await ready;
          const frame = document.createElement('iframe');
          const load = () =>
            new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
          // A frame of another origin tells by message what a frame of this one shows.
          await container.setPreviewScript(`addEventListener('load', () => parent.postMessage({
          title: document.title, app: document.documentElement.dataset.app, cookie: document.cookie, path: location.pathname,
          text: document.body.innerText }, '*'));
          addEventListener('message', ({ data }) => data.run && eval(data.run));`);
          const told = () =>
            new Promise<Record<string, string>>((resolve) => {
              const listen = ({ data }: MessageEvent) => {
                if (typeof data.title !== 'string') return;
                removeEventListener('message', listen);
                resolve(data);
              };
              addEventListener('message', listen);
            });
          const first = told();
          frame.src = url;
          document.body.append(frame);
          void load;
          const shown = await first;
          const about = told();
          frame.contentWindow?.postMessage({ run: 'document.getElementById("about").click()' }, '*');
          const linked = await about;
          const home = told();
          frame.contentWindow?.postMessage({ run: 'location.href = "/"' }, '*');
          const assigned = await home;
          const form2 = told();
          frame.contentWindow?.postMessage({ run: 'document.getElementById("form").requestSubmit()' }, '*');
          const posted = await form2;
          const ports = await container.ports();
          await container.teardown();
          return { url, shown, linked, assigned, posted, ports };
        },
        { source: SERVER, form },
      );
      expect(result.shown['title']).toBe('t');
      expect(result.shown['app']).toBe('ran seen=1');
      expect(result.linked['title']).toBe('GET');
      expect(result.linked['text']).toContain('http://localhost:3000/');
      expect(result.assigned['title']).toBe('t');
      expect(result.posted['title']).toBe('POST a=b+c');
      expect(result.ports.map(({ port }) => port).sort()).toEqual([3000, 3001]);
    });
  });
}
