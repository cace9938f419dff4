/** For service workers that stand between a host and its page: the headers that the host does not send. */
import { hostHeaders } from '../src/base/host-headers.ts';

/** What of a service worker's scope they use: the types of a page know none. */
export interface ServiceScope {
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchLike) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: { readonly origin: string };
  readonly registration: { readonly scope: string };
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchLike extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const BODILESS = [101, 204, 205, 304];

/** The answer of the host for `address`, with them. */
export function withHostHeaders(response: Response, address: string): Response {
  // A redirect that is the browser's to follow shows nothing of itself.
  if (response.type === 'opaqueredirect' || response.type === 'error') return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(hostHeaders(address))) headers.set(name, value);
  return new Response(BODILESS.includes(status) ? null : body, { status, statusText, headers });
}
