/**
 * Connections to other hosts. A browser has no sockets, so the kernel itself answers: it reads HTTP/1 requests from the
 * connection, makes each one with fetch, and writes the response back. A program that speaks TLS first says so with a
 * line in clear (src/base/gateway.ts): the browser does the encryption and checks the certificate.
 *
 * What a browser does not let through stays hidden here too: it follows redirects itself and tells only where they ended,
 * and it sets some headers.
 */
import { GATEWAY_BUFFERED_BODY_BYTES } from '../../base/limits.ts';
import { GATEWAY_REFUSAL_HEADER, GATEWAY_TLS_ACCEPTED, GATEWAY_TLS_GREETING } from '../../base/gateway.ts';
import {
  framingOf,
  headerOf,
  keepsAlive,
  MalformedRequest,
  type RequestHead,
  RequestReader,
} from './http-request.ts';
import type { NetworkPolicy } from './policy.ts';
import type { RingStream } from './ring-stream.ts';
import { carryMessages, isWebSocketRequest, lostHeaders, openWebSocket } from './web-socket.ts';

const encoder = new TextEncoder();
const NO_BODY_STATUS = new Set([204, 205, 304]);
/** Of one connection, not of the message; or true of the bytes before the browser decoded them. */
const DROPPED_RESPONSE_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const DROPPED_REQUEST_HEADERS = new Set([...DROPPED_RESPONSE_HEADERS, 'expect', 'host', 'te', 'trailer']);
DROPPED_REQUEST_HEADERS.delete('content-encoding');

export interface GatewayHost {
  readonly policy: NetworkPolicy;
  /** Headers that a program set and the browser would not send: told once each. */
  headerDropped(name: string, url: string): void;
}

interface Destination {
  host: string;
  port: number;
}

/** Serves one connection until either side ends it. */
export async function serveConnection(host: GatewayHost, to: Destination, stream: RingStream): Promise<void> {
  const reader = new RequestReader(() => stream.read());
  try {
    const secure = await greeted(reader, stream);
    const scheme = secure ? 'https' : 'http';
    for (;;) {
      const head = await reader.head();
      if (head === undefined) break;
      const keep = await exchange(host, new URL(originOf(scheme, to)), head, reader, stream);
      if (!keep) break;
    }
    stream.close();
  } catch (error) {
    if (error instanceof MalformedRequest) {
      await respond(stream, error.status, `${error.message}\n`, {});
      stream.close();
    } else stream.reset();
  }
}

async function greeted(reader: RequestReader, stream: RingStream): Promise<boolean> {
  const start = await reader.peek(GATEWAY_TLS_GREETING.length);
  if (String.fromCharCode(...start) !== GATEWAY_TLS_GREETING) return false;
  await reader.line();
  await stream.write(encoder.encode(GATEWAY_TLS_ACCEPTED));
  return true;
}

function originOf(scheme: 'http' | 'https', { host, port }: Destination): string {
  return `${scheme}://${host}:${port}`;
}

