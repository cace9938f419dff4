/** Names as they stand in entries: hashed, compared, copied. */
import { imul, min } from './intrinsics.ts';
import { Cell, Entry, ENTRY_INLINE_BYTES, ENTRY_INLINE_BYTES_LONG, WORD_BYTES } from './layout.ts';
import { get, type Volume } from './volume.ts';

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 16777619;

export function hashName(bytes: Uint8Array, at: number, length: number): number {
  let hash = FNV_OFFSET;
  for (let index = at; index < at + length; index++) {
    hash = imul(hash ^ (bytes[index] as number), FNV_PRIME);
  }
  return hash;
}

/** Whether an entry bears the name. */
export function sameName(v: Volume, entry: number, bytes: Uint8Array, at: number, length: number): boolean {
  const shared = v.bytes;
  const from = (entry + Entry.name) * WORD_BYTES;
  const inline = length <= ENTRY_INLINE_BYTES ? length : ENTRY_INLINE_BYTES_LONG;
  for (let index = 0; index < inline; index++) {
    if (shared[from + index] !== bytes[at + index]) return false;
  }
  if (length <= ENTRY_INLINE_BYTES) return true;
  const rest = (get(v.words, entry + Entry.cell) + Cell.bytes) * WORD_BYTES - inline;
  for (let index = inline; index < length; index++) {
    if (shared[rest + index] !== bytes[at + index]) return false;
  }
  return true;
}

/** Copies an entry's name; the target must hold 255 bytes. → its length */
export function copyName(v: Volume, entry: number, into: Uint8Array, at: number): number {
  const length = min(get(v.words, entry + Entry.info) & 0xffff, 255);
  const from = (entry + Entry.name) * WORD_BYTES;
  const inline = length <= ENTRY_INLINE_BYTES ? length : ENTRY_INLINE_BYTES_LONG;
  for (let index = 0; index < inline; index++) into[at + index] = v.bytes[from + index] as number;
  if (inline < length) {
    const rest = (get(v.words, entry + Entry.cell) + Cell.bytes) * WORD_BYTES - inline;
    for (let index = inline; index < length; index++) into[at + index] = v.bytes[rest + index] as number;
  }
  return length;
}
