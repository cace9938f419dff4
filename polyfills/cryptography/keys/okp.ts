/** Keys of Edwards and Montgomery curves (RFC 8032, RFC 7748). */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { ed448, x448 } from '@noble/curves/ed448.js';
import type { Bytes } from '../encoding/bytes.ts';
import { opensslError } from '../errors.ts';
import { randomBytes } from '../random.ts';
import type { OkpKey, OkpType } from './key.ts';

interface OkpCurve {
  readonly oid: string;
  readonly jwk: string;
  readonly bytes: number;
  getPublicKey(secret: Uint8Array): Uint8Array;
}

export const OKP_CURVES: Readonly<Record<OkpType, OkpCurve>> = {
  x25519: {
    oid: '1.3.101.110',
    jwk: 'X25519',
    bytes: 32,
    getPublicKey: (secret) => x25519.getPublicKey(secret),
  },
  x448: { oid: '1.3.101.111', jwk: 'X448', bytes: 56, getPublicKey: (secret) => x448.getPublicKey(secret) },
  ed25519: {
    oid: '1.3.101.112',
    jwk: 'Ed25519',
    bytes: 32,
    getPublicKey: (secret) => ed25519.getPublicKey(secret),
  },
  ed448: {
    oid: '1.3.101.113',
    jwk: 'Ed448',
    bytes: 57,
    getPublicKey: (secret) => ed448.getPublicKey(secret),
  },
};

function find(test: (curve: OkpCurve, type: string) => boolean): OkpType | undefined {
  const entry = Object.entries(OKP_CURVES).find(([type, curve]) => test(curve, type));
  return entry?.[0] as OkpType | undefined;
}
export const okpByOid = (oid: string): OkpType | undefined => find((curve) => curve.oid === oid);
export const okpByJwk = (jwk: string): OkpType | undefined => find((curve) => curve.jwk === jwk);
export const okpByName = (name: string): OkpType | undefined =>
  find((_curve, type) => type === name.toLowerCase());

export function okpFromPrivate(type: OkpType, bytes: Uint8Array): OkpKey {
  const curve = OKP_CURVES[type];
  if (bytes.length !== curve.bytes) throw opensslError('EC', 0x82, 'invalid encoding');
  const secret = bytes.slice() as Bytes;
  return { type, public: curve.getPublicKey(secret) as Bytes, private: { bytes: secret } };
}

export function okpFromPublic(type: OkpType, bytes: Uint8Array): OkpKey {
  if (bytes.length !== OKP_CURVES[type].bytes) throw opensslError('EC', 0x82, 'invalid encoding');
  return { type, public: bytes.slice() as Bytes };
}

export const generateOkp = (type: OkpType): OkpKey =>
  okpFromPrivate(type, randomBytes(OKP_CURVES[type].bytes));

/** The shared secret; undefined when the peer's point makes it nothing but zeros. */
export function okpSecret(type: 'x25519' | 'x448', secret: Uint8Array, peer: Uint8Array): Bytes | undefined {
  try {
    return (type === 'x25519' ? x25519 : x448).getSharedSecret(secret, peer) as Bytes;
  } catch {
    return undefined;
  }
}
