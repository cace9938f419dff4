/** HTTP/1.1 requests to the container's servers: streaming both ways, over kept-alive connections. */
import { Errno } from '../../base/errno.ts';
import type { HeaderList, PreviewFailure, RequestHead } from '../../protocol/preview.ts';
import { type Connection, ConnectionReset, type Dial } from './connection.ts';
import {
  type Framing,
  framingOf,
  keepsAlive,
  readBody,
  readHead,
  requestBytes,
  type WireHead,
} from './http-syntax.ts';
import { ClosedEarly, latin1Bytes, ProtocolError } from './incoming.ts';
import { ConnectionPool, type Line } from './pool.ts';

/** A request that has no response, or none that is whole. */
export class RequestFailure extends Error {
  readonly failure: PreviewFailure;
  constructor(failure: PreviewFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

export type BodySource = Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array> | null;

export interface Response {
  readonly head: WireHead;
  /** To be read to its end, or ended by `return()`: that is what frees the connection. Throws RequestFailure. */
  readonly body: AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

const LAST_CHUNK = latin1Bytes('0\r\n\r\n');
const CHUNK_END = latin1Bytes('\r\n');

export class HttpClient {
  readonly #pool: ConnectionPool;

  constructor(dial: Dial) {
    this.#pool = new ConnectionPool(dial);
  }

  /** Resolves with the final response's head. Rejects with RequestFailure. `signal` closes the connection. */
  async send(port: number, head: RequestHead, source: BodySource, signal: AbortSignal): Promise<Response> {
    const bytes = requestWithBody(head, source);
    for (let fresh = false; ; fresh = true) {
      signal.throwIfAborted();
      const line = await this.#acquire(port, fresh);
      const attempt = new Attempt(this.#pool, port, line, signal);
      try {
        return await attempt.run(head.method, bytes, source);
      } catch (error) {
        attempt.discard();
        // The server closed the kept-alive connection while the request was on its way: it has not seen it.
        if (line.used && !line.input.received && isReplayable(source) && !signal.aborted) continue;
        throw failureOf(error);
      }
    }
  }

  /** A connection of the caller's own. Rejects with RequestFailure. */
  async connect(port: number): Promise<Line & { discard(): void }> {
    const line = await this.#acquire(port, true);
    return { ...line, discard: () => this.#pool.discard(line) };
  }

  async #acquire(port: number, fresh: boolean): Promise<Line> {
    const line = await this.#pool.acquire(port, { fresh });
    if (typeof line !== 'number') return line;
    if (line === -Errno.ECONNREFUSED) throw new RequestFailure('refused', `Nothing listens on port ${port}.`);
    if (line === -Errno.EACCES) {
      throw new RequestFailure(
        'denied',
        `The container's capabilities do not allow a connection to port ${port}.`,
      );
    }
    throw new RequestFailure('limit', `No connection to port ${port} could be made (errno ${-line}).`);
  }
}

/** One request on one connection. */
class Attempt {
  readonly #pool: ConnectionPool;
  readonly #port: number;
  readonly #line: Line;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => this.discard();
  #sent: Promise<boolean> = Promise.resolve(true);
  #over = false;

  constructor(pool: ConnectionPool, port: number, line: Line, signal: AbortSignal) {
    this.#pool = pool;
    this.#port = port;
    this.#line = line;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort);
  }

  discard(): void {
    if (this.#settle()) this.#pool.discard(this.#line);
  }

  async run(method: string, bytes: Uint8Array, source: BodySource): Promise<Response> {
    const { connection, input } = this.#line;
    input.mark();
    // The server may answer before it has taken the whole body, or without taking it.
    this.#sent = this.#send(connection, bytes, source);
    let head: WireHead | undefined;
    do head = await readHead(input);
    while (head && head.status < 200 && head.status !== 101);
    if (head === undefined) {
      throw new ClosedEarly('the server closed the connection without an answer');
    }
    if (head.status === 101) throw new ProtocolError('the server switched protocols without being asked');
    const framing = framingOf(method, head);
    return { head, body: this.#body(head, framing) };
  }

  async *#body(head: WireHead, framing: Framing): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    try {
      yield* readBody(this.#line.input, framing);
      // A request whose body is still on its way leaves the connection in the middle of a message.
      const whole = await Promise.race([this.#sent, Promise.resolve(false)]);
      if (whole && keepsAlive(head, framing) && this.#settle()) this.#pool.release(this.#port, this.#line);
    } catch (error) {
      throw failureOf(error);
    } finally {
      this.discard();
    }
  }

  async #send(connection: Connection, bytes: Uint8Array, source: BodySource): Promise<boolean> {
    if (!(await connection.write(bytes))) return false;
    if (source === null || source instanceof Uint8Array) return true;
    try {
      for await (const chunk of source) {
        if (chunk.length > 0 && !(await writeChunk(connection, chunk))) return false;
      }
      return await connection.write(LAST_CHUNK);
    } catch {
      // The body's own source has failed: the server must see a request that was cut off, not one that ended.
      this.discard();
      return false;
    }
  }

  #settle(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#abort);
    return true;
  }
}

async function writeChunk(connection: Connection, chunk: Uint8Array): Promise<boolean> {
  return (
    (await connection.write(latin1Bytes(`${chunk.length.toString(16)}\r\n`))) &&
    (await connection.write(chunk)) &&
    (await connection.write(CHUNK_END))
  );
}

function isReplayable(source: BodySource): boolean {
  return source === null || source instanceof Uint8Array;
}

const FRAMING_FIELDS = ['content-length', 'transfer-encoding', 'connection'];
const METHODS_WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'DELETE'];

/** The head, with a body whose bytes are known behind it: one write for most requests. */
function requestWithBody(head: RequestHead, source: BodySource): Uint8Array {
  const headers: HeaderList = head.headers.filter(([name]) => !FRAMING_FIELDS.includes(name.toLowerCase()));
  const counted = source instanceof Uint8Array ? source : null;
  if (counted) headers.push(['Content-Length', String(counted.length)]);
  else if (source) headers.push(['Transfer-Encoding', 'chunked']);
  else if (!METHODS_WITHOUT_BODY.includes(head.method)) headers.push(['Content-Length', '0']);
  headers.push(['Connection', 'keep-alive']);
  let start: Uint8Array<ArrayBuffer>;
  try {
    start = requestBytes(head.method, head.target, headers);
  } catch (error) {
    throw failureOf(error);
  }
  if (counted === null) return start;
  const whole = new Uint8Array(start.length + counted.length);
  whole.set(start);
  whole.set(counted, start.length);
  return whole;
}

function failureOf(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RequestFailure(
    error instanceof ConnectionReset || error instanceof ClosedEarly ? 'closed' : 'protocol',
    `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
  );
}
