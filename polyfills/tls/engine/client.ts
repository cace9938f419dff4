/** The client's hello, and the turn to the version that the server chose. */
import { type Bytes, concat, equalBytes } from '../../cryptography/encoding/bytes.ts';
import { randomBytes } from '../../cryptography/random.ts';
import { client12 } from './client12.ts';
import { client13 } from './client13.ts';
import { numbers, vector, type Extensions } from './codec.ts';
import { expect, type Connection, type HandshakeFlow } from './connection.ts';
import { DOWNGRADE_12, Extension, Handshake, RENEGOTIATION_SCSV, Version } from './constants.ts';
import { Fail } from './failures.ts';
import { generateShare, type KeyShare } from './groups.ts';
import {
  chosenVersion,
  type ClientHello,
  readServerHello,
  writeAlpn,
  writeClientHello,
  writeKeyShares,
  writeServerName,
} from './hello.ts';
import { helloWithPsks, offeredPsks, type OfferedPsk } from './psk.ts';
import { isFresh } from './session.ts';

/** What the client has said, which the rest of its handshake needs. */
export interface ClientState {
  readonly random: Bytes;
  readonly hello: ClientHello;
  readonly shares: readonly KeyShare[];
  readonly psks: readonly OfferedPsk[];
}

export function* clientHandshake(connection: Connection): HandshakeFlow {
  const { settings, options } = connection;
  if (settings.maxVersion < settings.minVersion || settings.maxVersion < Version.tls12)
    throw Fail.noProtocols();
  options.application.handshakeStart();
  const state = firstHello(connection);
  const message = yield* expect(connection, Handshake.serverHello);
  const hello = readServerHello(message.body);
  const version = chosenVersion(hello);
  if (version !== Version.tls13 && version !== Version.tls12) throw Fail.unsupportedProtocol();
  if (version < settings.minVersion || version > settings.maxVersion) throw Fail.unsupportedProtocol();
  connection.negotiated.version = version;
  if (version === Version.tls13) {
    yield* client13(connection, state, hello);
    return;
  }
  const lowered = settings.maxVersion >= Version.tls13 && equalBytes(hello.random.subarray(24), DOWNGRADE_12);
  if (lowered) throw Fail.downgrade();
  yield* client12(connection, state, hello);
}

function firstHello(connection: Connection): ClientState {
  const { settings } = connection;
  const does13 = settings.maxVersion >= Version.tls13;
  const does12 = settings.minVersion <= Version.tls12;
  const suites = [
    ...(does13 ? settings.suites13 : []),
    ...(does12 ? settings.suites12.filter(({ exchange }) => exchange !== 'psk' || connection.usesPsk) : []),
  ];
  if (suites.length === 0) throw Fail.noCipher();
  const shares = does13 ? settings.keyShares.map(generateShare) : [];
  const random = randomBytes(32);
  const hello: ClientHello = {
    version: Version.tls12,
    random,
    sessionId: sessionIdFor(connection, does13),
    suites: [...suites.map(({ id }) => id), ...(does12 ? [RENEGOTIATION_SCSV] : [])],
    extensions: extensionsFor(connection, shares, { does12, does13 }),
  };
  const psks = does13 ? offeredPsks(connection) : [];
  connection.sendHandshake(psks.length > 0 ? helloWithPsks(hello, psks, []) : writeClientHello(hello));
  return { random, hello, shares, psks };
}

/** That of a 1.2 session to resume, else a random one: middle boxes shall take 1.3 for a resumption. */
function sessionIdFor({ offeredSession, now }: Connection, does13: boolean): Bytes {
  if (offeredSession?.version === Version.tls12 && isFresh(offeredSession, now)) {
    if (offeredSession.ticket.length > 0) return randomBytes(32);
    return offeredSession.id;
  }
  return does13 ? randomBytes(32) : new Uint8Array(0);
}

function extensionsFor(
  connection: Connection,
  shares: readonly KeyShare[],
  { does12, does13 }: { does12: boolean; does13: boolean },
): Extensions {
  const { settings, serverName, alpnOffer, offeredSession } = connection;
  const extensions: Extensions = new Map();
  if (serverName !== undefined && serverName !== '')
    extensions.set(Extension.serverName, writeServerName(serverName));
  if (does12) extensions.set(Extension.pointFormats, vector(1, Uint8Array.of(0)));
  extensions.set(
    Extension.supportedGroups,
    numbers(
      2,
      settings.groups.filter(({ minVersion }) => minVersion <= settings.maxVersion).map(({ id }) => id),
    ),
  );
  if (does12 && settings.tickets) {
    const resumes = offeredSession?.version === Version.tls12 && isFresh(offeredSession, connection.now);
    extensions.set(Extension.sessionTicket, resumes ? offeredSession.ticket : new Uint8Array(0));
  }
  if (connection.requestsOcsp)
    extensions.set(Extension.statusRequest, concat(Uint8Array.of(1), vector(2), vector(2)));
  if (alpnOffer !== undefined && alpnOffer.length > 0) extensions.set(Extension.alpn, writeAlpn(alpnOffer));
  if (does12) extensions.set(Extension.extendedMasterSecret, new Uint8Array(0));
  extensions.set(
    Extension.signatureAlgorithms,
    numbers(
      2,
      settings.schemes.map(({ id }) => id),
    ),
  );
  if (does13) {
    const versions = does12 ? [Version.tls13, Version.tls12] : [Version.tls13];
    extensions.set(Extension.supportedVersions, numbers(1, versions));
    extensions.set(Extension.pskModes, vector(1, Uint8Array.of(1)));
    extensions.set(
      Extension.keyShare,
      writeKeyShares(shares.map(({ group, public: key }) => ({ group: group.id, key }))),
    );
  }
  return extensions;
}
