/** Hash functions by OpenSSL's names, for what signs, derives and checks. */
import { hmac } from '@noble/hashes/hmac.js';
import { type Digest, findDigest } from './digests.ts';
import type { Bytes } from './encoding/bytes.ts';

export type HashName = string;

/** What @noble's functions take as a hash. */
export type NobleHash = Parameters<typeof hmac>[0];

export function digestByName(name: HashName): Digest {
  const named = findDigest(name);
  if (named === undefined) throw new Error(`no digest ${name}`);
  return named.digest;
}

export function hash(name: HashName, ...parts: readonly Uint8Array[]): Bytes {
  const state = digestByName(name).create();
  for (const part of parts) state.update(part);
  return state.digest() as Bytes;
}

export function mac(name: HashName, key: Uint8Array, ...parts: readonly Uint8Array[]): Bytes {
  const state = hmac.create(digestByName(name) as unknown as NobleHash, key);
  for (const part of parts) state.update(part);
  return state.digest() as Bytes;
}
