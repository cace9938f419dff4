/** Prime numbers: Miller–Rabin behind trial division, and searches for random ones. */
import { bitLength, toBigInt } from '../encoding/bytes.ts';
import { randomBelow, randomBytes } from '../random.ts';
import { mod, modPow } from './modular.ts';

const SIEVE_LIMIT = 8192;
const SMALL_PRIMES = sieve(SIEVE_LIMIT);

function sieve(limit: number): number[] {
  const composite = new Uint8Array(limit);
  const primes: number[] = [];
  for (let i = 2; i < limit; i++) {
    if (composite[i] === 1) continue;
    primes.push(i);
    for (let j = i * i; j < limit; j += i) composite[j] = 1;
  }
  return primes;
}

/** Rounds that leave an error of 2^-128 for random numbers of this size (FIPS 186-5, table B.1 and OpenSSL's choice). */
function roundsFor(bits: number): number {
  return bits > 2048 ? 12 : bits >= 512 ? 16 : 32;
}

export function isProbablePrime(value: bigint, rounds = 0): boolean {
  if (value < 2n) return false;
  for (const prime of SMALL_PRIMES) {
    const small = BigInt(prime);
    if (value === small) return true;
    if (value % small === 0n) return false;
  }
  if (value < BigInt(SIEVE_LIMIT) * BigInt(SIEVE_LIMIT)) return true;
  return millerRabin(value, rounds > 0 ? rounds : roundsFor(bitLength(value)));
}

function millerRabin(value: bigint, rounds: number): boolean {
  const last = value - 1n;
  let odd = last;
  let twos = 0;
  while ((odd & 1n) === 0n) {
    odd >>= 1n;
    twos++;
  }
  for (let round = 0; round < rounds; round++) {
    // The first witness is 2: it finds nearly every composite, and its squares are cheap.
    const witness = round === 0 ? 2n : randomBelow(value - 3n) + 2n;
    if (!passes(modPow(witness, odd, value), twos, value, last)) return false;
  }
  return true;
}

function passes(start: bigint, twos: number, value: bigint, last: bigint): boolean {
  let x = start;
  if (x === 1n || x === last) return true;
  for (let i = 1; i < twos; i++) {
    x = (x * x) % value;
    if (x === last) return true;
  }
  return false;
}

export interface PrimeRequest {
  bits: number;
  /** (p − 1) / 2 is prime too. */
  safe?: boolean | undefined;
  /** p mod add = rem */
  add?: bigint | undefined;
  rem?: bigint | undefined;
  /** The two highest bits are set, so that the product of two has twice the bits. */
  twoHighBits?: boolean | undefined;
}

/** Candidates behind one random start. */
const STEPS_A_START = 4096;

export function randomPrime(request: PrimeRequest): bigint {
  const { bits, safe = false } = request;
  const step = request.add ?? (safe ? 4n : 2n);
  const residue = request.add === undefined ? (safe ? 3n : 1n) : (request.rem ?? (safe ? 3n : 1n));
  if (bits < 8 && request.add === undefined) return smallPrime(bits, safe);
  const limit = 1n << BigInt(bits);
  for (;;) {
    const start = randomStart(request);
    const first = start - mod(start, step) + residue;
    const found = searchFrom(first, step, safe, (value) => value < limit && bitLength(value) === bits);
    if (found !== undefined) return found;
  }
}

function randomStart({ bits, twoHighBits = false }: PrimeRequest): bigint {
  const length = Math.ceil(bits / 8);
  let value = toBigInt(randomBytes(length)) & ((1n << BigInt(bits)) - 1n);
  value |= 1n << BigInt(bits - 1);
  if (twoHighBits && bits > 1) value |= 1n << BigInt(bits - 2);
  return value;
}

/** Steps through candidates, whose residues by small primes are kept as plain numbers. */
function searchFrom(
  first: bigint,
  step: bigint,
  safe: boolean,
  fits: (value: bigint) => boolean,
): bigint | undefined {
  const residues = SMALL_PRIMES.map((prime) => Number(first % BigInt(prime)));
  const steps = SMALL_PRIMES.map((prime) => Number(step % BigInt(prime)));
  // Small primes are divisible by themselves: below the sieve's reach every candidate is tested in full.
  const small = first < BigInt(SIEVE_LIMIT) * 2n;
  for (let i = 0; i < STEPS_A_START; i++) {
    if (small || survives(i, residues, steps, safe)) {
      const value = first + BigInt(i) * step;
      if (!fits(value)) return undefined;
      if (isProbablePrime(value) && (!safe || isProbablePrime(value >> 1n))) return value;
    }
  }
  return undefined;
}

function survives(index: number, residues: number[], steps: number[], safe: boolean): boolean {
  for (let k = 0; k < SMALL_PRIMES.length; k++) {
    const prime = SMALL_PRIMES[k] ?? 2;
    const residue = ((residues[k] ?? 0) + index * (steps[k] ?? 0)) % prime;
    if (residue === 0 || (safe && prime > 2 && residue === 1)) return false;
  }
  return true;
}

function smallPrime(bits: number, safe: boolean): bigint {
  const low = 1 << (bits - 1);
  const fitting = SMALL_PRIMES.filter(
    (prime) =>
      prime >= low && prime < 2 * low && (!safe || (prime > 4 && isProbablePrime(BigInt((prime - 1) / 2)))),
  );
  return BigInt(fitting[Number(randomBelow(BigInt(fitting.length)))] ?? 2);
}
