import type { NodeContext } from '../context.ts';
import { copyOf } from '../http2/binding/copy.ts';
import { toBuffer } from '../node-buffer.ts';
import { streamsOf } from '../stream/stream-base.ts';
import { parseHeaders, parseOrigins } from '../http2/binding/headers.ts';
import { PingRequest, REQUEST_BYTES, SettingsRequest } from '../http2/binding/requests.ts';
import { type CreateStream, SessionLink } from '../http2/binding/session-link.ts';
import { createShared, type Shared } from '../http2/binding/shared.ts';
import { fillSessionState, fillStreamState } from '../http2/binding/state-arrays.ts';
import { StreamLink } from '../http2/binding/stream-link.ts';
import { Category } from '../http2/constants.ts';
import { errorString } from '../http2/errors.ts';
import { areSettingsRight, packSettings } from '../http2/settings.ts';

/** nghttp2's numbers that the library uses and that are not enumerable, so not among the recorded facts. */
const HIDDEN_CONSTANTS = {
  NGHTTP2_HCAT_REQUEST: Category.request,
  NGHTTP2_HCAT_RESPONSE: Category.response,
  NGHTTP2_HCAT_PUSH_RESPONSE: Category.pushResponse,
  NGHTTP2_HCAT_HEADERS: Category.headers,
  NGHTTP2_NV_FLAG_NONE: 0,
  NGHTTP2_NV_FLAG_NO_INDEX: 1,
  NGHTTP2_ERR_DEFERRED: -508,
  NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE: -509,
  NGHTTP2_ERR_INVALID_ARGUMENT: -501,
  NGHTTP2_ERR_STREAM_CLOSED: -510,
  NGHTTP2_ERR_NOMEM: -901,
  STREAM_OPTION_EMPTY_PAYLOAD: 1,
  STREAM_OPTION_GET_TRAILERS: 2,
};
const SERVER = 0;
const PING_BYTES = 8;
const pingBytes = (payload: ArrayBufferView): Uint8Array =>
  copyOf(payload, Math.min(payload.byteLength, PING_BYTES));

/** `internalBinding('http2')` (src/node_http2.cc) over the engine of polyfills/http2. */
export function createHttp2(context: NodeContext): object {
  const exports = context.facts.bindings['http2']?.constants() ?? {};
  const constants = exports['constants'] as object;
  for (const [name, value] of Object.entries(HIDDEN_CONSTANTS))
    Object.defineProperty(constants, name, { value });
  const shared = createShared(context, exports);
  return { ...exports, ...createFunctions(shared), ...createClasses(context, shared) };
}

function createFunctions(shared: Shared): object {
  return {
    nghttp2ErrorString: (code: number) => errorString(code | 0),
    refreshDefaultSettings: () => shared.settings.writeDefaults(),
    packSettings() {
      const settings = shared.settings.read();
      return areSettingsRight(settings) ? toBuffer(packSettings(settings)) : undefined;
    },
    setCallbackFunctions(...callbacks: unknown[]) {
      shared.callbacks = callbacks;
    },
  };
}

