/**
 * A WebSocket of a program to another host: the program's client speaks the protocol to the gateway, the gateway has the
 * browser's WebSocket. Messages cross as a whole. What a browser keeps to itself stays hidden: why a connection failed,
 * pings, extensions; it sends an Origin and headers of its own, and closes with 1000 or 3000–4999 only.
 */
import {
  OUTSIDE_SOCKET_POLL_MS,
  OUTSIDE_SOCKET_QUEUE_BYTES,
  OUTSIDE_SOCKET_UNSENT_BYTES,
} from '../../base/limits.ts';
import { headerOf, type RequestHead, type RequestReader } from './http-request.ts';
import type { RingStream } from './ring-stream.ts';
import { CloseCode, encodeFrame, Opcode, readMessages, SocketFailure } from './socket-frames.ts';

const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const REASON_MAX_BYTES = 123;
/** Of the handshake itself: not a wish of the program's that is lost. */
const HANDSHAKE_HEADERS = new Set([
  'connection',
  'host',
  'origin',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'upgrade',
  'user-agent',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'pragma',
]);
const encoder = new TextEncoder();

export function isWebSocketRequest(head: RequestHead): boolean {
  return (
    head.method === 'GET' &&
    (headerOf(head, 'upgrade') ?? '').toLowerCase() === 'websocket' &&
    headerOf(head, 'sec-websocket-version') === '13' &&
    headerOf(head, 'sec-websocket-key') !== undefined
  );
}

/** Names of the headers that the browser's handshake does not carry. */
export function lostHeaders(head: RequestHead): string[] {
  return head.headers.map(([name]) => name.toLowerCase()).filter((name) => !HANDSHAKE_HEADERS.has(name));
}

/** → undefined when the browser could not connect; it does not say why. */
export async function openWebSocket(
  url: URL,
  head: RequestHead,
  stream: RingStream,
): Promise<WebSocket | undefined> {
  const target = new URL(url);
  target.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const protocols = (headerOf(head, 'sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  let socket: WebSocket;
  try {
    socket = new WebSocket(target, protocols);
  } catch {
    return undefined;
  }
  socket.binaryType = 'arraybuffer';
  return await new Promise((resolve) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => resolve(undefined);
    void stream.whenAbandoned().then(() => {
      socket.close();
      resolve(undefined);
    });
  });
}

/** Answers the handshake and carries messages until either side ends. */
export async function carryMessages(
  socket: WebSocket,
  head: RequestHead,
  reader: RequestReader,
  stream: RingStream,
): Promise<void> {
  const outcome = new ToProgram(socket, stream);
  await stream.write(encoder.encode(await acceptance(head, socket.protocol)));
  outcome.begin();
  try {
    await fromProgram(socket, reader, outcome);
  } catch (error) {
    if (!(error instanceof SocketFailure)) throw error;
    outcome.close(error.code, error.message);
    socket.close();
  }
  await outcome.ended;
}

async function acceptance(head: RequestHead, protocol: string): Promise<string> {
  const key = headerOf(head, 'sec-websocket-key') ?? '';
  const digest = await crypto.subtle.digest('SHA-1', encoder.encode(key + HANDSHAKE_GUID));
  const accept = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const chosen = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`
  );
}

/** Until the program closes, or is gone. */
async function fromProgram(socket: WebSocket, reader: RequestReader, to: ToProgram): Promise<void> {
  for await (const { opcode, payload } of readMessages('server', reader)) {
    switch (opcode) {
      case Opcode.ping:
        to.send(Opcode.pong, payload);
        break;
      case Opcode.pong:
        break;
      case Opcode.close:
        closeWith(socket, payload);
        return;
      default:
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(opcode === Opcode.text ? textOf(payload) : payload);
        await roomIn(socket);
    }
  }
  // Gone without a word.
  socket.close();
  to.abandon();
}

/** A browser tells by no event when it has sent what waits. */
async function roomIn(socket: WebSocket): Promise<void> {
  while (socket.bufferedAmount > OUTSIDE_SOCKET_UNSENT_BYTES && socket.readyState === WebSocket.OPEN)
    await new Promise((resolve) => setTimeout(resolve, OUTSIDE_SOCKET_POLL_MS));
}

function closeWith(socket: WebSocket, payload: Uint8Array): void {
  if (payload.length === 1) throw new SocketFailure(CloseCode.protocol, 'a close frame of one byte');
  const code = payload.length < 2 ? CloseCode.noStatus : ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  const reason = textOf(payload.subarray(2));
  if (code === CloseCode.noStatus) socket.close();
  else if (code === CloseCode.normal || (code >= 3000 && code <= 4999)) socket.close(code, reason);
  else socket.close(CloseCode.normal, reason);
}

function textOf(payload: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    throw new SocketFailure(CloseCode.data, 'text is not UTF-8');
  }
}

/** What the program is sent: frames one after the other, each when the ring has room. */
class ToProgram {
  readonly #socket: WebSocket;
  readonly #stream: RingStream;
  readonly #frames: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  #sending = false;
  #begun = false;
  #over = false;
  #resolveEnded: () => void = () => undefined;
  readonly ended = new Promise<void>((resolve) => (this.#resolveEnded = resolve));

  /** Listens from now on: messages may come before the handshake is answered. */
  constructor(socket: WebSocket, stream: RingStream) {
    this.#socket = socket;
    this.#stream = stream;
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.send(Opcode.text, encoder.encode(data));
      else this.send(Opcode.binary, new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      // A connection that broke has no close frame: the program sees the same.
      if (code === CloseCode.abnormal) this.abandon();
      else this.close(code === CloseCode.noStatus ? undefined : code, reason);
    };
  }

  begin(): void {
    this.#begun = true;
    void this.#flush();
  }

  send(opcode: number, payload: Uint8Array): void {
    if (this.#over) return;
    this.#frames.push(encodeFrame('server', opcode, payload));
    this.#queuedBytes += payload.length;
    // A browser cannot hold up a server that sends faster than the program reads.
    if (this.#queuedBytes > OUTSIDE_SOCKET_QUEUE_BYTES) {
      this.abandon();
      this.#socket.close();
    } else void this.#flush();
  }

  close(code: number | undefined, reason: string): void {
    const words = encoder.encode(reason).subarray(0, REASON_MAX_BYTES);
    const payload = new Uint8Array(code === undefined ? 0 : 2 + words.length);
    if (code !== undefined) {
      new DataView(payload.buffer).setUint16(0, code);
      payload.set(words, 2);
    }
    this.send(Opcode.close, payload);
    this.#over = true;
    void this.#flush();
  }

  abandon(): void {
    this.#over = true;
    this.#frames.length = 0;
    this.#stream.reset();
    this.#resolveEnded();
  }

  async #flush(): Promise<void> {
    if (this.#sending || !this.#begun) return;
    this.#sending = true;
    for (let frame = this.#frames.shift(); frame; frame = this.#frames.shift()) {
      this.#queuedBytes -= frame.length;
      if (!(await this.#stream.write(frame))) this.#over = true;
    }
    this.#sending = false;
    if (this.#over) this.#resolveEnded();
  }
}
