/** Servers of development, each with the smallest application that shows an edit in a preview frame. */
import type { Packages } from './app.ts';

/** A framework's smallest application, whose page has a heading `#title`, and a button `#counter` where it runs code. */
export interface Framework {
  packages: Packages;
  manifest?: Record<string, unknown>;
  files: Record<string, string>;
  command: string;
  port: number;
  /** Holds the heading's text, `first`, which the test changes. */
  edited: string;
  /** Default: the page is changed in place, and keeps its state. */
  reloads?: boolean;
  /** In a preview origin of its own. Default: in the path form. */
  ownOrigin?: boolean;
}

const REACT = { react: '19.3.1', 'react-dom': '19.3.1' };
const COUNTER = `import { useState } from 'react';
export default function Counter() {
  const [count, set] = useState(0);
  return <main><h1 id="title">first</h1><button id="counter" onClick={() => set(count + 1)}>count {count}</button></main>;
}
`;

const REACT_ROUTER: Framework = {
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
};

export const FRAMEWORKS: Record<string, Framework> = {
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
  'React Router: dev shows a page, and an edit without a reload': REACT_ROUTER,
  'React Router: the same in a preview origin of its own': { ...REACT_ROUTER, ownOrigin: true },
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
