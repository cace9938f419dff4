/** Protection of records by the keys of one direction. */
import { cbc, gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { digestByName, mac } from '../../cryptography/digest.ts';
import { type Bytes, concat, equalBytes } from '../../cryptography/encoding/bytes.ts';
import { randomBytes } from '../../cryptography/random.ts';
import { number } from './codec.ts';
import { ContentType, PLAINTEXT_MAX, Version } from './constants.ts';
import { expandLabel } from './derive.ts';
import { Fail } from './failures.ts';
import type { Suite } from './suites.ts';

export interface OpenedRecord {
  type: number;
  data: Bytes;
}
export interface Protection {
  /** → the record's type and body. */
  seal(type: number, data: Uint8Array): { type: number; body: Bytes };
  open(type: number, body: Uint8Array): OpenedRecord;
}

const TAG_BYTES = 16;
/** A key is good for so many records, then the connection must end or change keys (RFC 8446, 5.5). */
const RECORDS_MAX = 2 ** 40;

interface Aead {
  encrypt(data: Uint8Array): Uint8Array;
  decrypt(data: Uint8Array): Uint8Array;
}

export const keyBytes = ({ cipher }: Suite): number => (cipher.startsWith('aes-128') ? 16 : 32);

function aead({ cipher }: Suite, key: Uint8Array, nonce: Uint8Array, additional: Uint8Array): Aead {
  return cipher === 'chacha20-poly1305'
    ? chacha20poly1305(key, nonce, additional)
    : gcm(key, nonce, additional);
}

function sequenceBytes(sequence: number): Bytes {
  return concat(number(Math.floor(sequence / 2 ** 32), 4), number(sequence % 2 ** 32, 4));
}

function xorSequence(iv: Uint8Array, sequence: number): Bytes {
  const nonce = iv.slice() as Bytes;
  sequenceBytes(sequence).forEach(
    (byte, i) => (nonce[iv.length - 8 + i] = (nonce[iv.length - 8 + i] ?? 0) ^ byte),
  );
  return nonce;
}

/** Counts records; the number is part of what is authenticated. */
class Sequence {
  #next = 0;
  take(): number {
    if (this.#next >= RECORDS_MAX) throw Fail.internal();
    return this.#next++;
  }
}

function opened(decrypt: () => Uint8Array): Bytes {
  try {
    return decrypt() as Bytes;
  } catch {
    throw Fail.badMac();
  }
}

export function protection13(suite: Suite, secret: Uint8Array): Protection {
  const none = new Uint8Array(0);
  const key = expandLabel(suite.hash, secret, 'key', none, keyBytes(suite));
  const iv = expandLabel(suite.hash, secret, 'iv', none, 12);
  const sequence = new Sequence();
  const header = (length: number): Bytes =>
    concat(Uint8Array.of(ContentType.applicationData), number(Version.tls12, 2), number(length, 2));
  return {
    seal(type, data) {
      const inner = concat(data, Uint8Array.of(type));
      const additional = header(inner.length + TAG_BYTES);
      const body = aead(suite, key, xorSequence(iv, sequence.take()), additional).encrypt(inner) as Bytes;
      return { type: ContentType.applicationData, body };
    },
    open(type, body) {
      if (type !== ContentType.applicationData) throw Fail.unexpectedRecord();
      const cipher = aead(suite, key, xorSequence(iv, sequence.take()), header(body.length));
      const inner = opened(() => cipher.decrypt(body));
      let end = inner.length - 1;
      while (end >= 0 && inner[end] === 0) end--;
      if (end < 0) throw Fail.unexpectedMessage();
      if (end > PLAINTEXT_MAX) throw Fail.dataTooLong();
      return { type: inner[end] ?? 0, data: inner.subarray(0, end) };
    },
  };
}

/** Keys of one direction in TLS 1.2. */
export interface Keys12 {
  mac: Bytes;
  key: Bytes;
  iv: Bytes;
}

export function protection12(suite: Suite, keys: Keys12): Protection {
  if (suite.macHash !== undefined) return cbcProtection(suite.macHash, keys);
  const sequence = new Sequence();
  const explicit = suite.cipher !== 'chacha20-poly1305';
  const additional = (count: number, type: number, length: number): Bytes =>
    concat(sequenceBytes(count), Uint8Array.of(type), number(Version.tls12, 2), number(length, 2));
  return {
    seal(type, data) {
      const count = sequence.take();
      const own = sequenceBytes(count);
      const nonce = explicit ? concat(keys.iv, own) : xorSequence(keys.iv, count);
      const sealed = aead(suite, keys.key, nonce, additional(count, type, data.length)).encrypt(
        data,
      ) as Bytes;
      return { type, body: explicit ? concat(own, sealed) : sealed };
    },
    open(type, body) {
      const count = sequence.take();
      const skip = explicit ? 8 : 0;
      if (body.length < skip + TAG_BYTES) throw Fail.badMac();
      const nonce = explicit ? concat(keys.iv, body.subarray(0, 8)) : xorSequence(keys.iv, count);
      const sealed = body.subarray(skip);
      const cipher = aead(suite, keys.key, nonce, additional(count, type, sealed.length - TAG_BYTES));
      return { type, data: opened(() => cipher.decrypt(sealed)) };
    },
  };
}

const BLOCK = 16;

/** MAC, then padding, then CBC with an IV of its own. What is wrong with a record is not told apart. */
function cbcProtection(macHash: string, keys: Keys12): Protection {
  const sequence = new Sequence();
  const size = digestByName(macHash).outputLen;
  const macOf = (count: number, type: number, data: Uint8Array): Bytes => {
    const head = concat(
      sequenceBytes(count),
      Uint8Array.of(type),
      number(Version.tls12, 2),
      number(data.length, 2),
    );
    return mac(macHash, keys.mac, head, data);
  };
  return {
    seal(type, data) {
      const content = concat(data, macOf(sequence.take(), type, data));
      const pad = BLOCK - (content.length % BLOCK);
      const iv = randomBytes(BLOCK);
      const plain = concat(content, new Uint8Array(pad).fill(pad - 1));
      const sealed = cbc(keys.key, iv, { disablePadding: true }).encrypt(plain);
      return { type, body: concat(iv, sealed) };
    },
    open(type, body) {
      const count = sequence.take();
      if (body.length < 2 * BLOCK || body.length % BLOCK !== 0) throw Fail.badMac();
      const iv = body.subarray(0, BLOCK);
      const plain = cbc(keys.key, iv, { disablePadding: true }).decrypt(body.subarray(BLOCK));
      const pad = plain.at(-1) ?? 0;
      const length = plain.length - pad - 1 - size;
      const padded = plain.subarray(plain.length - pad - 1);
      const goodPad = length >= 0 && padded.every((byte) => byte === pad);
      const data = plain.slice(0, goodPad ? length : Math.max(0, plain.length - 1 - size)) as Bytes;
      const given = plain.subarray(data.length, data.length + size);
      if (!equalBytes(given, macOf(count, type, data)) || !goodPad) throw Fail.badMac();
      return { type, data };
    },
  };
}

export function ivBytes12({ cipher, macHash }: Suite): number {
  if (macHash !== undefined) return 0;
  return cipher === 'chacha20-poly1305' ? 12 : 4;
}
