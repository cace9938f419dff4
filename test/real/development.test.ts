import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenAgentsContainer } from '../../container-api/index.ts';
import { tarOf } from '../../src/cli/tar.ts';
import { type OpenedPage, openPage } from '../browser/page.ts';
import { ALL } from './all.ts';
import { installed, type Packages } from './app.ts';
import { registryProblem } from './registry.ts';

/** A framework's smallest application, whose page has a heading `#title`, and a button `#counter` where it runs code. */
interface Framework {
  packages: Packages;
  manifest?: Record<string, unknown>;
  files: Record<string, string>;
  command: string;
  port: number;
  /** Holds the heading's text, `first`, which the test changes. */
  edited: string;
  /** Default: the page is changed in place, and keeps its state. */
  reloads?: boolean;
  /** In a preview origin of its own: a router that runs in the page takes the prefix of the path form for its own. */
  ownOrigin?: boolean;
}

const REACT = { react: '19.3.1', 'react-dom': '19.3.1' };
const COUNTER = `import { useState } from 'react';
export default function Counter() {
  const [count, set] = useState(0);
  return <main><h1 id="title">first</h1><button id="counter" onClick={() => set(count + 1)}>count {count}</button></main>;
}
`;

const FRAMEWORKS: Record<string, Framework> = {
  'astro: dev shows a page and its edit': {
    packages: { astro: '7.3.5' },
    manifest: { type: 'module' },
    files: { 'src/pages/index.astro': '<html><body><h1 id="title">first</h1></body></html>' },
    command: 'ASTRO_TELEMETRY_DISABLED=1 node node_modules/astro/bin/astro.mjs dev',
    port: 4321,
    edited: 'src/pages/index.astro',
    reloads: true,
  },
  'SvelteKit: dev shows a page, and an edit without a reload': {
    packages: {
      '@sveltejs/kit': '3.2.0',
      '@sveltejs/vite-plugin-svelte': '7.3.1',
      svelte: '5.57.3',
      vite: '8.4.0',
    },
    manifest: { type: 'module' },
    files: {
      'vite.config.js':
        "import { sveltekit } from '@sveltejs/kit/vite';\nexport default { plugins: [sveltekit()] };\n",
      'src/app.html':
        '<!doctype html><html><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>',
      'src/routes/+page.svelte':
        '<script>let count = $state(0);</script>\n<h1 id="title">first</h1>\n<button id="counter" onclick={() => count++}>count {count}</button>\n',
    },
    command: 'node node_modules/vite/bin/vite.js dev',
    port: 5173,
    edited: 'src/routes/+page.svelte',
  },
  'nuxt: dev shows a page, and an edit without a reload': {
    packages: { nuxt: '4.5.2', vue: '3.5.45' },
    manifest: { type: 'module' },
    files: {
      'nuxt.config.ts':
        "export default defineNuxtConfig({ compatibilityDate: '2025-01-01', telemetry: false, devtools: { enabled: false } });\n",
      'app/app.vue':
        '<script setup>const count = ref(0);</script>\n<template><div><h1 id="title">first</h1><button id="counter" @click="count++">count {{ count }}</button></div></template>\n',
    },
    command: 'node node_modules/nuxt/bin/nuxt.mjs dev',
    port: 3000,
    edited: 'app/app.vue',
  },
  'React Router: dev shows a page, and an edit without a reload': {
    packages: {
      '@react-router/dev': '8.4.0',
      '@react-router/node': '8.4.0',
      '@react-router/serve': '8.4.0',
      'react-router': '8.4.0',
      isbot: '5.2.3',
      vite: '8.4.0',
      ...REACT,
    },
    manifest: { type: 'module' },
    files: {
      'vite.config.js':
        "import { reactRouter } from '@react-router/dev/vite';\nexport default { plugins: [reactRouter()] };\n",
      'app/routes.js':
        "import { index } from '@react-router/dev/routes';\nexport default [index('routes/home.jsx')];\n",
      'app/root.jsx':
        "import { Links, Meta, Outlet, Scripts } from 'react-router';\nexport default function Root() { return <html><head><Meta /><Links /></head><body><Outlet /><Scripts /></body></html>; }\n",
      'app/routes/home.jsx': COUNTER,
    },
    command: 'node node_modules/@react-router/dev/bin.cjs dev',
    port: 5173,
    edited: 'app/routes/home.jsx',
    ownOrigin: true,
  },
  'next: dev with webpack shows a page, and an edit without a reload': {
    packages: { next: '16.3.7', ...REACT },
    files: {
      'app/layout.js':
        'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n',
      'app/page.js': `'use client';\n${COUNTER}`,
    },
    // Next loads its compiler's WebAssembly build from here only; else it fetches it from the registry.
    command:
      'NEXT_TEST_WASM=1 NEXT_TEST_WASM_DIR=$PWD/node_modules/@next/swc-wasm-nodejs NEXT_TELEMETRY_DISABLED=1 node node_modules/next/dist/bin/next dev --webpack',
    port: 3000,
    edited: 'app/page.js',
  },
};

interface Development {
  development: { container: OpenAgentsContainer; output(): string };
}

describe.skipIf(registryProblem !== undefined || !ALL)('servers of development in a preview frame', () => {
  let opened: OpenedPage | undefined;
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });

  it.each(Object.entries(FRAMEWORKS))('%s', async (_title, framework) => {
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
