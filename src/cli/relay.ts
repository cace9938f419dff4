/**
 * `/relay?url=…`: passes requests on to the npm registry that this machine is configured with, and to no other origin,
 * so that a container can install packages where the registry sends no CORS headers.
 */
import { execFile } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { GATEWAY_REFUSAL_HEADER } from '../base/gateway.ts';
import type { Route } from './server.ts';

const REDIRECTS_MAX = 5;
const HOP_BY_HOP = new Set([
  'connection',
  'content-length',
  'content-encoding',
  'keep-alive',
  'transfer-encoding',
  'set-cookie',
]);
/** What a registry client says; nothing of the browser's own. */
const PASSED_ON = /^(?:accept|authorization|content-type|if-[a-z-]+|npm-[a-z-]+|user-agent|x-npm-[a-z-]+)$/;

let known: Promise<URL> | undefined;

/** The configured registry, asked of npm itself: its rules for settings are its own. */
function configuredRegistry(): Promise<URL> {
  known ??= promisify(execFile)('npm', ['config', 'get', 'registry']).then(
    ({ stdout }) => new URL(stdout.trim()),
  );
  return known;
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', [GATEWAY_REFUSAL_HEADER]: 'relay' };
  response.writeHead(status, headers).end(`${reason}\n`);
}

async function relay(request: IncomingMessage, response: ServerResponse, target: URL): Promise<void> {
  const { origin: allowed } = await configuredRegistry();
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (PASSED_ON.test(name) && typeof value === 'string') headers.set(name, value);
  }
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
  let url = target;
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    if (url.origin !== allowed) {
      refuse(response, 403, `The relay of oac reaches the configured npm registry only, not ${url.origin}.`);
      return;
    }
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers,
      redirect: 'manual',
      ...(hasBody ? { body: Readable.toWeb(request) as globalThis.ReadableStream, duplex: 'half' } : {}),
    } as RequestInit);
    const location = answer.headers.get('location');
    if (location !== null && answer.status >= 300 && answer.status < 400 && !hasBody) {
      url = new URL(location, url);
      continue;
    }
    const own = [...answer.headers].filter(([name]) => !HOP_BY_HOP.has(name));
    response.writeHead(answer.status, Object.fromEntries(own));
    if (answer.body === null) response.end();
    else await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
    return;
  }
  refuse(response, 502, 'The registry redirects without end.');
}

/** `/registry`: the address of the configured registry, for npm in the container. */
export const registryRoute: Route = (request, response, url) => {
  if (url.pathname !== '/registry') return false;
  if (request.headers['sec-fetch-site'] !== 'same-origin') {
    refuse(response, 400, 'The settings of oac are for its own page.');
    return true;
  }
  configuredRegistry().then(
    ({ href }) => response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end(href),
    (error: unknown) => refuse(response, 502, `npm could not be asked for the registry: ${String(error)}`),
  );
  return true;
};

export const relayRoute: Route = (request, response, url) => {
  if (url.pathname !== '/relay') return false;
  const wanted = url.searchParams.get('url') ?? '';
  const target = URL.canParse(wanted) ? new URL(wanted) : null;
  if (request.headers['sec-fetch-site'] !== 'same-origin' || target === null) {
    refuse(response, 400, 'The relay of oac serves its own page.');
    return true;
  }
  relay(request, response, target).catch((error: unknown) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `The registry could not be reached: ${String(error)}`);
  });
  return true;
};
