/** The server's side of a TLS 1.3 handshake (RFC 8446). */
import { hash } from '../../cryptography/digest.ts';
import { type Bytes, equalBytes } from '../../cryptography/encoding/bytes.ts';
import { randomBytes } from '../../cryptography/random.ts';
import {
  applicationKeys,
  handshakeKeys,
  installAfterHandshake,
  installExporter,
  replaceByHash,
  sendTickets,
} from './after13.ts';
import {
  checkSigned,
  chooseScheme,
  readCertificate13,
  sharedSchemes,
  signedContent,
  writeCertificate13,
  writeVerify,
} from './certificates.ts';
import { noteGroup } from './client13.ts';
import {
  type Extensions,
  handshakeMessage,
  number,
  numbers,
  Reader,
  vector,
  writeExtensions,
} from './codec.ts';
import { expect, type Connection, type Message, type Wait } from './connection.ts';
import { Extension, Handshake, RETRY_RANDOM, Version } from './constants.ts';
import { finishedMac, KeySchedule } from './derive.ts';
import { Fail } from './failures.ts';
import { answerShare, groupById, type Group } from './groups.ts';
import {
  type ClientHello,
  type KeyShareEntry,
  readClientHello,
  readKeyShares,
  readPskOffers,
  writeAlpn,
  writeKeyShare,
  writeServerHello,
} from './hello.ts';
import { protection13 } from './protection.ts';
import { binder } from './psk.ts';
import { chooseAlpn, chooseSuite, groupsOf, schemesOf } from './server.ts';
import { isFresh, type Session } from './session.ts';
import type { Credential } from './settings.ts';
import type { SignatureScheme } from './signatures.ts';
import { suiteById, type Suite } from './suites.ts';
import { openTicket } from './tickets.ts';

type Flow<Result> = Generator<Wait, Result, Message | undefined>;

interface AcceptedPsk {
  readonly index: number;
  readonly key: Bytes;
  readonly session: Session | undefined;
  /** The client gets another ticket. */
  readonly renew: boolean;
}
interface Signer {
  readonly credential: Credential;
  readonly scheme: SignatureScheme;
}

export function* server13(connection: Connection, firstHello: ClientHello): Flow<void> {
  const { negotiated, settings } = connection;
  let hello = firstHello;
  const external = externalPsk(connection, hello);
  const suite = chooseSuite(
    connection,
    settings.suites13,
    hello,
    (one) => external === undefined || one.hash === 'sha256',
  );
  negotiated.suite = suite;
  const offered = groupsOf(hello);
  if (offered === undefined || !hello.extensions.has(Extension.keyShare)) throw Fail.missingExtension();
  let share = chooseShare(connection, hello);
  if (share === undefined) {
    const group = settings.groups.find(({ id }) => offered.includes(id));
    if (group === undefined) throw Fail.noSharedGroup();
    hello = yield* askAgain(connection, hello, suite, group);
    share = chooseShare(connection, hello);
    if (share?.group !== group.id) throw Fail.badKeyShare();
  }
  const psk = choosePsk(connection, hello, suite);
  negotiated.alpn = chooseAlpn(connection, hello);
  const signer = psk === undefined ? chooseSigner(connection, hello) : undefined;
  const { schedule } = sendHello(connection, hello, suite, share, psk);
  const traffic = handshakeKeys(connection, schedule, hello.random);
  connection.sendChangeCipherSpec();
  connection.protectWriting(protection13(suite, traffic.server));
  connection.protectReading(protection13(suite, traffic.client));
  const requests = psk === undefined && connection.requestsCertificate;
  sendFlight(connection, suite, signer, requests);
  const verify = finishedMac(suite.hash, traffic.server, connection.transcriptHash(suite.hash));
  negotiated.localFinished = verify;
  connection.sendHandshake(handshakeMessage(Handshake.finished, verify));
  schedule.advance();
  const application = applicationKeys(connection, schedule, hello.random);
  connection.protectWriting(protection13(suite, application.traffic.server));
  if (requests) yield* readClientCertificate(connection, suite);
  const expected = finishedMac(suite.hash, traffic.client, connection.transcriptHash(suite.hash));
  const { body } = yield* expect(connection, Handshake.finished);
  if (!equalBytes(body, expected)) throw Fail.badFinished();
  negotiated.peerFinished = body;
  const resumption = schedule.derive('res master', connection.transcriptHash(suite.hash));
  connection.protectReading(protection13(suite, application.traffic.client));
  installExporter(connection, suite, application.exporterSecret);
  installAfterHandshake(connection, suite, application.traffic, resumption);
  if (settings.tickets && resumable(hello) && psk?.renew !== false)
    sendTickets(connection, suite, resumption);
  connection.finish();
}

