/** Groups of the ephemeral key exchange (RFC 8446, 4.2.7). */
import { curveByName } from '../../cryptography/keys/curves.ts';
import { decodePoint, ecdhSecret, generateEc } from '../../cryptography/keys/ec.ts';
import { generateOkp, okpSecret } from '../../cryptography/keys/okp.ts';
import type { Bytes } from '../../cryptography/encoding/bytes.ts';
import { Fail } from './failures.ts';

export interface Group {
  readonly id: number;
  /** OpenSSL's name. */
  readonly name: string;
  readonly bits: number;
}
export interface KeyShare {
  readonly group: Group;
  readonly public: Bytes;
  secretWith(peer: Uint8Array): Bytes;
}

export const GROUPS: readonly Group[] = [
  { id: 29, name: 'X25519', bits: 253 },
  { id: 23, name: 'prime256v1', bits: 256 },
  { id: 30, name: 'X448', bits: 448 },
  { id: 24, name: 'secp384r1', bits: 384 },
  { id: 25, name: 'secp521r1', bits: 521 },
];

export const groupById = (id: number): Group | undefined => GROUPS.find((group) => group.id === id);

const ALIASES: Readonly<Record<string, string>> = {
  'p-256': 'prime256v1',
  secp256r1: 'prime256v1',
  'p-384': 'secp384r1',
  'p-521': 'secp521r1',
};

/** A list such as `P-521:X25519`, or `auto`; undefined when a name is unknown. */
export function parseGroups(list: string): Group[] | undefined {
  if (list === 'auto') return [...GROUPS];
  const groups: Group[] = [];
  for (const part of list.split(':')) {
    const name = (ALIASES[part.toLowerCase()] ?? part).toLowerCase();
    const group = GROUPS.find((one) => one.name.toLowerCase() === name);
    if (group === undefined) return undefined;
    if (!groups.includes(group)) groups.push(group);
  }
  return groups;
}

export function generateShare(group: Group): KeyShare {
  if (group.name === 'X25519' || group.name === 'X448') {
    const type = group.name === 'X25519' ? 'x25519' : 'x448';
    const key = generateOkp(type);
    return {
      group,
      public: key.public,
      secretWith(peer) {
        const secret = okpSecret(type, key.private?.bytes ?? new Uint8Array(0), peer);
        if (secret === undefined) throw Fail.badKeyShare();
        return secret;
      },
    };
  }
  const curve = curveByName(group.name);
  if (curve === undefined) throw Fail.internal();
  const key = generateEc(curve);
  return {
    group,
    public: key.point,
    secretWith(peer) {
      let point: Bytes;
      try {
        if (peer[0] !== 4) throw Fail.badKeyShare();
        point = decodePoint(curve, peer);
      } catch {
        throw Fail.badKeyShare();
      }
      return ecdhSecret(curve, key.private?.d ?? 0n, point);
    },
  };
}
