/** Random bytes of the host's generator: in the script that a process loads, `crypto` is host-crypto.ts. */
import { type Bytes, bitLength, toBigInt } from './encoding/bytes.ts';

/** Most that the host's getRandomValues gives in one call. */
const QUOTA_BYTES = 65_536;

export function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += QUOTA_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + QUOTA_BYTES));
  }
  return bytes;
}

/** Uniform in [0, limit). */
export function randomBelow(limit: bigint): bigint {
  const bits = bitLength(limit - 1n);
  const length = Math.ceil(bits / 8);
  for (;;) {
    const value = toBigInt(randomBytes(length)) >> BigInt(8 * length - bits);
    if (value < limit) return value;
  }
}