/** Tickets are of use to a client that does key exchange with them. */
function resumable({ extensions }: ClientHello): boolean {
  const modes = extensions.get(Extension.pskModes);
  return modes !== undefined && new Reader(modes).vector(1).includes(1);
}

function chooseShare({ settings }: Connection, hello: ClientHello): KeyShareEntry | undefined {
  const shares = readKeyShares(hello.extensions.get(Extension.keyShare) ?? vector(2));
  const offered = groupsOf(hello) ?? [];
  const own = settings.groups.map(({ id }) => id);
  const first = own.find((id) => shares.some(({ group }) => group === id) && offered.includes(id));
  return shares.find(({ group }) => group === first);
}

/** HelloRetryRequest, and the ClientHello that answers it. */
function* askAgain(
  connection: Connection,
  hello: ClientHello,
  suite: Suite,
  group: Group,
): Flow<ClientHello> {
  replaceByHash(connection, suite.hash);
  const extensions: Extensions = new Map([
    [Extension.supportedVersions, number(Version.tls13, 2)],
    [Extension.keyShare, number(group.id, 2)],
  ]);
  connection.sendHandshake(
    writeServerHello({
      version: Version.tls12,
      random: RETRY_RANDOM,
      sessionId: hello.sessionId,
      suite: suite.id,
      extensions,
    }),
  );
  connection.sendChangeCipherSpec();
  const message = yield* expect(connection, Handshake.clientHello);
  const again = readClientHello(message.body);
  if (!equalBytes(again.random, hello.random)) throw Fail.unexpectedMessage();
  return again;
}

/** Whether a key from outside is offered decides on the hash of the suite. */
function externalPsk(connection: Connection, { extensions }: ClientHello): Bytes | undefined {
  const value = extensions.get(Extension.preSharedKey);
  if (!connection.usesPsk || value === undefined) return undefined;
  const { offers } = readPskOffers(value);
  const known = openTicket(connection.settings.ticketKeys, offers[0]?.identity ?? new Uint8Array(0));
  if (known !== undefined || offers[0] === undefined) return undefined;
  return connection.options.application.serverPsk(offers[0].identity);
}

function choosePsk(connection: Connection, hello: ClientHello, suite: Suite): AcceptedPsk | undefined {
  const value = hello.extensions.get(Extension.preSharedKey);
  if (value === undefined || !resumable(hello)) return undefined;
  const { offers, binders, bindersBytes } = readPskOffers(value);
  for (const [index, { identity }] of offers.entries()) {
    const psk = findPsk(connection, identity, suite);
    if (psk === undefined) continue;
    const whole = connection.transcript.at(-1) ?? new Uint8Array(0);
    const cut = whole.slice(0, whole.length - bindersBytes);
    const digest = hash(suite.hash, ...connection.transcript.slice(0, -1), cut);
    const expected = binder({ hash: suite.hash, key: psk.key, external: psk.session === undefined }, digest);
    if (!equalBytes(binders[index] ?? new Uint8Array(0), expected)) throw Fail.badBinder();
    return { index, ...psk };
  }
  return undefined;
}

function findPsk(
  connection: Connection,
  identity: Bytes,
  suite: Suite,
): Omit<AcceptedPsk, 'index'> | undefined {
  const { settings, now } = connection;
  const opened = openTicket(settings.ticketKeys, identity);
  const session = opened?.session ?? connection.loadedSession;
  if (session !== undefined) {
    const fits =
      session.version === Version.tls13 &&
      suiteById(session.suite)?.hash === suite.hash &&
      settings.tickets &&
      equalBytes(session.context, settings.sessionContext) &&
      isFresh(session, now) &&
      session.serverName === (connection.negotiated.serverName ?? '');
    return fits ? { key: session.secret, session, renew: opened?.renew ?? true } : undefined;
  }
  if (!connection.usesPsk || suite.hash !== 'sha256') return undefined;
  const key = connection.options.application.serverPsk(identity);
  return key && { key, session: undefined, renew: true };
}

