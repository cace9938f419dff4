/** One HTTP message parser: what node_http_parser.cc makes of llhttp's events. */
import { HpePausedUpgrade, HpeUser, type Llhttp, type LlhttpEvents } from './llhttp.ts';
import type { Connections } from './connections-list.ts';

export const ParserType = { request: 1, response: 2 } as const;
/** Any more fields than this are flushed to the library. */
const FIELDS_MAX = 32;
const CHUNK_EXTENSIONS_MAX_BYTES = 16_384;
const FAILED = -1;

export interface ParserHost {
  /** Calls the library's callback of this number, if it has one. */
  call(index: number, ...parameters: unknown[]): unknown;
  has(index: number): boolean;
  maxHeaderPairs(): unknown;
  now(): number;
}

export const Callback = {
  messageBegin: 0,
  headers: 1,
  headersComplete: 2,
  body: 3,
  messageComplete: 4,
} as const;

const LENIENT = [
  'headers',
  'chunked_length',
  'keep_alive',
  'transfer_encoding',
  'version',
  'data_after_close',
  'optional_lf_after_cr',
  'optional_crlf_after_chunk',
  'optional_cr_before_lf',
  'spaces_after_chunk_size',
];

export interface ParserSettings {
  type: number;
  maxHeaderSize: number;
  lenientFlags: number;
}

export class Parser implements LlhttpEvents {
  readonly #llhttp: Llhttp;
  readonly #host: ParserHost;
  #parser = 0;
  #type = 0;
  #maxHeaderSize = 0;
  #fields: string[] = [];
  #values: string[] = [];
  #url = '';
  #status = '';
  #headerBytes = 0;
  #headerPairs = 0;
  #maxHeaderPairs = -1;
  #extensionBytes = 0;
  #haveFlushed = false;
  #beingFreed = false;
  /** Depth of calls into llhttp: its memory is not given back under it. */
  #depth = 0;
  #discarded = false;
  #thrown: { error: unknown } | undefined;
  lastMessageStart = 0;
  headersCompleted = false;
  connections: Connections<Parser> | undefined;

  constructor(llhttp: Llhttp, host: ParserHost) {
    this.#llhttp = llhttp;
    this.#host = host;
  }

