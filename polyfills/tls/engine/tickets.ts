/** The tickets that a server seals its sessions in (RFC 5077, section 4), and the keys for it. */
import { cbc } from '@noble/ciphers/aes.js';
import { mac } from '../../cryptography/digest.ts';
import { type Bytes, concat, equalBytes } from '../../cryptography/encoding/bytes.ts';
import { randomBytes } from '../../cryptography/random.ts';
import { packSession, type Session, unpackSession } from './session.ts';

/** A name, an initialization vector and an AES key: all of one size. */
export const TICKET_PART_BYTES = 16;
const MAC_BYTES = 32;

export interface TicketKeys {
  readonly macKey: Bytes;
  readonly cipherKey: Bytes;
}
export interface SealingKeys extends TicketKeys {
  readonly name: Bytes;
  readonly iv: Bytes;
}
export interface OpeningKeys extends TicketKeys {
  /** The client gets another ticket for the session. */
  readonly renew: boolean;
}

/** Where a server has its keys from. What throws a TlsFailure ends the handshake. */
export interface TicketKeySource {
  /** undefined: no ticket is made. */
  toSeal(): SealingKeys | undefined;
  /** undefined: the ticket is not one of ours any more. */
  toOpen(name: Bytes, iv: Bytes): OpeningKeys | undefined;
}

/** In the order of Node's 48 bytes: the name of the keys, the key of the MAC, the key of the cipher. */
export function fixedTicketKeys(bytes: Uint8Array): TicketKeySource {
  const part = (at: number): Bytes =>
    bytes.slice(at * TICKET_PART_BYTES, (at + 1) * TICKET_PART_BYTES) as Bytes;
  const [own, macKey, cipherKey] = [part(0), part(1), part(2)];
  return {
    toSeal: () => ({ name: own, iv: randomBytes(TICKET_PART_BYTES), macKey, cipherKey }),
    toOpen: (name) => (equalBytes(name, own) ? { macKey, cipherKey, renew: false } : undefined),
  };
}

export function sealTicket(source: TicketKeySource, session: Session): Bytes | undefined {
  const keys = source.toSeal();
  if (keys === undefined) return undefined;
  const { name, iv, macKey, cipherKey } = keys;
  const body = concat(name, iv, cbc(cipherKey, iv).encrypt(packSession(session)));
  return concat(body, mac('sha256', macKey, body));
}

export function openTicket(
  source: TicketKeySource,
  ticket: Uint8Array,
): { session: Session; renew: boolean } | undefined {
  const head = 2 * TICKET_PART_BYTES;
  if (ticket.length <= head + MAC_BYTES) return undefined;
  const body = ticket.slice(0, ticket.length - MAC_BYTES) as Bytes;
  const iv = body.slice(TICKET_PART_BYTES, head) as Bytes;
  const keys = source.toOpen(body.slice(0, TICKET_PART_BYTES) as Bytes, iv);
  if (keys === undefined) return undefined;
  if (!equalBytes(mac('sha256', keys.macKey, body), ticket.subarray(body.length))) return undefined;
  let plain: Uint8Array;
  try {
    plain = cbc(keys.cipherKey, iv).decrypt(body.slice(head));
  } catch {
    return undefined;
  }
  const session = unpackSession(plain);
  return session && { session, renew: keys.renew };
}
