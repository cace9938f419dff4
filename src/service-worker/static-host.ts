/**
 * The service worker for hosts that cannot send headers: it adds them to what the host answers. It lies beside the page,
 * since it sees what is at or below its own folder (container-api/static-host.ts registers it).
 */
import { hostHeaders } from '../base/host-headers.ts';

declare const self: ServiceWorkerGlobalScope;

const BODILESS = [101, 204, 205, 304];

self.addEventListener('install', () => void self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  // Such a request is of a page's developer tools; to fetch it is an error.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  if (request.url.startsWith(`${self.location.origin}/`)) event.respondWith(answer(request));
});

async function answer(request: Request): Promise<Response> {
  const response = await fetch(request);
  // A redirect that is the browser's to follow shows nothing of itself.
  if (response.type === 'opaqueredirect' || response.type === 'error') return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(hostHeaders(request.url))) headers.set(name, value);
  return new Response(BODILESS.includes(status) ? null : body, { status, statusText, headers });
}
