/** The server's first steps: the hello, the application's answers to it, and the turn to a version. */
import type { Bytes } from '../../cryptography/encoding/bytes.ts';
import { Reader } from './codec.ts';
import { expect, type Connection, type HandshakeFlow } from './connection.ts';
import { Extension, FALLBACK_SCSV, Handshake, Version } from './constants.ts';
import { Fail } from './failures.ts';
import { type ClientHello, offeredVersions, readAlpn, readClientHello, readServerName } from './hello.ts';
import { server12 } from './server12.ts';
import { server13 } from './server13.ts';
import type { HelloInfo } from './settings.ts';
import type { Suite } from './suites.ts';

export function* serverHandshake(connection: Connection): HandshakeFlow {
  const message = yield* expect(connection, Handshake.clientHello);
  const { application } = connection.options;
  application.handshakeStart();
  const hello = readClientHello(message.body);
  const info = infoOf(hello);
  connection.negotiated.serverName = info.serverName;
  if (application.clientHello(info)) yield 'application';
  connection.negotiated.version = chooseVersion(connection, hello);
  if (application.certificateNeeded(info)) yield 'application';
  yield* connection.negotiated.version === Version.tls13
    ? server13(connection, hello)
    : server12(connection, hello);
}

function infoOf({ sessionId, extensions }: ClientHello): HelloInfo {
  return {
    sessionId,
    serverName: readServerName(extensions.get(Extension.serverName)),
    hasTicket: (extensions.get(Extension.sessionTicket)?.length ?? 0) > 0,
    wantsOcsp: extensions.has(Extension.statusRequest),
  };
}

function chooseVersion({ settings }: Connection, hello: ClientHello): number {
  const { minVersion, maxVersion } = settings;
  const offered = offeredVersions(hello);
  const possible = [Version.tls13, Version.tls12].filter((one) => one >= minVersion && one <= maxVersion);
  const version = possible.find((one) => offered.includes(one));
  if (version === undefined) throw Fail.unsupportedProtocol();
  if (hello.suites.includes(FALLBACK_SCSV) && version < (possible[0] ?? version)) throw Fail.fallback();
  return version;
}

/** The first suite of one side's order that the other has too. */
export function chooseSuite(
  { settings }: Connection,
  own: readonly Suite[],
  { suites }: ClientHello,
  usable: (suite: Suite) => boolean,
): Suite {
  const fitting = own.filter((suite) => suites.includes(suite.id) && usable(suite));
  const [first] = settings.serverPreference
    ? fitting
    : suites.flatMap((id) => fitting.filter((suite) => suite.id === id));
  if (first === undefined) throw Fail.noSharedCipher();
  return first;
}

export function chooseAlpn({ options }: Connection, { extensions }: ClientHello): Bytes | undefined {
  const value = extensions.get(Extension.alpn);
  if (value === undefined) return undefined;
  const chosen = options.application.selectAlpn(readAlpn(value));
  if (chosen === 'refuse') throw Fail.noAlpn();
  return chosen;
}

export function groupsOf({ extensions }: ClientHello): number[] | undefined {
  const value = extensions.get(Extension.supportedGroups);
  return value && new Reader(value).numbers(2);
}

export function schemesOf({ extensions }: ClientHello): number[] | undefined {
  const value = extensions.get(Extension.signatureAlgorithms);
  return value && new Reader(value).numbers(2);
}
