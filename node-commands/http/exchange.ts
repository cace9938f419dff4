/** One HTTP request, with its headers as they are given and in their order, up to the head of the answer. */
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';

export type Header = readonly [name: string, value: string];
export type Body = Buffer | Readable;

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly Header[];
  readonly body: Body | undefined;
  readonly insecure: boolean;
  readonly socketPath: string | undefined;
  /** Until the connection stands. */
  readonly connectTimeoutMs: number | undefined;
  readonly signal: AbortSignal;
  /** The connection stands. */
  connected?(address: string | undefined, port: number | undefined): void;
}

/** What failed, for the commands to put into their own words and statuses. */
export type FailureKind =
  'resolve' | 'connect' | 'timeout' | 'tls' | 'certificate' | 'empty' | 'broken' | 'denied';

export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure';
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 1 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 1 }),
};

/** Connections that were kept would keep the program. */
export function closeConnections(): void {
  for (const agent of Object.values(agents)) agent.destroy();
}

export function exchange(request: Exchange): Promise<http.IncomingMessage> {
  const { url, method, insecure, socketPath } = request;
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const sent = (secure ? https : http).request(url, {
      method,
      agent: secure ? agents['https:'] : agents['http:'],
      setHost: false,
      signal: request.signal,
      ...(insecure ? { rejectUnauthorized: false } : {}),
      ...(socketPath === undefined ? {} : { socketPath }),
    });
    const named = new Map<string, { name: string; values: string[] }>();
    for (const [name, value] of request.headers) {
      const known = named.get(name.toLowerCase()) ?? { name, values: [] };
      known.values.push(value);
      named.set(name.toLowerCase(), known);
    }
    for (const { name, values } of named.values())
      sent.setHeader(name, values.length > 1 ? values : String(values[0]));
    if (!named.has('connection')) sent.removeHeader('connection');
    // A request without a body says nothing of one.
    if (request.body === undefined)
      for (const name of ['content-length', 'transfer-encoding']) sent.removeHeader(name);
    watchConnection(sent, request, reject);
    sent.on('response', resolve);
    sent.on('error', (error) => reject(failureOf(error, request)));
    send(sent, request.body, reject);
  });
}

function watchConnection(sent: http.ClientRequest, request: Exchange, reject: (error: Error) => void): void {
  sent.on('socket', (socket) => {
    const stands = (): void => {
      clearTimeout(timer);
      request.connected?.(socket.remoteAddress, socket.remotePort);
    };
    const timer =
      request.connectTimeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            reject(
              new ExchangeFailure(
                'timeout',
                `Connection timed out after ${request.connectTimeoutMs} milliseconds`,
              ),
            );
            sent.destroy();
          }, request.connectTimeoutMs);
    if (!socket.connecting) stands();
    else socket.once(request.url.protocol === 'https:' ? 'secureConnect' : 'connect', stands);
    sent.once('close', () => clearTimeout(timer));
  });
}

function send(sent: http.ClientRequest, body: Body | undefined, reject: (error: Error) => void): void {
  if (body === undefined || Buffer.isBuffer(body)) sent.end(body);
  else {
    body.on('error', reject);
    body.pipe(sent);
  }
}

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME/;
const TLS = /^(ERR_SSL|ERR_TLS|EPROTO)/;

function failureOf(error: NodeJS.ErrnoException, { url }: Exchange): ExchangeFailure {
  const { code = '', message } = error;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new ExchangeFailure('resolve', url.hostname);
  if (code === 'ERR_ACCESS_DENIED') return new ExchangeFailure('denied', message);
  if (CERTIFICATE.test(code)) return new ExchangeFailure('certificate', message);
  if (TLS.test(code)) return new ExchangeFailure('tls', message);
  if (['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOENT', 'EACCES'].includes(code))
    return new ExchangeFailure('connect', `${url.hostname} port ${port}`);
  if (code === 'ETIMEDOUT') return new ExchangeFailure('timeout', `Connection timed out`);
  if (message === 'socket hang up') return new ExchangeFailure('empty', 'Empty reply from server');
  return new ExchangeFailure('broken', message);
}

/** The answer's head as it came. */
export function headOf(answer: http.IncomingMessage): string {
  const lines = [`HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage ?? ''}`];
  for (let at = 0; at < answer.rawHeaders.length; at += 2)
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  return lines.map((line) => `${line}\r\n`).join('');
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Where an answer leads, if anywhere. */
export function redirectOf(answer: http.IncomingMessage, from: URL): URL | undefined {
  const { location } = answer.headers;
  if (location === undefined || !REDIRECTS.has(answer.statusCode ?? 0)) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

/** The method after a redirect: what was posted is asked for. */
export function redirectedMethod(status: number | undefined, method: string): string {
  if (status === 303 && method !== 'HEAD') return 'GET';
  return (status === 301 || status === 302) && method === 'POST' ? 'GET' : method;
}
