import { GATEWAY_TLS_ACCEPTED, GATEWAY_TLS_GREETING } from '../../src/base/gateway.ts';
import type { NodeContext } from '../context.ts';
import { parseIp, AF_INET, AF_INET6 } from '../net/ip-address.ts';
import { encodeFresh, Encoding } from '../fs/text.ts';
import { latin1Decode } from '../text/latin1.ts';
import { libuvStreamsOf } from '../stream/libuv-stream.ts';
import { createCore, type StreamCore, streamsOf, UV_EOF } from '../stream/stream-base.ts';

type Callbacks = Record<string, unknown>;
interface PeerName {
  address?: string;
}

/** Methods of the handle that have nothing to do here: sessions, tickets, tracing. */
const WITHOUT_EFFECT = [
  'certCbDone',
  'enableCertCb',
  'enableALPNCb',
  'endParser',
  'enableKeylogCallback',
  'enableSessionCallbacks',
  'enableTrace',
  'loadSession',
  'newSessionDone',
  'requestOCSP',
  'setALPNProtocols',
  'setOCSPResponse',
  'setSession',
  'setVerifyMode',
  'writesIssuedByPrevListenerDone',
  'enablePskCallback',
  'setPskIdentityHint',
  'getSession',
  'getTLSTicket',
  'getFinished',
  'getPeerFinished',
  'getCertificate',
  'getX509Certificate',
  'getPeerX509Certificate',
  'verifyError',
];

/**
 * `internalBinding('tls_wrap')` for connections to other hosts. The browser encrypts them and checks the certificate;
 * here bytes pass as they are, after a line that tells the gateway so. Its answer ends the handshake.
 */
