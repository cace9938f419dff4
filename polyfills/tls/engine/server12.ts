/** The server's side of a TLS 1.2 handshake (RFC 5246, RFC 8422, RFC 5077, RFC 4279). */
import {
  type Bytes,
  concat,
  equalBytes,
  fromBigInt,
  fromUtf8,
  toBigInt,
} from '../../cryptography/encoding/bytes.ts';
import { modPow } from '../../cryptography/keys/modular.ts';
import { unpadType2 } from '../../cryptography/keys/padding.ts';
import { rsaPrivate } from '../../cryptography/keys/rsa.ts';
import { randomBelow, randomBytes } from '../../cryptography/random.ts';
import { describe } from './after13.ts';
import {
  certificateStatus,
  checkSigned,
  chooseScheme,
  readCertificate12,
  sharedSchemes,
  signed,
  writeCertificate12,
} from './certificates.ts';
import { pskPremaster, readFinished, sendFinished } from './client12.ts';
import { noteGroup } from './client13.ts';
import { type Extensions, handshakeMessage, number, numbers, Reader, vector } from './codec.ts';
import { expect, type Connection, type Message, type Wait } from './connection.ts';
import { DOWNGRADE_12, Extension, Handshake, RENEGOTIATION_SCSV, Version } from './constants.ts';
import { dhGroupFor } from './dh-groups.ts';
import { Fail } from './failures.ts';
import { generateShare, type Group } from './groups.ts';
import { type ClientHello, writeAlpn, writeServerHello } from './hello.ts';
import { installExporter12, masterSecret, protections12, type Randoms } from './keys12.ts';
import { chooseAlpn, chooseSuite, groupsOf, schemesOf } from './server.ts';
import { isFresh, type Session } from './session.ts';
import type { Credential } from './settings.ts';
import type { SignatureScheme } from './signatures.ts';
import { suiteById, type Suite } from './suites.ts';
import { openTicket, sealTicket } from './tickets.ts';

type Flow<Result> = Generator<Wait, Result, Message | undefined>;

export function* server12(connection: Connection, hello: ClientHello): Flow<void> {
  const { negotiated, settings } = connection;
  negotiated.extendedMaster = hello.extensions.has(Extension.extendedMasterSecret);
  const found = findSession(connection, hello);
  const does13 = settings.maxVersion >= Version.tls13;
  const random = does13 ? concat(randomBytes(24), DOWNGRADE_12) : randomBytes(32);
  const randoms = { client: hello.random, server: random };
  if (found !== undefined) {
    yield* resume(connection, hello, found, randoms);
    return;
  }
  yield* full(connection, hello, randoms);
}

interface Found {
  readonly session: Session;
  /** The client gets another ticket. */
  readonly renew: boolean;
}

function findSession(connection: Connection, hello: ClientHello): Found | undefined {
  const { settings, negotiated, now } = connection;
  const ticket = hello.extensions.get(Extension.sessionTicket);
  const fromTicket = settings.tickets && ticket !== undefined && ticket.length > 0;
  const opened = fromTicket ? openTicket(settings.ticketKeys, ticket) : undefined;
  const session = fromTicket ? opened?.session : connection.loadedSession;
  if (session === undefined || session.version !== Version.tls12) return undefined;
  const suite = suiteById(session.suite);
  const fits =
    suite !== undefined &&
    settings.suites12.includes(suite) &&
    hello.suites.includes(suite.id) &&
    isFresh(session, now) &&
    equalBytes(session.context, settings.sessionContext) &&
    session.serverName === (negotiated.serverName ?? '');
  if (!fits) return undefined;
  if (session.extendedMaster && !negotiated.extendedMaster) throw Fail.emsMismatch();
  if (session.extendedMaster !== negotiated.extendedMaster) return undefined;
  return { session, renew: opened?.renew ?? false };
}

/** What the ServerHello says beside the suite. */
function helloExtensions(
  connection: Connection,
  hello: ClientHello,
  suite: Suite,
  ticket: boolean,
): Extensions {
  const { negotiated } = connection;
  const extensions: Extensions = new Map();
  const secure =
    hello.suites.includes(RENEGOTIATION_SCSV) || hello.extensions.has(Extension.renegotiationInfo);
  if (secure) extensions.set(Extension.renegotiationInfo, vector(1));
  if (negotiated.serverName !== undefined && !negotiated.resumed)
    extensions.set(Extension.serverName, new Uint8Array(0));
  if (suite.exchange === 'ecdhe' && hello.extensions.has(Extension.pointFormats)) {
    extensions.set(Extension.pointFormats, vector(1, Uint8Array.of(0)));
  }
  if (ticket) extensions.set(Extension.sessionTicket, new Uint8Array(0));
  if (negotiated.alpn !== undefined) extensions.set(Extension.alpn, writeAlpn(vector(1, negotiated.alpn)));
  if (negotiated.extendedMaster) extensions.set(Extension.extendedMasterSecret, new Uint8Array(0));
  return extensions;
}

