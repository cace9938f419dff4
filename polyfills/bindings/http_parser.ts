import type { NodeContext } from '../context.ts';
import { Connections } from '../http/connections-list.ts';
import { Llhttp } from '../http/llhttp.ts';
import { Callback, Parser, ParserType } from '../http/parser.ts';
import { base64Write } from '../text/base64.ts';
import { streamsOf } from '../stream/stream-base.ts';
import { toBuffer } from '../node-buffer.ts';

/** The wasm module's text: a builtin that the build makes (scripts/node-layer/build.mjs). */
const LLHTTP_BUILTIN = 'internal/deps/llhttp';
const K_ON_EXECUTE = 5;
const K_ON_TIMEOUT = 6;
const DEFAULT_MAX_HEADER_BYTES = 16 * 1024;
/** This build of llhttp has no such mode: 0 tells the library so. */
const K_LENIENT_HEADER_VALUE_RELAXED = 0;

type Callbacks = Record<number | string, unknown>;

function loadLlhttp(context: NodeContext): Llhttp {
  const module = { exports: '' };
  context.realm.compileBuiltin(LLHTTP_BUILTIN)(module.exports, undefined, module);
  const text = module.exports;
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  return new Llhttp(bytes.slice(0, base64Write(bytes, 0, bytes.length, text)));
}

/** `internalBinding('http_parser')` (src/node_http_parser.cc). */
export function createHttpParser(context: NodeContext): object {
  const { async: asyncCalls, facts, system, options } = context;
  const { coreOf } = streamsOf(context);
  let llhttp: Llhttp | undefined;
  const owners = new WeakMap<Parser, object>();

  class ConnectionsList {
    readonly #connections = new Connections<Parser>();
    static of(list: ConnectionsList): Connections<Parser> {
      return list.#connections;
    }
    all(): unknown[] {
      return handlesOf(this.#connections.all());
    }
    idle(): unknown[] {
      return handlesOf(this.#connections.idle());
    }
    active(): unknown[] {
      return handlesOf(this.#connections.active());
    }
    expired(headersTimeout: number, requestTimeout: number): unknown[] {
      return handlesOf(this.#connections.expired(headersTimeout, requestTimeout, system.clock.now()));
    }
  }
  const handlesOf = (parsers: Parser[]): unknown[] => parsers.map((parser) => owners.get(parser));

  class HTTPParser extends asyncCalls.AsyncWrap {
    readonly #parser: Parser;
    #current: Uint8Array | undefined;
    #stream: object | undefined;

    constructor() {
      super();
      llhttp ??= loadLlhttp(context);
      const callbacks = this as unknown as Callbacks;
      this.#parser = new Parser(llhttp, {
        call: (index, ...parameters) => asyncCalls.makeCallback(this, callbacks[index], ...parameters),
        has: (index) => typeof callbacks[index] === 'function',
        maxHeaderPairs: () => callbacks['maxHeaderPairs'],
        now: () => system.clock.now(),
      });
      owners.set(this.#parser, this);
    }
    initialize(
      type: number,
      resource: object,
      maxHeaderSize = 0,
      lenientFlags = 0,
      list?: ConnectionsList | null,
    ): void {
      asyncCalls.destroy(this);
      const provider = type === ParserType.request ? 'HTTPINCOMINGMESSAGE' : 'HTTPCLIENTREQUEST';
      asyncCalls.init(this, provider, resource);
      const limit = Number(options.cli['--max-http-header-size'] ?? DEFAULT_MAX_HEADER_BYTES);
      this.#parser.initialize({ type, maxHeaderSize: maxHeaderSize || limit, lenientFlags });
      this.#parser.watchedBy(list ? ConnectionsList.of(list) : undefined);
    }
    execute(data: Uint8Array): number | Error {
      return this.#execute(data, data.byteLength);
    }
    finish(): Error | undefined {
      return this.#parser.finish();
    }
    pause(): void {
      this.#parser.pause();
    }
    resume(): void {
      this.#parser.resume();
    }
    /** Bytes of the stream come here from now on, without an event for each. */
    consume(stream: object): void {
      const core = coreOf(stream);
      if (core === undefined) return;
      this.#stream = stream;
      core.listener = (result, bytes) => {
        if (result < 0) return false;
        if (bytes !== undefined && result > 0) this.#received(bytes, result);
        return true;
      };
    }
    unconsume(): void {
      const core = this.#stream && coreOf(this.#stream);
      this.#stream = undefined;
      if (core !== undefined) core.listener = undefined;
    }
    getCurrentBuffer(): Uint8Array {
      return toBuffer((this.#current && new Uint8Array(this.#current)) ?? new Uint8Array(0));
    }
    remove(): void {
      this.#parser.remove();
    }
    close(): void {
      this.unconsume();
      this.#parser.close();
      asyncCalls.destroy(this);
    }
    free(): void {
      asyncCalls.destroy(this);
    }
    #received(bytes: Uint8Array, length: number): void {
      const result = this.#execute(bytes, length);
      this.#current = new Uint8Array(bytes.buffer, bytes.byteOffset, length);
      asyncCalls.makeCallback(this, (this as unknown as Callbacks)[K_ON_EXECUTE], result);
      this.#current = undefined;
    }
    #execute(data: Uint8Array, length: number): number | Error {
      this.#current = new Uint8Array(data.buffer, data.byteOffset, length);
      try {
        return this.#parser.execute(data, length);
      } finally {
        this.#current = undefined;
      }
    }
  }
  Object.assign(HTTPParser, {
    ...ParserTypes,
    kOnMessageBegin: Callback.messageBegin,
    kOnHeaders: Callback.headers,
    kOnHeadersComplete: Callback.headersComplete,
    kOnBody: Callback.body,
    kOnMessageComplete: Callback.messageComplete,
    kOnExecute: K_ON_EXECUTE,
    kOnTimeout: K_ON_TIMEOUT,
    ...lenientFlags(),
    kLenientHeaderValueRelaxed: K_LENIENT_HEADER_VALUE_RELAXED,
  });

  return { ...facts.bindings['http_parser']?.constants(), HTTPParser, ConnectionsList };
}

const ParserTypes = { REQUEST: ParserType.request, RESPONSE: ParserType.response };

/** The bits of `initialize`'s flags. */
function lenientFlags(): Record<string, number> {
  const names = [
    'Headers',
    'ChunkedLength',
    'KeepAlive',
    'TransferEncoding',
    'Version',
    'DataAfterClose',
    'OptionalLFAfterCR',
    'OptionalCRLFAfterChunk',
    'OptionalCRBeforeLF',
    'SpacesAfterChunkSize',
  ];
  const flags: Record<string, number> = { kLenientNone: 0, kLenientAll: (1 << names.length) - 1 };
  for (const [bit, name] of names.entries()) flags[`kLenient${name}`] = 1 << bit;
  return flags;
}
