import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { tarOf } from '../../src/cli/tar.ts';
import { type OpenedPage, openPage } from '../browser/page.ts';
import { installed } from './app.ts';
import { registryProblem } from './registry.ts';
import { VITE_PACKAGES } from './vite.ts';

const FILES = {
  'package.json': '{"type":"module"}',
  'index.html':
    '<!doctype html><div id="root"></div><div id="vue"></div><script type="module" src="/src/main.tsx"></script>',
  'vite.config.js': `
    import react from '@vitejs/plugin-react';
    import vue from '@vitejs/plugin-vue';
    export default { plugins: [react(), vue()] };`,
  'src/main.tsx': `
    import { createRoot } from 'react-dom/client';
    import { createApp } from 'vue';
    import { Counter } from './Counter.tsx';
    import Clock from './Clock.vue';
    import './style.css';
    createRoot(document.getElementById('root')).render(<Counter />);
    createApp(Clock).mount('#vue');`,
  'src/Counter.tsx': `
    import { useState } from 'react';
    export function Counter() {
      const [count, set] = useState(0);
      return <button id="counter" onClick={() => set(count + 1)}>first {count}</button>;
    }`,
  'src/Clock.vue': `
    <script setup lang="ts">
    import { ref } from 'vue';
    const count = ref(0);
    </script>
    <template><button id="clock" @click="count++">one {{ count }}</button></template>`,
  'src/style.css': 'button { color: rgb(1, 2, 3); }',
};

/** Vite's watcher (chokidar) drops a change of a file that comes within 50 ms of the last one, on every platform. */
const BETWEEN_EDITS_MS = 200;

interface Edit {
  file: keyof typeof FILES;
  from: string;
  to: string;
}

describe.skipIf(registryProblem !== undefined)(
  'Vite in a preview frame: an edit arrives without a reload',
  () => {
    let opened: OpenedPage;
    beforeAll(async () => {
      const folder = await installed(VITE_PACKAGES);
      opened = await openPage({
        routes: [
          (_request, response, { pathname }) => {
            if (pathname !== '/application.tar') return false;
            Readable.from(tarOf(folder)).pipe(response);
            return true;
          },
        ],
      });
      await opened.run(async ({ OpenAgentsContainer }, files) => {
        const container = await OpenAgentsContainer.boot();
        await container.mount(new Uint8Array(await (await fetch('/application.tar')).arrayBuffer()));
        await container.fs.mkdir('src');
        for (const [name, text] of Object.entries(files)) await container.fs.writeFile(name, text);
        const ready = new Promise<string>((resolve) =>
          container.on('server-ready', (port, url) => port === 5173 && resolve(url)),
        );
        const vite = await container.spawn('node', ['node_modules/vite/bin/vite.js']);
        let output = '';
        void vite.output.pipeTo(new WritableStream({ write: (text) => void (output += text) }));
        const frame = document.createElement('iframe');
        frame.src = await ready;
        document.body.append(frame);
        Object.assign(window, { development: { container, vite, frame, output: () => output } });
      }, FILES);
    });
    afterAll(() => opened.close());

    const frame = () => {
      const found = opened.page.frames().find((candidate) => candidate !== opened.page.mainFrame());
      if (found === undefined) throw new Error('There is no preview frame.');
      return found;
    };
    const edit = async (change: Edit): Promise<void> => {
      await setTimeout(BETWEEN_EDITS_MS);
      await opened.run(async (_api, { file, from, to }) => {
        const { container } = (window as never as { development: { container: OpenAgentsContainer } })
          .development;
        const text = await container.fs.readFile(file, 'utf-8');
        await container.fs.writeFile(file, text.replace(from, to));
      }, change);
    };
    const shows = (selector: string, text: string) =>
      frame().waitForFunction(
        `document.querySelector(${JSON.stringify(selector)})?.textContent === ${JSON.stringify(text)}`,
      );

    it('React keeps its state, Vue takes a new template, styles change, an error shows and goes', async () => {
      await shows('#counter', 'first 0');
      await shows('#clock', 'one 0');
      await frame().click('#counter');
      await frame().click('#clock');
      await shows('#counter', 'first 1');
      await frame().evaluate('window.before = true');

      await edit({ file: 'src/Counter.tsx', from: 'first', to: 'second' });
      await shows('#counter', 'second 1');
      await edit({ file: 'src/Clock.vue', from: '>one', to: '>two' });
      await shows('#clock', 'two 1');
      await edit({ file: 'src/style.css', from: '1, 2, 3', to: '4, 5, 6' });
      await frame().waitForFunction(
        `getComputedStyle(document.querySelector('#clock')).color === 'rgb(4, 5, 6)'`,
      );
      await edit({ file: 'src/Counter.tsx', from: 'return', to: 'return (' });
      await frame().waitForFunction(`document.querySelector('vite-error-overlay') !== null`);
      await edit({ file: 'src/Counter.tsx', from: 'return (', to: 'return' });
      await frame().waitForFunction(`document.querySelector('vite-error-overlay') === null`);
      expect(await frame().evaluate('window.before')).toBe(true);
    });
  },
);
