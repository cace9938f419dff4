/** The bytes of a connection, taken by lines, by counts, or as they come. */
import type { Connection } from './connection.ts';

/** The server's bytes are not what the protocol allows. */
export class ProtocolError extends Error {}
/** The server's bytes end too early. */
export class ClosedEarly extends Error {}

const NEWLINE = 10;
const RETURN = 13;
const EMPTY = new Uint8Array(0);

export class Incoming {
  readonly #connection: Connection;
  #chunk: Uint8Array<ArrayBuffer> = EMPTY;
  #received = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** True once a byte has come since the last `mark`. */
  get received(): boolean {
    return this.#received;
  }
  mark(): void {
    this.#received = this.#chunk.length > 0;
  }
  /** True when bytes lie here that nobody has taken. */
  get pending(): boolean {
    return this.#chunk.length > 0;
  }

  /** What is there, up to `limit` bytes; undefined at the end. */
  async some(limit = Infinity): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!(await this.#fill())) return undefined;
    const taken = this.#chunk.subarray(0, Math.min(limit, this.#chunk.length));
    this.#chunk = this.#chunk.subarray(taken.length);
    return taken;
  }

  /** Exactly `count` bytes. */
  async exactly(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(count);
    for (let filled = 0; filled < count;) {
      const part = await this.some(count - filled);
      if (part === undefined) throw new ClosedEarly('the server closed the connection in the middle');
      whole.set(part, filled);
      filled += part.length;
    }
    return whole;
  }

  /** A line without its end (CRLF, or LF alone), each byte one character; undefined at the end of the stream. */
  async line(limit: number): Promise<string | undefined> {
    let text = '';
    for (;;) {
      if (!(await this.#fill())) {
        if (text === '') return undefined;
        throw new ClosedEarly('the server closed the connection in the middle of a line');
      }
      const at = this.#chunk.indexOf(NEWLINE);
      const end = at < 0 ? this.#chunk.length : at;
      if (text.length + end > limit) throw new ProtocolError('the head of the response is too long');
      text += latin1(this.#chunk.subarray(0, end));
      this.#chunk = this.#chunk.subarray(at < 0 ? end : at + 1);
      if (at >= 0) return text.charCodeAt(text.length - 1) === RETURN ? text.slice(0, -1) : text;
    }
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const chunk = await this.#connection.read();
      if (chunk === undefined) return false;
      this.#received = true;
      this.#chunk = chunk;
    }
    return true;
  }
}

/** Header text is bytes: each is one character of the same number. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