function createStreamClass(context: NodeContext, shared: Shared) {
  let linkOf: (handle: object) => StreamLink | undefined = () => undefined;
  let create: CreateStream = () => {
    throw new TypeError('Illegal invocation');
  };

  class Http2Stream extends context.async.AsyncWrap {
    #link: StreamLink | undefined;
    constructor() {
      super('HTTP2STREAM');
    }
    static {
      linkOf = (handle) => (#link in handle ? handle.#link : undefined);
      create = (session, id, category, options) => {
        const handle = new Http2Stream();
        return (handle.#link = new StreamLink(session, handle, id, category, options));
      };
    }
    id(): number | undefined {
      return this.#link?.id;
    }
    destroy(): void {
      this.#link?.destroy();
    }
    /** Priorities are no more (RFC 9113, section 5.3.2): nothing is sent. */
    priority(): void {}
    pushPromise(headers: readonly unknown[], options: number): object | number {
      const link = this.#link;
      const session = link?.session;
      if (link === undefined || session === undefined) return 0;
      return session.scope(() => {
        const id = session.engine.submitPushPromise(link.id, parseHeaders(headers));
        return id > 0 ? session.addStream(id, Category.headers, options).handle : id;
      });
    }
    info(headers: readonly unknown[]): number | undefined {
      return this.#link?.info(headers);
    }
    trailers(headers: readonly unknown[]): number | undefined {
      return this.#link?.trailers(headers);
    }
    respond(headers: readonly unknown[], options: number): number | undefined {
      return this.#link?.respond(headers, options);
    }
    rstStream(code: number): void {
      this.#link?.reset(code >>> 0);
    }
    refreshState(): void {
      const link = this.#link;
      fillStreamState(shared.streamState, link?.session?.engine.streamFigures(link.id));
    }
  }
  streamsOf(context).install(Http2Stream.prototype, (self) => linkOf(self)?.core);
  return { Http2Stream, create };
}

function createClasses(context: NodeContext, shared: Shared): object {
  const { AsyncWrap } = context.async;
  const { Http2Stream, create } = createStreamClass(context, shared);

  class Http2Session extends AsyncWrap {
    readonly #link: SessionLink;
    constructor(type: number) {
      super('HTTP2SESSION');
      this.#link = new SessionLink(shared, this, type === SERVER, create);
      (this as { fields?: Uint8Array }).fields = this.#link.fields.bytes;
    }
    consume(handle: object): void {
      const core = streamsOf(context).coreOf(handle);
      if (core !== undefined) this.#link.socket.consume(core);
    }
    /** Bytes that were read before the session had the socket. */
    receive(bytes: ArrayBufferView): void {
      this.#link.socket.receive(copyOf(bytes));
    }
    destroy(code: number, socketClosed: boolean): void {
      this.#link.socket.close(code >>> 0, socketClosed === true);
    }
    goaway(code: number, lastStreamId: number, data?: ArrayBufferView): void {
      const opaque = data === undefined ? new Uint8Array(0) : copyOf(data);
      this.#link.goaway(code >>> 0, lastStreamId | 0, opaque);
    }
    hasPendingData(): boolean {
      const { engine } = this.#link;
      return engine.wantsToSend || engine.wantsToReceive;
    }
    setGracefulClose(): void {
      this.#link.isGraceful = true;
    }
    settings(callback: unknown): boolean {
      const link = this.#link;
      const request = new SettingsRequest(link, new AsyncWrap('HTTP2SETTINGS'), callback);
      if (link.settings.length >= link.options.maxSettings) {
        request.done(false);
        return false;
      }
      link.memory += REQUEST_BYTES;
      const settings = shared.settings.read();
      link.scope(() => {
        for (const { id, value } of shared.settings.readCustom()) link.localCustom.set(id, value);
        link.engine.submitSettings(settings);
      });
      link.settings.push(request);
      return true;
    }
    ping(payload: ArrayBufferView | undefined, callback: unknown): boolean {
      const link = this.#link;
      const request = new PingRequest(link, new AsyncWrap('HTTP2PING'), callback);
      if (link.pings.length >= link.options.maxPings) {
        request.done(false);
        return false;
      }
      link.memory += REQUEST_BYTES;
      const bytes = payload === undefined ? request.defaultPayload : pingBytes(payload);
      link.scope(() => link.engine.submitPing(bytes));
      link.pings.push(request);
      return true;
    }
    request(headers: readonly unknown[], options: number): object | number {
      const link = this.#link;
      return link.scope(() => {
        const hasBody = (options & 1) === 0;
        const id = link.engine.submitRequest(parseHeaders(headers), hasBody);
        return id > 0 ? link.addStream(id, Category.headers, options).handle : id;
      });
    }
    altsvc(streamId: number, origin: string, value: string): void {
      const link = this.#link;
      link.scope(() => link.engine.submitAltsvc(streamId, `${origin}`, `${value}`));
    }
    origin(text: string, count: number): void {
      const link = this.#link;
      link.scope(() => link.engine.submitOrigin(parseOrigins(text, count)));
    }
    setNextStreamID(id: number): boolean {
      return this.#link.engine.setNextStreamId(id | 0);
    }
    setLocalWindowSize(size: number): number {
      const link = this.#link;
      return link.scope(() => link.engine.setLocalWindow(size | 0));
    }
    updateChunksSent(): number {
      const { chunksSent } = this.#link.socket;
      (this as { chunksSentSinceLastWrite?: number }).chunksSentSinceLastWrite = chunksSent;
      return chunksSent;
    }
    refreshState(): void {
      fillSessionState(shared.sessionState, this.#link.engine.figures());
    }
    localSettings(): void {
      shared.settings.write(this.#link.engine.localSettings, this.#link.localCustom);
    }
    remoteSettings(): void {
      shared.settings.write(this.#link.engine.remoteSettings, this.#link.remoteCustom);
    }
  }
  return { Http2Session, Http2Stream };
}
