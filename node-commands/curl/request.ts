/** The request that the options describe. */
import fs from 'node:fs';
import path from 'node:path';
import type { CookieJar } from '../http/cookies.ts';
import { ACCEPTED_ENCODINGS } from '../http/decoded.ts';
import type { Header } from '../http/exchange.ts';
import { type Data, dataOf, postData } from './data.ts';
import { CurlFailure, CurlStatus } from './failure.ts';
import { type Options, valuesOf } from './options.ts';

export const VERSION = '7.88.1';

export interface Plan {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly Header[];
  readonly data: Data | undefined;
}

/** As typed, completed: `http://` where no scheme stands. */
export function parseUrl(text: string): URL {
  const whole = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\//.test(text) ? text : `http://${text}`;
  if (text === '' || !URL.canParse(whole))
    throw new CurlFailure(CurlStatus.url, 'URL using bad/illegal format or missing URL');
  const url = new URL(whole);
  if (!['http:', 'https:', 'file:'].includes(url.protocol))
    throw new CurlFailure(
      CurlStatus.protocol,
      `Protocol "${url.protocol.slice(0, -1)}" not supported or disabled in libcurl`,
    );
  return url;
}

export function plan(options: Options, given: URL): Plan {
  const url = new URL(given);
  const query = options.has('get') ? postData(options)?.toString() : undefined;
  if (query !== undefined) url.search = url.search === '' ? query : `${url.search}&${query}`;
  const data = options.has('head') ? undefined : dataOf(options);
  const upload = options.value('upload');
  if (upload !== undefined && upload !== '-' && url.pathname.endsWith('/'))
    url.pathname += encodeURIComponent(path.basename(upload));
  const method = options.value('request') ?? (options.has('head') ? 'HEAD' : (data?.method ?? 'GET'));
  return { url, method, headers: [], data };
}

/** The headers of one request; those that name a user go to the first host only. */
export function headersFor(
  options: Options,
  { url, data, trusted }: { url: URL; data: Data | undefined; trusted: boolean },
  jar: CookieJar,
): Header[] {
  const headers: Header[] = [['Host', url.host]];
  const authorization = trusted ? authorizationOf(options, url) : undefined;
  if (authorization !== undefined) headers.push(['Authorization', authorization]);
  const range = options.value('range');
  if (range !== undefined) headers.push(['Range', `bytes=${range}`]);
  headers.push(['User-Agent', options.value('userAgent') ?? `curl/${VERSION}`], ['Accept', '*/*']);
  if (options.has('compressed')) headers.push(['Accept-Encoding', ACCEPTED_ENCODINGS]);
  const referer = options.value('referer');
  if (referer !== undefined) headers.push(['Referer', referer]);
  const cookies = cookieHeader(options, url, jar);
  if (cookies !== '') headers.push(['Cookie', cookies]);
  for (const header of data?.headers ?? []) put(headers, header);
  return applied(headers, valuesOf(options, 'header'), trusted);
}

function put(headers: Header[], header: Header): void {
  const at = headers.findIndex(([name]) => name.toLowerCase() === header[0].toLowerCase());
  if (at < 0) headers.push(header);
  else headers[at] = header;
}

/** `-H` replaces what curl would send; `Name:` removes it, `Name;` sends it empty. */
function applied(headers: readonly Header[], lines: readonly string[], trusted: boolean): Header[] {
  const given: Header[] = [];
  const replaced = new Set<string>();
  for (const line of lines.flatMap(headerLines)) {
    const match = /^([^:;]+)([:;])\s*(.*)$/.exec(line);
    if (match === null) continue;
    const [, name = '', mark, value = ''] = match;
    if (!trusted && /^(authorization|cookie)$/i.test(name)) continue;
    if (mark === ';' && value !== '') continue;
    replaced.add(name.toLowerCase());
    if (value !== '' || mark === ';') given.push([name, value]);
  }
  const host = given.find(([name]) => name.toLowerCase() === 'host');
  return [
    ...(host === undefined ? [] : [host]),
    ...headers.filter(([name]) => !replaced.has(name.toLowerCase())),
    ...given.filter((header) => header !== host),
  ];
}

function headerLines(given: string): string[] {
  if (!given.startsWith('@')) return [given];
  try {
    const text = given === '@-' ? fs.readFileSync(0, 'utf8') : fs.readFileSync(given.slice(1), 'utf8');
    return text.split(/\r?\n/).filter((line) => line !== '');
  } catch {
    throw new CurlFailure(CurlStatus.read, `Failed to open ${given.slice(1)}`);
  }
}

function authorizationOf(options: Options, url: URL): string | undefined {
  const token = options.value('oauth2');
  if (token !== undefined) return `Bearer ${token}`;
  const inUrl =
    url.username === ''
      ? undefined
      : `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const user = options.value('user') ?? inUrl;
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(user.includes(':') ? user : `${user}:`).toString('base64')}`;
}

function cookieHeader(options: Options, url: URL, jar: CookieJar): string {
  const typed = valuesOf(options, 'cookie').filter((value) => value.includes('='));
  return [jar.headerFor(url), ...typed].filter((part) => part !== undefined).join('; ');
}
