/** TLS 1.3: traffic secrets in use, tickets, key updates and exported keying material. */
import { hash } from '../../cryptography/digest.ts';
import type { Bytes } from '../../cryptography/encoding/bytes.ts';
import { randomBytes } from '../../cryptography/random.ts';
import { handshakeMessage, number, Reader, readExtensions, vector } from './codec.ts';
import type { Connection, Message } from './connection.ts';
import { Handshake, IDLE_RECORDS_MAX, Version } from './constants.ts';
import { expandLabel, type KeySchedule } from './derive.ts';
import { Fail } from './failures.ts';
import { protection13 } from './protection.ts';
import type { Session } from './session.ts';
import type { Suite } from './suites.ts';
import { sealTicket } from './tickets.ts';

export interface TrafficSecrets {
  client: Bytes;
  server: Bytes;
}

/** Seconds that a ticket may live at most (RFC 8446, 4.6.1). */
const TICKET_LIFETIME_MAX = 604_800;
const none = new Uint8Array(0);

export function installExporter(connection: Connection, suite: Suite, secret: Bytes): void {
  connection.exporter = (label, context, length) => {
    const derived = expandLabel(suite.hash, secret, label, hash(suite.hash), hash(suite.hash).length);
    return expandLabel(suite.hash, derived, 'exporter', hash(suite.hash, context ?? none), length);
  };
}

/** Handles what comes once the handshake is done. */
export function installAfterHandshake(
  connection: Connection,
  suite: Suite,
  traffic: TrafficSecrets,
  resumption: Bytes,
): void {
  let updates = 0;
  const next = (secret: Bytes): Bytes => expandLabel(suite.hash, secret, 'traffic upd', none, secret.length);
  const keyUpdate = ({ body }: Message): void => {
    if (body.length !== 1 || (body[0] ?? 2) > 1) throw Fail.unexpectedMessage();
    if (++updates > IDLE_RECORDS_MAX) throw Fail.tooManyAlerts();
    const peer = connection.isServer ? 'client' : 'server';
    const own = connection.isServer ? 'server' : 'client';
    traffic[peer] = next(traffic[peer]);
    connection.protectReading(protection13(suite, traffic[peer]));
    if (body[0] !== 1) return;
    connection.sendUnrecorded(handshakeMessage(Handshake.keyUpdate, Uint8Array.of(0)));
    traffic[own] = next(traffic[own]);
    connection.protectWriting(protection13(suite, traffic[own]));
  };
  connection.afterHandshake = (message) => {
    if (message.type === Handshake.keyUpdate) keyUpdate(message);
    else if (message.type === Handshake.newSessionTicket && !connection.isServer) {
      readTicket(connection, suite, resumption, message.body);
    } else throw Fail.unexpectedMessage();
  };
}

function readTicket(connection: Connection, suite: Suite, resumption: Bytes, body: Bytes): void {
  const reader = new Reader(body);
  const lifetime = reader.number(4);
  const ageAdd = reader.number(4);
  const nonce = reader.vector(1);
  const ticket = reader.vector(2);
  readExtensions(reader);
  reader.end();
  if (ticket.length === 0) throw Fail.decode();
  if (lifetime === 0) return;
  const session: Session = {
    ...describe(connection, suite),
    secret: expandLabel(suite.hash, resumption, 'resumption', nonce, resumption.length),
    // OpenSSL's id of such a session: a hash of the ticket.
    id: hash('sha256', ticket),
    ticket,
    lifetime: Math.min(lifetime, TICKET_LIFETIME_MAX),
    ageAdd,
  };
  connection.negotiated.session = session;
  connection.options.application.session(session);
}

/** What a session tells of the connection that it comes from. */
export function describe(
  connection: Connection,
  suite: Suite,
): Omit<Session, 'secret' | 'id' | 'ticket' | 'lifetime' | 'ageAdd'> {
  const { negotiated, settings, isServer } = connection;
  return {
    version: negotiated.version,
    suite: suite.id,
    created: connection.now,
    extendedMaster: negotiated.extendedMaster || negotiated.version === Version.tls13,
    serverName: (isServer ? negotiated.serverName : connection.serverName) ?? '',
    alpn: negotiated.alpn ?? none,
    peerChain: connection.peerChain.map(({ der }) => der),
    peerFailure: connection.peerFailure ?? '',
    context: settings.sessionContext,
    groupName: negotiated.groupName ?? '',
  };
}

/** Tickets that a server sends after a handshake: two, and one after a resumption, as OpenSSL. */
export function sendTickets(connection: Connection, suite: Suite, resumption: Bytes): void {
  const { settings } = connection;
  const count = connection.negotiated.resumed ? 1 : 2;
  for (let i = 0; i < count; i++) {
    const nonce = number(i, 4);
    const ageAdd = randomBytes(4).reduce((value, byte) => value * 256 + byte, 0);
    const session: Session = {
      ...describe(connection, suite),
      secret: expandLabel(suite.hash, resumption, 'resumption', nonce, resumption.length),
      id: randomBytes(32),
      ticket: none,
      lifetime: settings.sessionTimeout,
      ageAdd,
    };
    const ticket = sealTicket(settings.ticketKeys, session);
    // One of no bytes, which 1.2 has, 1.3 does not know.
    if (ticket === undefined) return;
    connection.sendUnrecorded(
      handshakeMessage(
        Handshake.newSessionTicket,
        number(settings.sessionTimeout, 4),
        number(ageAdd, 4),
        vector(1, nonce),
        vector(2, ticket),
        vector(2),
      ),
    );
    connection.negotiated.session = session;
    connection.options.application.session(session);
  }
}

export interface ApplicationKeys {
  traffic: TrafficSecrets;
  exporterSecret: Bytes;
}

/** From the master secret, with the messages up to the server's Finished. */
export function applicationKeys(
  connection: Connection,
  schedule: KeySchedule,
  clientRandom: Bytes,
): ApplicationKeys {
  const transcript = connection.transcriptHash(schedule.hash);
  const traffic = {
    client: schedule.derive('c ap traffic', transcript),
    server: schedule.derive('s ap traffic', transcript),
  };
  const exporterSecret = schedule.derive('exp master', transcript);
  connection.keylog('EXPORTER_SECRET', clientRandom, exporterSecret);
  connection.keylog('CLIENT_TRAFFIC_SECRET_0', clientRandom, traffic.client);
  connection.keylog('SERVER_TRAFFIC_SECRET_0', clientRandom, traffic.server);
  return { traffic, exporterSecret };
}

export function handshakeKeys(
  connection: Connection,
  schedule: KeySchedule,
  clientRandom: Bytes,
): TrafficSecrets {
  const transcript = connection.transcriptHash(schedule.hash);
  const traffic = {
    client: schedule.derive('c hs traffic', transcript),
    server: schedule.derive('s hs traffic', transcript),
  };
  connection.keylog('SERVER_HANDSHAKE_TRAFFIC_SECRET', clientRandom, traffic.server);
  connection.keylog('CLIENT_HANDSHAKE_TRAFFIC_SECRET', clientRandom, traffic.client);
  return traffic;
}

/** The first ClientHello counts as its hash once a retry was asked for (RFC 8446, 4.4.1). */
export function replaceByHash(connection: Connection, name: string): void {
  const digest = connection.transcriptHash(name);
  connection.transcript = [handshakeMessage(Handshake.messageHash, digest)];
}
