/**
 * The store in a real browser: OPFS, a storage worker, and a renderer that is killed in the middle of writing.
 * `OAC_LONG=1` for 200 crashes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from '../../../src/cli/headless.ts';
import { startPatiently } from '../../support/chromium.ts';

const CRASHES = Number(process.env['OAC_CRASHES'] ?? (process.env['OAC_LONG'] === undefined ? 6 : 200));

interface Verdict {
  errors: string[];
  lost: string[];
  other: string[];
}

let context: BrowserContext;
let origin = '';
const cleanUp: (() => unknown)[] = [];

beforeAll(async () => {
  const directory = mkdtempSync(`${tmpdir()}/oac-store-page-`);
  cleanUp.push(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ['page', 'worker']) {
    const entry = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    buildSync({ entryPoints: [entry], outfile: `${directory}/${name}.js`, bundle: true, format: 'iife' });
  }
  writeFileSync(
    `${directory}/index.html`,
    '<!doctype html><title>store</title><script src="/page.js"></script>',
  );
  const server = await startServer(directory, { isolated: true });
  cleanUp.push(() => server.close());
  origin = server.origin;
  const profile = mkdtempSync(`${tmpdir()}/oac-store-profile-`);
  cleanUp.push(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }));
  context = await startPatiently((options) => chromium.launchPersistentContext(profile, options));
  cleanUp.push(() => context.close());
});

afterAll(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

/** The renderer that the browser had ready for the next page may be one of those that were killed. */
async function newPage(): Promise<Page> {
  for (let tries = 0; ; tries++) {
    try {
      return await context.newPage();
    } catch (error) {
      if (tries > 5 || !String(error).includes('Target crashed')) throw error;
    }
  }
}

async function openPage(): Promise<Page> {
  const page = await newPage();
  await page.goto(`${origin}/index.html`);
  await page.evaluate('void (globalThis.store = new StorePage())');
  return page;
}

/** Mounts; the store may still be held by a renderer that is going away. */
async function mount(page: Page): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    try {
      return await page.evaluate('store.mount()');
    } catch (error) {
      if (tries > 50 || !String(error).includes('StoreBusy')) throw error;
      await page.waitForTimeout(50);
    }
  }
}

async function killRenderers(page: Page): Promise<void> {
  const browser = context.browser();
  const session = browser ? await browser.newBrowserCDPSession() : await context.newCDPSession(page);
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  for (const { type, id } of processInfo) {
    if (type === 'renderer') process.kill(id, 'SIGKILL');
  }
  await session.detach();
}

test('four workers at once in the browser find everything whole', async () => {
  const page = await openPage();
  const result = await page.evaluate<{ reports: { findings: string[] }[]; errors: string[] }>(
    'store.stress(4)',
  );
  expect(result.reports.flatMap((report) => report.findings)).toEqual([]);
  expect(result.errors).toEqual([]);
  await page.close();
});

test('a second page is told that the store is in use', async () => {
  const first = await openPage();
  await mount(first);
  const second = await openPage();
  await expect(second.evaluate('store.mount()')).rejects.toThrow('StoreBusy');
  await first.evaluate('store.stop()');
  await mount(second);
  await second.evaluate('store.stop()');
  await first.close();
  await second.close();
});

test(`${CRASHES} killed renderers lose nothing that was synced`, { timeout: 3_600_000 }, async () => {
  const synced: Record<string, [number, number]> = {};
  for (let crash = 0; crash < CRASHES; crash++) {
    const page = await openPage();
    await mount(page);
    const crashed = new Promise((resolve) => page.once('crash', resolve));
    let left = 5 + ((crash * 37) % 60);
    const enough = new Promise<void>((resolve) => {
      page.on('console', (message) => {
        const [path, length, seed] = JSON.parse(message.text().replace('synced ', '')) as [
          string,
          number,
          number,
        ];
        synced[path] = [length, seed];
        if (--left === 0) resolve();
      });
    });
    await page.evaluate(`store.write(1, ${crash * 7 + 1}); store.write(2, ${crash * 11 + 5});`);
    await enough;
    await killRenderers(page);
    await crashed;
    await page.close();

    const after = await openPage();
    const report = await mount(after);
    expect(report['fresh']).toBe(false);
    const verdict = await after.evaluate<Verdict>(`store.verify(${JSON.stringify(synced)})`);
    expect(verdict.errors).toEqual([]);
    expect(verdict.lost).toEqual([]);
    // Later versions, in place and not yet told of: the pipe to this test is some messages long.
    for (const path of verdict.other) delete synced[path];
    await after.evaluate('store.stop()');
    await after.close();
  }
});
