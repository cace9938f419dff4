/** Elliptic curves over prime fields by OpenSSL's names (short Weierstrass form). */
import { ecdsa, weierstrass, type ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha224, sha256 } from '@noble/hashes/sha2.js';
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from '@noble/curves/misc.js';

export interface CurveParameters {
  readonly p: bigint;
  readonly n: bigint;
  readonly h: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly Gx: bigint;
  readonly Gy: bigint;
}

export interface Curve {
  /** OpenSSL's name. */
  readonly name: string;
  readonly oid: string;
  /** As in a JWK, for those that have a name there. */
  readonly jwk?: string;
  readonly parameters: CurveParameters;
  /** Bytes of a coordinate. */
  readonly fieldBytes: number;
  readonly orderBytes: number;
  readonly bits: number;
  readonly ecdsa: ECDSA;
}

interface Entry {
  name: string;
  oid: string;
  jwk?: string;
  load(): ECDSA;
  parameters?: CurveParameters;
}

const own = (parameters: CurveParameters, hash: typeof sha256): Pick<Entry, 'load' | 'parameters'> => ({
  load: () => ecdsa(weierstrass(parameters), hash),
  parameters,
});

const P192: CurveParameters = {
  p: 0xfffffffffffffffffffffffffffffffeffffffffffffffffn,
  n: 0xffffffffffffffffffffffff99def836146bc9b1b4d22831n,
  h: 1n,
  a: 0xfffffffffffffffffffffffffffffffefffffffffffffffcn,
  b: 0x64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1n,
  Gx: 0x188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012n,
  Gy: 0x07192b95ffc8da78631011ed6b24cdd573f977a11e794811n,
};
const P224: CurveParameters = {
  p: 0xffffffffffffffffffffffffffffffff000000000000000000000001n,
  n: 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  h: 1n,
  a: 0xfffffffffffffffffffffffffffffffefffffffffffffffffffffffen,
  b: 0xb4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4n,
  Gx: 0xb70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21n,
  Gy: 0xbd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34n,
};

const ENTRIES: readonly Entry[] = [
  { name: 'prime192v1', oid: '1.2.840.10045.3.1.1', ...own(P192, sha256) },
  { name: 'secp224r1', oid: '1.3.132.0.33', ...own(P224, sha224 as unknown as typeof sha256) },
  { name: 'prime256v1', oid: '1.2.840.10045.3.1.7', jwk: 'P-256', load: () => p256 },
  { name: 'secp384r1', oid: '1.3.132.0.34', jwk: 'P-384', load: () => p384 },
  { name: 'secp521r1', oid: '1.3.132.0.35', jwk: 'P-521', load: () => p521 },
  { name: 'secp256k1', oid: '1.3.132.0.10', jwk: 'secp256k1', load: () => secp256k1 },
  { name: 'brainpoolP256r1', oid: '1.3.36.3.3.2.8.1.1.7', load: () => brainpoolP256r1 as ECDSA },
  { name: 'brainpoolP384r1', oid: '1.3.36.3.3.2.8.1.1.11', load: () => brainpoolP384r1 as ECDSA },
  { name: 'brainpoolP512r1', oid: '1.3.36.3.3.2.8.1.1.13', load: () => brainpoolP512r1 as ECDSA },
];
const ALIASES: Readonly<Record<string, string>> = {
  'P-192': 'prime192v1',
  'P-224': 'secp224r1',
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
  secp192r1: 'prime192v1',
  secp256r1: 'prime256v1',
};

export const CURVE_NAMES: readonly string[] = ENTRIES.map(({ name }) => name).sort();

const made = new Map<string, Curve>();

/** undefined for a curve that is not here. */
export function curveByName(asked: string): Curve | undefined {
  const name = ALIASES[asked] ?? asked;
  const entry = ENTRIES.find((one) => one.name === name);
  return entry && make(entry);
}
export function curveByOid(oid: string): Curve | undefined {
  const entry = ENTRIES.find((one) => one.oid === oid);
  return entry && make(entry);
}
export function curveByJwk(jwk: string): Curve | undefined {
  const entry = ENTRIES.find((one) => one.jwk === jwk);
  return entry && make(entry);
}
/** The named curve that has these parameters. */
export function curveByField(p: bigint, b: bigint): Curve | undefined {
  return ENTRIES.map(make).find(({ parameters }) => parameters.p === p && parameters.b === b);
}

function make(entry: Entry): Curve {
  const known = made.get(entry.name);
  if (known !== undefined) return known;
  const signer = entry.load();
  const { p, n, h, a, b, Gx, Gy } = entry.parameters ?? signer.Point.CURVE();
  const curve: Curve = {
    name: entry.name,
    oid: entry.oid,
    ...(entry.jwk === undefined ? {} : { jwk: entry.jwk }),
    parameters: { p, n, h, a, b, Gx, Gy },
    fieldBytes: Math.ceil(p.toString(2).length / 8),
    orderBytes: Math.ceil(n.toString(2).length / 8),
    bits: p.toString(2).length,
    ecdsa: signer,
  };
  made.set(entry.name, curve);
  return curve;
}