  initialize({ type, maxHeaderSize, lenientFlags }: ParserSettings): void {
    if (this.#parser !== 0) this.#llhttp.free(this.#parser);
    this.#parser = this.#llhttp.alloc(type, this);
    LENIENT.forEach((flag, bit) => {
      if (lenientFlags & (1 << bit)) this.#llhttp.setLenient(this.#parser, flag);
    });
    this.#type = type;
    this.#maxHeaderSize = maxHeaderSize;
    this.#fields = [];
    this.#values = [];
    this.#url = this.#status = '';
    this.#headerBytes = this.#headerPairs = this.#extensionBytes = 0;
    this.#maxHeaderPairs = -1;
    this.#haveFlushed = this.#beingFreed = this.headersCompleted = false;
    this.lastMessageStart = 0;
  }

  /** Counted by a server from before its first byte: one that sends nothing is found too. */
  watchedBy(connections: Connections<Parser> | undefined): void {
    this.connections = connections;
    if (connections === undefined) return;
    this.lastMessageStart = this.#host.now();
    connections.push(this);
    connections.pushActive(this);
  }

  /** Bytes parsed, or the error; throws what a callback threw. */
  execute(data: Uint8Array, length: number): number | Error {
    this.#depth++;
    const { errno: found, consumed } = this.#llhttp.execute(this.#parser, data, length);
    let errno = found;
    this.#depth--;
    if (errno === HpePausedUpgrade) {
      errno = 0;
      this.#llhttp.resumeAfterUpgrade(this.#parser);
    }
    return this.#outcome(errno, consumed) ?? consumed;
  }
  finish(): Error | undefined {
    if (this.#parser === 0) return undefined;
    this.#depth++;
    const errno = this.#llhttp.finish(this.#parser);
    this.#depth--;
    return this.#outcome(errno, 0);
  }
  pause(): void {
    this.#llhttp.pause(this.#parser);
  }
  resume(): void {
    this.#llhttp.resume(this.#parser);
  }

  /** No more events: the library lets it go from inside one of them. */
  remove(): void {
    this.#beingFreed = true;
    this.connections?.pop(this);
    this.connections?.popActive(this);
  }
  close(): void {
    this.remove();
    if (this.#depth > 0) this.#discarded = true;
    else this.#discard();
  }

  #discard(): void {
    if (this.#parser !== 0) this.#llhttp.free(this.#parser);
    this.#parser = 0;
  }

  #outcome(errno: number, consumed: number): Error | undefined {
    const thrown = this.#thrown;
    this.#thrown = undefined;
    const failed = errno !== 0 && thrown === undefined && !this.#llhttp.upgrade(this.#parser);
    const error = failed ? this.#error(errno, consumed) : undefined;
    if (this.#discarded && this.#depth === 0) this.#discard();
    if (thrown !== undefined) throw thrown.error;
    return error;
  }

  #error(errno: number, bytesParsed: number): Error {
    const text = this.#llhttp.errorReason(this.#parser);
    const colon = errno === HpeUser ? text.indexOf(':') : -1;
    const code = colon < 0 ? this.#llhttp.errorName(errno) : text.slice(0, colon);
    const reason = colon < 0 ? text : text.slice(colon + 1);
    return Object.assign(new Error('Parse Error'), { bytesParsed, code, reason });
  }

  /** A callback of the library. An exception waits until llhttp has returned: it must not pass through it. */
  #call(index: number, ...parameters: unknown[]): unknown {
    try {
      return this.#host.call(index, ...parameters);
    } catch (error) {
      this.#thrown ??= { error };
      return undefined;
    }
  }

  onMessageBegin(): number {
    if (this.#beingFreed) return 0;
    this.connections?.pop(this);
    this.connections?.popActive(this);
    this.#fields.length = this.#values.length = 0;
    this.headersCompleted = false;
    this.#extensionBytes = 0;
    this.lastMessageStart = this.#host.now();
    this.#url = this.#status = '';
    this.#maxHeaderPairs = -1;
    this.connections?.push(this);
    this.connections?.pushActive(this);
    this.#call(Callback.messageBegin);
    return 0;
  }

  onUrl(at: number, length: number): number {
    if (this.#beingFreed) return 0;
    this.#url += this.#llhttp.latin1(at, length);
    return this.#trackHeader(length);
  }
  onStatus(at: number, length: number): number {
    if (this.#beingFreed) return 0;
    this.#status += this.#llhttp.latin1(at, length);
    return this.#trackHeader(length);
  }

  onHeaderField(at: number, length: number): number {
    if (this.#beingFreed) return 0;
    const over = this.#trackHeader(length);
    if (over !== 0) return over;
    const fields = this.#fields;
    const text = this.#llhttp.latin1(at, length);
    if (fields.length !== this.#values.length) {
      fields[fields.length - 1] += text;
      return 0;
    }
    const tooMany = this.#trackHeaderPair();
    if (tooMany !== 0) return tooMany;
    if (fields.length === FIELDS_MAX - 1) {
      this.#flush();
      fields.length = this.#values.length = 0;
    }
    fields[fields.length] = text;
    return 0;
  }

  onHeaderValue(at: number, length: number): number {
    if (this.#beingFreed) return 0;
    const values = this.#values;
    const text = this.#llhttp.latin1(at, length);
    if (values.length === this.#fields.length) values[values.length - 1] += text;
    else values[values.length] = text;
    return this.#trackHeader(length);
  }

  onHeadersComplete(): number {
    if (this.#beingFreed) return 0;
    this.headersCompleted = true;
    this.#headerBytes = 0;
    if (!this.#host.has(Callback.headersComplete)) return 0;
    let headers: string[] | undefined;
    let url: string | undefined;
    const isRequest = this.#type === ParserType.request;
    if (this.#haveFlushed) this.#flush();
    else {
      headers = this.#headers();
      if (isRequest) url = this.#url;
    }
    this.#fields.length = this.#values.length = 0;
    this.#headerPairs = 0;
    this.#maxHeaderPairs = -1;
    const llhttp = this.#llhttp;
    const parser = this.#parser;
    const [major, minor] = llhttp.version(parser);
    const answer = this.#call(
      Callback.headersComplete,
      major,
      minor,
      headers,
      isRequest ? llhttp.method(parser) : undefined,
      url,
      isRequest ? undefined : llhttp.statusCode(parser),
      isRequest ? undefined : this.#status,
      llhttp.upgrade(parser),
      llhttp.shouldKeepAlive(parser),
    );
    return this.#thrown === undefined ? Math.trunc(Number(answer)) || 0 : FAILED;
  }

  onBody(at: number, length: number): number {
    if (this.#beingFreed || length === 0 || !this.#host.has(Callback.body)) return 0;
    this.#call(Callback.body, this.#llhttp.copy(at, length));
    if (this.#thrown === undefined) return 0;
    this.#llhttp.setErrorReason(this.#parser, 'HPE_JS_EXCEPTION:JS Exception');
    return HpeUser;
  }

  onMessageComplete(): number {
    if (this.#beingFreed) return 0;
    this.connections?.pop(this);
    this.connections?.popActive(this);
    this.lastMessageStart = 0;
    this.connections?.push(this);
    if (this.#fields.length > 0) this.#flush(); // trailers
    this.#fields.length = this.#values.length = 0;
    this.#headerPairs = 0;
    this.#call(Callback.messageComplete);
    return this.#thrown === undefined ? 0 : FAILED;
  }

  onChunkExtension(_at: number, length: number): number {
    if (this.#beingFreed) return 0;
    this.#extensionBytes += length;
    if (this.#extensionBytes <= CHUNK_EXTENSIONS_MAX_BYTES) return 0;
    this.#llhttp.setErrorReason(this.#parser, 'HPE_CHUNK_EXTENSIONS_OVERFLOW:Chunk extensions overflow');
    return HpeUser;
  }
  onChunkHeader(): number {
    this.#headerBytes = 0;
    this.#extensionBytes = 0;
    return 0;
  }
  onChunkComplete(): number {
    this.#headerBytes = 0;
    return 0;
  }

  /** Hands the headers so far to the library. */
  #flush(): void {
    if (!this.#host.has(Callback.headers)) return;
    this.#call(Callback.headers, this.#headers(), this.#url);
    this.#url = '';
    this.#haveFlushed = true;
  }

  #headers(): string[] {
    const pairs: string[] = [];
    for (let i = 0; i < this.#values.length; i++) {
      pairs[i * 2] = this.#fields[i] as string;
      pairs[i * 2 + 1] = trimEnd(this.#values[i] as string);
    }
    return pairs;
  }

  #trackHeader(length: number): number {
    this.#headerBytes += length;
    return this.#headerBytes >= this.#maxHeaderSize ? this.#overflow() : 0;
  }
  #trackHeaderPair(): number {
    if (this.#type !== ParserType.request) return 0;
    this.#headerPairs += 2;
    if (this.#maxHeaderPairs < 0) {
      const limit = this.#host.maxHeaderPairs();
      this.#maxHeaderPairs = typeof limit === 'number' && limit > 0 ? limit : 0;
    }
    return this.#maxHeaderPairs > 0 && this.#headerPairs > this.#maxHeaderPairs ? this.#overflow() : 0;
  }
  #overflow(): number {
    this.#llhttp.setErrorReason(this.#parser, 'HPE_HEADER_OVERFLOW:Header overflow');
    return HpeUser;
  }
}

/** Without the spaces and tabs at the end. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return end === text.length ? text : text.slice(0, end);
}
