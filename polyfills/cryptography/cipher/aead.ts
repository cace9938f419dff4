/** Authenticated modes as streams: GCM (SP 800-38D), CCM (SP 800-38C), ChaCha20-Poly1305 (RFC 8439). */
import { ghash } from '@noble/ciphers/_polyval.js';
import { chacha20, chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { type Bytes, concat, equalBytes, fromBigInt, xorInto } from '../encoding/bytes.ts';
import type { BlockCipher } from './block.ts';
import { increment } from './modes.ts';

export interface AeadStream {
  /** Before any data. `length` is what CCM must know of the message. */
  addAdditional(data: Uint8Array, length: number | undefined): void;
  update(data: Uint8Array): Bytes;
  /** What the last update kept back, for modes that work on whole blocks. */
  finish?(): Bytes;
  /** The whole tag, once all data is in. */
  tag(): Bytes;
}

const BLOCK = 16;
const none = new Uint8Array(0);
const padTo16 = (length: number): Bytes => new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK);
const bits64 = (bytes: number): Bytes => fromBigInt(BigInt(bytes) * 8n, 8);

export function createGcm(cipher: BlockCipher, encrypts: boolean, iv: Uint8Array): AeadStream {
  const key = new Uint8Array(BLOCK);
  cipher.encrypt(key);
  const start =
    iv.length === 12
      ? concat(iv, Uint8Array.of(0, 0, 0, 1))
      : (ghash(concat(iv, padTo16(iv.length), new Uint8Array(8), bits64(iv.length)), key) as Bytes);
  const mask = start.slice() as Bytes;
  cipher.encrypt(mask);
  const counter = start.slice();
  let stream: Uint8Array = none;
  let used = 0;
  const additional: Uint8Array[] = [];
  const hashed = ghash.create(key);
  let additionalLength = 0;
  let length = 0;
  let pending: Bytes = new Uint8Array(0);
  let began = false;
  const begin = (): void => {
    if (began) return;
    began = true;
    const all = concat(...additional);
    additionalLength = all.length;
    hashed.update(concat(all, padTo16(all.length)));
  };
  const absorb = (data: Uint8Array): void => {
    const all = concat(pending, data);
    const whole = all.length - (all.length % BLOCK);
    if (whole > 0) hashed.update(all.slice(0, whole));
    pending = all.slice(whole);
  };
  return {
    addAdditional: (data) => void additional.push(data.slice()),
    update(data) {
      begin();
      const out = new Uint8Array(data.length);
      for (let i = 0; i < data.length; i++) {
        if (used === stream.length) {
          increment(counter, 32);
          stream = counter.slice();
          cipher.encrypt(stream);
          used = 0;
        }
        out[i] = (data[i] ?? 0) ^ (stream[used++] ?? 0);
      }
      length += data.length;
      absorb(encrypts ? out : data);
      return out;
    },
    tag() {
      begin();
      if (pending.length > 0) hashed.update(concat(pending, padTo16(pending.length)));
      hashed.update(concat(bits64(additionalLength), bits64(length)));
      const tag = hashed.digest() as Bytes;
      xorInto(tag, mask);
      return tag;
    },
  };
}

/** The whole message in one `update`. */
export function createCcm(
  cipher: BlockCipher,
  encrypts: boolean,
  iv: Uint8Array,
  tagBytes: number,
): AeadStream {
  const q = 15 - iv.length;
  let additional: Uint8Array = none;
  let tag: Bytes = new Uint8Array(tagBytes);
  const counterBlock = (index: number): Bytes =>
    concat(Uint8Array.of(q - 1), iv, fromBigInt(BigInt(index), q));
  const keystream = (index: number): Bytes => {
    const block = counterBlock(index);
    cipher.encrypt(block);
    return block;
  };
  const authenticate = (message: Uint8Array): Bytes => {
    const flags = (additional.length > 0 ? 64 : 0) | (((tagBytes - 2) / 2) << 3) | (q - 1);
    const head = concat(Uint8Array.of(flags), iv, fromBigInt(BigInt(message.length), q));
    const size = additional.length;
    const prefix =
      size === 0
        ? none
        : size < 0xff00
          ? fromBigInt(BigInt(size), 2)
          : concat(Uint8Array.of(0xff, 0xfe), fromBigInt(BigInt(size), 4));
    const first = concat(prefix, additional);
    const all = concat(head, first, padTo16(first.length), message, padTo16(message.length));
    const state = new Uint8Array(BLOCK);
    for (let at = 0; at < all.length; at += BLOCK) {
      xorInto(state, all.subarray(at, at + BLOCK));
      cipher.encrypt(state);
    }
    xorInto(state, keystream(0));
    return state.slice(0, tagBytes);
  };
  const run = (data: Uint8Array): Bytes => {
    const out = data.slice() as Bytes;
    for (let at = 0, index = 1; at < out.length; at += BLOCK, index++) {
      xorInto(out.subarray(at, at + BLOCK), keystream(index));
    }
    return out;
  };
  let seen = false;
  return {
    addAdditional: (data) => void (additional = data.slice()),
    update(data) {
      seen = true;
      const out = run(data);
      tag = authenticate(encrypts ? data : out);
      return out;
    },
    tag() {
      if (!seen) tag = authenticate(none);
      return tag;
    },
  };
}

/** Encrypted as it comes; the tag is over all of it. */
export function createChaChaPoly(key: Uint8Array, encrypts: boolean, iv: Uint8Array): AeadStream {
  const nonce = concat(new Uint8Array(12 - iv.length), iv);
  const additional: Uint8Array[] = [];
  const plain: Uint8Array[] = [];
  let offset = 0;
  return {
    addAdditional: (data) => void additional.push(data.slice()),
    update(data) {
      // The key stream begins at block 1; a part of a block is made again for what follows it.
      const skip = offset % 64;
      const padded = concat(new Uint8Array(skip), data);
      const out = chacha20(key, nonce, padded, undefined, 1 + Math.floor(offset / 64)).slice(skip) as Bytes;
      offset += data.length;
      plain.push(encrypts ? data.slice() : out.slice());
      return out;
    },
    tag() {
      const sealed = chacha20poly1305(key, nonce, concat(...additional)).encrypt(concat(...plain));
      return sealed.slice(sealed.length - BLOCK) as Bytes;
    },
  };
}

export const sameTag = (tag: Uint8Array, given: Uint8Array): boolean =>
  equalBytes(tag.subarray(0, given.length), given);