function* resume(
  connection: Connection,
  hello: ClientHello,
  { session, renew }: Found,
  randoms: Randoms,
): Flow<void> {
  const { negotiated } = connection;
  const suite = suiteById(session.suite);
  if (suite === undefined) throw Fail.internal();
  negotiated.suite = suite;
  negotiated.resumed = true;
  negotiated.session = session;
  connection.readPeerChain(session.peerChain);
  negotiated.alpn = chooseAlpn(connection, hello);
  connection.sendHandshake(
    writeServerHello({
      version: Version.tls12,
      random: randoms.server,
      sessionId: hello.sessionId,
      suite: suite.id,
      extensions: helloExtensions(connection, hello, suite, renew),
    }),
  );
  // How long it is good for stands in the first one (RFC 5077, section 5.6: 0 says nothing).
  if (renew) sendTicket(connection, session, 0);
  connection.keylog('CLIENT_RANDOM', randoms.client, session.secret);
  const keys = protections12(suite, session.secret, randoms);
  sendFinished(connection, suite, session.secret, keys.server);
  yield* readFinished(connection, suite, session.secret, keys.client);
  installExporter12(connection, suite, session.secret, randoms);
  connection.finish();
}

interface Plan {
  readonly suite: Suite;
  readonly group: Group | undefined;
  readonly credential: Credential | undefined;
  readonly scheme: SignatureScheme | undefined;
}

function makePlan(connection: Connection, hello: ClientHello): Plan {
  const { settings, negotiated } = connection;
  // A client that says nothing can do SHA-1 (RFC 5246, 7.4.1.4.1); nobody should.
  const peer = schemesOf(hello) ?? settings.schemes.map(({ id }) => id);
  negotiated.sharedSchemes = sharedSchemes(settings.schemes, peer);
  if (negotiated.sharedSchemes.length === 0) throw Fail.noSharedSignatures();
  const offered = groupsOf(hello) ?? settings.groups.map(({ id }) => id);
  const group = settings.groups.find(
    ({ id, minVersion }) => minVersion <= Version.tls12 && offered.includes(id),
  );
  const signerFor = (suite: Suite): Pick<Plan, 'credential' | 'scheme'> | undefined => {
    for (const credential of settings.credentials) {
      const isRsa = credential.key.type.startsWith('rsa');
      if (isRsa !== (suite.authentication === 'rsa')) continue;
      if (suite.exchange === 'rsa' && credential.key.type === 'rsa') return { credential, scheme: undefined };
      const scheme = chooseScheme(settings.schemes, peer, credential, Version.tls12);
      if (scheme !== undefined && suite.exchange !== 'rsa') return { credential, scheme };
    }
    return undefined;
  };
  const usable = (suite: Suite): boolean => {
    if (suite.exchange === 'psk') return connection.usesPsk;
    if (suite.exchange === 'ecdhe' && group === undefined) return false;
    if (suite.exchange === 'dhe' && settings.dh === undefined) return false;
    return signerFor(suite) !== undefined;
  };
  const suite = chooseSuite(connection, settings.suites12, hello, usable);
  return { suite, group, credential: undefined, scheme: undefined, ...signerFor(suite) };
}

function* full(connection: Connection, hello: ClientHello, randoms: Randoms): Flow<void> {
  const { negotiated, settings } = connection;
  negotiated.alpn = chooseAlpn(connection, hello);
  const plan = makePlan(connection, hello);
  const { suite } = plan;
  negotiated.suite = suite;
  negotiated.credential = plan.credential;
  const ticket = settings.tickets && hello.extensions.has(Extension.sessionTicket);
  const sessionId = ticket ? new Uint8Array(0) : randomBytes(32);
  const extensions = helloExtensions(connection, hello, suite, ticket);
  if (plan.credential !== undefined && connection.ocspResponse !== undefined)
    extensions.set(Extension.statusRequest, new Uint8Array(0));
  connection.sendHandshake(
    writeServerHello({
      version: Version.tls12,
      random: randoms.server,
      sessionId,
      suite: suite.id,
      extensions,
    }),
  );
  if (plan.credential !== undefined) {
    connection.sendHandshake(writeCertificate12(plan.credential.chain));
    if (connection.ocspResponse !== undefined) {
      const status = certificateStatus(connection.ocspResponse);
      connection.sendHandshake(handshakeMessage(Handshake.certificateStatus, status));
    }
  }
  const agree = sendKeyExchange(connection, plan, randoms);
  const requests = connection.requestsCertificate && suite.authentication !== 'psk';
  if (requests) connection.sendHandshake(writeRequest(settings.schemes));
  connection.sendHandshake(handshakeMessage(Handshake.serverHelloDone));
  if (requests) yield* readClientCertificate(connection);
  const exchange = yield* expect(connection, Handshake.clientKeyExchange);
  const master = masterSecret(connection, suite, agree(exchange.body), randoms);
  if (connection.peerChain.length > 0) {
    const content = concat(...connection.transcript);
    const verify = yield* expect(connection, Handshake.certificateVerify);
    checkSigned(connection, new Reader(verify.body), content);
  }
  const keys = protections12(suite, master, randoms);
  yield* readFinished(connection, suite, master, keys.client);
  conclude(connection, suite, master, sessionId, ticket);
  sendFinished(connection, suite, master, keys.server);
  installExporter12(connection, suite, master, randoms);
  connection.finish();
}

