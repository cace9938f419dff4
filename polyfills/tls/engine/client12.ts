/** The client's side of a TLS 1.2 handshake (RFC 5246, RFC 8422, RFC 4279). */
import {
  type Bytes,
  concat,
  equalBytes,
  fromBigInt,
  toBigInt,
  toUtf8,
} from '../../cryptography/encoding/bytes.ts';
import { modPow } from '../../cryptography/keys/modular.ts';
import { padType2 } from '../../cryptography/keys/padding.ts';
import { modulusBytes, rsaPublic } from '../../cryptography/keys/rsa.ts';
import { randomBelow, randomBytes } from '../../cryptography/random.ts';
import { describe } from './after13.ts';
import {
  checkSigned,
  chooseScheme,
  readCertificate12,
  readCertificateStatus,
  sharedSchemes,
  signed,
  writeCertificate12,
} from './certificates.ts';
import { checkAlpn, noteGroup, tellOcspResponse } from './client13.ts';
import type { ClientState } from './client.ts';
import { handshakeMessage, number, Reader, vector } from './codec.ts';
import { expect, type Connection, type Message, type Wait } from './connection.ts';
import { Extension, Handshake, Version } from './constants.ts';
import { Fail } from './failures.ts';
import { generateShare, groupById } from './groups.ts';
import type { ServerHello } from './hello.ts';
import {
  installExporter12,
  masterSecret,
  protections12,
  ticketId,
  verifyData,
  type Randoms,
} from './keys12.ts';
import type { Protection } from './protection.ts';
import { suiteById, type Suite } from './suites.ts';

type Flow<Result> = Generator<Wait, Result, Message | undefined>;

/** Shorter groups are refused, as OpenSSL does. */
const DH_BITS_MIN = 1024;

export function* client12(connection: Connection, state: ClientState, hello: ServerHello): Flow<void> {
  const suite = suiteById(hello.suite);
  if (suite === undefined || !state.hello.suites.includes(suite.id) || suite.minVersion > Version.tls12)
    throw Fail.wrongCipher();
  const { negotiated } = connection;
  negotiated.suite = suite;
  for (const type of hello.extensions.keys()) {
    const known = state.hello.extensions.has(type) || type === Extension.renegotiationInfo;
    if (!known) throw Fail.unsolicitedExtension();
  }
  negotiated.extendedMaster = hello.extensions.has(Extension.extendedMasterSecret);
  const alpn = hello.extensions.get(Extension.alpn);
  if (alpn !== undefined) negotiated.alpn = checkAlpn(connection, alpn);
  const randoms = { client: state.random, server: hello.random };
  const session = connection.offeredSession;
  const echoed = hello.sessionId.length > 0 && equalBytes(hello.sessionId, state.hello.sessionId);
  if (echoed && session?.version === Version.tls12) {
    if (session.suite !== suite.id || session.extendedMaster !== negotiated.extendedMaster)
      throw Fail.emsMismatch();
    yield* resume(connection, suite, hello, session.secret, randoms);
    return;
  }
  yield* full(connection, suite, hello, randoms);
}

function* resume(
  connection: Connection,
  suite: Suite,
  hello: ServerHello,
  master: Bytes,
  randoms: Randoms,
): Flow<void> {
  const { negotiated, offeredSession } = connection;
  negotiated.resumed = true;
  negotiated.session = offeredSession;
  connection.readPeerChain(offeredSession?.peerChain ?? []);
  connection.keylog('CLIENT_RANDOM', randoms.client, master);
  const keys = protections12(suite, master, randoms);
  const ticket = yield* readTicket(connection, hello);
  yield* readFinished(connection, suite, master, keys.server);
  sendFinished(connection, suite, master, keys.client);
  complete(connection, suite, master, randoms, hello, ticket);
}

interface ServerFlight {
  /** The premaster secret and the body of ClientKeyExchange. */
  exchange(): { premaster: Bytes; body: Bytes };
  schemes: readonly number[] | undefined;
}