function chooseSigner(connection: Connection, hello: ClientHello): Signer {
  const { settings, negotiated } = connection;
  const peer = schemesOf(hello);
  if (settings.credentials.length === 0) throw Fail.noSharedSignature();
  if (peer === undefined) throw Fail.missingExtension();
  negotiated.sharedSchemes = sharedSchemes(settings.schemes, peer);
  if (negotiated.sharedSchemes.length === 0) throw Fail.noSharedSignatures();
  for (const credential of settings.credentials) {
    const scheme = chooseScheme(settings.schemes, peer, credential, Version.tls13);
    if (scheme !== undefined) return { credential, scheme };
  }
  throw Fail.noSharedSignature();
}

function sendHello(
  connection: Connection,
  hello: ClientHello,
  suite: Suite,
  entry: KeyShareEntry,
  psk: AcceptedPsk | undefined,
): { schedule: KeySchedule } {
  const { negotiated } = connection;
  const group = groupById(entry.group);
  if (group === undefined) throw Fail.badKeyShare();
  const share = answerShare(group, entry.key);
  noteGroup(connection, share);
  const schedule = new KeySchedule(suite.hash, psk?.key);
  schedule.advance(share.secret);
  const extensions: Extensions = new Map([
    [Extension.supportedVersions, number(Version.tls13, 2)],
    [Extension.keyShare, writeKeyShare({ group: group.id, key: share.public })],
  ]);
  if (psk !== undefined) {
    extensions.set(Extension.preSharedKey, number(psk.index, 2));
    negotiated.resumed = psk.session !== undefined;
    negotiated.session = psk.session;
    if (psk.session !== undefined) connection.readPeerChain(psk.session.peerChain);
  }
  connection.sendHandshake(
    writeServerHello({
      version: Version.tls12,
      random: randomBytes(32),
      sessionId: hello.sessionId,
      suite: suite.id,
      extensions,
    }),
  );
  return { schedule };
}

/** EncryptedExtensions to CertificateVerify. */
function sendFlight(
  connection: Connection,
  suite: Suite,
  signer: Signer | undefined,
  requests: boolean,
): void {
  const { negotiated, settings } = connection;
  const extensions: Extensions = new Map();
  if (negotiated.serverName !== undefined && !negotiated.resumed)
    extensions.set(Extension.serverName, new Uint8Array(0));
  if (negotiated.alpn !== undefined) extensions.set(Extension.alpn, writeAlpn(vector(1, negotiated.alpn)));
  connection.sendHandshake(handshakeMessage(Handshake.encryptedExtensions, writeExtensions(extensions)));
  if (signer === undefined) return;
  if (requests) {
    const schemes = numbers(
      2,
      settings.schemes.map(({ id }) => id),
    );
    const wanted: Extensions = new Map([[Extension.signatureAlgorithms, schemes]]);
    connection.sendHandshake(
      handshakeMessage(Handshake.certificateRequest, vector(1), writeExtensions(wanted)),
    );
  }
  negotiated.credential = signer.credential;
  connection.sendHandshake(writeCertificate13(signer.credential.chain, undefined, connection.ocspResponse));
  const content = signedContent(true, connection.transcriptHash(suite.hash));
  connection.sendHandshake(writeVerify(signer.scheme, signer.credential, content));
}

function* readClientCertificate(connection: Connection, suite: Suite): Flow<void> {
  const { chain } = readCertificate13((yield* expect(connection, Handshake.certificate)).body);
  if (chain.length === 0) {
    if (connection.rejectsUnauthorized) throw Fail.noPeerCertificate13();
    return;
  }
  connection.readPeerChain(chain);
  const content = signedContent(false, connection.transcriptHash(suite.hash));
  const verify = yield* expect(connection, Handshake.certificateVerify);
  checkSigned(connection, new Reader(verify.body), content);
}