function conclude(connection: Connection, suite: Suite, master: Bytes, id: Bytes, ticket: boolean): void {
  const { settings, negotiated, options } = connection;
  const session: Session = {
    ...describe(connection, suite),
    secret: master,
    id,
    ticket: new Uint8Array(0),
    lifetime: settings.sessionTimeout,
    ageAdd: 0,
  };
  negotiated.session = session;
  if (ticket) {
    sendTicket(connection, session, settings.sessionTimeout);
  } else {
    options.application.session(session);
  }
}

/** A ticket that was announced and is not made after all has no bytes. */
function sendTicket(connection: Connection, session: Session, lifetime: number): void {
  const ticket = sealTicket(connection.settings.ticketKeys, session) ?? new Uint8Array(0);
  connection.sendHandshake(
    handshakeMessage(Handshake.newSessionTicket, number(lifetime, 4), vector(2, ticket)),
  );
}

function writeRequest(schemes: readonly SignatureScheme[]): Bytes {
  // rsa_sign, dss_sign, ecdsa_sign
  const types = vector(1, Uint8Array.of(1, 2, 64));
  return handshakeMessage(
    Handshake.certificateRequest,
    types,
    numbers(
      2,
      schemes.map(({ id }) => id),
    ),
    vector(2),
  );
}

function* readClientCertificate(connection: Connection): Flow<void> {
  const chain = readCertificate12((yield* expect(connection, Handshake.certificate)).body);
  if (chain.length > 0) connection.readPeerChain(chain);
  else if (connection.rejectsUnauthorized) throw Fail.noPeerCertificate12();
}

/** Sends ServerKeyExchange where there is one; → the premaster secret from what the client answers. */
function sendKeyExchange(connection: Connection, plan: Plan, randoms: Randoms): (body: Bytes) => Bytes {
  const { suite, group, credential, scheme } = plan;
  if (suite.exchange === 'psk') return pskExchange(connection);
  if (suite.exchange === 'rsa') return (body) => rsaPremaster(credential, body);
  const { parameters, agree } =
    suite.exchange === 'ecdhe' && group !== undefined
      ? ecdhe(connection, group)
      : dhe(connection, credential);
  if (credential === undefined || scheme === undefined) throw Fail.internal();
  const content = concat(randoms.client, randoms.server, parameters);
  connection.sendHandshake(
    handshakeMessage(Handshake.serverKeyExchange, parameters, signed(scheme, credential, content)),
  );
  return agree;
}

interface Ephemeral {
  parameters: Bytes;
  agree(body: Bytes): Bytes;
}

function ecdhe(connection: Connection, group: Group): Ephemeral {
  const share = generateShare(group);
  noteGroup(connection, share);
  return {
    parameters: concat(Uint8Array.of(3), number(group.id, 2), vector(1, share.public)),
    agree(body) {
      const reader = new Reader(body);
      const point = reader.vector(1);
      reader.end();
      return share.secretWith(point);
    },
  };
}

function dhe(connection: Connection, credential: Credential | undefined): Ephemeral {
  const { dh: given } = connection.settings;
  const dh = given === 'auto' ? credential && dhGroupFor(credential.key) : given;
  if (dh === undefined) throw Fail.internal();
  const { p, g } = dh;
  const x = randomBelow(p - 2n) + 1n;
  connection.negotiated.exchange = 'DH';
  connection.negotiated.groupBits = p.toString(2).length;
  const part = (value: bigint): Bytes => vector(2, fromBigInt(value));
  return {
    parameters: concat(part(p), part(g), part(modPow(g, x, p))),
    agree(body) {
      const y = toBigInt(new Reader(body).vector(2));
      if (y <= 1n || y >= p - 1n) throw Fail.badKeyShare();
      return fromBigInt(modPow(y, x, p));
    },
  };
}

/** A premaster that does not decrypt is replaced by chance: nobody shall learn which it was (RFC 5246, 7.4.7.1). */
function rsaPremaster(credential: Credential | undefined, body: Bytes): Bytes {
  const key = credential?.key;
  if (key?.type !== 'rsa') throw Fail.internal();
  const fallback = concat(number(Version.tls12, 2), randomBytes(46));
  try {
    const plain = unpadType2(rsaPrivate(key, new Reader(body).vector(2)));
    const good = plain !== undefined && plain.length === 48 && plain[0] === 3 && plain[1] === 3;
    return good ? plain : fallback;
  } catch {
    return fallback;
  }
}

function pskExchange(connection: Connection): (body: Bytes) => Bytes {
  if (connection.pskHint !== undefined) {
    const hint = vector(2, fromUtf8(connection.pskHint));
    connection.sendHandshake(handshakeMessage(Handshake.serverKeyExchange, hint));
  }
  return (body) => {
    const key = connection.options.application.serverPsk(new Reader(body).vector(2));
    if (key === undefined) throw Fail.pskNotFound();
    return pskPremaster(key);
  };
}
