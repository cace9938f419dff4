/** Key derivation: the PRF of TLS 1.2 (RFC 5246, section 5) and the key schedule of TLS 1.3 (RFC 8446, section 7). */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { digestByName, hash, mac, type NobleHash } from '../../cryptography/digest.ts';
import { type Bytes, concat, fromUtf8 } from '../../cryptography/encoding/bytes.ts';
import { number, vector } from './codec.ts';

export function prf(
  name: string,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Bytes {
  const start = concat(fromUtf8(label), seed);
  let a: Bytes = start;
  let out: Bytes = new Uint8Array(0);
  while (out.length < length) {
    a = mac(name, secret, a);
    out = concat(out, mac(name, secret, a, start));
  }
  return out.slice(0, length);
}

const nobleHash = (name: string): NobleHash => digestByName(name) as unknown as NobleHash;

export function expandLabel(
  name: string,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Bytes {
  const info = concat(number(length, 2), vector(1, fromUtf8(`tls13 ${label}`)), vector(1, context));
  return expand(nobleHash(name), secret, info, length) as Bytes;
}

/** The secrets of one TLS 1.3 connection, each from those before. */
export class KeySchedule {
  readonly hash: string;
  readonly size: number;
  #current: Bytes;

  constructor(name: string, psk?: Uint8Array) {
    this.hash = name;
    this.size = digestByName(name).outputLen;
    this.#current = this.#extract(new Uint8Array(this.size), psk ?? new Uint8Array(this.size));
  }
  /** Derive-Secret with the hash of the messages so far. */
  derive(label: string, transcriptHash: Uint8Array): Bytes {
    return expandLabel(this.hash, this.#current, label, transcriptHash, this.size);
  }
  /** On to the handshake secret, then to the master secret. */
  advance(input?: Uint8Array): void {
    const salt = this.derive('derived', hash(this.hash));
    this.#current = this.#extract(salt, input ?? new Uint8Array(this.size));
  }
  #extract(salt: Uint8Array, input: Uint8Array): Bytes {
    return extract(nobleHash(this.hash), input, salt) as Bytes;
  }
}

export function finishedMac(name: string, secret: Uint8Array, transcriptHash: Uint8Array): Bytes {
  const key = expandLabel(name, secret, 'finished', new Uint8Array(0), digestByName(name).outputLen);
  return mac(name, key, transcriptHash);
}
