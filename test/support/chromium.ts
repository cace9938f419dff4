import { chromium } from 'playwright-core';
import type { Browser, LaunchOptions } from 'playwright-core';
import { findBrowser, noBrowserMessage } from '../../src/cli/headless.ts';

export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long a browser may take to start, and a page to show what is waited for: machines that run tests are loaded. */
const START_TIMEOUT_MS = 120_000;
export const PAGE_TIMEOUT_MS = 120_000;

/** A browser that does not come up is the one thing that is tried again: it is no part of what is tested. */
const START_TRIES = 3;

/** Where Chromium is. Throws, with what to do, when there is none. */
export function chromiumExecutable(): string {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(noBrowserMessage());
  return executablePath;
}

/** Calls a start of the browser until it succeeds. */
export async function startPatiently<Started>(
  start: (options: LaunchOptions) => Promise<Started>,
  flags: readonly string[] = [],
): Promise<Started> {
  const options: LaunchOptions = {
    executablePath: chromiumExecutable(),
    args: [...CHROMIUM_FLAGS, ...flags],
    timeout: START_TIMEOUT_MS,
  };
  for (let tries = 1; ; tries++) {
    try {
      return await start(options);
    } catch (error) {
      if (tries === START_TRIES) throw error;
      process.stderr.write(`Chromium did not start, try ${tries} of ${START_TRIES}: ${String(error)}\n`);
    }
  }
}

export const startChromium = (...flags: string[]): Promise<Browser> =>
  startPatiently((options) => chromium.launch(options), flags);
