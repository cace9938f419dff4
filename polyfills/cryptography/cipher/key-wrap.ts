/** AES key wrap (RFC 3394) and the one with padding (RFC 5649), with any initial value. */
import { type Bytes, concat, equalBytes, fromBigInt, toBigInt } from '../encoding/bytes.ts';
import { opensslError } from '../errors.ts';
import type { BlockCipher } from './block.ts';

const UNIT = 8;
const ROUNDS = 6;
export const WRAP_IV: Uint8Array = new Uint8Array(UNIT).fill(0xa6);
export const PADDED_WRAP_IV: Uint8Array = Uint8Array.of(0xa6, 0x59, 0x59, 0xa6);

const failed = (): Error => opensslError('PROV', 0x6b, 'cipher operation failed');

/** W of SP 800-38F: the initial value and at least two units. */
function wrapUnits(cipher: BlockCipher, iv: Uint8Array, data: Uint8Array): Bytes {
  const out = concat(iv, data);
  const units = data.length / UNIT;
  const block = new Uint8Array(2 * UNIT);
  for (let round = 0; round < ROUNDS; round++) {
    for (let unit = 1; unit <= units; unit++) {
      block.set(out.subarray(0, UNIT));
      block.set(out.subarray(UNIT * unit, UNIT * (unit + 1)), UNIT);
      cipher.encrypt(block);
      const count = fromBigInt(BigInt(units * round + unit), UNIT);
      for (let i = 0; i < UNIT; i++) out[i] = (block[i] ?? 0) ^ (count[i] ?? 0);
      out.set(block.subarray(UNIT), UNIT * unit);
    }
  }
  return out;
}

/** The first unit is the initial value, if the key was right. */
function unwrapUnits(cipher: BlockCipher, data: Uint8Array): Bytes {
  const out = data.slice() as Bytes;
  const units = data.length / UNIT - 1;
  const block = new Uint8Array(2 * UNIT);
  for (let round = ROUNDS - 1; round >= 0; round--) {
    for (let unit = units; unit >= 1; unit--) {
      const count = fromBigInt(BigInt(units * round + unit), UNIT);
      for (let i = 0; i < UNIT; i++) block[i] = (out[i] ?? 0) ^ (count[i] ?? 0);
      block.set(out.subarray(UNIT * unit, UNIT * (unit + 1)), UNIT);
      cipher.decrypt(block);
      out.set(block.subarray(0, UNIT));
      out.set(block.subarray(UNIT), UNIT * unit);
    }
  }
  return out;
}

export function wrap(cipher: BlockCipher, iv: Uint8Array, data: Uint8Array): Bytes {
  if (data.length % UNIT !== 0 || data.length < 2 * UNIT) throw failed();
  return wrapUnits(cipher, iv, data);
}

export function unwrap(cipher: BlockCipher, iv: Uint8Array, data: Uint8Array): Bytes {
  if (data.length % UNIT !== 0 || data.length < 3 * UNIT) throw failed();
  const out = unwrapUnits(cipher, data);
  if (!equalBytes(out.subarray(0, UNIT), iv)) throw failed();
  return out.slice(UNIT);
}

export function wrapPadded(cipher: BlockCipher, iv: Uint8Array, data: Uint8Array): Bytes {
  if (data.length === 0) throw failed();
  const head = concat(iv, fromBigInt(BigInt(data.length), 4));
  const padded = concat(data, new Uint8Array((UNIT - (data.length % UNIT)) % UNIT));
  if (padded.length > UNIT) return wrapUnits(cipher, head, padded);
  const block = concat(head, padded);
  cipher.encrypt(block);
  return block;
}

export function unwrapPadded(cipher: BlockCipher, iv: Uint8Array, data: Uint8Array): Bytes {
  if (data.length % UNIT !== 0 || data.length < 2 * UNIT) throw failed();
  let out = data.slice() as Bytes;
  if (data.length === 2 * UNIT) cipher.decrypt(out);
  else out = unwrapUnits(cipher, data);
  const length = Number(toBigInt(out.subarray(4, UNIT)));
  const content = out.slice(UNIT);
  const fits = length > content.length - UNIT && length <= content.length;
  const good = equalBytes(out.subarray(0, 4), iv) && fits;
  if (!good || content.subarray(length).some((byte) => byte !== 0)) throw failed();
  return content.slice(0, length);
}
