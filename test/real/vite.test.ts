import { describe, it } from 'vitest';
import { HASHES, useApp } from './app.ts';
import { withoutSlowness, withoutTimes, withoutWarnings } from './normalize.ts';
import { registryProblem } from './registry.ts';
import { VITE_PACKAGES } from './vite.ts';

/** Also without what tells that a build was slow, and that a program uses WASI, which each thread of it says. */
const normalize = (text: string): string => withoutTimes(withoutWarnings(withoutSlowness(text)));

/** Serves what was built, and asks it. */
const PREVIEW = `
  import { preview } from 'vite';
  const server = await preview({ preview: { host: '127.0.0.1', port: 0 }, logLevel: 'error' });
  const base = server.resolvedUrls.local[0];
  const page = await (await fetch(base)).text();
  console.log(page);
  for (const [, name] of page.matchAll(/(?:src|href)="(\\/assets[^"]*)"/g)) {
    const response = await fetch(new URL(name, base));
    console.log(name, response.status, response.headers.get('content-type'), (await response.text()).length);
  }
  await server.close();
`;

/** What a browser asks of the server of development. */
const DEVELOPMENT = `
  import { createServer } from 'vite';
  const server = await createServer({ server: { host: '127.0.0.1', port: 0 }, logLevel: 'error' });
  await server.listen();
  const base = server.resolvedUrls.local[0];
  for (const path of ['', ...process.argv.slice(2)]) {
    const response = await fetch(base + path, { headers: { accept: path ? '*/*' : 'text/html' } });
    const text = (await response.text()).replace(/\\?t=\\d+|v=\\w+|wsToken = "[^"]*"|base64,.*/g, '').replaceAll(base, '/');
    console.log(path, response.status, response.headers.get('content-type'), text);
  }
  await server.close();
`;

describe.skipIf(registryProblem !== undefined)('Vite', () => {
  const made = useApp(VITE_PACKAGES);
  const files = { 'hashes.cjs': HASHES };

  it.each([
    ['react-ts', 'tsc'],
    ['vue-ts', 'vue-tsc'],
  ])('create-vite %s: scaffold, types, build', async (template, compiler) => {
    const name = `of-${template}`;
    await made.app.expectSame(
      `create-vite ${name} --template ${template} --no-interactive && node hashes.cjs ${name} &&
       cd ${name} && ${compiler} -b && vite build && node ../hashes.cjs dist`,
      { files, normalize },
    );
  });

  it.each([
    ['react-ts', 'src/main.tsx src/index.css'],
    ['vue-ts', 'src/main.ts src/App.vue src/style.css'],
  ])('create-vite %s: preview of the build, the server of development', async (template, paths) => {
    const name = `of-${template}`;
    await made.app.expectSame(`cd ${name} && node preview.mjs && node development.mjs ${paths}`, {
      files: { ...files, [`${name}/preview.mjs`]: PREVIEW, [`${name}/development.mjs`]: DEVELOPMENT },
      normalize,
    });
  });
});
