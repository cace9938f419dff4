/**
 * The connection to a runtime that outlives its sockets: it comes back after a cut, under the same session,
 * and what was asked and not answered is asked again. Spawns are not doubled by that: the runtime knows their ids.
 */
import { CloseCode, type ClientRequest, type MessageOf, type ServerMessage } from '../protocol/runtime.ts';
import { encodeFrame, type Frame, type FrameKind } from '../protocol/runtime/frames.ts';
import { backoffMs } from './backoff.ts';
import { RemoteError } from './errors.ts';
import { openSocket, runtimeUrl, type Hello, type OpenSocket } from './socket.ts';

export interface RemoteConnectionOptions {
  /** `ws://localhost:18790`, or `wss://…` for another machine. */
  url: string;
  /** Given to this address only. */
  token: string;
}

export type ConnectionState = 'connected' | 'reconnecting' | 'closed';

export interface ConnectionListener {
  /** A message that answers no request. */
  message?(message: ServerMessage): void;
  frame?(frame: Frame): void;
  /** The session goes on over a new socket: what streams lost with the old one has to be asked for. */
  resumed?(): void;
  stateChanged?(state: ConnectionState, reason?: RemoteError): void;
}

type AnswerType<Type extends ServerMessage['type']> = MessageOf<ServerMessage, Type>;
type WithoutId<Message> = Message extends unknown ? Omit<Message, 'id'> : never;
export type Request = WithoutId<ClientRequest>;

interface Pending {
  readonly json: string;
  /** May be asked again after a cut. Others fail with ECONNRESET. */
  readonly repeatable: boolean;
  resolve(message: ServerMessage): void;
  reject(error: RemoteError): void;
}

/** Requests whose stream or turn is lost with the socket: the caller has to begin again. */
const NOT_REPEATABLE: ReadonlySet<string> = new Set([
  'write',
  'attach',
  'syncApply',
  'syncGet',
  'portConnect',
  'relayConnect',
]);
/** Attempts to come back before the connection is given up: about five minutes. */
const RECONNECT_ATTEMPTS_MAX = 25;
const HEX = 16;
/** Bytes that a UTF-16 unit takes at most. */
const UTF8_BYTES_MAX = 3;

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(HEX));
  return Array.from(bytes, (byte) => byte.toString(HEX).padStart(2, '0')).join('');
}

export class RemoteConnection {
  readonly url: URL;
  readonly #token: string;
  readonly #session = randomId();
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<ConnectionListener>();
  #socket: OpenSocket | undefined;
  #state: ConnectionState = 'reconnecting';
  #nextId = 1;
  #wakeUp: (() => void) | undefined;

  private constructor({ url, token }: RemoteConnectionOptions) {
    this.url = runtimeUrl(url);
    this.#token = token;
  }

