/** The callbacks of the engine as those of Node's library on a TLS handle (src/crypto/crypto_tls.cc). */
import type { NodeContext } from '../context.ts';
import type { Cryptography } from '../cryptography/library.ts';
import { encodeFresh, Encoding } from '../fs/text.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { utf8Decode } from '../../src/base/intrinsics.ts';
import type { Application, HelloInfo, Settings } from './engine/settings.ts';
import { bufferOf } from './inspect.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What the handle has switched on, and where it waits. */
export interface HandleState {
  sessionCallbacks: boolean;
  certificateCallback: boolean;
  keylog: boolean;
  alpnCallback: boolean;
  alpnProtocols: Bytes | undefined;
  /** The library has been asked and has not answered. */
  helloRunning: boolean;
  certificateRunning: boolean;
  awaitingNewSession: boolean;
  destroyed: boolean;
}

export interface HandleCalls {
  readonly isServer: boolean;
  readonly state: HandleState;
  call(name: PropertyKey, ...parameters: unknown[]): unknown;
  settings(): Settings;
  deliver(bytes: Bytes): void;
  end(): void;
  setOwnerServername(name: string): void;
}

/** Sizes that OpenSSL has for pre-shared keys and their names. */
const PSK_BYTES_MAX = 512;
const IDENTITY_BYTES_MAX = 256;

export function createApplication(
  context: NodeContext,
  { tls }: Cryptography,
  handle: HandleCalls,
): Application {
  const { state, isServer } = handle;
  const psk = context.realm.symbols['onpskexchange'] as symbol;
  const bytesFrom = (value: unknown): Bytes => {
    const bytes = bytesOf(value as ArrayBufferView);
    return copyBytes(bytes, 0, lengthOf(bytes));
  };
  return {
    settings: () => handle.settings(),
    data: (bytes) => handle.deliver(bytes),
    end: () => handle.end(),
    handshakeStart: () => void handle.call('onhandshakestart', context.loop.now()),
    handshakeDone: () => void handle.call('onhandshakedone'),
    session(session) {
      if (!state.sessionCallbacks || state.destroyed) return;
      if (isServer) state.awaitingNewSession = true;
      handle.call('onnewsession', bufferOf(session.id), bufferOf(tls.packSession(session)));
    },
    ocspResponse(response) {
      handle.call('onocspresponse', response === undefined ? null : bufferOf(response));
    },
    keylog(line) {
      if (state.keylog) handle.call('onkeylog', bufferOf(encodeFresh(`${line}\n`, Encoding.latin1)));
    },
    clientHello({ sessionId, serverName, hasTicket }: HelloInfo): boolean {
      if (!state.sessionCallbacks) return false;
      state.helloRunning = true;
      const hello = { sessionId: bufferOf(sessionId), servername: serverName ?? '', tlsTicket: hasTicket };
      handle.call('onclienthello', hello);
      return state.helloRunning;
    },
    certificateNeeded({ serverName, wantsOcsp }: HelloInfo): boolean {
      if (serverName !== undefined) handle.setOwnerServername(serverName);
      if (!state.certificateCallback) return false;
      state.certificateRunning = true;
      handle.call('oncertcb', { servername: serverName ?? '', OCSPRequest: wantsOcsp });
      return state.certificateRunning;
    },
    selectAlpn(offered) {
      if (state.alpnCallback) return selectByCallback(handle, offered);
      if (state.alpnProtocols === undefined || state.alpnProtocols.length === 0) return undefined;
      return firstCommon(state.alpnProtocols, offered) ?? 'refuse';
    },
    clientPsk(hint) {
      const given = handle.call(psk, hint ?? null, PSK_BYTES_MAX, IDENTITY_BYTES_MAX);
      if (typeof given !== 'object' || given === null) return undefined;
      const { psk: key, identity } = given as { psk: unknown; identity: unknown };
      return { key: bytesFrom(key), identity: encodeFresh(`${identity as string}`, Encoding.utf8) };
    },
    serverPsk(identity) {
      const given = handle.call(psk, utf8Decode(identity), PSK_BYTES_MAX);
      return ArrayBuffer.isView(given) ? bytesFrom(given) : undefined;
    },
  };
}

function selectByCallback(handle: HandleCalls, offered: readonly Bytes[]): Bytes | 'refuse' {
  const list = Uint8Array.from(offered.flatMap((name) => [name.length, ...name]));
  const offset = handle.call('ALPNCallback', bufferOf(list));
  if (typeof offset !== 'number') return 'refuse';
  const length = list[offset] ?? 0;
  return list.slice(offset + 1, offset + 1 + length);
}

/** In the server's order. */
function firstCommon(own: Bytes, offered: readonly Bytes[]): Bytes | undefined {
  for (let at = 0; at < own.length; at += 1 + (own[at] ?? 0)) {
    const name = own.subarray(at + 1, at + 1 + (own[at] ?? 0));
    const found = offered.find(
      (one) => one.length === name.length && one.every((byte, i) => byte === name[i]),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
