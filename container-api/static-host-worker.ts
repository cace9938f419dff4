/**
 * The service worker for hosts that cannot send headers: it adds them to what the host answers. It lies beside the page,
 * since it sees what is at or below its own folder (static-host.ts registers it).
 */
import { type ServiceScope, withHostHeaders } from './host-headers.ts';

const scope = globalThis as unknown as ServiceScope;

scope.addEventListener('install', () => void scope.skipWaiting());
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  // Such a request is of a page's developer tools; to fetch it is an error.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  if (request.url.startsWith(`${scope.location.origin}/`)) event.respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
  return withHostHeaders(await fetch(request), request.url);
}
