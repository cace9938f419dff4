/** The contract of mounted file systems over the backends that need a browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser, noBrowserMessage, startServer } from '../../../src/cli/headless.ts';
import { tarOf, zipOf } from '../../contract/backends/archives.ts';
import { fixture, LINK } from '../../contract/backends/checks.ts';

const cleanUp: (() => unknown)[] = [];
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const directory = mkdtempSync(`${tmpdir()}/oac-backends-`);
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
  buildSync({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    outfile: `${directory}/page.js`,
    bundle: true,
    format: 'esm',
  });
  const script = '<script type="module" src="/page.js"></script>';
  writeFileSync(`${directory}/index.html`, `<!doctype html><title>backends</title>${script}`);
  const server = await startServer(directory, { isolated: true });
  cleanUp.push(() => server.close());
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(noBrowserMessage());
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
  cleanUp.push(() => browser.close());
  page = await browser.newPage();
  await page.goto(`${server.origin}/index.html`);
  await page.waitForFunction('globalThis.runBackend !== undefined');
});

afterAll(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const files = Object.entries(fixture).map(([name, content]) => ({ name, content }));
const entries = [...files, { name: LINK.path, target: LINK.target }];

test.each([
  'directory handle',
  'overlay of a zip over a directory handle',
  'ZenFS WebAccess',
  'zip in a Blob',
  'tar.gz in a Blob',
])('%s', async (name) => {
  // The lower layer of that overlay has a link, which its upper layer could not copy.
  const zip = Buffer.from(zipOf(name.startsWith('overlay') ? files : entries)).toString('base64');
  const tar = gzipSync(tarOf(entries)).toString('base64');
  const failures = await page.evaluate<string[]>(
    `runBackend(${JSON.stringify(name)}, ${JSON.stringify({ zip, tar })})`,
  );
  expect(failures).toEqual([]);
});
