/** The methods of a TLS handle (src/crypto/crypto_tls.cc), over its layer (polyfills/bindings/tls_wrap.ts). */
import type { TlsHandle } from '../bindings/tls_wrap.ts';
import type { NodeContext } from '../context.ts';
import { cryptographyOf } from '../crypto/library.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { latin1Decode } from '../text/latin1.ts';
import type { Inspection } from './inspect.ts';
import type { SecureContexts } from './secure-context.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Method = (handle: TlsHandle, ...parameters: never[]) => unknown;
interface Tools {
  readonly inspection: Inspection;
  readonly contexts: SecureContexts;
  standInCertificate(host: string): object;
  bufferOf(bytes: Uint8Array): Uint8Array;
}

/** What SSL_set_max_send_fragment takes. */
const FRAGMENT_MIN = 512;
const FRAGMENT_MAX = 16_384;
/** PSK_MAX_IDENTITY_LEN. */
const PSK_HINT_MAX = 256;

const copy = (view: ArrayBufferView): Bytes => {
  const bytes = bytesOf(view);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

export function installTlsMethods(
  context: NodeContext,
  prototype: object,
  layerOf: (self: object) => TlsHandle | undefined,
  tools: Tools,
): void {
  const methods = {
    ...settingMethods(context, tools),
    ...flowMethods(context, tools),
    ...sessionMethods(context, tools),
    ...tellingMethods(context, tools),
  };
  for (const [name, method] of Object.entries(methods)) {
    const value = { [name](this: object, ...parameters: unknown[]): unknown {
      const layer = layerOf(this);
      if (layer === undefined) throw new TypeError('Illegal invocation');
      return method(layer, ...(parameters as never[]));
    } }[name]; // prettier-ignore
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
  }
  Object.defineProperty(prototype, 'writeQueueSize', {
    get(this: object) {
      return (layerOf(this) as { writeQueueSize?: number } | undefined)?.writeQueueSize ?? 0;
    },
    configurable: true,
  });
}

function settingMethods(context: NodeContext, { contexts }: Tools): Record<string, Method> {
  return {
    setServername({ connection }, name: string) {
      connection.serverName = name;
    },
    setVerifyMode({ connection, isServer }, requests: boolean, rejects: boolean) {
      if (!isServer) return;
      connection.requestsCertificate = requests;
      connection.rejectsUnauthorized = requests && rejects;
    },
    setALPNProtocols({ connection, isServer, state }, protocols: ArrayBufferView) {
      if (isServer) state.alpnProtocols = copy(protocols);
      else connection.alpnOffer = copy(protocols);
    },
    enableALPNCb({ state }) {
      state.alpnCallback = true;
    },
    enableCertCb({ state }) {
      state.certificateCallback = true;
    },
    enableSessionCallbacks({ state }) {
      state.sessionCallbacks = true;
    },
    enableKeylogCallback({ state }) {
      state.keylog = true;
    },
    /** Tracing is OpenSSL's own printing of messages to the standard error output. */
    enableTrace() {},
    enablePskCallback({ connection }) {
      connection.usesPsk = true;
    },
    setPskIdentityHint(handle, hint: string) {
      if (hint.length > PSK_HINT_MAX) {
        const message = 'Failed to set PSK identity hint';
        handle.call('onerror', context.errors.coded(Error, 'ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED', message));
      } else handle.connection.pskHint = hint;
    },
    setMaxSendFragment({ connection }, size: number) {
      if (size < FRAGMENT_MIN || size > FRAGMENT_MAX) return 0;
      connection.maxFragment = size;
      return 1;
    },
    requestOCSP({ connection }) {
      connection.requestsOcsp = true;
    },
    setOCSPResponse({ connection }, ...given: readonly unknown[]) {
      const [response] = given;
      if (given.length === 0) {
        throw context.errors.coded(TypeError, 'ERR_MISSING_ARGS', 'OCSP response argument is mandatory');
      }
      if (!ArrayBuffer.isView(response)) {
        throw context.errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'OCSP response must be a buffer');
      }
      connection.ocspResponse = copy(response);
    },
    setKeyCert(handle, secure: unknown) {
      if (!handle.isServer) return;
      const own = contexts.of(secure);
      if (own === undefined) throw new TypeError('Must give a SecureContext as first argument');
      handle.useContext(own);
    },
  };
}