/** One request and its response → whether the connection goes on. */
async function exchange(
  host: GatewayHost,
  origin: URL,
  head: RequestHead,
  reader: RequestReader,
  stream: RingStream,
): Promise<boolean> {
  const url = targetOf(head, origin);
  if (url !== undefined && isWebSocketRequest(head)) {
    await serveWebSocket(host, url, head, reader, stream);
    return false;
  }
  if (url === undefined || headerOf(head, 'upgrade') !== undefined || head.method === 'CONNECT') {
    const text =
      'The gateway of this container makes requests of HTTP only; other protocols need the external runtime.\n';
    await respond(stream, 501, text, { close: true });
    return false;
  }
  const refusal = host.policy.fetchRefusal(url.hostname);
  if (refusal !== undefined) {
    await respond(stream, 403, `${refusal}\n`, { close: true });
    return false;
  }
  if ((headerOf(head, 'expect') ?? '').toLowerCase() === '100-continue') {
    await stream.write(encoder.encode('HTTP/1.1 100 Continue\r\n\r\n'));
  }
  const abort = new AbortController();
  void stream.whenAbandoned().then(() => abort.abort());
  const body = await requestBody(head, reader);
  let response: Response;
  try {
    response = await request(host, url, {
      method: head.method,
      headers: requestHeaders(host, head, url),
      ...body,
      signal: abort.signal,
      redirect: 'follow',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
  } catch (error) {
    if (abort.signal.aborted) throw error;
    await respond(stream, 502, explainFailure(host, url, error), { close: true });
    return false;
  }
  if (wasRedirected(host, response) && !allowsBody(head)) return await sendRedirect(head, response, stream);
  return await sendResponse(head, response, stream);
}

async function serveWebSocket(
  host: GatewayHost,
  url: URL,
  head: RequestHead,
  reader: RequestReader,
  stream: RingStream,
): Promise<void> {
  const refusal = host.policy.webSocketRefusal(url.hostname);
  if (refusal !== undefined) {
    await respond(stream, 403, `${refusal}\n`, { close: true });
    return;
  }
  for (const name of lostHeaders(head)) host.headerDropped(name, url.href);
  const socket = await openWebSocket(url, head, stream);
  if (socket === undefined) {
    const text =
      `The browser could not open a WebSocket to ${url.href} and does not say why: the host does not answer, refuses ` +
      `this page's origin, wants headers that a browser does not send, or has a certificate that it does not trust.\n`;
    await respond(stream, 502, text, { close: true });
  } else await carryMessages(socket, head, reader, stream);
}

function targetOf(head: RequestHead, origin: URL): URL | undefined {
  // The origin is the connection's: a request in absolute form must not lead elsewhere.
  if (!head.target.startsWith('/')) return undefined;
  const host = headerOf(head, 'host');
  try {
    const url = new URL(origin.origin + head.target);
    // A program that connects to an address names the host it means in its header.
    if (host !== undefined && /^\[|^[\d.]+$/.test(url.hostname)) url.host = host;
    return url;
  } catch {
    return undefined;
  }
}

/** Origins that refuse this page's, learned by trying. */
const unreadable = new Set<string>();

/** Asks the host itself, then by way of the page's proxy where the host does not let this origin read. */
async function request(host: GatewayHost, url: URL, init: RequestInit): Promise<Response> {
  const { corsProxy } = host.policy;
  const indirect = corsProxy === undefined ? undefined : corsProxy + encodeURIComponent(url.href);
  if (indirect !== undefined && unreadable.has(url.origin)) return await fetch(indirect, init);
  try {
    return await fetch(url, init);
  } catch (error) {
    const again = indirect !== undefined && init.signal?.aborted !== true && mayRepeat(init);
    if (!again) throw error;
    const response = await fetch(indirect, init);
    if (response.headers.get(GATEWAY_REFUSAL_HEADER) !== null) throw error;
    unreadable.add(url.origin);
    return response;
  }
}

/** False for what may have been carried out although its answer could not be read, and for a body that is used up. */
function mayRepeat({ method, body }: RequestInit): boolean {
  return method === 'GET' || method === 'HEAD' || (body instanceof Blob && method !== 'POST');
}

/** A body that is small is sent with its length; browsers stream only to hosts that speak HTTP/2. */
async function requestBody(
  head: RequestHead,
  reader: RequestReader,
): Promise<{ body?: Blob | ReadableStream; duplex?: 'half' }> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const rest = reader.body(head);
  const hasBody = framingOf(head) !== 0;
  for (;;) {
    const next = await rest.next();
    if (next.done) return hasBody && allowsBody(head) ? { body: new Blob(parts) } : {};
    parts.push(next.value);
    length += next.value.length;
    if (length > GATEWAY_BUFFERED_BODY_BYTES && allowsBody(head)) break;
  }
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const part = parts.shift();
      if (part !== undefined) {
        controller.enqueue(part);
        return;
      }
      const next = await rest.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
  return { body, duplex: 'half' };
}

function allowsBody({ method }: RequestHead): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function requestHeaders(host: GatewayHost, head: RequestHead, url: URL): Headers {
  const headers = new Headers();
  for (const [name, value] of head.headers) {
    const lower = name.toLowerCase();
    if (DROPPED_REQUEST_HEADERS.has(lower)) continue;
    const before = headers.get(name);
    const probe = new Request(url, { headers: [[name, value]] });
    if (probe.headers.get(name) === null) {
      // The browser writes these itself; others were the program's wish.
      if (!BROWSERS_OWN.has(lower)) host.headerDropped(lower, url.href);
      continue;
    }
    if (before === null) headers.set(name, value);
    else headers.append(name, value);
  }
  return headers;
}
const BROWSERS_OWN = new Set([
  'accept-encoding',
  'accept-charset',
  'date',
  'dnt',
  'origin',
  'referer',
  'user-agent',
]);

async function sendResponse(head: RequestHead, response: Response, stream: RingStream): Promise<boolean> {
  const keep = keepsAlive(head);
  const bodyless = head.method === 'HEAD' || NO_BODY_STATUS.has(response.status);
  const chunked = !bodyless && head.version === '1.1';
  let text = `HTTP/1.1 ${response.status} ${response.statusText}\r\n`;
  response.headers.forEach((value, name) => {
    if (!DROPPED_RESPONSE_HEADERS.has(name) || (name === 'content-length' && head.method === 'HEAD'))
      text += `${name}: ${value}\r\n`;
  });
  if (chunked) text += 'transfer-encoding: chunked\r\n';
  text += `connection: ${keep && (chunked || bodyless) ? 'keep-alive' : 'close'}\r\n\r\n`;
  if (!(await stream.write(encoder.encode(text)))) return false;
  if (bodyless) {
    await response.body?.cancel();
    return keep;
  }
  const body = response.body?.getReader();
  for (;;) {
    const part = await body?.read();
    if (part === undefined || part.done) break;
    const bytes = part.value as Uint8Array<ArrayBuffer>;
    const sent = chunked ? chunk(bytes) : bytes;
    if (bytes.length > 0 && !(await stream.write(sent))) {
      await body?.cancel();
      return false;
    }
  }
  if (chunked) await stream.write(encoder.encode('0\r\n\r\n'));
  return keep && chunked;
}

/** Not where the proxy says: the address that the host itself has led to stays with it. */
function wasRedirected({ policy: { corsProxy } }: GatewayHost, { redirected, url }: Response): boolean {
  return redirected && (corsProxy === undefined || !url.startsWith(corsProxy));
}

/**
 * The browser has followed it and tells only where it ended. Of what can be asked again, the program is told that, and
 * asks there itself: under the capabilities of that host, and knowing the address.
 */
async function sendRedirect(head: RequestHead, response: Response, stream: RingStream): Promise<boolean> {
  await response.body?.cancel();
  const keep = keepsAlive(head);
  const text =
    `HTTP/1.1 302 Found\r\nlocation: ${response.url}\r\ncontent-length: 0\r\n` +
    `connection: ${keep ? 'keep-alive' : 'close'}\r\n\r\n`;
  return (await stream.write(encoder.encode(text))) && keep;
}

function chunk(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const whole = new Uint8Array(size.length + bytes.length + 2);
  whole.set(size);
  whole.set(bytes, size.length);
  whole.set([13, 10], size.length + bytes.length);
  return whole;
}

/** fetch says only that it failed; an isolated page cannot find out which of the reasons it was. */
function explainFailure({ policy }: GatewayHost, url: URL, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const proxied = policy.corsProxy === undefined ? '' : ', and the configured corsProxy does not serve it';
  return (
    `${url.href} could not be fetched: ${reason}. Either ${url.origin} does not let this page's origin read its answers ` +
    `(CORS)${proxied}: name a proxy of yours, boot({ corsProxy: '/relay?url=' }), or have the external runtime make the ` +
    `connection, boot({ remote, capabilities: { network: { tcp: ['${url.hostname}:${portOf(url)}'] } } }); ` +
    `or it does not answer, or the browser does not trust its certificate.\n`
  );
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}

async function respond(
  stream: RingStream,
  status: number,
  text: string,
  { close = true }: { close?: boolean },
): Promise<void> {
  const reasons: Record<number, string> = {
    400: 'Bad Request',
    403: 'Forbidden',
    431: 'Request Header Fields Too Large',
    501: 'Not Implemented',
    502: 'Bad Gateway',
  };
  const body = encoder.encode(text);
  const head =
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
    `content-length: ${body.length}\r\nx-container-gateway: error\r\n${close ? 'connection: close\r\n' : ''}\r\n`;
  await stream.write(encoder.encode(head));
  await stream.write(body);
}
