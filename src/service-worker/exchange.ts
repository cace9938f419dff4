/** One request of a frame: sent to the kernel, its answer made a Response whose body streams. */
import { concat } from '../base/bytes.ts';
import { PREVIEW_HANDSHAKE_MS, PREVIEW_WHOLE_BODY_BYTES, PREVIEW_WINDOW_BYTES } from '../base/limits.ts';
import type {
  FromExchange,
  PageExtras,
  PreviewFailure,
  RequestBody,
  RequestHead,
  ResponseHead,
  ToExchange,
} from '../protocol/preview.ts';
import type { Address } from './addresses.ts';
import type { Routes } from './routes.ts';

export class ExchangeFailure extends Error {
  readonly failure: PreviewFailure | 'no-container';
  constructor(failure: PreviewFailure | 'no-container', message: string) {
    super(message);
    this.failure = failure;
  }
}

export interface Answer {
  head: ResponseHead;
  page: PageExtras;
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

export interface ExchangeHooks {
  /** document.cookie of the server's frames is to show this. */
  cookies(cookies: string): void;
}

/** Rejects with ExchangeFailure when there is no response. */
export async function exchange(
  routes: Routes,
  address: Address,
  head: RequestHead,
  request: Request,
  hooks: ExchangeHooks,
): Promise<Answer> {
  const { port1, port2 } = new MessageChannel();
  const wire = new Wire(port1, hooks);
  const { whole, rest } = await requestBody(request);
  const call = { type: 'request', port: address.port, head, body: whole, exchange: port2 } as const;
  if (!(await routes.send(address.container, call, [port2]))) {
    port1.close();
    throw new ExchangeFailure('no-container', 'No open page runs this container.');
  }
  request.signal.addEventListener('abort', () => wire.abort());
  wire.watch(() => routes.isAlive(address.container));
  if (rest) void wire.upload(rest);
  return wire.answer;
}

class Wire {
  readonly answer: Promise<Answer>;
  readonly #port: MessagePort;
  readonly #head = Promise.withResolvers<Answer>();
  readonly #hooks: ExchangeHooks;
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #owed = 0;
  #uploading = 0;
  #taken: (() => void) | undefined;
  #over = false;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(port: MessagePort, hooks: ExchangeHooks) {
    this.#port = port;
    this.#hooks = hooks;
    this.answer = this.#head.promise;
    this.#body = new ReadableStream(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#grant(),
        cancel: () => this.abort(),
      },
      { highWaterMark: PREVIEW_WINDOW_BYTES / 4, size: (chunk) => chunk.length },
    );
    port.onmessage = ({ data }: MessageEvent<FromExchange>) => this.#receive(data);
    port.addEventListener('close', () => this.#fail('closed', 'The container is gone.'));
  }

  /** Ends the exchange when the container's page goes meanwhile. */
  watch(isAlive: () => Promise<boolean>): void {
    const look = async (): Promise<void> => {
      if (!(await isAlive())) this.#fail('no-container', 'The page that ran this container was closed.');
    };
    if (!this.#over) this.#watch = setInterval(() => void look(), PREVIEW_HANDSHAKE_MS);
  }

  abort(): void {
    if (this.#over) return;
    this.#post({ type: 'abort' });
    this.#fail('closed', 'The request was aborted.');
  }

  /** The request's body, never more of it under way than the window. */
  async upload({ first, reader }: BodyRest): Promise<void> {
    try {
      for (let chunk: Uint8Array | undefined = first; chunk; chunk = (await reader.read()).value) {
        while (this.#uploading >= PREVIEW_WINDOW_BYTES && !this.#over) {
          await new Promise<void>((resolve) => (this.#taken = resolve));
        }
        if (this.#over) {
          await reader.cancel();
          return;
        }
        this.#uploading += chunk.length;
        const own = new Uint8Array(chunk);
        this.#post({ type: 'body', chunk: own }, [own.buffer]);
      }
      this.#post({ type: 'body-end' });
    } catch {
      this.abort();
    }
  }

  #receive(message: FromExchange): void {
    switch (message.type) {
      case 'head':
        this.#head.resolve({ head: message.head, page: message.page, body: this.#body });
        return;
      case 'data':
        this.#owed += message.chunk.length;
        this.#controller?.enqueue(message.chunk);
        return;
      case 'end':
        this.#controller?.close();
        this.#end();
        return;
      case 'body-taken':
        this.#uploading -= message.bytes;
        this.#taken?.();
        return;
      case 'failed':
        this.#fail(message.failure, message.message);
        return;
      case 'cookies':
        this.#hooks.cookies(message.cookies);
    }
  }

  #grant(): void {
    if (this.#owed === 0 || this.#over) return;
    this.#post({ type: 'credit', bytes: this.#owed });
    this.#owed = 0;
  }

  #fail(failure: PreviewFailure | 'no-container', message: string): void {
    if (this.#over) return;
    const error = new ExchangeFailure(failure, message);
    this.#head.reject(error);
    this.#controller?.error(error);
    this.#end();
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#watch);
    this.#taken?.();
    this.#port.onmessage = null;
    this.#port.close();
  }

  #post(message: ToExchange, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

interface BodyRest {
  first: Uint8Array;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/** A short body whole, so that it can be sent with its length, as a browser does; a long one as a stream. */
async function requestBody(request: Request): Promise<{ whole: RequestBody; rest?: BodyRest }> {
  if (request.method === 'GET' || request.method === 'HEAD') return { whole: null };
  // Browsers that do not stream a request's body have it only at once.
  const stream = request.body ?? (await request.blob()).stream();
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    size += next.value.length;
    if (size > PREVIEW_WHOLE_BODY_BYTES) return { whole: 'stream', rest: { first: concat(parts), reader } };
  }
  return { whole: size === 0 ? null : concat(parts) };
}
