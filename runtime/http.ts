/**
 * The HTTP side: `/health`, `/auth` (is this token right?), and who may become a WebSocket. The order of the checks matters: a request by a foreign
 * name (a rebound one) learns nothing, a page of a foreign origin cannot even try tokens.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { hostAllowed, originAllowed } from './auth/rules.ts';
import { offeredToken, type TokenCheck } from './auth/token.ts';
import { CONNECTIONS_MAX, SOCKET_MESSAGE_BYTES_MAX } from './limits.ts';
import type { Log } from './log.ts';
import { JSON_PROTOCOL, PROTOCOL } from './protocol/runtime.ts';
import type { Settings } from './settings.ts';

export interface HttpSide {
  readonly settings: Settings;
  readonly token: TokenCheck;
  readonly log: Log;
  health(): object;
  client(socket: WebSocket, binary: boolean): void;
  /** A path with a ticket of its own (the relay's). Undefined: it is not one, or its ticket is not good. */
  ticketed(path: string): ((socket: WebSocket) => void) | undefined;
}

interface Refusal {
  readonly status: number;
  readonly text: string;
}

const MISDIRECTED: Refusal = {
  status: 421,
  text: 'This runtime does not go by that name (MHNOS_ALLOWED_HOSTS).',
};
const FORBIDDEN: Refusal = {
  status: 403,
  text: 'Pages of this origin may not connect (MHNOS_ALLOWED_ORIGINS).',
};
const UNAUTHORIZED: Refusal = {
  status: 401,
  text: 'A token is needed: the one that the runtime printed at its start.',
};
const INSECURE: Refusal = { status: 426, text: 'This runtime is reached by wss:// only.' };
const FULL: Refusal = { status: 503, text: 'Too many connections.' };
const PATHS: ReadonlySet<string> = new Set(['/', '/ws']);
const NOT_FOUND: Refusal = { status: 404, text: 'There is nothing here.' };
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Behind a proxy that ends TLS, a request that did not come by TLS is refused. */
function insecure(request: IncomingMessage, settings: Settings): boolean {
  return settings.exposure === 'proxy' && request.headers['x-forwarded-proto'] !== 'https';
}

function refuse(socket: Duplex, { status, text }: Refusal): void {
  const body = `${text}\n`;
  socket.on('error', () => undefined);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A Wisp 2 client takes a first packet that is not INFO to mean Wisp 1, but only if its subprotocol was taken. */
const WISP_2 = 'wisp-v2';

/** Binary frames for a client that offers the protocol; JSON for one that offers its simple form, or none. */
function selectProtocol(offered: Set<string>): string | false {
  return [PROTOCOL, JSON_PROTOCOL, WISP_2].find((name) => offered.has(name)) ?? false;
}

/** Pages that may connect may also read why they cannot: a failed WebSocket tells a page nothing. */
function corsHeaders(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-headers': 'authorization',
    'access-control-allow-private-network': 'true',
    vary: 'origin',
  };
}

function answerHttp(side: HttpSide, request: IncomingMessage, response: ServerResponse): void {
  const { origin, host } = request.headers;
  const known = origin === undefined || originAllowed(origin, side.settings.allowedOrigins);
  const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
    const headers = { ...HEADERS, ...(known ? corsHeaders(origin) : {}), 'content-type': type };
    response.writeHead(status, headers).end(body);
  };
  const refuseWith = ({ status, text }: Refusal): void => answer(status, `${text}\n`);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  if (!hostAllowed(host, side.settings.allowedHosts)) return refuseWith(MISDIRECTED);
  if (request.url === '/health' && reading) {
    return answer(200, JSON.stringify(side.health()), 'application/json');
  }
  if (request.url !== '/auth') return refuseWith(NOT_FOUND);
  if (!known) return refuseWith(FORBIDDEN);
  if (request.method === 'OPTIONS') return answer(204, '');
  if (insecure(request, side.settings)) return refuseWith(INSECURE);
  if (!side.token.accepts(offeredToken(request.headers))) return refuseWith(UNAUTHORIZED);
  return answer(200, 'The token is right.\n');
}

export function createHttpSide(side: HttpSide): { server: Server; sockets: WebSocketServer } {
  const { settings, log } = side;
  const server = createServer((request, response) => answerHttp(side, request, response));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: SOCKET_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: selectProtocol,
  });

  const refusalOf = (request: IncomingMessage): Refusal | undefined => {
    const { headers } = request;
    if (!hostAllowed(headers.host, settings.allowedHosts)) return MISDIRECTED;
    if (insecure(request, settings)) return INSECURE;
    // No Origin: not a browser, which always sends one. The token still stands.
    if (headers.origin !== undefined && !originAllowed(headers.origin, settings.allowedOrigins))
      return FORBIDDEN;
    if (sockets.clients.size >= CONNECTIONS_MAX) return FULL;
    return undefined;
  };

  server.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url ?? '/', 'http://runtime').pathname;
    let refusal = refusalOf(request);
    const ticketed = refusal === undefined ? side.ticketed(path) : undefined;
    if (refusal === undefined && ticketed === undefined) {
      if (!PATHS.has(path)) refusal = NOT_FOUND;
      else if (!side.token.accepts(offeredToken(request.headers))) refusal = UNAUTHORIZED;
    }
    if (refusal !== undefined) {
      log.warn(`connection refused (${refusal.status}), origin ${request.headers.origin ?? 'none'}`);
      refuse(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (ticketed !== undefined) ticketed(webSocket);
      else side.client(webSocket, webSocket.protocol === PROTOCOL);
    });
  });
  return { server, sockets };
}
