import type { Page } from 'playwright-core';
import { DIST, startServer } from '../../src/cli/headless.ts';
import type { Route } from '../../src/cli/server.ts';
import { PAGE_TIMEOUT_MS, startChromium } from '../support/chromium.ts';
import type * as ContainerApi from '../../container-api/index.ts';

/** What a function that runs in the page is given beside its argument: the exports of dist/index.js. */
export type InPage = typeof ContainerApi;

export interface OpenedPage {
  readonly page: Page;
  readonly origin: string;
  /** Runs `body` in the page and gives back what it returns, as JSON. It is sent as text: it sees nothing from around it. */
  run<Argument, Result>(
    body: (api: InPage, argument: Argument) => Promise<Result>,
    argument?: Argument,
  ): Promise<Result>;
  close(): Promise<void>;
}

export interface PageOptions {
  /** Default true: served cross-origin isolated, as users are told to. */
  isolated?: boolean;
  /** Path of the page in dist/. Default: an empty page. */
  path?: string;
  /** Further flags of the browser. */
  flags?: readonly string[];
  /** What the page's server answers beside the files of dist/. */
  routes?: readonly Route[];
}

/** Opens a page of the built dist/ in a real Chromium of its own. */
export async function openPage({
  isolated = true,
  path = 'cli/empty.html',
  flags = [],
  routes = [],
}: PageOptions = {}): Promise<OpenedPage> {
  const browser = await startChromium(...flags);
  const server = await startServer(DIST, { isolated, routes });
  const page = await browser.newPage();
  page.setDefaultTimeout(PAGE_TIMEOUT_MS);
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`page: ${message.text()}\n`);
  });
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack ?? error.message}\n`));
  await page.goto(`${server.origin}/${path}`);
  return {
    page,
    origin: server.origin,
    run<Argument, Result>(
      body: (api: InPage, argument: Argument) => Promise<Result>,
      argument?: Argument,
    ): Promise<Result> {
      // As text, so that no transform of the caller's imports reaches into it.
      const given = argument === undefined ? 'undefined' : JSON.stringify(argument);
      return page.evaluate<Result>(`import('/index.js').then((api) => (${body.toString()})(api, ${given}))`);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
