/** Arithmetic modulo a number, on BigInt. */

export function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** Bits of the exponent that one table look-up takes. */
const WINDOW = 5;

/** base^exponent mod modulus, by fixed windows. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  if (modulus === 1n) return 0n;
  const start = mod(base, modulus);
  if (exponent < 1n << 32n) return smallPow(start, exponent, modulus);
  const table = [1n, start];
  for (let i = 2; i < 1 << WINDOW; i++) table[i] = ((table[i - 1] ?? 0n) * start) % modulus;
  const digits = exponent.toString(1 << WINDOW);
  let result = 1n;
  for (const digit of digits) {
    for (let i = 0; i < WINDOW; i++) result = (result * result) % modulus;
    const value = Number.parseInt(digit, 1 << WINDOW);
    if (value !== 0) result = (result * (table[value] ?? 1n)) % modulus;
  }
  return result;
}

function smallPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** 0n when there is none. */
export function modInverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [mod(value, modulus), modulus];
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    if (b === 0n) return 0n;
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? mod(x, modulus) : 0n;
}

export function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
