/** One WebSocket to a runtime: opened, greeted, or a failure that says what to do about it. */
import {
  JSON_PROTOCOL,
  parseServerMessage,
  PROTOCOL,
  TOKEN_PROTOCOL_PREFIX,
  type MessageOf,
  type ServerMessage,
} from '../protocol/runtime.ts';
import { decodeFrame, type Frame } from '../protocol/runtime/frames.ts';
import { RemoteError } from './errors.ts';

export type Hello = MessageOf<ServerMessage, 'hello'>;

export interface SocketEvents {
  message(message: ServerMessage): void;
  frame(frame: Frame): void;
  closed(code: number, reason: string): void;
}

export interface OpenSocket {
  readonly hello: Hello;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  readonly bufferedAmount: number;
  close(): void;
}

const OPEN_TIMEOUT_MS = 15_000;
const PROBE_TIMEOUT_MS = 5_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** `ws://host`, `http://host` or a bare `host:port`; only loopback may be without TLS. Throws EINVAL. */
export function runtimeUrl(text: string): URL {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
  if (!URL.canParse(withScheme)) throw new RemoteError('EINVAL', `${text} is not an address of a runtime.`);
  const url = new URL(withScheme.replace(/^http/i, 'ws'));
  const secure = url.protocol === 'wss:';
  if (!secure && url.protocol !== 'ws:')
    throw new RemoteError('EINVAL', `${text} is not a ws:// or wss:// address.`);
  if (!secure && !LOOPBACK.test(url.hostname)) {
    throw new RemoteError(
      'EINVAL',
      `${text} is not encrypted, and not on this machine: use wss://${url.host}.`,
    );
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new RemoteError(
      'EINVAL',
      `${text} has more than an address: a token is given by itself, never in the URL.`,
    );
  }
  return url;
}

/** What the runtime says of this page and token, by HTTP, where a failed WebSocket says nothing. */
async function explainFailure(url: URL, token: string): Promise<RemoteError> {
  const probe = new URL('/auth', url);
  probe.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  try {
    const response = await fetch(probe, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    if (response.status === 401) {
      return new RemoteError(
        'EACCES',
        'The runtime refused the token: use the one that it printed at its start.',
      );
    }
    if (response.ok) return new RemoteError('ECONNRESET', 'The runtime answers, but the WebSocket broke.');
    return new RemoteError(
      'EACCES',
      `The runtime refused (${response.status}): ${(await response.text()).trim()}`,
    );
  } catch {
    return new RemoteError('ECONNREFUSED', await unreachable(url));
  }
}

async function unreachable(url: URL): Promise<string> {
  const page = (globalThis as { location?: { hostname: string; origin: string } }).location;
  const start = 'Start it with `docker compose up -d` (or `npm start`) in the folder runtime';
  if (
    page === undefined ||
    page.hostname === '' ||
    LOOPBACK.test(page.hostname) ||
    !LOOPBACK.test(url.hostname)
  ) {
    return `No runtime answers at ${url.host}, or it does not allow this page. ${start}${page === undefined ? '' : ` and MHNOS_ALLOWED_ORIGINS=${page.origin}`}.`;
  }
  const state = await localNetworkPermission();
  if (state === 'denied') {
    return `The browser was told not to let ${page.origin} reach this machine: allow "Local network access" in the site's settings.`;
  }
  return `No runtime answers at ${url.host}. ${start} with MHNOS_ALLOWED_ORIGINS=${page.origin}, and allow the browser's question about the local network.`;
}

/** Chrome's Local Network Access: a public page may reach this machine only if the user allowed it. */
async function localNetworkPermission(): Promise<string> {
  try {
    const { permissions } = (globalThis as { navigator?: { permissions?: Permissions } }).navigator ?? {};
    const status = await permissions?.query({ name: 'local-network-access' as PermissionName });
    return status?.state ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** Rejects with EACCES (token, origin), ECONNREFUSED (nothing there, or the browser stops it), EPROTO. */
export async function openSocket(url: URL, token: string, events: SocketEvents): Promise<OpenSocket> {
  const socket = new WebSocket(url, [PROTOCOL, `${TOKEN_PROTOCOL_PREFIX}${token}`]);
  socket.binaryType = 'arraybuffer';
  try {
    const hello = await greeting(socket, events);
    return {
      hello,
      send: (data) => socket.send(data),
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      close: () => socket.close(1000),
    };
  } catch (error) {
    socket.close();
    throw error instanceof RemoteError ? error : await explainFailure(url, token);
  }
}

function greeting(socket: WebSocket, events: SocketEvents): Promise<Hello> {
  return new Promise((resolve, reject) => {
    let greeted = false;
    const timer = setTimeout(
      () => reject(new RemoteError('ETIMEDOUT', 'The runtime did not answer in time.')),
      OPEN_TIMEOUT_MS,
    );
    const receive = (message: ServerMessage): void => {
      if (greeted) return events.message(message);
      clearTimeout(timer);
      if (message.type !== 'hello') {
        reject(
          new RemoteError('EPROTO', `This is no runtime that speaks ${PROTOCOL} (or ${JSON_PROTOCOL}).`),
        );
        return;
      }
      greeted = true;
      resolve(message);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') {
        const parsed = parseServerMessage(data);
        if (parsed.ok) receive(parsed.message);
        else socket.close(4000, 'A message that is not of mhnos.v1.');
        return;
      }
      const frame = decodeFrame(new Uint8Array(data));
      if (frame !== undefined && greeted) events.frame(frame);
    };
    socket.onerror = () => undefined; // the close that follows says as much, and comes always
    socket.onclose = ({ code, reason }) => {
      clearTimeout(timer);
      if (greeted) events.closed(code, reason);
      else reject(new Error('closed before the greeting'));
    };
  });
}
