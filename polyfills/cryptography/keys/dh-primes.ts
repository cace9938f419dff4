/**
 * The primes of the well-known groups, by the formulas that define them (RFC 2412, RFC 3526, RFC 7919):
 * 2^b − 2^(b−64) + (⌊2^(b−130) · c⌋ + x) · 2^64 − 1, where c is π or e.
 */

/** Bits → x, for π. */
const MODP: Readonly<Record<number, bigint>> = {
  768: 149_686n,
  1024: 129_093n,
  1536: 741_804n,
  2048: 124_476n,
  3072: 1_690_314n,
  4096: 240_904n,
  6144: 929_484n,
  8192: 4_743_158n,
};
const FFDHE_OFFSETS = { 2048: 560_316n, 3072: 2_625_351n, 4096: 5_736_041n, 8192: 10_965_728n } as const;

/** Bits beyond those asked for, against rounding. */
const GUARD_BITS = 64n;

/** ⌊2^bits · π⌋ by Machin's formula. */
function scaledPi(bits: bigint): bigint {
  const one = 1n << (bits + GUARD_BITS);
  const arctan = (inverse: bigint): bigint => {
    let term = one / inverse;
    let sum = term;
    for (let n = 3n, sign = -1n; term > 0n; n += 2n, sign = -sign) {
      term /= inverse * inverse;
      sum += (sign * term) / n;
    }
    return sum;
  };
  return (4n * (4n * arctan(5n) - arctan(239n))) >> GUARD_BITS;
}

/** ⌊2^bits · e⌋ */
function scaledE(bits: bigint): bigint {
  const one = 1n << (bits + GUARD_BITS);
  let sum = one;
  let term = one;
  for (let n = 1n; term > 0n; n++) {
    term /= n;
    sum += term;
  }
  return sum >> GUARD_BITS;
}

function prime(bits: number, scaled: (bits: bigint) => bigint, x: bigint): bigint {
  const b = BigInt(bits);
  return (1n << b) - (1n << (b - 64n)) + ((scaled(b - 130n) + x) << 64n) - 1n;
}

const known = new Map<string, bigint>();
function once(name: string, make: () => bigint): bigint {
  const value = known.get(name) ?? make();
  known.set(name, value);
  return value;
}

export type FfdheBits = keyof typeof FFDHE_OFFSETS;
export const ffdhePrime = (bits: FfdheBits): bigint =>
  once(`ffdhe${bits}`, () => prime(bits, scaledE, FFDHE_OFFSETS[bits]));

const GROUP_BITS: Readonly<Record<string, number>> = {
  modp1: 768,
  modp2: 1024,
  modp5: 1536,
  modp14: 2048,
  modp15: 3072,
  modp16: 4096,
  modp17: 6144,
  modp18: 8192,
};

/** The prime of a group by Node's name; its generator is 2. */
export function groupPrime(name: string): bigint | undefined {
  const bits = GROUP_BITS[name.toLowerCase()];
  const x = bits === undefined ? undefined : MODP[bits];
  if (bits === undefined || x === undefined) return undefined;
  return once(name, () => prime(bits, scaledPi, x));
}

/** Whether it is the prime of one of these groups, which need no further proof. */
export function isGroupPrime(p: bigint): boolean {
  const bits = p.toString(2).length;
  const name = Object.keys(GROUP_BITS).find((one) => GROUP_BITS[one] === bits);
  return name !== undefined && groupPrime(name) === p;
}
