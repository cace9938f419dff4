/** Pre-shared keys of TLS 1.3: binders, and what a client offers (RFC 8446, 4.2.11). */
import { hash } from '../../cryptography/digest.ts';
import { type Bytes, concat } from '../../cryptography/encoding/bytes.ts';
import type { Connection } from './connection.ts';
import { Extension, Version } from './constants.ts';
import { finishedMac, KeySchedule } from './derive.ts';
import { type ClientHello, type PskOffer, writeBinders, writeClientHello, writePskOffers } from './hello.ts';
import { isFresh, type Session } from './session.ts';
import { suiteById, type Suite } from './suites.ts';

export interface OfferedPsk {
  readonly offer: PskOffer;
  readonly hash: Suite['hash'];
  readonly key: Bytes;
  /** undefined: a key from outside. */
  readonly session: Session | undefined;
}

/** A key from outside has no hash of its own: SHA-256 (RFC 8446, 4.2.11). */
const EXTERNAL_HASH = 'sha256';

export function offeredPsks(connection: Connection): OfferedPsk[] {
  const list: OfferedPsk[] = [];
  const { offeredSession: session } = connection;
  const suite = session && suiteById(session.suite);
  if (session !== undefined && suite !== undefined && session.version === Version.tls13) {
    const known = connection.settings.suites13.some((one) => one.hash === suite.hash);
    if (known && session.ticket.length > 0 && isFresh(session, connection.now)) {
      const age = ((connection.now - session.created) * 1000 + session.ageAdd) % 2 ** 32;
      list.push({ offer: { identity: session.ticket, age }, hash: suite.hash, key: session.secret, session });
    }
  }
  const external = connection.usesPsk ? connection.options.application.clientPsk(undefined) : undefined;
  if (external !== undefined) {
    list.push({
      offer: { identity: external.identity, age: 0 },
      hash: EXTERNAL_HASH,
      key: external.key,
      session: undefined,
    });
  }
  return list;
}

export function binder(
  psk: { hash: string; key: Uint8Array; external: boolean },
  transcriptHash: Uint8Array,
): Bytes {
  const schedule = new KeySchedule(psk.hash, psk.key);
  const secret = schedule.derive(psk.external ? 'ext binder' : 'res binder', hash(psk.hash));
  return finishedMac(psk.hash, secret, transcriptHash);
}

/** A ClientHello whose last extension carries the offers, bound to all that comes before. */
export function helloWithPsks(
  hello: ClientHello,
  psks: readonly OfferedPsk[],
  before: readonly Bytes[],
): Bytes {
  const offers = psks.map(({ offer }) => offer);
  const blank = psks.map(({ hash: name }) => new Uint8Array(hash(name).length));
  const extensions = new Map(hello.extensions);
  extensions.set(Extension.preSharedKey, writePskOffers(offers, blank));
  const draft = writeClientHello({ ...hello, extensions });
  const cut = draft.slice(0, draft.length - writeBinders(blank).length);
  const binders = psks.map((psk) =>
    binder(
      { hash: psk.hash, key: psk.key, external: psk.session === undefined },
      hash(psk.hash, ...before, cut),
    ),
  );
  return concat(cut, writeBinders(binders));
}
