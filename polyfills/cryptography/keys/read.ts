/** Keys from DER: PKCS#1, PKCS#8, SEC 1, SPKI, and the traditional forms of DSA. */
import { type Bytes, toBigInt } from '../encoding/bytes.ts';
import { contextTag, DerError, DerReader, readOne, Tag } from '../encoding/der.ts';
import { opensslError, unsupportedKey } from '../errors.ts';
import { curveByField, curveByOid, type Curve } from './curves.ts';
import { decodePoint, isScalar, publicPoint } from './ec.ts';
import type { AsymmetricKey, DhKey, DsaKey, EcKey, PssRestriction, RsaKey } from './key.ts';
import { modPow } from './modular.ts';
import * as Oid from './oids.ts';
import { okpByOid, okpFromPrivate, okpFromPublic } from './okp.ts';
import { pqByOid, pqFromPublic, readPqPrivate } from './post-quantum.ts';

/** A reader's complaint becomes OpenSSL's. */
export function decoding<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) throw unsupportedKey();
    throw error;
  }
}

export function readPkcs1Public(der: Uint8Array): RsaKey {
  const fields = readOne(der);
  const [n, e] = [fields.integer(), fields.integer()];
  fields.end();
  if (n <= 0n || e <= 0n) throw new DerError('not positive');
  return { type: 'rsa', n, e };
}

export function readPkcs1Private(
  der: Uint8Array,
  pss?: PssRestriction,
  type: RsaKey['type'] = 'rsa',
): RsaKey {
  const fields = readOne(der);
  if (fields.smallInteger() !== 0) throw new DerError('version');
  const [n, e, d] = [fields.integer(), fields.integer(), fields.integer()];
  const [p, q, dp] = [fields.integer(), fields.integer(), fields.integer()];
  const [dq, qi] = [fields.integer(), fields.integer()];
  if (n <= 0n || e <= 0n || d <= 0n || p < 0n || q < 0n) throw new DerError('not positive');
  return { type, n, e, ...(pss === undefined ? {} : { pss }), private: { d, p, q, dp, dq, qi } };
}

export function readSec1(der: Uint8Array, named?: EcParameters): EcKey {
  const fields = readOne(der);
  if (fields.smallInteger() !== 1) throw new DerError('version');
  const d = toBigInt(fields.octets());
  const own = fields.optional(contextTag(0));
  const parameters = own === undefined ? named : readEcParameters(new DerReader(own.value));
  if (parameters === undefined) throw new DerError('no curve');
  const { curve } = parameters;
  if (!isScalar(curve, d)) throw opensslError('EC', 0x7b, 'invalid private key');
  const given = fields.optional(contextTag(1));
  const bytes = given && new DerReader(given.value).bits();
  const point = bytes === undefined ? publicPoint(curve, d) : decodePoint(curve, bytes);
  return { type: 'ec', ...parameters, point, ...compression(bytes), private: { d } };
}

const compression = (point: Uint8Array | undefined): { compressed?: true } =>
  point !== undefined && (point[0] ?? 4) < 4 ? { compressed: true } : {};

interface EcParameters {
  curve: Curve;
  explicit?: boolean;
}

function readEcParameters(reader: DerReader): EcParameters {
  if (reader.next === Tag.oid) {
    const curve = curveByOid(reader.oid());
    if (curve === undefined) throw unsupportedKey();
    return { curve };
  }
  const fields = reader.sequence();
  fields.integer();
  const field = fields.sequence();
  if (field.oid() !== Oid.PRIME_FIELD) throw unsupportedKey();
  const p = field.integer();
  const coefficients = fields.sequence();
  coefficients.octets();
  const curve = curveByField(p, toBigInt(coefficients.octets()));
  if (curve === undefined) throw unsupportedKey();
  return { curve, explicit: true };
}

/** PrivateKeyInfo (RFC 5958). */
export function readPkcs8(der: Uint8Array): AsymmetricKey {
  const fields = readOne(der);
  const version = fields.smallInteger();
  if (version !== 0 && version !== 1) throw new DerError('version');
  const algorithm = fields.sequence();
  const secret = fields.octets();
  const oid = algorithm.oid();
  switch (oid) {
    case Oid.RSA:
      return readPkcs1Private(secret);
    case Oid.RSA_PSS:
      return readPkcs1Private(secret, readPss(algorithm), 'rsa-pss');
    case Oid.EC:
      return readSec1(secret, readEcParameters(algorithm));
    case Oid.DSA: {
      const { p, q, g } = readDsaParameters(algorithm);
      const x = readOneInteger(secret);
      return { type: 'dsa', p, q, g, y: modPow(g, x, p), private: { x } };
    }
    case Oid.DH:
    case Oid.DHX: {
      const group = readDhParameters(algorithm, oid);
      const x = readOneInteger(secret);
      return { type: 'dh', ...group, y: modPow(group.g, x, group.p), private: { x } };
    }
    default: {
      const type = okpByOid(oid);
      if (type !== undefined) return okpFromPrivate(type, readOctets(secret));
      const pqType = pqByOid(oid);
      if (pqType === undefined) throw unsupportedKey();
      return readPqPrivate(pqType, secret);
    }
  }
}

