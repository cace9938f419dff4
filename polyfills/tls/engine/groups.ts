/** Groups of the ephemeral key exchange (RFC 8446, 4.2.7; draft-ietf-tls-ecdhe-mlkem, draft-ietf-tls-mlkem). */
import { curveByName } from '../../cryptography/keys/curves.ts';
import { decodePoint, ecdhSecret, generateEc } from '../../cryptography/keys/ec.ts';
import type { PqType } from '../../cryptography/keys/key.ts';
import { generateOkp, okpSecret } from '../../cryptography/keys/okp.ts';
import {
  generatePq,
  PQ_ALGORITHMS,
  pqDecapsulate,
  pqEncapsulate,
  pqFromPublic,
} from '../../cryptography/keys/post-quantum.ts';
import { type Bytes, concat } from '../../cryptography/encoding/bytes.ts';
import { Version } from './constants.ts';
import { Fail } from './failures.ts';

type Curve = 'X25519' | 'X448' | 'prime256v1' | 'secp384r1' | 'secp521r1';
/** What is agreed on one after the other; the secrets are joined in that order. */
interface CurvePart {
  readonly curve: Curve;
  readonly publicBytes: number;
}
type Part = CurvePart | { readonly kem: PqType };

export interface Group {
  readonly id: number;
  /** OpenSSL's name. */
  readonly name: string;
  /** undefined: of a curve alone can be told how strong it is. */
  readonly bits: number | undefined;
  readonly parts: readonly Part[];
  readonly minVersion: number;
}
/** What a client offers. */
export interface KeyShare {
  readonly group: Group;
  readonly public: Bytes;
  secretWith(peer: Uint8Array): Bytes;
}
/** What a server answers to it. */
export interface KeyAnswer {
  readonly group: Group;
  readonly public: Bytes;
  readonly secret: Bytes;
}

const X25519: CurvePart = { curve: 'X25519', publicBytes: 32 };
const P256: CurvePart = { curve: 'prime256v1', publicBytes: 65 };
const P384: CurvePart = { curve: 'secp384r1', publicBytes: 97 };

const ofCurve = (id: number, bits: number, part: CurvePart): Group => ({
  id,
  name: part.curve,
  bits,
  parts: [part],
  minVersion: Version.tls12,
});
const ofParts = (id: number, name: string, ...parts: readonly Part[]): Group => ({
  id,
  name,
  bits: undefined,
  parts,
  minVersion: Version.tls13,
});

/** What is offered when nothing was said, in OpenSSL's order. */
const DEFAULT_GROUPS: readonly Group[] = [
  ofParts(0x11ec, 'X25519MLKEM768', { kem: 'ml-kem-768' }, X25519),
  ofCurve(29, 253, X25519),
  ofCurve(23, 256, P256),
  ofCurve(30, 448, { curve: 'X448', publicBytes: 56 }),
  ofCurve(24, 384, P384),
  ofCurve(25, 521, { curve: 'secp521r1', publicBytes: 133 }),
];
const GROUPS: readonly Group[] = [
  ...DEFAULT_GROUPS,
  ofParts(0x11eb, 'SecP256r1MLKEM768', P256, { kem: 'ml-kem-768' }),
  ofParts(0x11ed, 'SecP384r1MLKEM1024', P384, { kem: 'ml-kem-1024' }),
  ofParts(0x0200, 'MLKEM512', { kem: 'ml-kem-512' }),
  ofParts(0x0201, 'MLKEM768', { kem: 'ml-kem-768' }),
  ofParts(0x0202, 'MLKEM1024', { kem: 'ml-kem-1024' }),
];

export const groupById = (id: number): Group | undefined => GROUPS.find((group) => group.id === id);

/** The groups of one side in its order, and those that its client has a key ready for in its first message. */
export interface GroupChoice {
  readonly groups: readonly Group[];
  readonly shares: readonly Group[];
}
/** OpenSSL's: the group that is hard for a quantum computer, and one that every server of 1.3 knows. */
export const DEFAULT_CHOICE: GroupChoice = { groups: DEFAULT_GROUPS, shares: DEFAULT_GROUPS.slice(0, 2) };

const ALIASES: Readonly<Record<string, string>> = {
  'p-256': 'prime256v1',
  secp256r1: 'prime256v1',
  'p-384': 'secp384r1',
  'p-521': 'secp521r1',
};

