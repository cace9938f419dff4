/**
 * The service worker of previews. It is registered for `/__preview/` (the path form) or for the whole of a preview's own
 * origin, and so controls preview frames alone; the page that runs the container is none of its clients.
 */
import clientSource from 'preview-client-source';
import {
  type FrameToServiceWorker,
  type PageToServiceWorker,
  PREVIEW_PROTOCOL_VERSION,
  type PreviewServer,
} from '../protocol/preview.ts';
import { type Address, Addresses } from './addresses.ts';
import { scriptAsked } from './documents.ts';
import { errorResponse } from './error-pages.ts';
import { exchange, ExchangeFailure } from './exchange.ts';
import { requestHead } from './request.ts';
import { isolate, responseOf } from './response.ts';
import { Routes } from './routes.ts';

declare const self: ServiceWorkerGlobalScope;

const addresses = new Addresses(self.registration.scope);
const routes = new Routes();
/** Files beside this script that a preview's own origin must load from the host and not from the server. */
const HOST_FILES = ['preview-host.html', 'preview-host.js', 'service-worker.js'].map(
  (name) => new URL(name, self.location.href).href,
);
const PAGE_DESTINATIONS = ['document', 'iframe', 'frame', 'embed', 'object'];

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  event.waitUntil(receive(event.data as PageToServiceWorker | FrameToServiceWorker, event.source));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const [url = ''] = request.url.split('#', 1);
  if (HOST_FILES.includes(url)) return;
  if (new URL(url).pathname === addresses.clientPath) {
    scriptAsked(event.clientId);
    event.respondWith(clientScript());
  } else if (addresses.mayBeWithin(url)) event.respondWith(answer(event, url));
});

async function receive(
  message: PageToServiceWorker | FrameToServiceWorker,
  source: ExtendableMessageEvent['source'],
): Promise<void> {
  switch (message.type) {
    case 'preview-route':
      if (message.version === PREVIEW_PROTOCOL_VERSION) routes.add(message.container, message.port, source);
      // A page of a newer release: this script is to be replaced by its own.
      else await self.registration.update();
      return;
    case 'preview-unroute':
      routes.remove(message.container);
      return;
    case 'preview-socket': {
      const { server, call } = message;
      const sent = await routes.send(server.container, { type: 'socket', port: server.port, open: call }, [
        call.socket,
      ]);
      if (!sent)
        call.socket.postMessage({ type: 'close', code: 1006, reason: '', wasClean: false, failed: true });
      return;
    }
    case 'preview-cookie': {
      const { server, cookie, path } = message;
      await routes.send(server.container, { type: 'cookie', port: server.port, cookie, path }, []);
      return;
    }
    case 'preview-message':
      await routes.send(
        message.server.container,
        { type: 'message', port: message.server.port, message: message.message },
        [],
      );
  }
}

async function answer(event: FetchEvent, url: string): Promise<Response> {
  const { request } = event;
  const address = addresses.named(url) ?? (await addressInFrame(event, url));
  if (address === undefined) return fetch(request);
  const isPage = PAGE_DESTINATIONS.includes(request.destination);
  try {
    const head = requestHead(request, address, addresses);
    const result = await exchange(routes, address, head, request, {
      cookies: (cookies) => void showCookies(address, cookies),
    });
    return responseOf(result, address, addresses, isPage, event.resultingClientId);
  } catch (error) {
    if (!(error instanceof ExchangeFailure)) throw error;
    const response = errorResponse(error, address, isPage);
    isolate(response.headers, { embedderPolicy: 'require-corp' });
    return response;
  }
}

/** A path without the prefix: the frame (or the document that it came from) tells whose it is. */
async function addressInFrame(event: FetchEvent, url: string): Promise<Address | undefined> {
  const client = event.clientId === '' ? undefined : await self.clients.get(event.clientId);
  const known = (client && addresses.named(client.url)) ?? addresses.named(event.request.referrer);
  const from = known ?? (await onlyServer());
  return from && addresses.within(url, from);
}

/** Whose a document without an address of its own (`srcdoc`) must be, where the frames are all of one server. */
async function onlyServer(): Promise<PreviewServer | undefined> {
  const frames = await self.clients.matchAll({ type: 'window' });
  const servers = frames.map(({ url }) => addresses.named(url)).filter((server) => server !== undefined);
  const [first] = servers;
  const areOne = servers.every(
    ({ container, port }) => container === first?.container && port === first.port,
  );
  return areOne ? first : undefined;
}

/** Tells the server's frames what document.cookie is to show. */
async function showCookies({ container, port }: PreviewServer, cookies: string): Promise<void> {
  for (const frame of await self.clients.matchAll({ type: 'window' })) {
    const server = addresses.named(frame.url);
    if (server?.container === container && server.port === port) {
      frame.postMessage({ type: 'preview-cookies', cookies });
    }
  }
}

function clientScript(): Response {
  const response = new Response(clientSource, {
    headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' },
  });
  isolate(response.headers, { embedderPolicy: 'require-corp' });
  return response;
}
