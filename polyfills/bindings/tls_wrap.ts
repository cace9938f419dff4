import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { cryptographyOf } from '../crypto/library.ts';
import { createCore, skipBytes, type StreamCore, streamsOf, UV_EOF } from '../stream/stream-base.ts';
import { bytesOf, copyBytes, lengthOf, plainRange } from '../text/captured.ts';
import { createApplication, type HandleState } from '../tls/application.ts';
import type { Connection } from '../tls/engine/connection.ts';
import type { TlsContext } from '../tls/engine/context.ts';
import { type Settings, withCertificateOf } from '../tls/engine/settings.ts';
import { GatewayAnswer, greeting, isOutside, standInCertificate } from '../tls/gateway-layer.ts';
import { bufferOf, createInspection } from '../tls/inspect.ts';
import { installTlsMethods } from '../tls/methods.ts';
import { secureContextsOf } from '../tls/secure-context.ts';

type Callbacks = Record<PropertyKey, unknown>;
type Done = (status: number) => void;
interface PeerName {
  address?: string;
}

const UV_ECANCELED = -125;
const UV_EPROTO = -71;

/** The part of a TLS handle that its methods work on (polyfills/tls/methods.ts). */
export interface TlsHandle {
  readonly isServer: boolean;
  readonly connection: Connection;
  readonly state: HandleState;
  /** The host's name, where the browser does the encryption. */
  readonly gatewayHost: string | undefined;
  /** The context that the library chose by the name that the client asked for. */
  readonly sniContext: unknown;
  start(): void;
  /** Reads on and writes what is to be written, after something has changed. */
  cycle(): void;
  receive(data: ArrayBufferView): void;
  destroy(): void;
  useContext(context: TlsContext): void;
  call(name: PropertyKey, ...parameters: unknown[]): unknown;
  previousWritesDone(): void;
}

