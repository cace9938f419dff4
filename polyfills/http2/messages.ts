/**
 * What makes header fields an HTTP message (RFC 9113, section 8), for one stream. As in nghttp2, a pseudo header that is
 * wrong ends the stream, and a regular field that is wrong is left out.
 */
import { Flag, FrameType } from './constants.ts';

export const Verdict = { take: 0, ignore: 1, reject: 2, remove: 3 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

const Seen = {
  authority: 1,
  path: 2,
  method: 4,
  scheme: 8,
  host: 16,
  status: 32,
  protocol: 64,
  /** A regular field was read: no pseudo header may follow. */
  regular: 128,
  connect: 256,
  head: 512,
  options: 1024,
  /** An informational response was read: the final one has to come. */
  expectFinal: 2048,
  pathIsRegular: 4096,
  pathIsAsterisk: 8192,
  schemeIsHttp: 16_384,
} as const;
const REQUEST = Seen.method | Seen.path | Seen.scheme;
const METHODS = Seen.connect | Seen.head | Seen.options;

const REGULAR_NAME = /^[!#$%&'*+\-.^_`|~\da-z]+$/;
const PSEUDO_NAME = /^:[!#$%&'*+\-.^_`|~\da-z]+$/;
const HAS_CAPITAL = /[A-Z]/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const METHOD = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const PATH = /^[\x21-\x7e\x80-\xff]*$/;
const AUTHORITY = /^[\w!$%&'()*+,\-./:;=@[\]~]*$/;
const SCHEME = /^[A-Za-z][A-Za-z\d+\-.]*$/;
const OUTER_SPACE = /^[\t ]|[\t ]$/;
const LENGTH = /^\d{1,15}$/;

const PSEUDO_FLAGS: Readonly<Record<string, number>> = {
  ':authority': Seen.authority,
  ':path': Seen.path,
  ':method': Seen.method,
  ':scheme': Seen.scheme,
  ':protocol': Seen.protocol,
};
/** Of one connection of HTTP/1. */
const FORBIDDEN = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

export interface HeaderContext {
  /** A request is read: by a server, or in a promise. */
  readonly isRequest: boolean;
  readonly isTrailer: boolean;
  readonly allowsProtocol: boolean;
  /** Spaces around a value make it wrong. */
  readonly strictSpaces: boolean;
}

export class MessageState {
  #seen = 0;
  #status = -1;
  #contentLength = -1;
  #received = 0;

  readonly #streamId: number;
  constructor(streamId: number) {
    this.#streamId = streamId;
  }

  get expectsFinal(): boolean {
    return (this.#seen & Seen.expectFinal) !== 0;
  }

  /** Of a request that this side sends: its answer's body depends on it. */
  recordMethod(method: string): void {
    if (method === 'CONNECT') this.#seen |= Seen.connect;
    else if (method === 'HEAD') this.#seen |= Seen.head;
  }

  onField(name: string, value: string, context: HeaderContext): Verdict {
    const isPseudo = name.charCodeAt(0) === 0x3a;
    if (!(isPseudo ? PSEUDO_NAME : REGULAR_NAME).test(name)) {
      if (isPseudo || HAS_CAPITAL.test(name)) return Verdict.reject;
      this.#seen |= Seen.regular;
      return Verdict.ignore;
    }
    if (!isValueRight(name, value, context.strictSpaces)) {
      if (isPseudo) return Verdict.reject;
      this.#seen |= Seen.regular;
      return Verdict.ignore;
    }
    if (isPseudo && (context.isTrailer || (this.#seen & Seen.regular) !== 0)) return Verdict.reject;
    const verdict = context.isRequest
      ? this.#onRequestField(name, value, context)
      : this.#onResponseField(name, value);
    if (!isPseudo) this.#seen |= Seen.regular;
    return verdict;
  }

  #once(flag: number, value: string): boolean {
    if ((this.#seen & flag) !== 0 || value === '') return false;
    this.#seen |= flag;
    return true;
  }

  #onRequestField(name: string, value: string, { allowsProtocol }: HeaderContext): Verdict {
    const flag = PSEUDO_FLAGS[name];
    if (flag !== undefined) {
      if (flag === Seen.protocol && !allowsProtocol) return Verdict.reject;
      return this.#once(flag, value) ? this.#onPseudo(flag, value) : Verdict.reject;
    }
    if (name === 'host') return this.#once(Seen.host, value) ? Verdict.take : Verdict.reject;
    if (name === 'content-length') return this.#onLength(value);
    return commonVerdict(name, value);
  }

  #onPseudo(flag: number, value: string): Verdict {
    if (flag === Seen.method) {
      // Nobody promises a tunnel.
      if (value === 'CONNECT' && this.#streamId % 2 === 0) return Verdict.reject;
      if (value === 'CONNECT') this.#seen |= Seen.connect;
      else if (value === 'HEAD') this.#seen |= Seen.head;
      else if (value === 'OPTIONS') this.#seen |= Seen.options;
    } else if (flag === Seen.path) {
      if (value.startsWith('/')) this.#seen |= Seen.pathIsRegular;
      else if (value === '*') this.#seen |= Seen.pathIsAsterisk;
    } else if (flag === Seen.scheme && /^https?$/i.test(value)) this.#seen |= Seen.schemeIsHttp;
    return Verdict.take;
  }

  #onResponseField(name: string, value: string): Verdict {
    if (name === ':status') {
      if (!this.#once(Seen.status, value) || !/^\d{3}$/.test(value) || value === '101') return Verdict.reject;
      this.#status = Number(value);
      return Verdict.take;
    }
    if (name !== 'content-length') return commonVerdict(name, value);
    if (this.#status === 204) {
      // Servers send it though they must not; nothing but 0 can be meant.
      if (this.#contentLength !== -1 || value !== '0') return Verdict.reject;
      this.#contentLength = 0;
      return Verdict.remove;
    }
    if (this.#status >= 100 && this.#status < 200) return Verdict.reject;
    if (this.#status >= 200 && this.#status < 300 && (this.#seen & Seen.connect) !== 0) return Verdict.remove;
    return this.#onLength(value);
  }

  #onLength(value: string): Verdict {
    if (this.#contentLength !== -1 || !LENGTH.test(value)) return Verdict.reject;
    this.#contentLength = Number(value);
    return Verdict.take;
  }

  /** The end of a request's fields → whether it is one. */
  endRequest(frameType: number): boolean {
    const seen = this.#seen;
    const isTunnel = (seen & Seen.connect) !== 0;
    if (isTunnel && (seen & Seen.protocol) === 0) {
      if ((seen & (Seen.scheme | Seen.path)) !== 0 || (seen & Seen.authority) === 0) return false;
      this.#contentLength = -1;
    } else {
      if ((seen & REQUEST) !== REQUEST || (seen & (Seen.authority | Seen.host)) === 0) return false;
      if ((seen & Seen.protocol) !== 0 && (!isTunnel || (seen & Seen.authority) === 0)) return false;
      const isPathRight =
        (seen & Seen.schemeIsHttp) === 0 ||
        (seen & Seen.pathIsRegular) !== 0 ||
        ((seen & Seen.options) !== 0 && (seen & Seen.pathIsAsterisk) !== 0);
      if (!isPathRight) return false;
    }
    if (frameType === FrameType.pushPromise) {
      this.#seen &= METHODS;
      this.#contentLength = -1;
    }
    return true;
  }

  endResponse(): boolean {
    if ((this.#seen & Seen.status) === 0) return false;
    if (this.#status < 200) {
      this.#seen = (this.#seen & METHODS) | Seen.expectFinal;
      this.#contentLength = this.#status = -1;
      return true;
    }
    this.#seen &= ~Seen.expectFinal;
    const hasBody = (this.#seen & Seen.head) === 0 && this.#status !== 304 && this.#status !== 204;
    if (!hasBody) this.#contentLength = 0;
    else if ((this.#seen & Seen.connect) !== 0) this.#contentLength = -1;
    return true;
  }

  endTrailers(flags: number): boolean {
    return (flags & Flag.endStream) !== 0;
  }

  endStream(): boolean {
    return !this.expectsFinal && (this.#contentLength === -1 || this.#contentLength === this.#received);
  }

  onData(bytes: number): boolean {
    this.#received += bytes;
    return !this.expectsFinal && (this.#contentLength === -1 || this.#received <= this.#contentLength);
  }
}

function commonVerdict(name: string, value: string): Verdict {
  if (name.charCodeAt(0) === 0x3a || FORBIDDEN.has(name)) return Verdict.reject;
  return name === 'te' && value.toLowerCase() !== 'trailers' ? Verdict.reject : Verdict.take;
}

function isValueRight(name: string, value: string, strictSpaces: boolean): boolean {
  switch (name) {
    case ':method':
      return METHOD.test(value);
    case ':path':
      return PATH.test(value);
    case ':scheme':
      return SCHEME.test(value);
    case ':authority':
    case 'host':
      return AUTHORITY.test(value);
    default:
      return VALUE.test(value) && !(strictSpaces && OUTER_SPACE.test(value));
  }
}
