/** OCB3 (RFC 7253): authenticated encryption that reads its data once. */
import { type Bytes, concat, xorInto } from '../encoding/bytes.ts';
import type { AeadStream } from './aead.ts';
import type { BlockCipher } from './block.ts';

const BLOCK = 16;
/** Half a block: by so much the nonce is stretched. */
const UNIT = 8;
/** The polynomial of GF(2^128), as it carries over when a block is doubled. */
const CARRY = 0x87;

function double(block: Uint8Array): Bytes {
  const out = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) out[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >> 7);
  if ((block[0] ?? 0) & 0x80) out[BLOCK - 1] = (out[BLOCK - 1] ?? 0) ^ CARRY;
  return out;
}

function firstOffset(cipher: BlockCipher, iv: Uint8Array, tagBytes: number): Bytes {
  const nonce = new Uint8Array(BLOCK);
  nonce.set(iv, BLOCK - iv.length);
  nonce[0] = (nonce[0] ?? 0) | (((8 * tagBytes) % 128) << 1);
  nonce[BLOCK - 1 - iv.length] = (nonce[BLOCK - 1 - iv.length] ?? 0) | 1;
  const bottom = (nonce[BLOCK - 1] ?? 0) & 0x3f;
  nonce[BLOCK - 1] = (nonce[BLOCK - 1] ?? 0) & 0xc0;
  cipher.encrypt(nonce);
  const stretch = concat(nonce, new Uint8Array(UNIT));
  for (let i = 0; i < UNIT; i++) stretch[BLOCK + i] = (nonce[i] ?? 0) ^ (nonce[i + 1] ?? 0);
  const [bytes, bits] = [bottom >> 3, bottom & 7];
  return Uint8Array.from(
    { length: BLOCK },
    (_, i) => ((stretch[i + bytes] ?? 0) << bits) | ((stretch[i + bytes + 1] ?? 0) >> (8 - bits)),
  );
}
export function createOcb(
  cipher: BlockCipher,
  encrypts: boolean,
  iv: Uint8Array,
  tagBytes: number,
): AeadStream {
  const star = new Uint8Array(BLOCK);
  cipher.encrypt(star);
  const dollar = double(star);
  const masks: Bytes[] = [double(dollar)];
  const maskOf = (index: number): Bytes => {
    const zeros = 31 - Math.clz32(index & -index);
    while (masks.length <= zeros) masks.push(double(masks.at(-1) ?? star));
    return masks[zeros] ?? star;
  };
  const offset = firstOffset(cipher, iv, tagBytes);
  const checksum = new Uint8Array(BLOCK);
  const additional: Uint8Array[] = [];
  let index = 0;
  let pending: Bytes = new Uint8Array(0);
  let rest: Bytes | undefined;

  const oneBlock = (block: Uint8Array): void => {
    xorInto(offset, maskOf(++index));
    if (encrypts) xorInto(checksum, block);
    xorInto(block, offset);
    if (encrypts) cipher.encrypt(block);
    else cipher.decrypt(block);
    xorInto(block, offset);
    if (!encrypts) xorInto(checksum, block);
  };
  const hashAdditional = (): Bytes => {
    const data = concat(...additional);
    const sum = new Uint8Array(BLOCK);
    const at = new Uint8Array(BLOCK);
    for (let begin = 0, count = 1; begin < data.length; begin += BLOCK, count++) {
      const block = new Uint8Array(BLOCK);
      const part = data.subarray(begin, begin + BLOCK);
      block.set(part);
      if (part.length < BLOCK) block[part.length] = 0x80;
      xorInto(at, part.length < BLOCK ? star : maskOf(count));
      xorInto(block, at);
      cipher.encrypt(block);
      xorInto(sum, block);
    }
    return sum;
  };
  return {
    addAdditional: (data) => void additional.push(data.slice()),
    update(data) {
      const all = concat(pending, data);
      const whole = all.length - (all.length % BLOCK);
      const out = all.slice(0, whole);
      for (let at = 0; at < whole; at += BLOCK) oneBlock(out.subarray(at, at + BLOCK));
      pending = all.slice(whole);
      return out;
    },
    finish() {
      if (rest !== undefined) return rest;
      rest = pending.slice() as Bytes;
      if (pending.length === 0) return rest;
      xorInto(offset, star);
      const pad = offset.slice();
      cipher.encrypt(pad);
      xorInto(rest, pad.subarray(0, rest.length));
      const padded = new Uint8Array(BLOCK);
      padded.set(encrypts ? pending : rest);
      padded[pending.length] = 0x80;
      xorInto(checksum, padded);
      return rest;
    },
    tag() {
      const tag = checksum.slice() as Bytes;
      xorInto(tag, offset);
      xorInto(tag, dollar);
      cipher.encrypt(tag);
      xorInto(tag, hashAdditional());
      return tag;
    },
  };
}
