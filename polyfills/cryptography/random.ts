/**
 * Random bytes. The generator is the host's: it is captured when the container's own scripts load, before a program can
 * put another in its place, and handed in, because this library may load later.
 */
import { type Bytes, bitLength, toBigInt } from './encoding/bytes.ts';

export type FillRandom = (bytes: Bytes) => void;

/** Most that the host's getRandomValues gives in one call. */
const QUOTA_BYTES = 65_536;

let fill: FillRandom = (bytes) => {
  for (let at = 0; at < bytes.length; at += QUOTA_BYTES) {
    crypto.getRandomValues(bytes.subarray(at, at + QUOTA_BYTES));
  }
};

export function setRandom(generator: FillRandom): void {
  fill = generator;
}

export function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length);
  fill(bytes);
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
