/** Key encapsulation by the kind of the key: RSASVE (SP 800-56B), DHKEM (RFC 9180), ML-KEM (FIPS 203). */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { digestByName } from '../digest.ts';
import { type Bytes, bitLength, concat, fromBigInt } from '../encoding/bytes.ts';
import { randomBelow } from '../random.ts';
import type { Curve } from './curves.ts';
import { decodePoint, ecdhSecret, generateEc } from './ec.ts';
import type { AsymmetricKey, EcKey, OkpKey, RsaKey } from './key.ts';
import { generateOkp, okpSecret } from './okp.ts';
import { isPq, pqDecapsulate, pqEncapsulate } from './post-quantum.ts';
import { modulusBytes, rsaPrivate, rsaPublic } from './rsa.ts';

export interface Encapsulated {
  readonly ciphertext: Bytes;
  readonly shared: Bytes;
}

interface Suite {
  /** Of IANA's registry of HPKE. */
  readonly id: number;
  readonly hash: string;
  readonly secretBytes: number;
}
const EC_SUITES: Readonly<Record<string, Suite>> = {
  prime256v1: { id: 0x10, hash: 'sha256', secretBytes: 32 },
  secp384r1: { id: 0x11, hash: 'sha384', secretBytes: 48 },
  secp521r1: { id: 0x12, hash: 'sha512', secretBytes: 64 },
};
const OKP_SUITES: Readonly<Record<string, Suite>> = {
  x25519: { id: 0x20, hash: 'sha256', secretBytes: 32 },
  x448: { id: 0x21, hash: 'sha512', secretBytes: 64 },
};

const ascii = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** ExtractAndExpand of RFC 9180, 4.1. */
function derive({ id, hash, secretBytes }: Suite, dh: Uint8Array, context: Uint8Array): Bytes {
  const digest = digestByName(hash) as never;
  const suite = concat(ascii('HPKE-v1KEM'), fromBigInt(BigInt(id), 2));
  const prefix = (label: string): Bytes => concat(suite, ascii(label));
  const key = extract(digest, concat(prefix('eae_prk'), dh), new Uint8Array(0));
  const info = concat(fromBigInt(BigInt(secretBytes), 2), prefix('shared_secret'), context);
  return expand(digest, key, info, secretBytes) as Bytes;
}

const isX = (key: AsymmetricKey): key is OkpKey & { type: 'x25519' | 'x448' } =>
  key.type === 'x25519' || key.type === 'x448';

/** undefined: keys of that kind do not encapsulate. */
export function encapsulate(key: AsymmetricKey): Encapsulated | undefined {
  if (key.type === 'rsa') return rsaEncapsulate(key);
  if (isPq(key)) {
    const made = pqEncapsulate(key);
    return made && { ciphertext: made[0], shared: made[1] };
  }
  if (key.type === 'ec') {
    const suite = EC_SUITES[key.curve.name];
    return suite && ecEncapsulate(suite, key.curve, key.point);
  }
  if (!isX(key)) return undefined;
  const own = generateOkp(key.type);
  return okpShared(key.type, own.private?.bytes, key.public, own.public, key.public);
}

/** undefined: it cannot be undone with this key. */
export function decapsulate(key: AsymmetricKey, ciphertext: Uint8Array): Bytes | undefined {
  try {
    if (key.type === 'rsa') {
      return ciphertext.length === modulusBytes(key) ? rsaPrivate(key, ciphertext) : undefined;
    }
    if (isPq(key)) return pqDecapsulate(key, ciphertext);
    if (key.type === 'ec') return ecDecapsulate(key, ciphertext);
    if (!isX(key) || ciphertext.length !== key.public.length) return undefined;
    return okpShared(key.type, key.private?.bytes, ciphertext, ciphertext, key.public)?.shared;
  } catch {
    return undefined;
  }
}

function rsaEncapsulate(key: RsaKey): Encapsulated {
  const shared = fromBigInt(randomBelow(key.n - 3n) + 2n, Math.ceil(bitLength(key.n) / 8));
  return { ciphertext: rsaPublic(key, shared), shared };
}

function ecEncapsulate(suite: Suite, curve: Curve, peer: Bytes): Encapsulated | undefined {
  const own = generateEc(curve);
  if (own.private === undefined) return undefined;
  const dh = ecdhSecret(curve, own.private.d, peer);
  return { ciphertext: own.point, shared: derive(suite, dh, concat(own.point, peer)) };
}

function ecDecapsulate({ curve, point, private: secret }: EcKey, ciphertext: Uint8Array): Bytes | undefined {
  const suite = EC_SUITES[curve.name];
  if (suite === undefined || secret === undefined || ciphertext[0] !== 4) return undefined;
  const dh = ecdhSecret(curve, secret.d, decodePoint(curve, ciphertext));
  return derive(suite, dh, concat(ciphertext, point));
}

function okpShared(
  type: 'x25519' | 'x448',
  secret: Uint8Array | undefined,
  peer: Uint8Array,
  ciphertext: Uint8Array,
  recipient: Uint8Array,
): Encapsulated | undefined {
  const suite = OKP_SUITES[type];
  const dh = secret && okpSecret(type, secret, peer);
  if (dh === undefined || suite === undefined) return undefined;
  return {
    ciphertext: ciphertext.slice() as Bytes,
    shared: derive(suite, dh, concat(ciphertext, recipient)),
  };
}
