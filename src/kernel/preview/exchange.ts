/** One request of a preview, between the service worker's port and a server of the container. */
import { PREVIEW_WINDOW_BYTES } from '../../base/limits.ts';
import type {
  FromExchange,
  HeaderList,
  PreviewSettings,
  RequestBody,
  RequestHead,
  ToExchange,
} from '../../protocol/preview.ts';
import type { CookieJar } from './cookies.ts';
import { type HttpClient, RequestFailure, type Response } from './http-client.ts';
import { fieldMembers, fieldValues } from './http-syntax.ts';

export interface ExchangeRequest {
  port: number;
  head: RequestHead;
  body: RequestBody;
}

/** HTTP's own framing, which ends here, and what the jar keeps. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
];

export class Exchange {
  readonly #port: MessagePort;
  readonly #aborter = new AbortController();
  readonly #body = new BodyQueue();
  #credit = PREVIEW_WINDOW_BYTES;
  #granted: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<ToExchange>) => this.#receive(data);
    // The service worker was stopped: nobody will read the rest.
    port.addEventListener('close', () => this.#abort());
  }

  async run(
    client: HttpClient,
    jar: CookieJar,
    settings: PreviewSettings,
    { port, head, body }: ExchangeRequest,
  ): Promise<void> {
    try {
      const source =
        body === 'stream' ? this.#body.chunks((bytes) => this.#post({ type: 'body-taken', bytes })) : body;
      const response = await client.send(port, withCookies(head, jar), source, this.#aborter.signal);
      await this.#respond(response, head, jar, settings);
    } catch (error) {
      if (this.#aborter.signal.aborted) return;
      const known = error instanceof RequestFailure;
      this.#post({
        type: 'failed',
        failure: known ? error.failure : 'protocol',
        message: error instanceof Error ? error.message : String(error),
      });
    } finally {
      this.#body.close();
      this.#port.onmessage = null;
    }
  }

  async #respond(
    { head, body }: Response,
    request: RequestHead,
    jar: CookieJar,
    settings: PreviewSettings,
  ): Promise<void> {
    const hidden = [...HOP_BY_HOP, ...fieldMembers(head.headers, 'connection'), 'set-cookie'];
    const headers: HeaderList = head.headers.filter(([name]) => !hidden.includes(name.toLowerCase()));
    let changed = false;
    if (request.credentials) {
      for (const cookie of fieldValues(head.headers, 'set-cookie')) {
        changed = jar.set(cookie, request.target) || changed;
      }
    }
    const cookies = jar.header(request.target, { script: true });
    this.#post({
      type: 'head',
      head: { status: head.status, statusText: head.statusText, headers },
      page: { cookies, ...settings },
    });
    if (changed) this.#post({ type: 'cookies', cookies });
    for await (const chunk of body) {
      await this.#room();
      if (this.#aborter.signal.aborted) return;
      this.#credit -= chunk.length;
      const whole = chunk.length === chunk.buffer.byteLength ? chunk : chunk.slice();
      this.#post({ type: 'data', chunk: whole }, [whole.buffer]);
    }
    this.#post({ type: 'end' });
  }

  async #room(): Promise<void> {
    while (this.#credit <= 0 && !this.#aborter.signal.aborted) {
      await new Promise<void>((resolve) => (this.#granted = resolve));
    }
  }

  #receive(message: ToExchange): void {
    switch (message.type) {
      case 'body':
        this.#body.push(message.chunk);
        return;
      case 'body-end':
        this.#body.push(null);
        return;
      case 'credit':
        this.#credit += message.bytes;
        this.#granted?.();
        return;
      case 'abort':
        this.#abort();
    }
  }

  #abort(): void {
    this.#aborter.abort();
    this.#body.close();
    this.#granted?.();
  }

  #post(message: FromExchange, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** The request's body on its way: what the service worker has sent and the server has not taken. */
class BodyQueue {
  readonly #chunks: (Uint8Array<ArrayBuffer> | null)[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  /** null ends it. */
  push(chunk: Uint8Array<ArrayBuffer> | null): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** Whoever waits for a chunk is told that there is none. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *chunks(taken: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk === null) return;
      if (chunk !== undefined) {
        yield chunk;
        taken(chunk.length);
      } else if (this.#closed) throw new Error('the body was cut off');
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function withCookies(head: RequestHead, jar: CookieJar): RequestHead {
  const cookies = head.credentials ? jar.header(head.target) : '';
  return cookies === '' ? head : { ...head, headers: [...head.headers, ['Cookie', cookies]] };
}
