/** Keys to DER: PKCS#1, PKCS#8, SEC 1, SPKI. */
import { type Bytes, fromBigInt } from '../encoding/bytes.ts';
import {
  bitString,
  contextTag,
  derNull,
  encode,
  integer,
  octetString,
  oid,
  sequence,
} from '../encoding/der.ts';
import { encodePoint, scalarBytes } from './ec.ts';
import {
  isOkp,
  type AsymmetricKey,
  type DhKey,
  type DsaKey,
  type EcKey,
  type PssRestriction,
  type RsaKey,
} from './key.ts';
import * as Oid from './oids.ts';
import { OKP_CURVES } from './okp.ts';
import { isPq, PQ_ALGORITHMS, writePqPrivate } from './post-quantum.ts';

export function writePkcs1Public({ n, e }: RsaKey): Bytes {
  return sequence(integer(n), integer(e));
}

export function writePkcs1Private({ n, e, private: secret }: RsaKey): Bytes {
  if (secret === undefined) throw new TypeError('no private key');
  const { d, p, q, dp, dq, qi } = secret;
  return sequence(integer(0), ...[n, e, d, p, q, dp, dq, qi].map((value) => integer(value)));
}

function pointOf(key: EcKey): Bytes {
  return encodePoint(key.curve, key.point, key.compressed === true ? 'compressed' : 'uncompressed');
}

/** ECPrivateKey (RFC 5915). In PKCS#8 the curve stands outside of it. */
export function writeSec1(key: EcKey, withCurve = true): Bytes {
  return sequence(
    integer(1),
    octetString(scalarBytes(key)),
    ...(withCurve ? [encode(contextTag(0), ecParameters(key))] : []),
    encode(contextTag(1), bitString(pointOf(key))),
  );
}

function ecParameters({ curve, explicit, compressed }: EcKey): Bytes {
  if (explicit !== true) return oid(curve.oid);
  const { p, a, b, n, h } = curve.parameters;
  const base = curve.ecdsa.Point.BASE.toBytes(compressed === true);
  const field = (value: bigint): Bytes => octetString(fromBigInt(value, curve.fieldBytes));
  return sequence(
    integer(1),
    sequence(oid(Oid.PRIME_FIELD), integer(p)),
    sequence(field(a), field(b), ...seedOf(curve.name)),
    octetString(base),
    integer(n),
    integer(h),
  );
}

/** Seeds of the curves that were generated with one: OpenSSL writes them out. */
const SEEDS: Readonly<Record<string, string>> = {
  prime256v1: 'c49d360886e704936a6678e1139d26b7819f7e90',
  secp384r1: 'a335926aa319a27a1d00896a6773a4827acdac73',
  secp521r1: 'd09e8800291cb85396cc6717393284aaa0da64ba',
};
function seedOf(name: string): Bytes[] {
  const seed = SEEDS[name];
  return seed === undefined ? [] : [bitString(fromBigInt(BigInt(`0x${seed}`), seed.length / 2))];
}

function pssParameters({ hash, mgf1Hash, saltLength }: PssRestriction): Bytes {
  const algorithm = (name: string): Bytes => sequence(oid(Oid.HASH_OIDS[name] ?? ''), derNull());
  return sequence(
    ...(hash === 'sha1' ? [] : [encode(contextTag(0), algorithm(hash))]),
    ...(mgf1Hash === 'sha1' ? [] : [encode(contextTag(1), sequence(oid(Oid.MGF1), algorithm(mgf1Hash)))]),
    ...(saltLength === 20 ? [] : [encode(contextTag(2), integer(saltLength))]),
  );
}

function dhParameters({ p, g, q }: DhKey): Bytes {
  return q === undefined
    ? sequence(oid(Oid.DH), sequence(integer(p), integer(g)))
    : sequence(oid(Oid.DHX), sequence(integer(p), integer(g), integer(q)));
}

const dsaParameters = ({ p, q, g }: DsaKey): Bytes =>
  sequence(oid(Oid.DSA), sequence(integer(p), integer(q), integer(g)));

function algorithmOf(key: AsymmetricKey): Bytes {
  if (isOkp(key)) return sequence(oid(OKP_CURVES[key.type].oid));
  if (isPq(key)) return sequence(oid(PQ_ALGORITHMS[key.type].oid));
  switch (key.type) {
    case 'rsa':
      return sequence(oid(Oid.RSA), derNull());
    case 'rsa-pss':
      return sequence(oid(Oid.RSA_PSS), ...(key.pss === undefined ? [] : [pssParameters(key.pss)]));
    case 'ec':
      return sequence(oid(Oid.EC), ecParameters(key));
    case 'dsa':
      return dsaParameters(key);
    case 'dh':
      return dhParameters(key);
  }
}

function publicBytes(key: AsymmetricKey): Bytes {
  if (isOkp(key)) return key.public;
  if (isPq(key)) return key.encoded;
  if (key.type === 'ec') return pointOf(key);
  if (key.type === 'dsa' || key.type === 'dh') return integer(key.y);
  return writePkcs1Public(key);
}

export function writeSpki(key: AsymmetricKey): Bytes {
  return sequence(algorithmOf(key), bitString(publicBytes(key)));
}

export function writePkcs8(key: AsymmetricKey): Bytes {
  return sequence(integer(0), algorithmOf(key), octetString(privateBytes(key)));
}

function privateBytes(key: AsymmetricKey): Bytes {
  if (isOkp(key)) return octetString(key.private?.bytes ?? new Uint8Array(0));
  if (isPq(key)) return writePqPrivate(key);
  if (key.type === 'ec') return writeSec1(key, false);
  if (key.type === 'dsa' || key.type === 'dh') return integer(key.private?.x ?? 0n);
  return writePkcs1Private(key);
}

export function writeTraditionalDsa(key: DsaKey): Bytes {
  return sequence(
    integer(0),
    ...[key.p, key.q, key.g, key.y, key.private?.x ?? 0n].map((value) => integer(value)),
  );
}
