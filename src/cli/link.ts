import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';
import { COMMAND_LINE_PROTOCOL, decodeData } from '../protocol/command-line.ts';
import type { FromPage, PageCall, StreamNumber, ToPage } from '../protocol/command-line.ts';
import { Failure } from './failure.ts';
import type { LocalServer } from './server.ts';

export interface LinkListener {
  message(message: FromPage): void;
  data(run: number, stream: StreamNumber, data: Uint8Array): void;
  closed(): void;
}

/** The socket to the page: typed messages, binary stream data, and calls with answers. */
export class Link {
  readonly #socket: WebSocket;
  readonly #listener: LinkListener;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Failure): void }>();
  #nextCall = 1;

  constructor(socket: WebSocket, listener: LinkListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#close());
  }

  send(message: ToPage): void {
    this.#socket.send(JSON.stringify(message));
  }

  sendBinary(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  /** Throws ERR_CONTAINER with the container's own message, ERR_PAGE_FAILED when the page has gone. */
  call(body: PageCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== this.#socket.OPEN) {
        reject(new Failure('ERR_PAGE_FAILED', 'The browser page has gone.'));
        return;
      }
      const id = this.#nextCall++;
      this.#calls.set(id, { resolve, reject });
      this.send({ type: 'call', id, body });
    });
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      const frame = decodeData(data as Buffer);
      if (frame !== undefined) this.#listener.data(frame.run, frame.stream, frame.data);
      return;
    }
    const message = JSON.parse(String(data)) as FromPage;
    if (message.type === 'answer') this.#take(message.id)?.resolve(message.value);
    else if (message.type === 'refusal') {
      this.#take(message.id)?.reject(new Failure('ERR_CONTAINER', `${message.message} (${message.code})`));
    } else this.#listener.message(message);
  }

  #take(id: number): { resolve(value: unknown): void; reject(error: Failure): void } | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #close(): void {
    for (const call of this.#calls.values())
      call.reject(new Failure('ERR_PAGE_FAILED', 'The browser page has gone.'));
    this.#calls.clear();
    this.#listener.closed();
  }
}

/** Waits for the page's one connection at `path`, from this server's own origin only: `origin`, where the browser knows it by another name. */
export function acceptPage(
  server: LocalServer,
  path: string,
  listener: LinkListener,
  origin = server.origin,
): Promise<Link> {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 64 * 1024 * 1024,
  });
  return new Promise((resolve, reject) => {
    server.server.on('upgrade', (request, socket, head) => {
      if (request.url !== path || request.headers.origin !== origin) {
        socket.destroy();
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const link = new Link(webSocket, {
          ...listener,
          message: (message) => {
            if (message.type !== 'hello') return listener.message(message);
            if (message.version === COMMAND_LINE_PROTOCOL) resolve(link);
            else reject(new Failure('ERR_BUILD_MISSING', 'dist/ is of two builds: run `npm run build`.'));
          },
        });
      });
    });
  });
}
