/**
 * Requests of HTTP/1 as the gateway reads them from a connection: strict where two readings of one message could
 * differ (RFC 9112: both lengths, a length that is no number, folded lines), since what is read here is sent on.
 */
import { GATEWAY_HEAD_BYTES } from '../../base/limits.ts';

export interface RequestHead {
  method: string;
  target: string;
  version: '1.0' | '1.1';
  /** In order, names as they were written. */
  headers: [name: string, value: string][];
}

export class MalformedRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Read = () => Promise<Uint8Array<ArrayBuffer> | undefined>;

const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const CR = 13;
const LF = 10;

/** Reads requests one after another; bytes that came too early are kept. */
export class RequestReader {
  readonly #read: Read;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(read: Read) {
    this.#read = read;
  }

  /** → undefined when the connection ends between requests. */
  async head(): Promise<RequestHead | undefined> {
    for (;;) {
      const end = headEnd(this.#buffer);
      if (end >= 0) {
        const text = latin1(this.#buffer.subarray(0, end));
        this.#buffer = this.#buffer.slice(end);
        const lines = text.replace(/^(?:\r\n)+/, '').split('\r\n');
        if (lines[0] !== '') return parseHead(lines);
        continue;
      }
      if (this.#buffer.length > GATEWAY_HEAD_BYTES)
        throw new MalformedRequest(431, 'The headers are too long.');
      if (!(await this.#more())) {
        if (this.#buffer.length > 0)
          throw new MalformedRequest(400, 'The connection ended within a request.');
        return undefined;
      }
    }
  }

  /** The body's bytes as they come. Must be read to its end before the next head. */
  async *body(head: RequestHead): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const framing = framingOf(head);
    if (framing === 'chunked') {
      yield* this.#chunks();
      return;
    }
    yield* this.#exactly(framing);
  }

  /** One line without its end. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#buffer.indexOf(LF);
      if (at >= 0) {
        const line = latin1(this.#buffer.subarray(0, at > 0 && this.#buffer[at - 1] === CR ? at - 1 : at));
        this.#buffer = this.#buffer.slice(at + 1);
        return line;
      }
      if (this.#buffer.length > GATEWAY_HEAD_BYTES) throw new MalformedRequest(400, 'A line is too long.');
      if (!(await this.#more())) throw new MalformedRequest(400, 'The connection ended within a request.');
    }
  }

  /** Up to `count` first bytes, fewer only at the connection's end; they stay. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#buffer.length < count && (await this.#more()));
    return this.#buffer.subarray(0, count);
  }

  /** What follows a request that is no body: undefined when the connection ends before so many bytes. */
  async exactly(count: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const parts: Uint8Array[] = [];
    for (let left = count; left > 0;) {
      if (this.#buffer.length === 0 && !(await this.#more())) return undefined;
      const part = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(part.length);
      left -= part.length;
      parts.push(part);
    }
    const whole = new Uint8Array(count);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  async *#exactly(length: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (let left = length; left > 0;) {
      if (this.#buffer.length === 0 && !(await this.#more()))
        throw new MalformedRequest(400, 'The connection ended within a body.');
      const part = this.#buffer.slice(0, left);
      this.#buffer = this.#buffer.slice(part.length);
      left -= part.length;
      yield part;
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    for (;;) {
      const size = /^([\da-f]{1,8})[\t ]*(?:;.*)?$/i.exec(await this.line())?.[1];
      if (size === undefined) throw new MalformedRequest(400, 'A chunk has no length.');
      const length = Number.parseInt(size, 16);
      if (length === 0) break;
      yield* this.#exactly(length);
      if ((await this.line()) !== '') throw new MalformedRequest(400, 'A chunk is longer than it says.');
    }
    while ((await this.line()) !== ''); // trailers are not passed on
  }

  async #more(): Promise<boolean> {
    const bytes = await this.#read();
    if (bytes === undefined) return false;
    const joined = new Uint8Array(this.#buffer.length + bytes.length);
    joined.set(this.#buffer);
    joined.set(bytes, this.#buffer.length);
    this.#buffer = joined;
    return true;
  }
}

export function headerOf(head: RequestHead, name: string): string | undefined {
  const values = head.headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/** Bytes of the body, or that it comes in chunks. */
export function framingOf(head: RequestHead): number | 'chunked' {
  const transfer = headerOf(head, 'transfer-encoding');
  const length = headerOf(head, 'content-length');
  if (transfer !== undefined) {
    if (length !== undefined) throw new MalformedRequest(400, 'A body has two lengths.');
    if (transfer.toLowerCase() !== 'chunked')
      throw new MalformedRequest(501, 'Only chunked bodies are known.');
    return 'chunked';
  }
  if (length === undefined) return 0;
  if (!/^\d{1,15}$/.test(length)) throw new MalformedRequest(400, 'The length of the body is no number.');
  return Number(length);
}

export function keepsAlive(head: RequestHead): boolean {
  const connection = (headerOf(head, 'connection') ?? '').toLowerCase();
  return head.version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
}

/** Just after the empty line, or -1. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] === CR && bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function parseHead(lines: string[]): RequestHead {
  const [method = '', target = '', protocol = '', ...rest] = (lines[0] ?? '').split(' ');
  const version = /^HTTP\/(1\.[01])$/.exec(protocol)?.[1];
  if (!TOKEN.test(method) || target === '' || version === undefined || rest.length > 0) {
    throw new MalformedRequest(400, 'This is no request of HTTP/1.');
  }
  const headers: [string, string][] = [];
  for (const line of lines.slice(1)) {
    if (line === '') break;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 1 || !TOKEN.test(name)) throw new MalformedRequest(400, 'A header has no name.');
    headers.push([name, line.slice(colon + 1).trim()]);
  }
  return { method, target, version: version as '1.0' | '1.1', headers };
}
