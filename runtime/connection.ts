/** One client: its socket, its session, what it asks and what it is sent. */
import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { BridgeError, codeOf, messageOf } from './errors.ts';
import { REQUESTS_IN_FLIGHT_MAX, SOCKET_HIGH_BYTES, SOCKET_LOW_BYTES, SOCKET_STALL_BYTES } from './limits.ts';
import type { Log } from './log.ts';
import {
  CloseCode,
  FRAME_PAYLOAD_MAX,
  MESSAGE_BYTES_MAX,
  parseClientMessage,
  type ClientMessage,
  type ServerMessage,
} from './protocol/runtime.ts';
import { decodeFrame, encodeFrame, type Frame, type FrameKind } from './protocol/runtime/frames.ts';
import type { OutputReader } from './processes/subscription.ts';
import { StreamMux } from './streams.ts';

type Answer = ServerMessage | undefined;
export type Handlers = {
  readonly [Type in ClientMessage['type']]: (
    message: Extract<ClientMessage, { type: Type }>,
    connection: Connection,
  ) => Answer | Promise<Answer>;
};

const tooLarge = (bytes: number): BridgeError =>
  new BridgeError(
    'EMSGSIZE',
    `A message of ${bytes} bytes is more than the ${MESSAGE_BYTES_MAX} that one may have: it was not read.`,
  );

export interface ConnectionEvents {
  readonly handlers: Handlers;
  frame(connection: Connection, frame: Frame): void;
  /** The socket has room again. */
  drained(connection: Connection): void;
  closed(connection: Connection): void;
}

export class Connection implements OutputReader {
  readonly binary: boolean;
  readonly streams: StreamMux;
  readonly #socket: WebSocket;
  readonly #events: ConnectionEvents;
  readonly #log: Log;
  /** Until the client names one: a session that ends with this connection. */
  #session: string = randomUUID();
  #named = false;
  readonly #onClose: (() => void)[] = [];
  #alive = true;
  #waiting = false;
  /** Requests whose answer takes time. They begin in the order in which they came, and may end in another. */
  #inFlight = 0;

  constructor(socket: WebSocket, binary: boolean, events: ConnectionEvents, log: Log) {
    this.binary = binary;
    this.streams = new StreamMux(this);
    this.#socket = socket;
    this.#events = events;
    this.#log = log;
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('pong', () => (this.#alive = true));
    socket.on('error', (error) => log.debug(`connection: ${error.message}`));
    socket.on('close', () => this.#ended());
  }

  get session(): string {
    return this.#session;
  }

  /** The session was named by the client, who can come back to it. */
  get resumable(): boolean {
    return this.#named;
  }

  name(session: string): void {
    this.#session = session;
    this.#named = true;
  }

  /** Called once when the socket is gone. */
  onClose(action: () => void): void {
    this.#onClose.push(action);
  }

  #ended(): void {
    this.streams.destroy();
    for (const action of this.#onClose.splice(0)) action();
    this.#events.closed(this);
  }

  hasRoom(): boolean {
    const room = this.#socket.bufferedAmount < SOCKET_HIGH_BYTES;
    if (!room) this.#waiting = true;
    return room;
  }

  send(message: ServerMessage): void {
    this.#sendRaw(JSON.stringify(message));
  }

  sendFrame(kind: FrameKind, target: number, offset: number, bytes?: Uint8Array): void {
    this.#sendRaw(encodeFrame(kind, target, offset, bytes));
  }

  fail(id: string | undefined, error: unknown): void {
    this.send({
      type: 'error',
      ...(id === undefined ? {} : { id }),
      code: codeOf(error),
      message: messageOf(error),
    });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Called at an interval: false if nothing came since the last call, and the client is taken to be gone. */
  ping(): boolean {
    if (!this.#alive) return false;
    this.#alive = false;
    this.#socket.ping();
    return true;
  }

  #sendRaw(data: string | Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(data, () => this.#sent());
    if (this.#socket.bufferedAmount > SOCKET_STALL_BYTES && !this.#socket.isPaused) this.#socket.pause();
  }

  #sent(): void {
    if (this.#socket.bufferedAmount > SOCKET_LOW_BYTES) return;
    if (this.#socket.isPaused) this.#socket.resume();
    if (!this.#waiting) return;
    this.#waiting = false;
    this.streams.flush();
    this.#events.drained(this);
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#alive = true;
    const bytes = Buffer.isBuffer(data)
      ? data
      : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (bytes.length > MESSAGE_BYTES_MAX) this.fail(undefined, tooLarge(bytes.length));
    else if (isBinary) this.#receivedFrame(bytes);
    else this.#receivedText(bytes.toString());
  }

  #receivedFrame(bytes: Buffer): void {
    const frame = decodeFrame(bytes);
    if (frame === undefined || frame.bytes.length > FRAME_PAYLOAD_MAX) {
      this.close(CloseCode.protocolError, 'A binary frame that is not of mhnos.v1.');
      return;
    }
    try {
      if (!this.streams.frame(frame)) this.#events.frame(this, frame);
    } catch (error) {
      this.fail(undefined, error);
    }
  }

  #receivedText(json: string): void {
    const parsed = parseClientMessage(json);
    if (!parsed.ok) {
      this.fail(parsed.id, new BridgeError('EPROTO', `Not a message of mhnos.v1: ${parsed.problem}.`));
      return;
    }
    void this.#answer(parsed.message);
  }

  async #answer(message: ClientMessage): Promise<void> {
    try {
      if (this.#inFlight >= REQUESTS_IN_FLIGHT_MAX) {
        throw new BridgeError(
          'EAGAIN',
          `${REQUESTS_IN_FLIGHT_MAX} requests of this connection wait already.`,
        );
      }
      this.#inFlight++;
      try {
        const answer = await this.#dispatch(message);
        if (answer !== undefined) this.send(answer);
      } finally {
        this.#inFlight--;
      }
    } catch (error) {
      if (!(error instanceof BridgeError)) this.#log.debug(`${message.type} failed: ${messageOf(error)}`);
      this.fail(message.id, error);
    }
  }

  #dispatch<Type extends ClientMessage['type']>(
    message: Extract<ClientMessage, { type: Type }>,
  ): Answer | Promise<Answer> {
    const handle = this.#events.handlers[message.type as Type];
    return handle(message, this);
  }
}