export function createTlsWrap(context: NodeContext): object {
  const { async: asyncCalls, errors, loop, system } = context;
  const { coreOf } = libuvStreamsOf(context);
  const streams = streamsOf(context);

  class TLSWrap extends asyncCalls.AsyncWrap {
    readonly #core: StreamCore;
    readonly #parent: object;
    readonly #under: StreamCore | undefined;
    readonly #isServer: boolean;
    #host = '';
    #servername: string | undefined;
    #greeted = false;
    #accepted = false;
    #early = '';
    #destroyed = false;

    constructor(parent: object, isServer: boolean) {
      super('TLSWRAP');
      this.#parent = parent;
      this.#isServer = isServer;
      const under = (this.#under = coreOf(parent));
      const driver = under?.driver;
      this.#core = createCore({
        alive: () => !this.#destroyed && driver?.alive() === true,
        fd: () => driver?.fd() ?? -1,
        readStart: () => driver?.readStart() ?? 0,
        readStop: () => driver?.readStop() ?? 0,
        tryWrite: (chunks) => {
          this.#greet();
          return driver?.tryWrite(chunks) ?? 0;
        },
        write: (chunks, done) => driver?.write(chunks, done) ?? 0,
        shutdown: (done) => driver?.shutdown(done) ?? 0,
      });
      if (under !== undefined) under.listener = (result, bytes) => this.#received(result, bytes);
    }
    static coreOf(self: object): StreamCore | undefined {
      return #core in self ? self.#core : undefined;
    }

    start(): void {
      this.#greet();
    }
    destroySSL(): void {
      this.#destroyed = true;
      if (this.#under !== undefined) this.#under.listener = undefined;
    }
    setServername(name: string): void {
      this.#servername = name;
    }
    getServername(): string | false {
      return this.#servername ?? false;
    }
    getALPNNegotiatedProtocol(): false {
      return false;
    }
    isSessionReused(): false {
      return false;
    }
    setMaxSendFragment(): number {
      return 1;
    }
    /** The browser does not tell. */
    getProtocol(): null {
      return null;
    }
    getCipher(): undefined {
      return undefined;
    }
    getEphemeralKeyInfo(): object {
      return {};
    }
    getSharedSigalgs(): string[] {
      return [];
    }
    /** Not shown to programs either: it stands for one that the browser found to be the host's. */
    getPeerCertificate(): object {
      const host = this.#host;
      const isAddress = (parseIp(host, AF_INET) ?? parseIp(host, AF_INET6)) !== undefined;
      return {
        subject: `CN=${host}`,
        issuer: 'CN=verified by the browser',
        subjectaltname: `${isAddress ? 'IP Address' : 'DNS'}:${host}`,
      };
    }
    renegotiate(): never {
      throw unavailable('renegotiation');
    }
    exportKeyingMaterial(): never {
      throw unavailable('keying material');
    }
    setKeyCert(): never {
      throw unavailable('a certificate of its own');
    }
    receive(): never {
      throw unavailable('a stream that is no socket');
    }
    get writeQueueSize(): number {
      return (this.#parent as { writeQueueSize?: number }).writeQueueSize ?? 0;
    }

    /** Once connected: says what this connection is to be. Only the gateway understands it. */
    #greet(): void {
      if (this.#greeted) return;
      this.#greeted = true;
      const peer: PeerName = {};
      const named = (this.#parent as { getpeername?(out: PeerName): number }).getpeername?.(peer);
      const driver = this.#under?.driver;
      if (this.#isServer || driver === undefined || named !== 0 || !isOutside(peer.address ?? '')) {
        loop.enqueue(() => this.#call('onerror', unavailable('another program of it')));
        return;
      }
      this.#host = system.sockets.nameOf(peer.address ?? '') ?? peer.address ?? '';
      const greeting = `${GATEWAY_TLS_GREETING}${this.#servername ?? this.#host}\n`;
      driver.tryWrite([encodeFresh(greeting, Encoding.latin1)]);
      this.#call('onhandshakestart', 0);
      driver.readStart();
    }

    #received(result: number, bytes: Uint8Array | undefined): boolean {
      if (result <= 0 || bytes === undefined) {
        streams.emitRead(this, this.#core, result === 0 ? UV_EOF : result);
        return true;
      }
      let from = 0;
      if (!this.#accepted) {
        while (from < result && this.#early.length < GATEWAY_TLS_ACCEPTED.length) {
          this.#early += latin1Decode(bytes, from, ++from);
        }
        if (!GATEWAY_TLS_ACCEPTED.startsWith(this.#early)) {
          this.#call('onerror', unavailable('this host'));
          return true;
        }
        if (this.#early.length < GATEWAY_TLS_ACCEPTED.length) return true;
        this.#accepted = true;
        this.#call('onhandshakedone');
      }
      // What was read lies in the other handle's buffer; a buffer of the program's own may be smaller.
      while (from < result && !this.#destroyed) {
        const target = this.#core.userBuffer;
        const length = Math.min(result - from, target?.length ?? result);
        const part = new Uint8Array(bytes.buffer, bytes.byteOffset + from, length);
        target?.set(part);
        from += length;
        streams.emitRead(this, this.#core, length, part);
      }
      return true;
    }
    #call(name: string, ...parameters: unknown[]): void {
      asyncCalls.makeCallback(this, (this as unknown as Callbacks)[name], ...parameters);
    }
  }
  streams.install(TLSWrap.prototype, (self) => TLSWrap.coreOf(self));
  const prototype = TLSWrap.prototype as unknown as Callbacks;
  for (const name of WITHOUT_EFFECT) prototype[name] = () => undefined;

  function unavailable(what: string): Error {
    return errors.coded(
      Error,
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      `TLS with ${what} is not available in this container: only connections to other hosts are encrypted, by the browser`,
    );
  }

  return {
    TLSWrap,
    HAVE_SSL_TRACE: 1,
    wrap: (handle: object, _secureContext: object, isServer: boolean) => new TLSWrap(handle, isServer),
  };
}

/** An address that the gateway answers. */
function isOutside(address: string): boolean {
  return address !== '' && !/^(?:::ffff:)?127\.|^::1$/.test(address);
}
