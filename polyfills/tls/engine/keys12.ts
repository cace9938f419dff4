/** TLS 1.2: master secret, key block, Finished, exporter. */
import { digestByName, hash } from '../../cryptography/digest.ts';
import { type Bytes, concat } from '../../cryptography/encoding/bytes.ts';
import { number } from './codec.ts';
import type { Connection } from './connection.ts';
import { prf } from './derive.ts';
import { ivBytes12, keyBytes, protection12, type Protection } from './protection.ts';
import type { Suite } from './suites.ts';

export interface Randoms {
  readonly client: Bytes;
  readonly server: Bytes;
}

const MASTER_BYTES = 48;
const VERIFY_BYTES = 12;

/** With the extension of RFC 7627 it is bound to the messages so far. */
export function masterSecret(
  connection: Connection,
  suite: Suite,
  premaster: Uint8Array,
  randoms: Randoms,
): Bytes {
  const master = connection.negotiated.extendedMaster
    ? prf(
        suite.hash,
        premaster,
        'extended master secret',
        connection.transcriptHash(suite.hash),
        MASTER_BYTES,
      )
    : prf(suite.hash, premaster, 'master secret', concat(randoms.client, randoms.server), MASTER_BYTES);
  connection.keylog('CLIENT_RANDOM', randoms.client, master);
  return master;
}

export function protections12(
  suite: Suite,
  master: Uint8Array,
  randoms: Randoms,
): Record<'client' | 'server', Protection> {
  const macBytes = suite.macHash === undefined ? 0 : digestByName(suite.macHash).outputLen;
  const sizes = { mac: macBytes, key: keyBytes(suite), iv: ivBytes12(suite) };
  const total = 2 * (sizes.mac + sizes.key + sizes.iv);
  const block = prf(suite.hash, master, 'key expansion', concat(randoms.server, randoms.client), total);
  let at = 0;
  const take = (length: number): Bytes => block.slice(at, (at += length)) as Bytes;
  const [clientMac, serverMac] = [take(sizes.mac), take(sizes.mac)];
  const [clientKey, serverKey] = [take(sizes.key), take(sizes.key)];
  const [clientIv, serverIv] = [take(sizes.iv), take(sizes.iv)];
  return {
    client: protection12(suite, { mac: clientMac, key: clientKey, iv: clientIv }),
    server: protection12(suite, { mac: serverMac, key: serverKey, iv: serverIv }),
  };
}

export function verifyData(
  connection: Connection,
  suite: Suite,
  master: Uint8Array,
  from: 'client' | 'server',
): Bytes {
  return prf(suite.hash, master, `${from} finished`, connection.transcriptHash(suite.hash), VERIFY_BYTES);
}

/** RFC 5705. */
export function installExporter12(
  connection: Connection,
  suite: Suite,
  master: Bytes,
  randoms: Randoms,
): void {
  connection.exporter = (label, context, length) => {
    const seed = concat(randoms.client, randoms.server);
    const all = context === undefined ? seed : concat(seed, number(context.length, 2), context);
    return prf(suite.hash, master, label, all, length);
  };
}

/** An id that OpenSSL would give to the session of a ticket. */
export const ticketId = (ticket: Uint8Array): Bytes => hash('sha256', ticket);
