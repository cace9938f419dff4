/**
 * The ring of change events. Mutations stage events while they run and append them here under the volume's lock
 * once they have committed; every worker that watches reads along at its own pace. Events are raised only for
 * inodes that somebody watches: the mark stands on the inode.
 */
import { atomicLoad, atomicNotify, atomicStore, Bytes, copyBytesWithin, setBytes } from './intrinsics.ts';
import { Entry, Inode, Super, WORD_BYTES } from './layout.ts';
import { copyName } from './names.ts';
import { get, type PendingEvent, type Volume } from './volume.ts';

/** Record: words in all, watched inode, kind, name's length, then the name. */
export const Record = { words: 0, inode: 1, rename: 2, length: 3, name: 4 } as const;
/** No record is longer; a reader keeps this distance from being overrun. */
export const RECORD_WORDS_MAX = 2048;
const NAME_BYTES_MAX = (RECORD_WORDS_MAX - Record.name) * WORD_BYTES;

/** Stages an event; the name is copied, for it may be gone when the transaction ends. */
export function noteName(
  v: Volume,
  rename: boolean,
  directory: number,
  inode: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): void {
  if (get(v.words, Super.watchers) === 0) return;
  const name = new Bytes(length);
  for (let index = 0; index < length; index++) name[index] = bytes[at + index] as number;
  v.events[v.events.length] = { rename, directory, inode, name };
}

/** Stages an event for what stands in `entry` now (0: an inode without a name). */
export function noteEntry(v: Volume, rename: boolean, entry: number, inode: number): void {
  if (get(v.words, Super.watchers) === 0) return;
  const buffer = new Bytes(256);
  const known = entry !== 0 && get(v.words, entry + Entry.child) === inode;
  const directory = known ? get(v.words, entry + Entry.parent) : 0;
  const length = directory === 0 ? 0 : copyName(v, entry, buffer, 0);
  noteName(v, rename, directory, inode, buffer, 0, length);
}

/** Appends the staged events, or forgets them. The lock is held. */
export function publishEvents(v: Volume, committed: boolean): void {
  const { events } = v;
  if (committed) {
    for (let index = 0; index < events.length; index++) publish(v, events[index] as PendingEvent);
    atomicNotify(v.words, Super.watchHead);
  }
  events.length = 0;
}

function publish(v: Volume, event: PendingEvent): void {
  const { words } = v;
  const { directory, inode, name, rename } = event;
  if (directory !== 0 && get(words, directory + Inode.watch) > 0)
    append(v, directory, rename, name, name.length);
  if (inode !== 0 && get(words, inode + Inode.watch) > 0) append(v, inode, rename, name, name.length);
  if (directory !== 0 && get(words, Super.recursiveWatchers) > 0) publishUpwards(v, directory, rename, name);
}

/** Raises the event, with the path below, for every directory above that is watched with all beneath it. */
function publishUpwards(v: Volume, start: number, rename: boolean, name: Uint8Array): void {
  const { words } = v;
  const path = new Bytes(NAME_BYTES_MAX);
  const part = new Bytes(256);
  setBytes(path, name, 0);
  let { length } = name;
  for (let directory = start; ;) {
    if (get(words, directory + Inode.watchRecursive) > 0) append(v, directory, rename, path, length);
    const entry = get(words, directory + Inode.parentEntry);
    if (entry === 0) return;
    const partLength = copyName(v, entry, part, 0);
    if (length + partLength + 1 > NAME_BYTES_MAX) return;
    copyBytesWithin(path, partLength + 1, 0, length);
    for (let index = 0; index < partLength; index++) path[index] = part[index] as number;
    path[partLength] = 47;
    length += partLength + 1;
    directory = get(words, entry + Entry.parent);
  }
}

function append(v: Volume, inode: number, rename: boolean, name: Uint8Array, length: number): void {
  const { words } = v;
  const at = get(words, Super.watchRingAt);
  const mask = get(words, Super.watchRingWords) - 1;
  const head = atomicLoad(words, Super.watchHead);
  const total = Record.name + ((length + 3) >> 2);
  words[at + ((head + Record.words) & mask)] = total;
  words[at + ((head + Record.inode) & mask)] = inode;
  words[at + ((head + Record.rename) & mask)] = rename ? 1 : 0;
  words[at + ((head + Record.length) & mask)] = length;
  for (let index = 0; index < length; index += 4) {
    let value = 0;
    for (let byte = 3; byte >= 0; byte--) value = (value << 8) | (name[index + byte] ?? 0);
    words[at + ((head + Record.name + (index >> 2)) & mask)] = value;
  }
  atomicStore(words, Super.watchHead, (head + total) | 0);
}
