/**
 * Datagrams between processes. A bound socket is a ring; the kernel routes each datagram into the rings of those who are
 * to get it, as one record, and drops it where there is no room.
 */
import { bytesAllocate, bytesSet, bytesView } from '../base/intrinsics.ts';
import type { IpEndpoint } from './sockets.ts';

export type DatagramCall =
  /** → 0, payload SocketAnswer. */
  | { call: 'bind-datagram'; address: IpEndpoint; ipv6Only: boolean; shared: boolean }
  /** Joins or leaves a multicast group. */
  | { call: 'membership'; ring: number; group: string; join: boolean };

export interface DatagramMessage {
  type: 'datagram';
  /** The sender's own ring. */
  ring: number;
  to: IpEndpoint;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of a record before the datagram's own: its length, the sender's port, family and address as text. */
export const DATAGRAM_HEAD_BYTES = 64;
const ADDRESS_AT = 8;
/** Longest text of an address, INET6_ADDRSTRLEN. */
const ADDRESS_MAX = 46;

export function encodeDatagram(from: IpEndpoint, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const record = bytesAllocate(DATAGRAM_HEAD_BYTES + bytes.length);
  record[0] = bytes.length & 255;
  record[1] = (bytes.length >> 8) & 255;
  record[2] = from.port & 255;
  record[3] = from.port >> 8;
  record[4] = from.family;
  const { address } = from;
  record[5] = address.length;
  for (let i = 0; i < address.length && i < ADDRESS_MAX; i++) record[ADDRESS_AT + i] = address.charCodeAt(i);
  bytesSet(record, bytes, DATAGRAM_HEAD_BYTES);
  return record;
}

export function decodeDatagramHead(head: Uint8Array): { from: IpEndpoint; length: number } {
  const byte = (at: number): number => head[at] ?? 0;
  let address = '';
  const text = bytesView(head, ADDRESS_AT, ADDRESS_AT + byte(5));
  for (let i = 0; i < byte(5); i++) address += fromCharCode(text[i] ?? 0);
  return {
    from: { family: byte(4) === 4 ? 4 : 6, address, port: byte(2) | (byte(3) << 8) },
    length: byte(0) | (byte(1) << 8),
  };
}
const fromCharCode = String.fromCharCode;