function readOneInteger(der: Uint8Array): bigint {
  const reader = new DerReader(der);
  const value = reader.integer();
  reader.end();
  return value;
}

function readOctets(der: Uint8Array): Bytes {
  const reader = new DerReader(der);
  const value = reader.octets();
  reader.end();
  return value;
}

/** SubjectPublicKeyInfo (RFC 5280). */
export function readSpki(der: Uint8Array): AsymmetricKey {
  const fields = readOne(der);
  const algorithm = fields.sequence();
  const bytes = fields.bits();
  fields.end();
  const oid = algorithm.oid();
  switch (oid) {
    case Oid.RSA:
      return readPkcs1Public(bytes);
    case Oid.RSA_PSS: {
      const pss = readPss(algorithm);
      return { ...readPkcs1Public(bytes), type: 'rsa-pss', ...(pss === undefined ? {} : { pss }) };
    }
    case Oid.EC: {
      const parameters = readEcParameters(algorithm);
      return {
        type: 'ec',
        ...parameters,
        point: decodePoint(parameters.curve, bytes),
        ...compression(bytes),
      };
    }
    case Oid.DSA:
      return { type: 'dsa', ...readDsaParameters(algorithm), y: readOneInteger(bytes) };
    case Oid.DH:
    case Oid.DHX:
      return { type: 'dh', ...readDhParameters(algorithm, oid), y: readOneInteger(bytes) };
    default: {
      const type = okpByOid(oid);
      if (type !== undefined) return okpFromPublic(type, bytes);
      const pqType = pqByOid(oid);
      if (pqType === undefined) throw unsupportedKey();
      return pqFromPublic(pqType, bytes);
    }
  }
}

function readDsaParameters(algorithm: DerReader): Pick<DsaKey, 'p' | 'q' | 'g'> {
  const fields = algorithm.sequence();
  return { p: fields.integer(), q: fields.integer(), g: fields.integer() };
}

function readDhParameters(algorithm: DerReader, oid: string): Pick<DhKey, 'p' | 'q' | 'g'> {
  const fields = algorithm.sequence();
  const [p, g] = [fields.integer(), fields.integer()];
  return oid === Oid.DHX ? { p, g, q: fields.integer() } : { p, g };
}

/** `DSA PRIVATE KEY` of OpenSSL's. */
export function readTraditionalDsa(der: Uint8Array): DsaKey {
  const fields = readOne(der);
  if (fields.smallInteger() !== 0) throw new DerError('version');
  const [p, q, g] = [fields.integer(), fields.integer(), fields.integer()];
  const [y, x] = [fields.integer(), fields.integer()];
  return { type: 'dsa', p, q, g, y, private: { x } };
}

/** DH PARAMETERS (PKCS#3). */
export function readDhGroup(der: Uint8Array): { p: bigint; g: bigint } {
  const fields = readOne(der);
  return { p: fields.integer(), g: fields.integer() };
}

/** RSASSA-PSS-params; undefined when there are none. Defaults are SHA-1 and 20. */
export function readPss(algorithm: DerReader): PssRestriction | undefined {
  if (algorithm.done || algorithm.next === Tag.null) return undefined;
  const fields = algorithm.sequence();
  const inner = (number: number): DerReader | undefined => {
    const element = fields.optional(contextTag(number));
    return element && new DerReader(element.value);
  };
  const hashOf = (reader: DerReader): string => {
    const name = Oid.hashByOid(reader.sequence().oid());
    if (name === undefined) throw unsupportedKey();
    return name;
  };
  const first = inner(0);
  const hash = first === undefined ? 'sha1' : hashOf(first);
  const mask = inner(1)?.sequence();
  let mgf1Hash = 'sha1';
  if (mask !== undefined) {
    if (mask.oid() !== Oid.MGF1) throw unsupportedKey();
    mgf1Hash = hashOf(mask);
  }
  const saltLength = inner(2)?.smallInteger() ?? 20;
  return { hash, mgf1Hash, saltLength };
}
