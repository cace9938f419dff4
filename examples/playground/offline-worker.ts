/**
 * A service worker that keeps everything of dist/ that a page may ask for later (on-demand parts of Node's library,
 * above all), so that the playground goes on working when its server is gone. Fresh files win while there is a server.
 * It adds the headers that a container needs, for hosts that cannot send them.
 */
import { type ServiceScope, withHostHeaders } from '../../container-api/host-headers.ts';

const scope = globalThis as unknown as ServiceScope;
/** What only the server knows: its way to the npm registry. */
const OF_SERVER = /\/(relay|registry)$/;
const CACHE = 'openagents-container-playground';

async function keepAll(): Promise<void> {
  const { scope: base } = scope.registration;
  const list = (await (await fetch(new URL('files.json', base))).json()) as string[];
  const cache = await caches.open(CACHE);
  await cache.addAll(list.map((name) => new URL(name, base).href));
}

async function answer(request: Request): Promise<Response> {
  return withHostHeaders(await fileFor(request), request.url);
}

async function fileFor(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept === undefined) throw error;
    return kept;
  }
}

scope.addEventListener('install', (event) => event.waitUntil(keepAll().then(() => scope.skipWaiting())));
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method !== 'GET' || !url.startsWith(scope.registration.scope) || OF_SERVER.test(new URL(url).pathname))
    return;
  event.respondWith(answer(event.request));
});
