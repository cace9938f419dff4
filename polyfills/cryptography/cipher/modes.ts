/** Modes of block ciphers as streams (SP 800-38A): bytes in, bytes out as soon as they are certain. */
import { type Bytes, concat } from '../encoding/bytes.ts';
import { opensslError } from '../errors.ts';
import type { BlockCipher } from './block.ts';

export interface CipherStream {
  update(data: Uint8Array): Bytes;
  final(): Bytes;
  /** false: the data must be whole blocks. */
  padding?: boolean;
}

export type BlockMode = 'ecb' | 'cbc';
export type KeystreamMode = 'ctr' | 'cfb' | 'cfb8' | 'cfb1' | 'ofb';

type Transform = (block: Uint8Array) => void;

function blockTransform(cipher: BlockCipher, mode: BlockMode, encrypts: boolean, iv: Uint8Array): Transform {
  if (mode === 'ecb') return encrypts ? cipher.encrypt : cipher.decrypt;
  let previous = iv.slice();
  if (encrypts) {
    return (block) => {
      for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ (previous[i] ?? 0);
      cipher.encrypt(block);
      previous = block.slice();
    };
  }
  return (block) => {
    const kept = block.slice();
    cipher.decrypt(block);
    for (let i = 0; i < block.length; i++) block[i] = (block[i] ?? 0) ^ (previous[i] ?? 0);
    previous = kept;
  };
}

/** ECB and CBC with the padding of PKCS#7. */
export function createBlockStream(
  cipher: BlockCipher,
  mode: BlockMode,
  encrypts: boolean,
  iv: Uint8Array,
): CipherStream {
  const transform = blockTransform(cipher, mode, encrypts, iv);
  const size = cipher.blockBytes;
  let pending: Uint8Array = new Uint8Array(0);
  const run = (bytes: Bytes): Bytes => {
    for (let at = 0; at < bytes.length; at += size) transform(bytes.subarray(at, at + size));
    return bytes;
  };
  return {
    padding: true,
    update(data) {
      const all = concat(pending, data);
      // A decrypted last block is kept back: it may be padding.
      const keepsLast = !encrypts && this.padding === true && all.length > 0 && all.length % size === 0;
      const whole = all.length - (all.length % size) - (keepsLast ? size : 0);
      pending = all.slice(whole);
      return run(all.slice(0, whole));
    },
    final() {
      if (this.padding !== true) {
        if (pending.length > 0) throw opensslError('PROV', 0x6b, 'wrong final block length');
        return new Uint8Array(0);
      }
      if (encrypts) {
        const pad = size - pending.length;
        return run(concat(pending, new Uint8Array(pad).fill(pad)));
      }
      if (pending.length !== size) throw opensslError('PROV', 0x6b, 'wrong final block length');
      return unpad(run(pending.slice()), size);
    },
  };
}

function unpad(block: Bytes, size: number): Bytes {
  const pad = block.at(-1) ?? 0;
  const good = pad > 0 && pad <= size && block.subarray(size - pad).every((byte) => byte === pad);
  if (!good) throw opensslError('PROV', 0x64, 'bad decrypt');
  return block.slice(0, size - pad);
}

/** Adds one to a big-endian counter of `bits` bits at its end; the rest stays. */
export function increment(counter: Uint8Array, bits = 8 * counter.length): void {
  let left = bits;
  for (let at = counter.length - 1; left > 0; at--, left -= 8) {
    const mask = left >= 8 ? 0xff : (1 << left) - 1;
    const byte = counter[at] ?? 0;
    const next = (byte + 1) & mask;
    counter[at] = (byte & ~mask) | next;
    if (next !== 0) return;
  }
}

/** Modes that turn the cipher into a key stream: as many bytes out as in. */
export function createKeystream(
  cipher: BlockCipher,
  mode: KeystreamMode,
  encrypts: boolean,
  iv: Uint8Array,
): CipherStream {
  const none = { final: () => new Uint8Array(0) };
  if (mode === 'cfb8') return { ...none, update: shiftRegister(cipher, encrypts, iv, 8) };
  if (mode === 'cfb1') return { ...none, update: shiftRegister(cipher, encrypts, iv, 1) };
  const register = iv.slice();
  let stream = new Uint8Array(0);
  let used = 0;
  const refill = (): void => {
    stream = register.slice();
    cipher.encrypt(stream);
    used = 0;
    if (mode === 'ctr') increment(register);
    else if (mode === 'ofb') register.set(stream);
  };
  return {
    ...none,
    update(data) {
      const out = new Uint8Array(data.length);
      for (let i = 0; i < data.length; i++) {
        if (used === stream.length) refill();
        const byte = data[i] ?? 0;
        out[i] = byte ^ (stream[used] ?? 0);
        if (mode === 'cfb') register[used] = encrypts ? (out[i] ?? 0) : byte;
        used++;
      }
      return out;
    },
  };
}

/** CFB with segments of 8 bits or of one. */
function shiftRegister(
  cipher: BlockCipher,
  encrypts: boolean,
  iv: Uint8Array,
  width: 1 | 8,
): (data: Uint8Array) => Bytes {
  const register = iv.slice();
  const step = (value: number): number => {
    const block = register.slice();
    cipher.encrypt(block);
    const mask = (block[0] ?? 0) >> (8 - width);
    const out = value ^ mask;
    shiftLeft(register, width, encrypts ? out : value);
    return out;
  };
  return (data) =>
    Uint8Array.from(data, (byte) => {
      if (width === 8) return step(byte);
      let out = 0;
      for (let bit = 7; bit >= 0; bit--) out |= step((byte >> bit) & 1) << bit;
      return out;
    });
}

function shiftLeft(register: Uint8Array, width: 1 | 8, value: number): void {
  for (let i = 0; i < register.length; i++) {
    const next = i + 1 < register.length ? (register[i + 1] ?? 0) : value << (8 - width);
    register[i] = (((register[i] ?? 0) << width) | (next >> (8 - width))) & 0xff;
  }
}