function flowMethods(context: NodeContext, { contexts }: Tools): Record<string, Method> {
  const { errors } = cryptographyOf(context);
  return {
    start: (handle) => handle.start(),
    destroySSL: (handle) => handle.destroy(),
    receive: (handle, data: ArrayBufferView) => handle.receive(data),
    writesIssuedByPrevListenerDone: (handle) => handle.previousWritesDone(),
    endParser(handle) {
      handle.state.helloRunning = false;
      resume(handle);
    },
    certCbDone(handle) {
      const secure = handle.sniContext;
      const own = contexts.of(secure);
      if (own !== undefined) handle.useContext(own);
      else if (typeof secure === 'object' && secure !== null) {
        handle.call('onerror', new TypeError('Invalid SNI context'));
        return;
      }
      handle.state.certificateRunning = false;
      handle.state.certificateCallback = false;
      resume(handle);
    },
    newSessionDone(handle) {
      handle.state.awaitingNewSession = false;
      handle.cycle();
    },
    renegotiate({ connection }) {
      if (connection.negotiated.version === 0x0304)
        throw errors.opensslError('SSL', 266, 'wrong ssl version');
      throw errors.opensslError('SSL', 339, 'no renegotiation');
    },
  };
}

function resume(handle: TlsHandle): void {
  if (!handle.connection.waitsForApplication) return;
  handle.connection.resume();
  handle.cycle();
}

function sessionMethods(context: NodeContext, { bufferOf }: Tools): Record<string, Method> {
  const { tls, errors } = cryptographyOf(context);
  return {
    loadSession({ connection }, session: unknown) {
      if (ArrayBuffer.isView(session)) connection.loadedSession = tls.unpackSession(copy(session));
    },
    setSession({ connection }, session: unknown) {
      if (session === undefined) {
        throw context.errors.coded(TypeError, 'ERR_MISSING_ARGS', 'Session argument is mandatory');
      }
      if (!ArrayBuffer.isView(session)) {
        throw context.errors.coded(TypeError, 'ERR_INVALID_ARG_TYPE', 'Session must be a buffer');
      }
      connection.offeredSession = tls.unpackSession(copy(session));
    },
    getSession({ connection }) {
      const session = connection.negotiated.session ?? connection.offeredSession;
      return session && bufferOf(tls.packSession(session));
    },
    getTLSTicket({ connection }) {
      const { session } = connection.negotiated;
      return session === undefined || session.ticket.length === 0 ? undefined : bufferOf(session.ticket);
    },
    isSessionReused: ({ connection }) => connection.negotiated.resumed,
    getFinished: ({ connection: { negotiated } }) =>
      negotiated.localFinished && bufferOf(negotiated.localFinished),
    getPeerFinished: ({ connection: { negotiated } }) =>
      negotiated.peerFinished && bufferOf(negotiated.peerFinished),
    exportKeyingMaterial({ connection }, length: number, label: string, about?: ArrayBufferView) {
      const made = connection.exporter?.(label, about === undefined ? undefined : copy(about), length);
      if (made === undefined) throw errors.opensslError('SSL', 68, 'internal error');
      return bufferOf(made);
    },
  };
}

function tellingMethods(
  context: NodeContext,
  { inspection, standInCertificate }: Tools,
): Record<string, Method> {
  const { tls } = cryptographyOf(context);
  return {
    getServername({ connection, isServer }) {
      return (isServer ? connection.negotiated.serverName : connection.serverName) ?? false;
    },
    getALPNNegotiatedProtocol({ connection: { negotiated } }) {
      return negotiated.alpn === undefined ? false : latin1Decode(negotiated.alpn, 0, negotiated.alpn.length);
    },
    /** The browser does not tell. */
    getProtocol({ connection, gatewayHost }) {
      return gatewayHost === undefined ? tls.versionName(connection.negotiated.version) : null;
    },
    getCipher: ({ connection }) => inspection.cipher(connection),
    getEphemeralKeyInfo: ({ connection, isServer }) =>
      isServer ? null : inspection.ephemeralKey(connection),
    getSharedSigalgs: ({ connection }) => inspection.sharedSchemes(connection),
    verifyError: ({ connection, gatewayHost }) =>
      gatewayHost === undefined ? inspection.verifyError(connection) : null,
    getPeerCertificate({ connection, gatewayHost }, detailed: boolean) {
      if (gatewayHost !== undefined) return standInCertificate(gatewayHost);
      return inspection.peerCertificate(connection, detailed === true);
    },
    getPeerX509Certificate: ({ connection }) => inspection.peerHandle(connection),
    getCertificate: ({ connection }) => inspection.ownCertificate(connection.negotiated.credential?.chain[0]),
    getX509Certificate: ({ connection }) => inspection.ownHandle(connection.negotiated.credential?.chain[0]),
  };
}
