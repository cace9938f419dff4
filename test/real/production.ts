/** What frameworks build for production, and how it is served: each the smallest application of development.ts. */
import type { Packages } from './app.ts';
import { FRAMEWORKS, type Framework } from './development.ts';

export interface Production {
  packages: Packages;
  manifest?: Record<string, unknown>;
  files: Record<string, string>;
  /** Makes it by the framework's own command, in the folder `scaffolded`. */
  scaffold?: string;
  build: string;
  /** Folders whose files are the same, byte for byte. */
  built: readonly string[];
  /** Serves what was built at port 4567. */
  start: string;
  paths: readonly string[];
  env?: Record<string, string>;
  /** See AppOptions. */
  samePlace?: boolean;
}

function of(
  title: string,
  { packages: more, ...production }: Omit<Production, 'packages'> & { packages?: Packages },
): Production {
  const framework: Framework | undefined = FRAMEWORKS[title];
  if (framework === undefined) throw new Error(`there is no ${title}`);
  const { packages, manifest, files } = framework;
  return {
    packages: { ...packages, ...more },
    ...(manifest && { manifest }),
    ...production,
    files: { ...files, ...production.files },
  };
}

export const PRODUCTION: Record<string, Production> = {
  'astro: build and preview': of('astro: dev shows a page and its edit', {
    files: {
      'src/pages/posts/[slug].astro':
        '---\nexport const getStaticPaths = () => ["a", "b"].map((slug) => ({ params: { slug } }));\nconst { slug } = Astro.params;\n---\n<p class="post">{slug}</p><style>.post { color: red }</style><script>console.log("client")</script>\n',
    },
    env: { ASTRO_TELEMETRY_DISABLED: '1' },
    build: 'astro build',
    built: ['dist'],
    start: 'astro preview --port 4567',
    paths: ['/', '/posts/a/', '/none'],
  }),
  'React Router: build and serve': of('React Router: dev shows a page, and an edit without a reload', {
    files: {},
    env: { PORT: '4567' },
    build: 'react-router build',
    built: ['build'],
    start: 'react-router-serve build/server/index.js',
    paths: ['/', '/none'],
  }),
  'nuxt: build and start': of('nuxt: dev shows a page, and an edit without a reload', {
    files: {
      'nuxt.config.ts':
        "export default defineNuxtConfig({ buildId: 'fixed', compatibilityDate: '2025-01-01', telemetry: false, devtools: { enabled: false } });\n",
      'server/api/hello.ts': 'export default defineEventHandler((event) => ({ hello: getQuery(event) }));\n',
    },
    env: { PORT: '4567' },
    samePlace: true,
    // Without what says when it was built.
    build: 'nuxt build && rm -r .output/public/_nuxt/builds',
    built: ['.output/public'],
    start: 'node .output/server/index.mjs',
    paths: ['/', '/api/hello?a=1'],
  }),
  'next: build with webpack and start': of(
    'next: dev with webpack shows a page, and an edit without a reload',
    {
      files: {
        'next.config.js': "module.exports = { generateBuildId: () => 'fixed' };\n",
        'app/api/hello/route.js':
          "export const dynamic = 'force-dynamic';\nexport async function GET(request) { return Response.json({ hello: new URL(request.url).search }); }\n",
      },
      samePlace: true,
      env: { NEXT_TELEMETRY_DISABLED: '1', NEXT_TEST_WASM: '1' },
      build: 'NEXT_TEST_WASM_DIR=$PWD/node_modules/@next/swc-wasm-nodejs next build --webpack',
      built: ['.next/static', '.next/server/app'],
      start: 'next start --port 4567',
      paths: ['/', '/api/hello?a=1', '/none'],
    },
  ),
  'SvelteKit: sv create, check, build and preview': {
    packages: {
      '@sveltejs/adapter-auto': '7.0.1',
      '@sveltejs/kit': '2.70.4',
      '@sveltejs/vite-plugin-svelte': '7.3.1',
      sv: '0.17.1',
      svelte: '5.57.3',
      'svelte-check': '4.7.8',
      typescript: '6.0.3',
      vite: '8.4.0',
    },
    files: {},
    scaffold: 'sv create scaffolded --template minimal --types ts --no-add-ons --no-install',
    // Else its version is the time of the build.
    build: `sed -i "s/adapter: adapter()/&, version: { name: 'fixed' }/" vite.config.ts && svelte-kit sync && svelte-check --tsconfig ./tsconfig.json && vite build`,
    built: ['.svelte-kit/output/client'],
    start: 'vite preview --port 4567',
    paths: ['/', '/none'],
  },
  'SvelteKit: build for Node and start': of('SvelteKit: dev shows a page, and an edit without a reload', {
    packages: { '@sveltejs/adapter-node': '6.0.1' },
    files: {
      'vite.config.js':
        "import adapter from '@sveltejs/adapter-node';\nimport { sveltekit } from '@sveltejs/kit/vite';\nexport default { plugins: [sveltekit({ adapter: adapter(), version: { name: 'fixed' } })] };\n",
    },
    env: { PORT: '4567' },
    build: 'vite build',
    built: ['build'],
    start: 'node build',
    paths: ['/', '/none'],
  }),
  'nest: new, build, its tests and start': {
    packages: {
      '@nestjs/cli': '12.0.8',
      '@nestjs/common': '12.5.1',
      '@nestjs/core': '12.5.1',
      '@nestjs/platform-express': '12.5.1',
      '@nestjs/schematics': '12.0.6',
      '@nestjs/testing': '12.1.1',
      '@types/express': '5.0.6',
      '@types/node': '24.19.4',
      '@types/supertest': '7.2.1',
      'reflect-metadata': '0.2.2',
      rxjs: '7.8.2',
      'source-map-support': '0.5.21',
      supertest: '7.3.2',
      typescript: '6.0.3',
      'vite-tsconfig-paths': '5.1.4',
      vitest: '4.1.12',
    },
    files: {},
    env: { PORT: '4567' },
    scaffold: 'nest new scaffolded --skip-install --skip-git --package-manager npm',
    build: 'nest build && vitest run && vitest run --config ./vitest.config.e2e.ts',
    built: ['dist'],
    // Through a shell it would leave the server behind.
    start: 'nest start --no-shell',
    paths: ['/', '/none'],
  },
};