  /** Rejects with the first failure: coming back is for a connection that once stood. */
  static async open(options: RemoteConnectionOptions): Promise<RemoteConnection> {
    const connection = new RemoteConnection(options);
    await connection.#connect();
    return connection;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** What the runtime said of itself. */
  get hello(): Hello {
    if (this.#hello === undefined) throw new RemoteError('ENOTCONN', 'The runtime was never reached.');
    return this.#hello;
  }
  #hello: Hello | undefined;

  listen(listener: ConnectionListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * The answer of the type, or the runtime's refusal as a RemoteError with its code. `arrived` is called with the
   * answer before anything that follows it on the socket is handled.
   */
  async request<Type extends ServerMessage['type']>(
    request: Request,
    answer: Type,
    arrived?: (message: AnswerType<Type>) => void,
  ): Promise<AnswerType<Type>> {
    if (this.#state === 'closed')
      throw new RemoteError('ENOTCONN', 'The connection to the runtime is closed.');
    const id = `r${this.#nextId++}`;
    const json = JSON.stringify({ ...request, id });
    this.#checkSize(request.type, json);
    return new Promise((resolve, reject) => {
      const settle = (message: ServerMessage): void => {
        if (message.type !== answer) {
          reject(new RemoteError('EPROTO', `The runtime answered ${request.type} with ${message.type}.`));
          return;
        }
        arrived?.(message as AnswerType<Type>);
        resolve(message as AnswerType<Type>);
      };
      this.#pending.set(id, { json, repeatable: !NOT_REPEATABLE.has(request.type), resolve: settle, reject });
      this.#socket?.send(json);
    });
  }

  /** One message too large would cost the whole connection: it is not sent. Throws EMSGSIZE. */
  #checkSize(type: string, json: string): void {
    const most = this.hello.limits.messageBytes;
    if (json.length * UTF8_BYTES_MAX <= most) return;
    const { length } = new TextEncoder().encode(json);
    if (length > most) {
      throw new RemoteError(
        'EMSGSIZE',
        `A request ${type} of ${length} bytes is more than the runtime takes (${most}).`,
      );
    }
  }

  /** Sends a binary frame, or drops it while there is no socket: the offsets of what follows a cut make up for it. */
  sendFrame(kind: FrameKind, target: number, offset: number, bytes?: Uint8Array): void {
    this.#socket?.send(encodeFrame(kind, target, offset, bytes));
  }

  close(): void {
    this.#end(new RemoteError('ENOTCONN', 'The connection to the runtime was closed.'));
  }

  async #connect(): Promise<void> {
    let replies: ((message: ServerMessage) => void) | undefined;
    const socket = await openSocket(this.url, this.#token, {
      message: (message) => (replies ?? ((other) => this.#received(other)))(message),
      frame: (frame) => this.#emit((listener) => listener.frame?.(frame)),
      closed: (code, reason) => this.#cut(socket, code, reason),
    });
    await new Promise<void>((resolve) => {
      replies = (message) => {
        if (message.type !== 'welcome') return this.#received(message);
        replies = undefined;
        resolve();
      };
      socket.send(JSON.stringify({ type: 'hello', session: this.#session }));
    });
    this.#hello = socket.hello;
    this.#socket = socket;
    this.#setState('connected');
  }

  #received(message: ServerMessage): void {
    const id = 'id' in message ? message.id : undefined;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || pending === undefined) {
      this.#emit((listener) => listener.message?.(message));
      return;
    }
    this.#pending.delete(id);
    if (message.type === 'error') pending.reject(new RemoteError(message.code, message.message));
    else pending.resolve(message);
  }

  #cut(socket: OpenSocket, code: number, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    if (this.#state === 'closed') return;
    if (code === CloseCode.replaced || code === CloseCode.goingAway || code === CloseCode.messageTooBig) {
      const why = code === CloseCode.messageTooBig ? 'a message was too large' : `code ${code}`;
      const sentence = `The runtime closed the connection: ${reason === '' ? why : reason}`;
      this.#end(new RemoteError('ECONNRESET', sentence));
      return;
    }
    for (const [id, pending] of this.#pending) {
      if (pending.repeatable) continue;
      this.#pending.delete(id);
      pending.reject(new RemoteError('ECONNRESET', 'The connection to the runtime was cut.'));
    }
    this.#setState('reconnecting');
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    let last = new RemoteError('ECONNRESET', 'The connection to the runtime was cut.');
    for (let attempt = 0; attempt < RECONNECT_ATTEMPTS_MAX; attempt++) {
      await this.#wait(backoffMs(attempt));
      if (this.state === 'closed') return;
      try {
        await this.#connect();
      } catch (error) {
        last = error instanceof RemoteError ? error : new RemoteError('EIO', String(error));
        if (last.code === 'EACCES') break; // asking again with the same token cannot help
        continue;
      }
      this.#emit((listener) => listener.resumed?.());
      for (const { json } of this.#pending.values()) this.#socket?.send(json);
      return;
    }
    this.#end(last);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #end(reason: RemoteError): void {
    if (this.#state === 'closed') return;
    this.#setState('closed', reason);
    this.#wakeUp?.();
    this.#socket?.close();
    this.#socket = undefined;
    for (const pending of this.#pending.values()) pending.reject(reason);
    this.#pending.clear();
  }

  #setState(state: ConnectionState, reason?: RemoteError): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#emit((listener) => listener.stateChanged?.(state, reason));
  }

  #emit(call: (listener: ConnectionListener) => void): void {
    for (const listener of [...this.#listeners]) call(listener);
  }
}
