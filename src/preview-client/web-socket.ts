/**
 * WebSocket for preview frames: connections to the container's servers go over a MessagePort to the kernel, all others
 * to the browser's own WebSocket. Service workers see no WebSockets.
 */
import { type FromSocket, previewLock, type ToSocket } from '../protocol/preview.ts';
import { type Frame, portOf, targetOf } from './frame.ts';

type BinaryData = Exclude<Parameters<WebSocket['send']>[0], string>;

const State = { connecting: 0, open: 1, closing: 2, closed: 3 } as const;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REASON_MAX_BYTES = 123;
/** RFC 6455, 7.1.5: nobody said good-bye. */
const ABNORMAL = 1006;

type Ending = Omit<Extract<FromSocket, { type: 'close' }>, 'type'>;

class PreviewSocket extends EventTarget {
  static readonly CONNECTING = State.connecting;
  static readonly OPEN = State.open;
  static readonly CLOSING = State.closing;
  static readonly CLOSED = State.closed;
  readonly CONNECTING = State.connecting;
  readonly OPEN = State.open;
  readonly CLOSING = State.closing;
  readonly CLOSED = State.closed;
  readonly url: string;
  readonly extensions = '';
  binaryType: BinaryType = 'blob';
  #protocol = '';
  #state: number = State.connecting;
  #buffered = 0;
  /** Blobs are read asynchronously; what is sent after one waits for it. */
  #sending: Promise<void> | undefined;
  readonly #port: MessagePort;
  readonly #over = new AbortController();
  readonly #handlers = new Map<string, EventListener>();

  constructor(frame: Frame, url: URL, port: number, protocols: string[]) {
    super();
    this.url = url.href;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromSocket>) => this.#receive(data);
    const call = { target: targetOf(url, frame), protocols, socket: port2 };
    frame.send({ type: 'preview-socket', server: { ...frame.server, port }, call }, [port2]);
    this.#watch(frame.server.container);
  }

  /** Ends with the tab that runs the container, which may be another one than this. */
  #watch(container: string): void {
    const gone = (): void => this.#end({ code: ABNORMAL, reason: '', wasClean: false, failed: false });
    this.addEventListener(
      'open',
      () =>
        navigator.locks
          .request(previewLock(container), { mode: 'shared', signal: this.#over.signal }, gone)
          // It ended before.
          .catch(() => undefined),
      { once: true },
    );
  }

  get protocol(): string {
    return this.#protocol;
  }
  get readyState(): number {
    return this.#state;
  }
  get bufferedAmount(): number {
    return this.#buffered;
  }

  send(data: string | BinaryData): void {
    if (this.#state === State.connecting) {
      throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    }
    if (this.#state !== State.open) return;
    if (isBlob(data) || this.#sending) {
      this.#sending = (this.#sending ?? Promise.resolve()).then(async () => {
        this.#transmit(isBlob(data) ? new Uint8Array(await data.arrayBuffer()) : bytesOf(data));
      });
    } else this.#transmit(bytesOf(data));
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException(`The close code must be 1000 or 3000–4999, not ${code}.`, 'InvalidAccessError');
    }
    if (new TextEncoder().encode(reason).length > REASON_MAX_BYTES) {
      throw new DOMException('The close reason is too long.', 'SyntaxError');
    }
    if (this.#state >= State.closing) return;
    this.#state = State.closing;
    this.#post({ type: 'close', code, reason });
  }

  #transmit(data: string | Uint8Array<ArrayBuffer>): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data).length : data.length;
    this.#buffered += bytes;
    this.#post({ type: 'send', data });
  }

  #receive(message: FromSocket): void {
    switch (message.type) {
      case 'open':
        if (this.#state !== State.connecting) return;
        this.#state = State.open;
        this.#protocol = message.protocol;
        this.dispatchEvent(new Event('open'));
        return;
      case 'message':
        this.#deliver(message.data);
        this.#post({ type: 'taken', bytes: message.bytes });
        return;
      case 'sent':
        this.#buffered -= message.bytes;
        return;
      case 'close':
        this.#end(message);
    }
  }

  #end({ code, reason, wasClean, failed }: Ending): void {
    if (this.#state === State.closed) return;
    this.#state = State.closed;
    this.#over.abort();
    if (failed) this.dispatchEvent(new Event('error'));
    this.dispatchEvent(new CloseEvent('close', { code, reason, wasClean }));
    this.#port.close();
  }

  #deliver(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#state !== State.open && this.#state !== State.closing) return;
    const value =
      typeof data === 'string' ? data : this.binaryType === 'blob' ? new Blob([data]) : data.buffer;
    this.dispatchEvent(new MessageEvent('message', { data: value, origin: new URL(this.url).origin }));
  }

  #post(message: ToSocket): void {
    this.#port.postMessage(message);
  }

  /** @internal Event handler attributes: onopen and its kin. */
  handler(type: string): EventListener | null {
    return this.#handlers.get(type) ?? null;
  }
  /** @internal */
  setHandler(type: string, listener: EventListener | null): void {
    const old = this.#handlers.get(type);
    if (old) this.removeEventListener(type, old);
    this.#handlers.delete(type);
    if (typeof listener !== 'function') return;
    this.#handlers.set(type, listener);
    this.addEventListener(type, listener);
  }
}
for (const type of ['open', 'message', 'error', 'close']) {
  Object.defineProperty(PreviewSocket.prototype, `on${type}`, {
    get(this: PreviewSocket) {
      return this.handler(type);
    },
    set(this: PreviewSocket, listener: EventListener | null) {
      this.setHandler(type, listener);
    },
  });
}

