/** A server's answer as the browser is to see it. */
import type { HeaderList, PageExtras } from '../protocol/preview.ts';
import type { Address, Addresses } from './addresses.ts';
import { asksForScript } from './documents.ts';
import { escapeHtml } from './error-pages.ts';
import { type Answer, ExchangeFailure } from './exchange.ts';
import { injecting } from './html-injection.ts';

const WITHOUT_BODY = [204, 205, 304];
const STATUS_MAX = 599;
/** The frame is shown inside another page and isolated with it: the server's own word on that does not count. */
const REPLACED = [
  'x-frame-options',
  'cross-origin-embedder-policy',
  'cross-origin-embedder-policy-report-only',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
];

export function responseOf(
  answer: Answer,
  address: Address,
  addresses: Addresses,
  isPage: boolean,
  client: string,
): Response {
  const { head, page } = answer;
  if (head.status > STATUS_MAX)
    throw new ExchangeFailure('protocol', `The status ${head.status} is not one of HTTP.`);
  const headers = responseHeaders(head.headers, address, addresses);
  isolate(headers, page);
  let body: ReadableStream<Uint8Array<ArrayBuffer>> | null = answer.body;
  if (WITHOUT_BODY.includes(head.status)) {
    void body.cancel();
    body = null;
  }
  if (body) body = decoded(body, headers);
  if (body && isPage && isInjectable(headers)) {
    headers.delete('content-length');
    const prefix = addresses.prefix(address);
    const early = headers.has('content-security-policy') ? '' : withoutPrefix(prefix);
    const read = early === '' ? undefined : () => asksForScript(client);
    body = body.pipeThrough(injecting(early + markup(page, address, addresses), read));
  }
  return new Response(body, { status: head.status, statusText: ascii(head.statusText), headers });
}

export function isolate(headers: Headers, { embedderPolicy }: Pick<PageExtras, 'embedderPolicy'>): void {
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin');
  if (embedderPolicy !== 'none') headers.set('Cross-Origin-Embedder-Policy', embedderPolicy);
}

function responseHeaders(list: HeaderList, address: Address, addresses: Addresses): Headers {
  const headers = new Headers();
  for (const [name, value] of list) {
    const lower = name.toLowerCase();
    if (REPLACED.includes(lower)) continue;
    if (lower === 'location') headers.set(name, addresses.redirect(value, address));
    else if (lower === 'content-security-policy') headers.append(name, withoutFrameAncestors(value));
    else headers.append(name, value);
  }
  return headers;
}

function withoutFrameAncestors(policy: string): string {
  const directives = policy.split(';').filter((directive) => !/^\s*frame-ancestors(\s|$)/i.test(directive));
  return directives.join(';');
}

const CODINGS = new Map<string, CompressionFormat | undefined>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', undefined],
  ['zstd', undefined],
]);

/** The browser decodes nothing that comes from a service worker. What it does not know (`none`) it leaves as it is. */
function decoded(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  headers: Headers,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const codings = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.some((coding) => !CODINGS.has(coding))) return body;
  let plain = body;
  for (const coding of codings.reverse()) {
    const format = CODINGS.get(coding);
    if (format === undefined) {
      throw new ExchangeFailure(
        'unsupported',
        `The server sends the encoding ${coding} without being asked for it.`,
      );
    }
    plain = plain.pipeThrough(new DecompressionStream(format));
    headers.delete('content-length');
  }
  headers.delete('content-encoding');
  return plain;
}

function isInjectable(headers: Headers): boolean {
  const type = headers.get('content-type') ?? '';
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(type) && !/charset\s*=\s*"?utf-?16/i.test(type);
}

/**
 * What the client script does with the prefix (src/preview-client/prefix.ts), before the browser looks ahead for what else
 * to load.
 */
function withoutPrefix(prefix: string): string {
  if (prefix === '') return '';
  const own = JSON.stringify(prefix);
  const source =
    `document.currentScript.remove();if(parent!==window&&"navigation"in window&&location.pathname.startsWith(${own}+"/"))` +
    `history.replaceState(history.state,"",location.href.slice(location.origin.length+${own}.length))`;
  return `<script>${source}</script>`;
}

/** The client first; then the page's own preview script. */
function markup({ cookies, script, errors }: PageExtras, address: Address, addresses: Addresses): string {
  const data = {
    container: address.container,
    port: String(address.port),
    prefix: addresses.prefix(address),
    cookies,
    errors,
  };
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`);
  const client = `<script src="${addresses.clientPath}"${attributes.join('')}></script>`;
  if (script === null) return client;
  const type = script.type === 'classic' ? '' : ` type="${script.type}"`;
  const flags = `${script.async ? ' async' : ''}${script.defer ? ' defer' : ''}`;
  // What would end the element is written so that it means the same in a script's strings.
  const source = script.source.replace(/<(?=\/script|!--)/gi, '\\u003c');
  return `${client}<script${type}${flags}>${source}</script>`;
}

/** A reason phrase is a byte string; what is not ASCII says nothing to a script. */
function ascii(text: string): string {
  return text.replace(/[^\t\x20-\x7e]/g, '');
}