function* full(connection: Connection, suite: Suite, hello: ServerHello, randoms: Randoms): Flow<void> {
  const flight = yield* serverFlight(connection, suite, randoms);
  const credential = flight.schemes && chooseCredential(connection, flight.schemes);
  if (flight.schemes !== undefined)
    connection.sendHandshake(writeCertificate12(credential?.credential.chain ?? []));
  const { premaster, body } = flight.exchange();
  connection.sendHandshake(handshakeMessage(Handshake.clientKeyExchange, body));
  const master = masterSecret(connection, suite, premaster, randoms);
  if (credential !== undefined) {
    const content = concat(...connection.transcript);
    connection.sendHandshake(
      handshakeMessage(
        Handshake.certificateVerify,
        signed(credential.scheme, credential.credential, content),
      ),
    );
  }
  const keys = protections12(suite, master, randoms);
  sendFinished(connection, suite, master, keys.client);
  const ticket = yield* readTicket(connection, hello);
  yield* readFinished(connection, suite, master, keys.server);
  complete(connection, suite, master, randoms, hello, ticket);
}

function chooseCredential(connection: Connection, schemes: readonly number[]) {
  const { settings } = connection;
  for (const credential of settings.credentials) {
    const scheme = chooseScheme(settings.schemes, schemes, credential, Version.tls12);
    if (scheme === undefined) continue;
    connection.negotiated.credential = credential;
    return { credential, scheme };
  }
  return undefined;
}

function* serverFlight(connection: Connection, suite: Suite, randoms: Randoms): Flow<ServerFlight> {
  const { serverKeyExchange, certificateRequest, serverHelloDone, certificateStatus } = Handshake;
  if (suite.authentication !== 'psk') {
    const chain = readCertificate12((yield* expect(connection, Handshake.certificate)).body);
    if (chain.length === 0) throw Fail.badCertificate();
    connection.readPeerChain(chain);
  }
  let exchange: ServerFlight['exchange'] | undefined;
  if (suite.exchange === 'rsa') exchange = () => rsaExchange(connection);
  if (suite.exchange === 'psk') exchange = () => pskExchange(connection, undefined);
  let schemes: readonly number[] | undefined;
  for (;;) {
    const message = yield* expect(
      connection,
      certificateStatus,
      serverKeyExchange,
      certificateRequest,
      serverHelloDone,
    );
    if (message.type === serverHelloDone) break;
    if (message.type === certificateStatus) readStatus(connection, message.body);
    if (message.type === serverKeyExchange)
      exchange = readKeyExchange(connection, suite, randoms, message.body);
    if (message.type === certificateRequest) schemes = readRequest(message.body);
  }
  if (exchange === undefined) throw Fail.unexpectedMessage();
  tellOcspResponse(connection);
  if (schemes !== undefined)
    connection.negotiated.sharedSchemes = sharedSchemes(connection.settings.schemes, schemes);
  return { exchange, schemes };
}

function readStatus(connection: Connection, body: Bytes): void {
  if (!connection.requestsOcsp) throw Fail.unexpectedMessage();
  connection.ocspResponse = readCertificateStatus(body);
}

function readRequest(body: Bytes): number[] {
  const reader = new Reader(body);
  reader.vector(1);
  const schemes = reader.numbers(2);
  reader.vector(2);
  reader.end();
  return schemes;
}

function readKeyExchange(
  connection: Connection,
  suite: Suite,
  randoms: Randoms,
  body: Bytes,
): ServerFlight['exchange'] {
  const reader = new Reader(body);
  if (suite.exchange === 'psk') {
    const hint = toUtf8(reader.vector(2));
    return () => pskExchange(connection, hint);
  }
  if (suite.exchange !== 'ecdhe' && suite.exchange !== 'dhe') throw Fail.unexpectedMessage();
  const agree = suite.exchange === 'ecdhe' ? readEcdhe(connection, reader) : readDhe(connection, reader);
  const parameters = body.subarray(0, reader.position);
  const rest = new Reader(body.slice(reader.position));
  checkSigned(connection, rest, concat(randoms.client, randoms.server, parameters));
  const [leaf] = connection.peerChain;
  const isRsa = leaf?.publicKey.type.startsWith('rsa') === true;
  if (isRsa !== (suite.authentication === 'rsa')) throw Fail.wrongSignature();
  return agree;
}

function readEcdhe(connection: Connection, reader: Reader): ServerFlight['exchange'] {
  const type = reader.number(1);
  const group = groupById(reader.number(2));
  const point = reader.vector(1);
  const { groups } = connection.settings;
  const offered = group !== undefined && group.minVersion <= Version.tls12 && groups.includes(group);
  if (type !== 3 || !offered) throw Fail.wrongCurve();
  return () => {
    const share = generateShare(group);
    noteGroup(connection, share);
    return { premaster: share.secretWith(point), body: vector(1, share.public) };
  };
}

