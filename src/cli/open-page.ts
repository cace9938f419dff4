/** The page of the command line: a local server, a headless browser that shows its page, and the connection between them. */
import { randomUUID } from 'node:crypto';
import { BROWSER_START_TIMEOUT_MS } from '../base/limits.ts';
import { type Browser, launchBrowser } from './browser.ts';
import { Failure } from './failure.ts';
import { acceptPage, type Link, type LinkListener } from './link.ts';
import { type Profile, STORE_HOST, STORE_ORIGIN, takeProfile } from './profile.ts';
import { type Route, startServer } from './server.ts';

export interface OpenedPage {
  readonly link: Link;
  close(): Promise<void>;
}

/** Serves `root` and opens its page; with a store, in that store's profile. Throws ERR_NO_BROWSER, ERR_BROWSER_FAILED, ERR_STORE_BUSY. */
export async function openPage(
  root: string,
  routes: readonly Route[],
  listener: LinkListener,
  store?: string,
): Promise<OpenedPage> {
  const secret = randomUUID();
  const profile = store === undefined ? undefined : takeProfile(store);
  const server = await startServer(root, { routes });
  const origin = profile === undefined ? server.origin : STORE_ORIGIN;
  const listening = acceptPage(server, `/session/${secret}`, listener, origin);
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server.close();
    profile?.release();
  };
  try {
    browser = launchBrowser(`${origin}/cli/page.html#${secret}`, browserOptions(profile, server.origin));
    const link = await withinStart(listening, browser);
    return {
      link,
      async close() {
        link.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function browserOptions(profile: Profile | undefined, served: string) {
  if (profile === undefined) return {};
  const leadsTo = new URL(served).host;
  return { profile: profile.folder, flags: [`--host-resolver-rules=MAP ${STORE_HOST}:80 ${leadsTo}`] };
}

async function withinStart(listening: Promise<Link>, browser: Browser): Promise<Link> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Failure('ERR_BROWSER_FAILED', 'The browser started, but its page did not answer.')),
      BROWSER_START_TIMEOUT_MS,
    );
  });
  const ended = browser.ended.then((said) => {
    throw new Failure('ERR_BROWSER_FAILED', `The browser ended at its start:\n${said.trim()}`);
  });
  try {
    return await Promise.race([listening, late, ended]);
  } finally {
    clearTimeout(timer);
  }
}
