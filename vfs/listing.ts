/** Reading directories. */
import { Errno } from '../src/base/errno.ts';
import { NAME_MAX_BYTES } from '../src/base/limits.ts';
import { sortByName } from '../src/base/name-order.ts';
import { isDirectory } from './fields.ts';
import type { DirectoryList, Path } from './file-system.ts';
import { mayAccess } from './inodes.ts';
import { atomicLoad, Bytes, decodeUtf8, setBytes, stringFromCodes } from './intrinsics.ts';
import { Description, Entry, Inode } from './layout.ts';
import { R_OK } from './mode.ts';
import { copyName } from './names.ts';
import { FOLLOW, resolve, setPath, stillValid } from './path.ts';
import { stableSequence, unchangedSince } from './read.ts';
import { underLock } from './transaction.ts';
import { get, type Volume } from './volume.ts';

const OPTIMISTIC_TRIES = 5;

const scratch = new Bytes(NAME_MAX_BYTES + 1);

/** `length` bytes of the scratch buffer as a string. */
function decodeScratch(length: number): string {
  const codes: number[] = [];
  for (let index = 0; index < length; index++) {
    const code = scratch[index] as number;
    if (code >= 128) return decodeUtf8(new Bytes(scratch.buffer, 0, length));
    codes[index] = code;
  }
  return stringFromCodes(codes);
}

function rawNameOf(v: Volume, entry: number): Uint8Array {
  const length = copyName(v, entry, scratch, 0);
  const raw = new Bytes(length);
  setBytes(raw, new Bytes(scratch.buffer, 0, length), 0);
  return raw;
}

export type ListPart = DirectoryList & { next: number };

/**
 * At most `limit` entries from `entry` on. undefined when the chain was overtaken (a guard against a chain that
 * moves; the caller's sequence check decides otherwise).
 */
function collect(
  v: Volume,
  directory: number,
  start: number,
  limit: number,
  wantRaw: boolean,
): { list: ListPart; last: number } | undefined {
  const { words } = v;
  const names: string[] = [];
  const types: number[] = [];
  const rawNames: Uint8Array[] = [];
  const most = get(words, directory + Inode.entryCount);
  let next = 0;
  let last = 0;
  let count = 0;
  for (let entry = start; entry !== 0 && count < limit; entry = atomicLoad(words, entry + Entry.next)) {
    if (count > most || get(words, entry + Entry.parent) !== directory) return undefined;
    names[count] = decodeScratch(copyName(v, entry, scratch, 0));
    types[count] = (get(words, entry + Entry.info) >> 16) & 0xf;
    if (wantRaw) rawNames[count] = rawNameOf(v, entry);
    next = get(words, entry + Entry.cookie);
    last = entry;
    count++;
  }
  return { list: wantRaw ? { names, types, rawNames, next } : { names, types, next }, last };
}

/** First entry whose cookie is greater; `hint` is where the last reading ended. */
function entryAfter(v: Volume, directory: number, cookie: number, hint: number): number {
  const { words } = v;
  if (
    hint !== 0 &&
    get(words, hint + Entry.parent) === directory &&
    get(words, hint + Entry.cookie) === cookie
  ) {
    return get(words, hint + Entry.next);
  }
  let entry = get(words, directory + Inode.firstEntry);
  const most = get(words, directory + Inode.entryCount);
  for (let guard = 0; entry !== 0 && guard <= most; guard++) {
    if (get(words, entry + Entry.cookie) > cookie) return entry;
    entry = get(words, entry + Entry.next);
  }
  return 0;
}

function list(
  v: Volume,
  directory: number,
  cookie: number,
  hint: number,
  limit: number,
  wantRaw: boolean,
): { list: ListPart; last: number } {
  for (let tries = 0; tries < OPTIMISTIC_TRIES; tries++) {
    const sequence = stableSequence(v, directory);
    const start = entryAfter(v, directory, cookie, hint);
    const found = collect(v, directory, start, limit, wantRaw);
    if (found && unchangedSince(v, directory, sequence)) return found;
  }
  return underLock(v, () => {
    const start = entryAfter(v, directory, cookie, hint);
    const found = collect(v, directory, start, limit, wantRaw);
    return found ?? { list: { names: [], types: [], next: cookie }, last: 0 };
  });
}

/** All of a directory: in the order of the names, from what is kept of it if that still holds. */
function whole(v: Volume, directory: number, wantRaw: boolean): DirectoryList {
  if (wantRaw) return list(v, directory, 0, 0, Infinity, true).list;
  const kept = v.listings.find(v.words, directory);
  if (kept !== undefined) return kept;
  const sequence = stableSequence(v, directory);
  const sorted = sortByName(list(v, directory, 0, 0, Infinity, false).list);
  if (unchangedSince(v, directory, sequence))
    v.listings.keep(directory, sequence, sorted.names, sorted.types);
  return sorted;
}

export function readdir(v: Volume, path: Path, wantRaw: boolean): DirectoryList | number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  for (;;) {
    const directory = resolve(v, v.walk, FOLLOW);
    if (directory <= 0) return directory === 0 ? -Errno.ENOENT : directory;
    if (!isDirectory(v.words, directory)) return -Errno.ENOTDIR;
    if (!mayAccess(v, directory, R_OK)) return -Errno.EACCES;
    const found = whole(v, directory, wantRaw);
    if (stillValid(v, v.walk)) return found;
    if (resolve(v, v.walk, FOLLOW) === directory) return found;
  }
}

export function readdirAt(
  v: Volume,
  description: number,
  cookie: number,
  limit: number,
  wantRaw: boolean,
): ListPart | number {
  const { words } = v;
  const directory = get(words, description + Description.inode);
  if (!isDirectory(words, directory)) return -Errno.ENOTDIR;
  const found = list(v, directory, cookie, get(words, description + Description.hint), limit, wantRaw);
  if (found.last !== 0) words[description + Description.hint] = found.last;
  else found.list.next = cookie;
  return found.list;
}