/** `new WebSocket(…)` gives one or the other; `instanceof WebSocket` holds for both. */
export function socketClass(frame: Frame, Native: typeof WebSocket): typeof WebSocket {
  function construct(url: string | URL, protocols: string | string[] = []): object {
    const resolved = socketUrl(url);
    const port = portOf(resolved, frame);
    if (port === undefined) return new Native(resolved, protocols);
    const list = typeof protocols === 'string' ? [protocols] : [...protocols];
    if (list.some((one) => !TOKEN.test(one)) || new Set(list).size < list.length) {
      throw new DOMException(`The subprotocols '${list.join(',')}' are not valid.`, 'SyntaxError');
    }
    return new PreviewSocket(frame, resolved, port, list);
  }
  return new Proxy(Native, {
    construct: (_target, [url, protocols]: [string | URL, string | string[] | undefined]) =>
      construct(url, protocols),
    get: (target, name, receiver) =>
      name === Symbol.hasInstance
        ? (value: unknown) => value instanceof PreviewSocket || value instanceof target
        : (Reflect.get(target, name, receiver) as unknown),
  });
}

function socketUrl(url: string | URL): URL {
  let resolved: URL;
  try {
    resolved = new URL(url, document.baseURI);
  } catch {
    throw new DOMException(`The URL '${String(url)}' is not valid.`, 'SyntaxError');
  }
  if (resolved.protocol === 'http:') resolved.protocol = 'ws:';
  if (resolved.protocol === 'https:') resolved.protocol = 'wss:';
  if (resolved.protocol !== 'ws:' && resolved.protocol !== 'wss:') {
    throw new DOMException(`The URL's scheme must be ws or wss, not '${resolved.protocol}'.`, 'SyntaxError');
  }
  if (resolved.hash !== '') throw new DOMException('The URL has a fragment.', 'SyntaxError');
  return resolved;
}

/** Also one of another frame's making. */
function isBlob(data: unknown): data is Blob {
  const kind = Object.prototype.toString.call(data);
  return kind === '[object Blob]' || kind === '[object File]';
}

function bytesOf(data: string | Exclude<BinaryData, Blob>): string | Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]') {
    return new Uint8Array(data).slice();
  }
  // Other kinds of values are text, as the browser's own makes them.
  return String(data);
}
