/** JSON Web Keys (RFC 7517, RFC 7518, RFC 8037). */
import { type Bytes, equalBytes, fromBase64, fromBigInt, toBase64url, toBigInt } from '../encoding/bytes.ts';
import { codedError } from '../errors.ts';
import { curveByJwk } from './curves.ts';
import { isScalar, pointCoordinates, pointFromCoordinates, publicPoint, scalarBytes } from './ec.ts';
import { isOkp, type AsymmetricKey, type EcKey, type OkpKey, type PqKey, type RsaKey } from './key.ts';
import { okpByJwk, okpFromPrivate, okpFromPublic, OKP_CURVES } from './okp.ts';
import { isPq, PQ_ALGORITHMS, pqByJwk, pqFromPrivate, pqFromPublic, pqFromSeed } from './post-quantum.ts';

export type Jwk = Record<string, unknown>;

const invalid = (message: string): Error => codedError(TypeError, 'ERR_CRYPTO_INVALID_JWK', message);

function field(jwk: Jwk, name: string, what: string): Bytes {
  const text = jwk[name];
  const bytes = typeof text === 'string' ? fromBase64(text) : undefined;
  if (bytes === undefined) throw invalid(`Invalid JWK ${what} key`);
  return bytes;
}

/** Fills `target` with the members of the key, in the order that Node writes them. */
export function writeJwk(key: AsymmetricKey, target: Jwk): Jwk {
  if (isOkp(key)) return writeOkp(key, target);
  if (isPq(key)) return writePq(key, target);
  if (key.type === 'ec') return writeEc(key, target);
  if (key.type === 'rsa') return writeRsa(key, target);
  throw codedError(Error, 'ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE', 'Unsupported JWK Key Type.');
}

function writeRsa({ n, e, private: secret }: RsaKey, target: Jwk): Jwk {
  const text = (value: bigint): string => toBase64url(fromBigInt(value));
  target['kty'] = 'RSA';
  target['n'] = text(n);
  target['e'] = text(e);
  if (secret === undefined) return target;
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) target[name] = text(secret[name]);
  return target;
}

function writeEc(key: EcKey, target: Jwk): Jwk {
  const { jwk, name } = key.curve;
  if (jwk === undefined) {
    throw codedError(Error, 'ERR_CRYPTO_JWK_UNSUPPORTED_CURVE', `Unsupported JWK EC curve: ${name}.`);
  }
  const { x, y } = pointCoordinates(key);
  target['kty'] = 'EC';
  target['x'] = toBase64url(x);
  target['y'] = toBase64url(y);
  target['crv'] = jwk;
  if (key.private !== undefined) target['d'] = toBase64url(scalarBytes(key));
  return target;
}

function writeOkp(key: OkpKey, target: Jwk): Jwk {
  target['crv'] = OKP_CURVES[key.type].jwk;
  if (key.private !== undefined) target['d'] = toBase64url(key.private.bytes);
  target['x'] = toBase64url(key.public);
  target['kty'] = 'OKP';
  return target;
}

function writePq(key: PqKey, target: Jwk): Jwk {
  const { jwk, seeded } = PQ_ALGORITHMS[key.type];
  if (key.private !== undefined) {
    const secret = seeded ? key.private.seed : key.private.bytes;
    if (secret === undefined) {
      throw codedError(Error, 'ERR_CRYPTO_OPERATION_FAILED', 'key does not have an available seed');
    }
    target['priv'] = toBase64url(secret);
  }
  target['kty'] = 'AKP';
  target['alg'] = jwk;
  target['pub'] = toBase64url(key.encoded);
  return target;
}

export function readJwk(jwk: Jwk): AsymmetricKey {
  switch (jwk['kty']) {
    case 'RSA':
      return readRsa(jwk);
    case 'EC':
      return readEc(jwk);
    case 'OKP':
      return readOkp(jwk);
    case 'AKP':
      return readPq(jwk);
    default:
      throw codedError(TypeError, 'ERR_CRYPTO_INVALID_JWK', 'Unsupported JWK Key Type.');
  }
}

function readRsa(jwk: Jwk): RsaKey {
  const number = (name: string): bigint => toBigInt(field(jwk, name, 'RSA'));
  const [n, e] = [number('n'), number('e')];
  if (jwk['d'] === undefined) return { type: 'rsa', n, e };
  const [d, p, q] = [number('d'), number('p'), number('q')];
  return { type: 'rsa', n, e, private: { d, p, q, dp: number('dp'), dq: number('dq'), qi: number('qi') } };
}

function readEc(jwk: Jwk): EcKey {
  const { crv } = jwk;
  if (typeof crv !== 'string') throw invalid('Invalid JWK EC key');
  const curve = curveByJwk(crv);
  if (curve === undefined)
    throw codedError(TypeError, 'ERR_CRYPTO_INVALID_CURVE', `Invalid JWK EC curve: ${crv}`);
  const [x, y] = [field(jwk, 'x', 'EC'), field(jwk, 'y', 'EC')];
  let point: Bytes;
  try {
    point = pointFromCoordinates(curve, x, y);
  } catch {
    throw invalid('Invalid JWK EC key');
  }
  if (jwk['d'] === undefined) return { type: 'ec', curve, point };
  const d = toBigInt(field(jwk, 'd', 'EC'));
  if (!isScalar(curve, d) || !equalBytes(publicPoint(curve, d), point)) throw invalid('Invalid JWK EC key');
  return { type: 'ec', curve, point, private: { d } };
}

function readOkp(jwk: Jwk): OkpKey {
  const { crv } = jwk;
  if (typeof crv !== 'string') throw invalid('Invalid JWK OKP key');
  const type = okpByJwk(crv);
  if (type === undefined) throw invalid('Invalid JWK OKP key');
  try {
    if (jwk['d'] !== undefined) return okpFromPrivate(type, field(jwk, 'd', 'OKP'));
    return okpFromPublic(type, field(jwk, 'x', 'OKP'));
  } catch {
    throw invalid('Invalid JWK OKP key');
  }
}

/** The public key in the JWK of a private one is not looked at. */
function readPq(jwk: Jwk): PqKey {
  const { alg, pub, priv } = jwk;
  const type = typeof alg === 'string' ? pqByJwk(alg) : undefined;
  if (type === undefined) throw invalid('Unsupported JWK AKP "alg"');
  if (typeof pub !== 'string' || (priv !== undefined && typeof priv !== 'string'))
    throw invalid('Invalid JWK AKP key');
  try {
    if (priv === undefined) return pqFromPublic(type, field(jwk, 'pub', 'AKP'));
    const secret = field(jwk, 'priv', 'AKP');
    return PQ_ALGORITHMS[type].seeded ? pqFromSeed(type, secret) : pqFromPrivate(type, secret);
  } catch {
    throw invalid('Invalid JWK AKP key');
  }
}
