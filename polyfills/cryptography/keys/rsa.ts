/** RSA (RFC 8017) without paddings: keys, the private operation by the Chinese remainder theorem, generation. */
import { bitLength, fromBigInt, toBigInt, type Bytes } from '../encoding/bytes.ts';
import { opensslError } from '../errors.ts';
import { randomBelow } from '../random.ts';
import type { RsaKey, RsaPrivate } from './key.ts';
import { gcd, modInverse, modPow } from './modular.ts';
import { randomPrime } from './primes.ts';

export const modulusBytes = (key: RsaKey): number => Math.ceil(bitLength(key.n) / 8);

/** m^e mod n; the data is a number below n. */
export function rsaPublic(key: RsaKey, data: Uint8Array): Bytes {
  return fromBigInt(modPow(belowModulus(key, data), key.e, key.n), modulusBytes(key));
}

/** c^d mod n, blinded. */
export function rsaPrivate(key: RsaKey, data: Uint8Array): Bytes {
  const secret = key.private;
  if (secret === undefined) throw opensslError('RSA', 0xb3, 'value missing');
  const value = belowModulus(key, data);
  let blind = randomBelow(key.n - 2n) + 2n;
  let unblind = modInverse(blind, key.n);
  while (unblind === 0n) {
    blind = randomBelow(key.n - 2n) + 2n;
    unblind = modInverse(blind, key.n);
  }
  const hidden = (value * modPow(blind, key.e, key.n)) % key.n;
  const result = (privatePower(key.n, secret, hidden) * unblind) % key.n;
  return fromBigInt(result, modulusBytes(key));
}

function privatePower(n: bigint, { d, p, q, dp, dq, qi }: RsaPrivate, value: bigint): bigint {
  if (p === 0n || q === 0n) return modPow(value, d, n);
  const first = modPow(value % p, dp, p);
  const second = modPow(value % q, dq, q);
  let difference = (first - second) % p;
  if (difference < 0n) difference += p;
  return second + q * ((difference * qi) % p);
}

function belowModulus(key: RsaKey, data: Uint8Array): bigint {
  const value = toBigInt(data);
  if (value >= key.n) throw opensslError('RSA', 0x84, 'data too large for modulus');
  return value;
}

/** The parts of a private key that its primes determine. */
export function completePrivate(n: bigint, e: bigint, d: bigint, p: bigint, q: bigint): RsaPrivate {
  if (n !== p * q || gcd(e, p - 1n) !== 1n) throw opensslError('RSA', 0x7f, 'n does not equal p q');
  return { d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: modInverse(q, p) };
}

export function generateRsa(bits: number, e: bigint): RsaKey {
  if (bits < 512) throw opensslError('PROV', 0xab, 'key size too small');
  if (e < 3n || (e & 1n) === 0n) throw opensslError('RSA', 0xb2, 'pub exponent out of range');
  const half = bits >> 1;
  for (;;) {
    const p = primeFor(bits - half, e);
    const q = primeFor(half, e);
    const n = p * q;
    if (p === q || bitLength(n) !== bits) continue;
    const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
    const d = modInverse(e, lambda);
    if (d === 0n) continue;
    const [high, low] = p > q ? [p, q] : [q, p];
    return { type: 'rsa', n, e, private: completePrivate(n, e, d, high, low) };
  }
}

function primeFor(bits: number, e: bigint): bigint {
  for (;;) {
    const prime = randomPrime({ bits, twoHighBits: true });
    if (gcd(prime - 1n, e) === 1n) return prime;
  }
}
