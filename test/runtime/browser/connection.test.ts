/** The client in a real browser: pages that may connect, pages that may not, and Chrome's Local Network Access. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, type BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from '../../support/chromium.ts';
import { Runtime } from '../harness.ts';

/** What a page of ours does with the client, in place of the kernel that uses it elsewhere. */
const PAGE_SCRIPT = `
import { RemoteConnection } from './src/remote/connection.ts';
import { spawnRemote } from './src/remote/process.ts';
window.tryRuntime = async (url, token) => {
  try {
    const connection = await RemoteConnection.open({ url, token });
    let output = '';
    const process = await spawnRemote(connection, { processType: 'shell', command: 'echo', args: ['ran', 'it'] }, (_c, bytes) => {
      output += new TextDecoder().decode(bytes);
    });
    await process.exit;
    connection.close();
    return output.trim();
  } catch (error) {
    return error.code + ': ' + error.message;
  }
};`;

let runtime: Runtime;
let script: string;
const servers: Server[] = [];
const browsers: Browser[] = [];

async function page(): Promise<string> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function browser(...flags: string[]): Promise<BrowserContext> {
  const started = await startChromium(...flags);
  browsers.push(started);
  return await started.newContext();
}

async function attempt(context: BrowserContext, origin: string, token: string): Promise<string> {
  const tab = await context.newPage();
  await tab.goto(origin);
  await tab.waitForFunction('window.tryRuntime !== undefined');
  const { url } = runtime;
  return await tab.evaluate(
    ([to, secret]) =>
      (window as unknown as { tryRuntime(url: string, token: string): Promise<string> }).tryRuntime(
        to ?? '',
        secret ?? '',
      ),
    [url, token],
  );
}

let allowed: string;
beforeAll(async () => {
  const bundle = await build({
    stdin: { contents: PAGE_SCRIPT, resolveDir: '.', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
  });
  script = bundle.outputFiles[0]?.text ?? '';
  allowed = await page();
  runtime = await Runtime.start({ MHNOS_ALLOWED_ORIGINS: allowed });
});
afterAll(async () => {
  for (const each of browsers) await each.close();
  for (const server of servers) server.close();
  await runtime[Symbol.asyncDispose]();
});

describe('a page in Chromium', () => {
  it('that may connect runs a program; with a wrong token it learns that', async () => {
    const context = await browser();
    expect(await attempt(context, allowed, runtime.token)).toBe('ran it');
    expect(await attempt(context, allowed, 'wrong')).toMatch(/^EACCES: The runtime refused the token/);
  });

  it('of another origin cannot connect, even with the token, and is told what would allow it', async () => {
    const other = await page();
    const said = await attempt(await browser(), other, runtime.token);
    expect(said).toMatch(/^ECONNREFUSED/);
    expect(said).toContain(`MHNOS_ALLOWED_ORIGINS=${other}`);
  });

  it('from the public internet cannot reach this machine until the user allows it', async () => {
    const { host } = new URL(allowed);
    const context = await browser(`--ip-address-space-overrides=${host}=public`);
    expect(await attempt(context, allowed, runtime.token)).toMatch(/^(ECONNREFUSED|ETIMEDOUT)/);
    await context.grantPermissions(['local-network-access']);
    expect(await attempt(context, allowed, runtime.token)).toBe('ran it');
  });
});