/** `internalBinding('tls_wrap')`: TLS over any stream handle (src/crypto/crypto_tls.cc). */
export function createTlsWrap(context: NodeContext): object {
  const { async: asyncCalls, errors, loop, system } = context;
  const library = cryptographyOf(context);
  const { tls } = library;
  const streams = streamsOf(context);
  const contexts = secureContextsOf(context);

  class TlsLayer implements TlsHandle {
    readonly core: StreamCore;
    readonly isServer: boolean;
    readonly connection: Connection;
    readonly state: HandleState = {
      sessionCallbacks: false,
      certificateCallback: false,
      keylog: false,
      alpnCallback: false,
      alpnProtocols: undefined,
      helloRunning: false,
      certificateRunning: false,
      awaitingNewSession: false,
      destroyed: false,
    };
    gatewayHost: string | undefined;
    readonly #parent: object;
    readonly #under: StreamCore | undefined;
    readonly #owner: AsyncWrapInstance;
    readonly #context: TlsContext;
    #named: TlsContext | undefined;
    #gateway: GatewayAnswer | undefined;
    #pending: Uint8Array[] = [];
    #done: Done | undefined;
    #writing = false;
    #inFlight = 0;
    #began = false;
    /** A write of nothing that found nothing under way: it waits for no handshake. */
    #idleWrite = false;
    #waitsForPrevious: boolean;
    #eof = false;
    #failed = false;
    #cycling = false;
    #again = false;

    constructor(
      owner: AsyncWrapInstance,
      parent: object,
      secure: TlsContext,
      isServer: boolean,
      busy: boolean,
    ) {
      this.#owner = owner;
      this.#parent = parent;
      this.#context = secure;
      this.isServer = isServer;
      this.#waitsForPrevious = busy;
      const under = (this.#under = streams.coreOf(parent));
      this.connection = this.#connect();
      this.core = createCore({
        alive: () => !this.state.destroyed && under?.driver.alive() === true,
        fd: () => under?.driver.fd() ?? -1,
        readStart: () => (this.#eof ? 0 : (under?.driver.readStart() ?? 0)),
        readStop: () => under?.driver.readStop() ?? 0,
        tryWrite: (chunks) => (this.#gateway === undefined ? 0 : (under?.driver.tryWrite(chunks) ?? 0)),
        write: (chunks, done) => this.#write(chunks, done),
        shutdown: (done) => this.#shutdown(done),
      });
      if (under !== undefined) under.listener = (result, bytes) => this.#received(result, bytes);
      if (isServer) {
        this.#began = true;
        this.connection.begin(tls.serverHandshake(this.connection));
      }
    }

    #connect(): Connection {
      const { state, isServer } = this;
      return new tls.Connection({
        isServer,
        now: () => Date.now() / 1000,
        application: createApplication(context, library, {
          isServer,
          state,
          call: (name, ...parameters) => this.call(name, ...parameters),
          settings: () => this.#settings,
          deliver: (bytes) => this.#deliver(bytes, bytes.length, 0),
          end: () => this.#endOfData(),
          setOwnerServername: (servername) => this.#setOwnerServername(servername),
        }),
      });
    }

    start(): void {
      if (this.#began) return;
      this.#began = true;
      if (this.#greetGateway()) return;
      this.connection.begin(tls.clientHandshake(this.connection));
      this.cycle();
    }
    destroy(): void {
      if (this.state.destroyed) return;
      this.state.destroyed = true;
      this.#finishWrite(UV_ECANCELED);
      this.connection.drop();
      if (this.#under !== undefined) this.#under.listener = undefined;
    }
    get sniContext(): unknown {
      return (this.#owner as unknown as Callbacks)['sni_context'];
    }
    /** For the server name that the client asks for (SSL_set_SSL_CTX). */
    useContext(secure: TlsContext): void {
      this.#named = secure;
    }
    get #settings(): Settings {
      const own = this.#context.settings;
      return this.#named === undefined ? own : withCertificateOf(own, this.#named.settings);
    }
    call(name: PropertyKey, ...parameters: unknown[]): unknown {
      if (this.state.destroyed) return undefined;
      return asyncCalls.makeCallback(this.#owner, (this.#owner as unknown as Callbacks)[name], ...parameters);
    }
    previousWritesDone(): void {
      this.#waitsForPrevious = false;
      this.#flush();
    }
    receive(data: ArrayBufferView): void {
      const bytes = bytesOf(data);
      this.#received(lengthOf(bytes), plainRange(bytes, 0, lengthOf(bytes)));
    }
    get writeQueueSize(): number {
      return this.#pending.reduce((size, chunk) => size + chunk.length, this.#inFlight);
    }

    cycle(): void {
      this.#again = true;
      if (this.#cycling) return;
      this.#cycling = true;
      try {
        while (this.#again && !this.state.destroyed) {
          this.#again = false;
          this.#writePending();
          this.#flush();
          this.#report();
        }
      } finally {
        this.#cycling = false;
      }
    }

    /** Once: what ended the connection, after its alert has been written. */
    #report(): void {
      const { failure } = this.connection;
      if (failure === undefined || this.#failed || this.state.destroyed) return;
      this.#failed = true;
      this.call('onerror', tls.sslError(failure));
    }

    // Reading.

    #received(result: number, bytes: Uint8Array | undefined): boolean {
      if (this.#eof || this.state.destroyed) return true;
      if (result < 0 || bytes === undefined) {
        this.#eof = result === UV_EOF || result === 0;
        streams.emitRead(this.#owner, this.core, result === 0 ? UV_EOF : result);
        return true;
      }
      if (this.#gateway !== undefined) {
        this.#fromGateway(this.#gateway, bytes, result);
        return true;
      }
      this.connection.receive(new Uint8Array(bytes.buffer, bytes.byteOffset, result));
      this.cycle();
      return true;
    }

    /** What was read lies in another buffer; one of the program's own may be smaller. */
    #deliver(bytes: Uint8Array, length: number, begin: number): void {
      for (let from = begin; from < length && !this.state.destroyed;) {
        const target = this.core.userBuffer;
        const count = Math.min(length - from, target?.length ?? length);
        const part = new Uint8Array(bytes.buffer, bytes.byteOffset + from, count);
        target?.set(part);
        from += count;
        streams.emitRead(this.#owner, this.core, count, part);
      }
    }
    #endOfData(): void {
      if (this.#eof || this.state.destroyed) return;
      this.#eof = true;
      streams.emitRead(this.#owner, this.core, UV_EOF);
    }

    // Writing.

    #write(chunks: readonly Uint8Array[], done: Done): number {
      if (this.#gateway !== undefined) return this.#under?.driver.write(chunks, done) ?? 0;
      if (this.connection.failure !== undefined) return UV_EPROTO;
      this.#done = done;
      // The caller's memory is its own again once this returns.
      this.#pending = chunks.map((chunk) => copyBytes(chunk, 0, lengthOf(chunk)));
      this.#idleWrite = chunks.length === 0 && !this.#writing && !this.connection.hasOutput;
      // What is written to a client that nobody has started begins the handshake.
      this.start();
      this.#writePending();
      this.#flush();
      return 0;
    }
    get #mayFinish(): boolean {
      return this.#pending.length === 0 && (this.connection.established || this.#idleWrite);
    }
    #writePending(): void {
      if (!this.connection.established) return;
      const pending = this.#pending;
      this.#pending = [];
      for (const chunk of joined(pending)) this.connection.write(chunk);
    }

    /** One write to the stream beneath at a time. */
    #flush(): void {
      const held =
        this.#writing || this.state.awaitingNewSession || this.#waitsForPrevious || this.state.destroyed;
      const driver = this.#under?.driver;
      if (held || driver === undefined) return;
      const output = this.connection.takeOutput();
      if (output.length === 0) {
        if (this.#mayFinish && this.#done !== undefined) this.#later(() => this.#finishWrite(0));
        return;
      }
      this.#writing = true;
      const total = output.reduce((size, chunk) => size + chunk.length, 0);
      this.#inFlight = total;
      const taken = driver.tryWrite(output);
      const rest = taken < 0 ? [] : skipBytes(output, taken);
      if (taken < 0 || taken === total) this.#later(() => this.#written(Math.min(taken, 0)));
      else {
        const errno = driver.write(rest, (status) => this.#written(status));
        if (errno !== 0) this.#later(() => this.#written(errno));
      }
    }
    #written(status: number): void {
      this.#writing = false;
      this.#inFlight = 0;
      if (status !== 0) {
        this.#finishWrite(this.state.destroyed ? UV_ECANCELED : status);
        return;
      }
      this.#writePending();
      if (this.connection.hasOutput) this.#flush();
      else if (this.#mayFinish) this.#finishWrite(0);
    }
    /** In the next check phase, as TLSWrap::EncOut: before what the other end answers is read. */
    #later(action: () => void): void {
      loop.setImmediate(action);
    }
    #finishWrite(status: number): void {
      const done = this.#done;
      this.#done = undefined;
      done?.(status);
    }
    #shutdown(done: Done): number {
      if (this.#gateway === undefined) {
        this.connection.close();
        this.#flush();
      }
      return this.#under?.driver.shutdown(done) ?? 0;
    }

    #setOwnerServername(servername: string): void {
      const symbol = context.realm.symbols['owner_symbol'] as symbol;
      const owner = (this.#owner as unknown as Callbacks)[symbol] as { servername?: unknown } | undefined;
      if (owner !== undefined) owner.servername = servername;
    }

    // Connections to other hosts.

    /** Only the gateway understands what is said here: through a relay, the handshake is with the other host. */
    #greetGateway(): boolean {
      const peer: PeerName = {};
      const named = (this.#parent as { getpeername?(out: PeerName): number }).getpeername?.(peer);
      const driver = this.#under?.driver;
      if (driver === undefined || named !== 0 || !isOutside(peer.address ?? '')) return false;
      if (system.sockets.isRelayed(driver.fd())) return false;
      const host = system.sockets.nameOf(peer.address ?? '') ?? peer.address ?? '';
      this.gatewayHost = host;
      this.#gateway = new GatewayAnswer();
      driver.tryWrite([greeting(this.connection.serverName ?? host)]);
      this.call('onhandshakestart', 0);
      driver.readStart();
      return true;
    }
    #fromGateway(answer: GatewayAnswer, bytes: Uint8Array, length: number): void {
      if (answer.accepted) {
        this.#deliver(bytes, length, 0);
        return;
      }
      const begin = answer.read(bytes, length);
      if (answer.refused) {
        const message =
          'The gateway does not encrypt connections to this host: only https is to be had there';
        this.call('onerror', errors.coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', message));
      } else if (answer.accepted) {
        const rest = copyBytes(bytes, begin, length);
        this.call('onhandshakedone');
        this.#deliver(rest, rest.length, 0);
      }
    }
  }

  /** The object that the library has: all it shows is methods. */
  const layers = new WeakMap<object, TlsLayer>();
  class TLSWrap extends asyncCalls.AsyncWrap {
    constructor(parent: object, secure: TlsContext, isServer: boolean, busy: boolean) {
      super('TLSWRAP');
      layers.set(this, new TlsLayer(this, parent, secure, isServer, busy));
    }
  }
  streams.install(TLSWrap.prototype, (self) => layers.get(self)?.core);
  installTlsMethods(context, TLSWrap.prototype, (self) => layers.get(self), {
    inspection: createInspection(context),
    contexts,
    standInCertificate,
    bufferOf,
  });

  return {
    TLSWrap,
    HAVE_SSL_TRACE: 1,
    wrap(handle: object, secureContext: unknown, isServer: boolean, busy: boolean): object {
      const secure = contexts.of(secureContext);
      if (secure === undefined) throw new TypeError('Illegal invocation');
      return new TLSWrap(handle, secure, isServer, busy);
    },
  };
}

/** Small pieces become one, so that they share a record. */
function joined(chunks: readonly Uint8Array[]): Uint8Array[] {
  if (chunks.length < 2) return [...chunks];
  const total = chunks.reduce((size, chunk) => size + chunk.length, 0);
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return [whole];
}
