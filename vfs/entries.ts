/**
 * Directory entries: found through one hash table over (directory, name), listed through their directory's chain in
 * order of creation. The table grows by linear hashing, one bucket a new entry, so no operation ever pays for all.
 */
import { atomicAdd, atomicLoad, clz32, imul } from './intrinsics.ts';
import {
  Cell,
  Entry,
  ENTRY_INLINE_BYTES,
  ENTRY_INLINE_BYTES_LONG,
  HASH_PAGE_SHIFT,
  HASH_PAGES,
  Inode,
  Slab,
  Super,
} from './layout.ts';
import { putBytes } from './cells.ts';
import { setDirectoryModified } from './fields.ts';
import { sameName } from './names.ts';
import { allocateObject, freeObject, takeMetadataPage } from './slabs.ts';
import { beginHashChange, openInode, put, putReleased, putVolatile } from './transaction.ts';
import { get, type Volume } from './volume.ts';

const HASH_PAGE_MASK = (1 << HASH_PAGE_SHIFT) - 1;
/** A chain longer than this is a reader lost among entries that move; the walk's sequence will tell. */
const CHAIN_MAX = 10_000;

function mix(parent: number, hash: number): number {
  const mixed = imul(hash ^ imul(parent, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

function bucketWord(v: Volume, index: number): number {
  return get(v.words, v.hashDirectoryAt + (index >>> HASH_PAGE_SHIFT)) + (index & HASH_PAGE_MASK);
}

/** Word of the bucket for a name, among `count` buckets. */
function bucketOf(v: Volume, parent: number, hash: number, count: number): number {
  const mask = -1 >>> clz32(count - 1);
  const mixed = mix(parent, hash);
  let index = mixed & mask;
  if (index >= count) index &= mask >>> 1;
  return bucketWord(v, index);
}

/** The entry of a name in a directory, or 0. Without a lock: right if the walk's sequences have not moved. */
export function findEntry(
  v: Volume,
  parent: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  hash: number,
): number {
  const { words } = v;
  let entry = atomicLoad(words, bucketOf(v, parent, hash, get(words, Super.hashBuckets)));
  for (let guard = 0; entry !== 0 && guard < CHAIN_MAX; guard++) {
    if (
      get(words, entry + Entry.hash) === hash &&
      get(words, entry + Entry.parent) === parent &&
      (get(words, entry + Entry.info) & 0xffff) === length &&
      sameName(v, entry, bytes, at, length)
    ) {
      return entry;
    }
    entry = atomicLoad(words, entry + Entry.hashNext);
  }
  return 0;
}

function putName(v: Volume, entry: number, bytes: Uint8Array, at: number, length: number): boolean {
  if (length <= ENTRY_INLINE_BYTES) {
    putBytes(v, entry + Entry.name, bytes, at, length);
    return true;
  }
  const cell = allocateObject(v, Slab.cell);
  if (cell === 0) return false;
  putBytes(v, entry + Entry.name, bytes, at, ENTRY_INLINE_BYTES_LONG);
  putBytes(v, cell + Cell.bytes, bytes, at + ENTRY_INLINE_BYTES_LONG, length - ENTRY_INLINE_BYTES_LONG);
  put(v, entry + Entry.cell, cell);
  return true;
}

function dropName(v: Volume, entry: number): void {
  if ((get(v.words, entry + Entry.info) & 0xffff) > ENTRY_INLINE_BYTES) {
    freeObject(v, Slab.cell, get(v.words, entry + Entry.cell));
  }
}

function linkBucket(v: Volume, entry: number, parent: number, hash: number): void {
  const bucket = bucketOf(v, parent, hash, get(v.words, Super.hashBuckets));
  putVolatile(v, entry + Entry.hashNext, get(v.words, bucket));
  putReleased(v, bucket, entry);
}

function unlinkBucket(v: Volume, entry: number): void {
  const { words } = v;
  const parent = get(words, entry + Entry.parent);
  let at = bucketOf(v, parent, get(words, entry + Entry.hash), get(words, Super.hashBuckets));
  while (get(words, at) !== entry) at = get(words, at) + Entry.hashNext;
  putVolatile(v, at, get(words, entry + Entry.hashNext));
}

/** Hangs an entry, its name and child set, into a directory: chain, table, count and times. */
function enterDirectory(v: Volume, entry: number, parent: number, hash: number): void {
  const { words } = v;
  openInode(v, parent);
  const last = get(words, parent + Inode.lastEntry);
  const cookie = get(words, parent + Inode.nextCookie);
  put(v, entry + Entry.parent, parent);
  put(v, entry + Entry.hash, hash);
  put(v, entry + Entry.cookie, cookie);
  put(v, entry + Entry.next, 0);
  put(v, entry + Entry.previous, last);
  put(v, last ? last + Entry.next : parent + Inode.firstEntry, entry);
  put(v, parent + Inode.lastEntry, entry);
  put(v, parent + Inode.nextCookie, cookie + 1);
  put(v, parent + Inode.entryCount, get(words, parent + Inode.entryCount) + 1);
  setDirectoryModified(v, parent);
  linkBucket(v, entry, parent, hash);
}

function leaveDirectory(v: Volume, entry: number): void {
  const { words } = v;
  const parent = get(words, entry + Entry.parent);
  const next = get(words, entry + Entry.next);
  const previous = get(words, entry + Entry.previous);
  unlinkBucket(v, entry);
  openInode(v, parent);
  put(v, previous ? previous + Entry.next : parent + Inode.firstEntry, next);
  put(v, next ? next + Entry.previous : parent + Inode.lastEntry, previous);
  put(v, parent + Inode.entryCount, get(words, parent + Inode.entryCount) - 1);
  setDirectoryModified(v, parent);
}

/** A new entry; 0 when there is no room. */
export function addEntry(
  v: Volume,
  parent: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  hash: number,
  child: number,
  type: number,
): number {
  const entry = allocateObject(v, Slab.entry);
  if (entry === 0 || !putName(v, entry, bytes, at, length)) return 0;
  put(v, entry + Entry.child, child);
  put(v, entry + Entry.info, length | (type << 16));
  atomicAdd(v.words, entry + Entry.generation, 1);
  enterDirectory(v, entry, parent, hash);
  put(v, Super.entries, get(v.words, Super.entries) + 1);
  growTable(v);
  return entry;
}

/** Takes an entry away. The removal sequence must be odd. */
export function removeEntry(v: Volume, entry: number): void {
  leaveDirectory(v, entry);
  dropName(v, entry);
  atomicAdd(v.words, entry + Entry.generation, 1);
  put(v, entry + Entry.parent, 0);
  freeObject(v, Slab.entry, entry);
  put(v, Super.entries, get(v.words, Super.entries) - 1);
}

/** Moves an entry to another directory or name; it stays the same object, so descriptions follow it. */
export function moveEntry(
  v: Volume,
  entry: number,
  parent: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  hash: number,
): boolean {
  leaveDirectory(v, entry);
  dropName(v, entry);
  if (!putName(v, entry, bytes, at, length)) return false;
  put(v, entry + Entry.info, length | (get(v.words, entry + Entry.info) & ~0xffff));
  atomicAdd(v.words, entry + Entry.generation, 1);
  enterDirectory(v, entry, parent, hash);
  return true;
}

/** Splits one bucket when there are more entries than buckets. */
function growTable(v: Volume): void {
  const { words } = v;
  const count = get(words, Super.hashBuckets);
  if (get(words, Super.entries) <= count) return;
  const page = count >>> HASH_PAGE_SHIFT;
  if (page >= HASH_PAGES) return;
  if ((count & HASH_PAGE_MASK) === 0 && get(words, v.hashDirectoryAt + page) === 0) {
    const fresh = takeMetadataPage(v);
    if (fresh === 0) return; // longer chains, nothing worse
    putReleased(v, v.hashDirectoryAt + page, fresh);
  }
  beginHashChange(v);
  const fresh = bucketWord(v, count);
  const old = bucketWord(v, count & (-1 >>> (clz32(count) + 1)));
  putReleased(v, Super.hashBuckets, count + 1);
  let at = old;
  for (let entry = get(words, at); entry !== 0; entry = get(words, at)) {
    const parent = get(words, entry + Entry.parent);
    if (bucketOf(v, parent, get(words, entry + Entry.hash), count + 1) === fresh) {
      putReleased(v, at, get(words, entry + Entry.hashNext));
      putReleased(v, entry + Entry.hashNext, get(words, fresh));
      putReleased(v, fresh, entry);
    } else {
      at = entry + Entry.hashNext;
    }
  }
}

/** Hangs an entry back into an empty table (a new mount makes it anew). */
export function rehashEntry(v: Volume, entry: number): void {
  linkBucket(v, entry, get(v.words, entry + Entry.parent), get(v.words, entry + Entry.hash));
}

/** Whether the table finds the entry (fsck). */
export function isHashed(v: Volume, entry: number): boolean {
  const { words } = v;
  const parent = get(words, entry + Entry.parent);
  const count = get(words, Super.hashBuckets);
  let at = get(words, bucketOf(v, parent, get(words, entry + Entry.hash), count));
  for (let guard = 0; at !== 0 && guard < CHAIN_MAX; guard++) {
    if (at === entry) return true;
    at = get(words, at + Entry.hashNext);
  }
  return false;
}
