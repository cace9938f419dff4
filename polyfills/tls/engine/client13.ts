/** The client's side of a TLS 1.3 handshake (RFC 8446). */
import { type Bytes, equalBytes } from '../../cryptography/encoding/bytes.ts';
import {
  applicationKeys,
  handshakeKeys,
  installAfterHandshake,
  installExporter,
  replaceByHash,
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
import type { ClientState } from './client.ts';
import { handshakeMessage, Reader, readExtensions } from './codec.ts';
import { expect, type Connection, type Message, type Wait } from './connection.ts';
import { Extension, Handshake, RETRY_RANDOM, Version } from './constants.ts';
import { finishedMac, KeySchedule } from './derive.ts';
import { Fail } from './failures.ts';
import { generateShare, groupById, type KeyShare } from './groups.ts';
import {
  chosenVersion,
  readAlpn,
  readKeyShare,
  readServerHello,
  type ServerHello,
  writeClientHello,
  writeKeyShares,
} from './hello.ts';
import { protection13 } from './protection.ts';
import { helloWithPsks, type OfferedPsk } from './psk.ts';
import { suiteById, type Suite } from './suites.ts';

type Flow<Result> = Generator<Wait, Result, Message | undefined>;

export function* client13(connection: Connection, first: ClientState, firstHello: ServerHello): Flow<void> {
  let state = first;
  let hello = firstHello;
  const retried = equalBytes(hello.random, RETRY_RANDOM);
  let suite = suiteOf(connection, hello);
  if (retried) {
    state = retry(connection, state, hello, suite);
    hello = readServerHello((yield* expect(connection, Handshake.serverHello)).body);
    if (equalBytes(hello.random, RETRY_RANDOM) || chosenVersion(hello) !== Version.tls13)
      throw Fail.unexpectedMessage();
    if (suiteOf(connection, hello) !== suite) throw Fail.wrongCipher();
  }
  if (!equalBytes(hello.sessionId, state.hello.sessionId)) throw Fail.wrongCipher();
  suite = suiteOf(connection, hello);
  connection.negotiated.suite = suite;
  const schedule = agreeOnKeys(connection, state, hello, suite);
  const traffic = handshakeKeys(connection, schedule, state.random);
  connection.protectReading(protection13(suite, traffic.server));
  const { requested } = yield* serverFlight(
    connection,
    schedule,
    traffic.server,
    hello.extensions.has(Extension.preSharedKey),
  );
  tellOcspResponse(connection);
  schedule.advance();
  const application = applicationKeys(connection, schedule, state.random);
  connection.sendChangeCipherSpec();
  connection.protectWriting(protection13(suite, traffic.client));
  if (requested !== undefined) sendCertificate(connection, suite, requested);
  const verify = finishedMac(suite.hash, traffic.client, connection.transcriptHash(suite.hash));
  connection.negotiated.localFinished = verify;
  connection.sendHandshake(handshakeMessage(Handshake.finished, verify));
  const resumption = schedule.derive('res master', connection.transcriptHash(suite.hash));
  connection.protectReading(protection13(suite, application.traffic.server));
  connection.protectWriting(protection13(suite, application.traffic.client));
  installExporter(connection, suite, application.exporterSecret);
  installAfterHandshake(connection, suite, application.traffic, resumption);
  connection.finish();
}

function suiteOf(connection: Connection, { suite: id }: ServerHello): Suite {
  const suite = suiteById(id);
  if (suite === undefined || !connection.settings.suites13.includes(suite)) throw Fail.wrongCipher();
  return suite;
}

/** Says hello again with a key share of the group that the server wants. */
function retry(connection: Connection, state: ClientState, hello: ServerHello, suite: Suite): ClientState {
  const wanted = hello.extensions.get(Extension.keyShare);
  const cookie = hello.extensions.get(Extension.cookie);
  const request = connection.transcript.pop();
  replaceByHash(connection, suite.hash);
  if (request !== undefined) connection.transcript.push(request);
  if (wanted === undefined && cookie === undefined) throw Fail.badKeyShare();
  const extensions = new Map(state.hello.extensions);
  let { shares } = state;
  if (wanted !== undefined) {
    const group = groupById(new Reader(wanted).number(2));
    const offered = group !== undefined && connection.settings.groups.includes(group);
    if (!offered || shares.some((share) => share.group === group)) throw Fail.badKeyShare();
    shares = [generateShare(group)];
    extensions.set(
      Extension.keyShare,
      writeKeyShares(shares.map((share) => ({ group: share.group.id, key: share.public }))),
    );
  }
  if (cookie !== undefined) extensions.set(Extension.cookie, cookie);
  const again = { ...state.hello, extensions };
  const psks = state.psks.filter((psk) => psk.hash === suite.hash);
  connection.sendChangeCipherSpec();
  connection.sendHandshake(
    psks.length > 0 ? helloWithPsks(again, psks, connection.transcript) : writeClientHello(again),
  );
  return { ...state, hello: again, shares, psks };
}

function agreeOnKeys(
  connection: Connection,
  state: ClientState,
  hello: ServerHello,
  suite: Suite,
): KeySchedule {
  const psk = acceptedPsk(state, hello);
  if (psk !== undefined && psk.hash !== suite.hash) throw Fail.wrongCipher();
  const schedule = new KeySchedule(suite.hash, psk?.key);
  const value = hello.extensions.get(Extension.keyShare);
  if (value === undefined) throw Fail.missingExtension();
  const entry = readKeyShare(new Reader(value));
  const share: KeyShare | undefined = state.shares.find(({ group }) => group.id === entry.group);
  if (share === undefined) throw Fail.badKeyShare();
  noteGroup(connection, share);
  if (psk !== undefined) {
    connection.negotiated.resumed = psk.session !== undefined;
    connection.negotiated.session = psk.session;
    if (psk.session !== undefined) connection.readPeerChain(psk.session.peerChain);
  }
  schedule.advance(share.secretWith(entry.key));
  return schedule;
}

/** Where one was asked for, also that none came. */
export function tellOcspResponse({ requestsOcsp, ocspResponse, options }: Connection): void {
  if (requestsOcsp) options.application.ocspResponse(ocspResponse);
}

export function noteGroup({ negotiated }: Connection, { group }: Pick<KeyShare, 'group'>): void {
  negotiated.groupName = group.name;
  negotiated.groupBits = group.bits;
  negotiated.exchange = group.bits === undefined ? 'TLSGroup' : 'ECDH';
}

function acceptedPsk(state: ClientState, hello: ServerHello): OfferedPsk | undefined {
  const value = hello.extensions.get(Extension.preSharedKey);
  if (value === undefined) return undefined;
  const psk = state.psks[new Reader(value).number(2)];
  if (psk === undefined) throw Fail.badExtension();
  return psk;
}

interface CertificateRequest {
  readonly context: Bytes;
  readonly schemes: readonly number[];
}

/** EncryptedExtensions to Finished. */
function* serverFlight(
  connection: Connection,
  schedule: KeySchedule,
  serverSecret: Bytes,
  withPsk: boolean,
): Flow<{ requested: CertificateRequest | undefined }> {
  const { hash } = schedule;
  readEncryptedExtensions(connection, (yield* expect(connection, Handshake.encryptedExtensions)).body);
  let requested: CertificateRequest | undefined;
  if (!withPsk) {
    let message = yield* expect(connection, Handshake.certificateRequest, Handshake.certificate);
    if (message.type === Handshake.certificateRequest) {
      requested = readCertificateRequest(message.body);
      message = yield* expect(connection, Handshake.certificate);
    }
    const { chain, ocspResponse } = readCertificate13(message.body);
    if (chain.length === 0) throw Fail.badCertificate();
    if (ocspResponse !== undefined && !connection.requestsOcsp) throw Fail.unsolicitedExtension();
    connection.ocspResponse = ocspResponse;
    connection.readPeerChain(chain);
    const content = signedContent(true, connection.transcriptHash(hash));
    const verify = yield* expect(connection, Handshake.certificateVerify);
    checkSigned(connection, new Reader(verify.body), content);
  }
  const expected = finishedMac(hash, serverSecret, connection.transcriptHash(hash));
  const { body } = yield* expect(connection, Handshake.finished);
  if (!equalBytes(body, expected)) throw Fail.badFinished();
  connection.negotiated.peerFinished = body;
  return { requested };
}

function readEncryptedExtensions(connection: Connection, body: Bytes): void {
  const reader = new Reader(body);
  const extensions = readExtensions(reader);
  reader.end();
  const alpn = extensions.get(Extension.alpn);
  if (alpn !== undefined) connection.negotiated.alpn = checkAlpn(connection, alpn);
}

/** One protocol, and one that was offered. */
export function checkAlpn({ alpnOffer }: Connection, value: Bytes): Bytes {
  const [chosen, ...more] = readAlpn(value);
  if (chosen === undefined || more.length > 0 || alpnOffer === undefined) throw Fail.unsolicitedExtension();
  for (const reader = new Reader(alpnOffer); !reader.done;)
    if (equalBytes(reader.vector(1), chosen)) return chosen;
  throw Fail.badAlpn();
}

function readCertificateRequest(body: Bytes): CertificateRequest {
  const reader = new Reader(body);
  const context = reader.vector(1);
  const schemes = readExtensions(reader).get(Extension.signatureAlgorithms);
  if (schemes === undefined) throw Fail.missingExtension();
  return { context, schemes: new Reader(schemes).numbers(2) };
}

function sendCertificate(
  connection: Connection,
  suite: Suite,
  { context, schemes }: CertificateRequest,
): void {
  const { settings } = connection;
  connection.negotiated.sharedSchemes = sharedSchemes(settings.schemes, schemes);
  for (const credential of settings.credentials) {
    const scheme = chooseScheme(settings.schemes, schemes, credential, Version.tls13);
    if (scheme === undefined) continue;
    connection.negotiated.credential = credential;
    connection.sendHandshake(writeCertificate13(credential.chain, context));
    const content = signedContent(false, connection.transcriptHash(suite.hash));
    connection.sendHandshake(writeVerify(scheme, credential, content));
    return;
  }
  connection.sendHandshake(writeCertificate13([], context));
}
