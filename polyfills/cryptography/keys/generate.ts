/** Keys of DSA and Diffie–Hellman from nothing, and in one place what else makes keys. */
import { bitLength } from '../encoding/bytes.ts';
import { opensslError } from '../errors.ts';
import { randomBelow } from '../random.ts';
import type { DhKey, DsaKey } from './key.ts';
import { modPow } from './modular.ts';
import { isProbablePrime, randomPrime } from './primes.ts';

/** FIPS 186-4, 4.2. */
const DSA_DIVISOR_BITS: readonly number[] = [160, 224, 256];

/** FIPS 186-4, A.1.1.2 without a seed to prove it: q first, then p = 1 mod 2q. */
export function generateDsa(bits: number, divisorBits: number): DsaKey {
  if (bits < 512) throw opensslError('DSA', 0x6a, 'bad q value');
  const size = divisorBits > 0 ? divisorBits : bits >= 2048 ? 256 : 160;
  if (!DSA_DIVISOR_BITS.includes(size)) throw opensslError('EVP', 0xe9, 'provider keymgmt failure');
  const q = randomPrime({ bits: size });
  const p = primeBehind(bits, q);
  let g = 1n;
  for (let h = 2n; g === 1n; h++) g = modPow(h, (p - 1n) / q, p);
  const x = randomBelow(q - 1n) + 1n;
  return { type: 'dsa', p, q, g, y: modPow(g, x, p), private: { x } };
}

function primeBehind(bits: number, q: bigint): bigint {
  const low = 1n << BigInt(bits - 1);
  for (;;) {
    const start = low + randomBelow(low);
    const p = start - (start % (2n * q)) + 1n;
    if (bitLength(p) === bits && isProbablePrime(p)) return p;
  }
}

export function generateDh(p: bigint, g: bigint): DhKey {
  if (p <= 3n) throw opensslError('DH', 0x7e, 'modulus too small');
  const x = randomBelow(p - 2n) + 1n;
  return { type: 'dh', p, g, y: modPow(g, x, p), private: { x } };
}