function readDhe(connection: Connection, reader: Reader): ServerFlight['exchange'] {
  const [p, g, y] = [toBigInt(reader.vector(2)), toBigInt(reader.vector(2)), toBigInt(reader.vector(2))];
  const bits = p.toString(2).length;
  if (bits < DH_BITS_MIN) throw Fail.handshakeDhSmall();
  if (y <= 1n || y >= p - 1n) throw Fail.badKeyShare();
  connection.negotiated.exchange = 'DH';
  connection.negotiated.groupBits = bits;
  return () => {
    const x = randomBelow(p - 2n) + 1n;
    return { premaster: fromBigInt(modPow(y, x, p)), body: vector(2, fromBigInt(modPow(g, x, p))) };
  };
}

function rsaExchange(connection: Connection): { premaster: Bytes; body: Bytes } {
  const key = connection.peerChain[0]?.publicKey;
  if (key?.type !== 'rsa') throw Fail.wrongSignature();
  const premaster = concat(number(Version.tls12, 2), randomBytes(46));
  return { premaster, body: vector(2, rsaPublic(key, padType2(premaster, modulusBytes(key)))) };
}

function pskExchange(connection: Connection, hint: string | undefined): { premaster: Bytes; body: Bytes } {
  const psk = connection.options.application.clientPsk(hint);
  if (psk === undefined) throw Fail.pskNotFound();
  return { premaster: pskPremaster(psk.key), body: vector(2, psk.identity) };
}

/** RFC 4279, section 2. */
export function pskPremaster(key: Uint8Array): Bytes {
  return concat(vector(2, new Uint8Array(key.length)), vector(2, key));
}

/** NewSessionTicket, where the server has announced one. */
function* readTicket(
  connection: Connection,
  hello: ServerHello,
): Flow<{ ticket: Bytes; lifetime: number } | undefined> {
  if (!hello.extensions.has(Extension.sessionTicket)) return undefined;
  const reader = new Reader((yield* expect(connection, Handshake.newSessionTicket)).body);
  const lifetime = reader.number(4);
  const ticket = reader.vector(2);
  reader.end();
  return ticket.length === 0 ? undefined : { ticket, lifetime };
}

export function* readFinished(
  connection: Connection,
  suite: Suite,
  master: Bytes,
  protection: Protection,
): Flow<void> {
  yield 'changeCipherSpec';
  connection.protectReading(protection);
  const expected = verifyData(connection, suite, master, connection.isServer ? 'client' : 'server');
  const { body } = yield* expect(connection, Handshake.finished);
  if (!equalBytes(body, expected)) throw Fail.badFinished();
  connection.negotiated.peerFinished = body;
}

export function sendFinished(
  connection: Connection,
  suite: Suite,
  master: Bytes,
  protection: Protection,
): void {
  const data = verifyData(connection, suite, master, connection.isServer ? 'server' : 'client');
  connection.sendChangeCipherSpec();
  connection.protectWriting(protection);
  connection.negotiated.localFinished = data;
  connection.sendHandshake(handshakeMessage(Handshake.finished, data));
}

/** Seconds that a session without a stated lifetime is kept: OpenSSL's default. */
const LIFETIME_DEFAULT = 7200;

function complete(
  connection: Connection,
  suite: Suite,
  master: Bytes,
  randoms: Randoms,
  hello: ServerHello,
  ticket: { ticket: Bytes; lifetime: number } | undefined,
): void {
  installExporter12(connection, suite, master, randoms);
  const { negotiated, options } = connection;
  const id = ticket === undefined ? hello.sessionId : ticketId(ticket.ticket);
  if (!negotiated.resumed || ticket !== undefined) {
    negotiated.session = {
      ...describe(connection, suite),
      secret: master,
      id,
      ticket: ticket?.ticket ?? new Uint8Array(0),
      lifetime: ticket?.lifetime || LIFETIME_DEFAULT,
      ageAdd: 0,
    };
    // A ticket given anew makes no new session of an old one (ssl_update_cache of OpenSSL).
    if (id.length > 0 && !negotiated.resumed) options.application.session(negotiated.session);
  }
  connection.finish();
}
