import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { DIST, startServer } from '../../src/cli/headless.ts';
import { PAGE_TIMEOUT_MS, startChromium } from '../support/chromium.ts';
import type * as ContainerModule from '../../container-api/index.ts';
import { keyPresser, readyShell } from './key-presser.ts';

/** What a function that runs in the page is given beside its argument. */
export type InPage = typeof ContainerModule;
/** The same with what tests of this harness share. */
export type InTestPage = InPage & { keyPresser: typeof keyPresser; readyShell: typeof readyShell };

export interface TestPage {
  readonly page: Page;
  /** Runs `body` in the page and gives back what it returns, as JSON. It is sent as text: it sees nothing from around it. */
  run<Argument, Result>(
    body: (api: InTestPage, argument: Argument) => Promise<Result>,
    argument?: Argument,
  ): Promise<Result>;
}

/**
 * A page of the built dist/ in a real Chromium, for the tests of one file: call it at the top of the file. The page is
 * served cross-origin isolated, as users are told to, unless `isolated` is false. `host`: the name under which
 * the page is opened, one that leads to this machine. `flags`: further ones of Chromium's command line.
 */
export function usePage({
  isolated = true,
  host = '127.0.0.1',
  flags = [],
}: { isolated?: boolean; host?: string; flags?: readonly string[] } = {}): TestPage {
  let browser: Browser | undefined;
  let page: Page | undefined;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const server = await startServer(DIST, { isolated });
    stop = () => server.close();
    browser = await startChromium(...flags);
    // A context of its own, so that a test may open further pages beside this one.
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(PAGE_TIMEOUT_MS);
    page.on('console', (message) => {
      if (message.type() === 'error') process.stderr.write(`page: ${message.text()}\n`);
    });
    page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack ?? error.message}\n`));
    await page.goto(`${server.origin.replace('127.0.0.1', host)}/cli/empty.html`);
  });
  afterAll(async () => {
    await browser?.close();
    await stop?.();
  });

  const current = (): Page => {
    if (page === undefined) throw new Error('The page opens before the first test.');
    return page;
  };
  return {
    get page() {
      return current();
    },
    run<Argument, Result>(
      body: (api: InTestPage, argument: Argument) => Promise<Result>,
      argument?: Argument,
    ): Promise<Result> {
      // As text, so that no transform of the test file's imports reaches into it.
      const call = `import('/index.js').then((api) => {
        ${keyPresser.toString()}
        ${readyShell.toString()}
        return (${body.toString()})({ ...api, keyPresser, readyShell }, ${JSON.stringify(argument) ?? 'undefined'});
      })`;
      return current().evaluate<Result>(call);
    },
  };
}