/**
 * A list such as `P-521:X25519`, or `auto`; undefined when a name is unknown. Before a name, `*` asks for a key share
 * of it and `?` for silence where it is unknown (SSL_CTX_set1_groups_list).
 */
export function parseGroups(list: string): GroupChoice | undefined {
  if (list === 'auto') return DEFAULT_CHOICE;
  const groups: Group[] = [];
  const shares: Group[] = [];
  for (const part of list.split(/[:/]/)) {
    const marks = /^[*?]*/.exec(part)?.[0] ?? '';
    const given = part.slice(marks.length).toLowerCase();
    const name = ALIASES[given] ?? given;
    const group = GROUPS.find((one) => one.name.toLowerCase() === name);
    if (group === undefined && marks.includes('?')) continue;
    if (group === undefined) return undefined;
    if (groups.includes(group)) continue;
    groups.push(group);
    if (marks.includes('*')) shares.push(group);
  }
  if (groups.length === 0) return undefined;
  return { groups, shares: shares.length > 0 ? shares : groups.slice(0, 1) };
}

export function generateShare(group: Group): KeyShare {
  const parts = group.parts.map(partShare);
  return {
    group,
    public: concat(...parts.map((part) => part.public)),
    secretWith(peer) {
      const pieces = split(
        peer,
        parts.map(({ answerBytes }) => answerBytes),
      );
      return concat(...parts.map((part, at) => part.secretWith(pieces[at] ?? new Uint8Array(0))));
    },
  };
}

export function answerShare(group: Group, peer: Uint8Array): KeyAnswer {
  const pieces = split(
    peer,
    group.parts.map((part) => ('kem' in part ? kemBytes(part.kem).publicKey : part.publicBytes)),
  );
  const answers = group.parts.map((part, at) => partAnswer(part, pieces[at] ?? new Uint8Array(0)));
  return {
    group,
    public: concat(...answers.map((answer) => answer.public)),
    secret: concat(...answers.map((answer) => answer.secret)),
  };
}

/** What a peer sent for all parts, which has to have the right length. */
function split(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0;
  const pieces = lengths.map((length) => bytes.subarray(at, (at += length)));
  if (at !== bytes.length) throw Fail.badKeyShare();
  return pieces;
}

interface PartShare {
  readonly public: Bytes;
  readonly answerBytes: number;
  secretWith(peer: Uint8Array): Bytes;
}

function kemBytes(type: PqType): { publicKey: number; cipherText: number } {
  const { publicKey = 0, cipherText = 0 } = PQ_ALGORITHMS[type].engine.lengths;
  return { publicKey, cipherText };
}

function partShare(part: Part): PartShare {
  if ('kem' in part) {
    const key = generatePq(part.kem);
    return {
      public: key.encoded,
      answerBytes: kemBytes(part.kem).cipherText,
      secretWith(ciphertext) {
        const secret = pqDecapsulate(key, ciphertext);
        if (secret === undefined) throw Fail.internal();
        return secret;
      },
    };
  }
  const { public: own, secretWith } = curveShare(part.curve);
  return { public: own, answerBytes: part.publicBytes, secretWith };
}

function partAnswer(part: Part, peer: Uint8Array): { public: Bytes; secret: Bytes } {
  if (!('kem' in part)) {
    const share = curveShare(part.curve);
    return { public: share.public, secret: share.secretWith(peer) };
  }
  try {
    const [ciphertext, secret] = pqEncapsulate(pqFromPublic(part.kem, peer)) ?? [];
    if (ciphertext !== undefined && secret !== undefined) return { public: ciphertext, secret };
  } catch {
    // No key of that kind (FIPS 203, 7.2).
  }
  throw Fail.badKeyShare();
}

function curveShare(name: Curve): Pick<PartShare, 'public' | 'secretWith'> {
  if (name === 'X25519' || name === 'X448') {
    const type = name === 'X25519' ? 'x25519' : 'x448';
    const key = generateOkp(type);
    return {
      public: key.public,
      secretWith(peer) {
        const secret = okpSecret(type, key.private?.bytes ?? new Uint8Array(0), peer);
        if (secret === undefined) throw Fail.badKeyShare();
        return secret;
      },
    };
  }
  const curve = curveByName(name);
  if (curve === undefined) throw Fail.internal();
  const key = generateEc(curve);
  return {
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
