/**
 * The redo ring: what committed transactions did to the persistent state, for the storage worker to put on disk.
 * A record is [pairs, transaction, (word, value)…]. A commit is past its point of no return once `commitMark` is
 * set: from there the reaper finishes it instead of rolling back.
 */
import { atomicAdd, atomicLoad, atomicNotify, atomicStore, atomicWait } from './intrinsics.ts';
import { Super, VOLATILE } from './layout.ts';
import { get, type Volume } from './volume.ts';

const WAIT_MS = 50;

/** Appends the transaction under way. False when it changed nothing that persists. */
export function appendRedo(v: Volume): boolean {
  const { words } = v;
  const at = get(words, Super.redoRingAt);
  const mask = get(words, Super.redoRingWords) - 1;
  const start = get(words, Super.redoHead);
  let head = start + 2;
  for (let index = 0; index < v.undone; index++) {
    const word = get(words, v.undoAt + 2 * index);
    if (word & VOLATILE) continue;
    words[at + (head & mask)] = word;
    words[at + ((head + 1) & mask)] = get(words, word);
    head += 2;
  }
  const pairs = (head - start - 2) / 2;
  if (pairs === 0) return false;
  words[at + (start & mask)] = pairs;
  words[at + ((start + 1) & mask)] = get(words, Super.transaction);
  words[Super.commitHead] = head | 0;
  atomicStore(words, Super.commitMark, 1);
  atomicStore(words, Super.redoHead, head | 0);
  return true;
}

/** Completes a commit whose worker died after its point of no return. */
export function finishRedo(words: Int32Array): void {
  atomicStore(words, Super.redoHead, get(words, Super.commitHead));
  words[Super.undoCount] = 0;
  atomicStore(words, Super.commitMark, 0);
}

/**
 * Waits while the ring is more than half full; without the lock. The storage worker itself never waits. While the store
 * takes nothing the rest of the ring is for what frees it; then -errno.
 */
export function awaitRedoSpace(v: Volume): number {
  if (v.isStorage) return 0;
  const half = get(v.words, Super.redoRingWords) >> 1;
  for (;;) {
    const tail = atomicLoad(v.words, Super.redoTail);
    const used = (atomicLoad(v.words, Super.redoHead) - tail) | 0;
    if (used <= half) return 0;
    const error = atomicLoad(v.words, Super.storeError);
    if (error !== 0) return used <= half + (half >> 1) ? 0 : -error;
    ringBell(v.words);
    if (v.canWait) atomicWait(v.words, Super.redoTail, tail, WAIT_MS);
  }
}

/** Words of a transaction that only gives back: an inode's, its data's map being no part of the log. */
const RELEASE_WORDS_MAX = 1024;

/** Whether the ring still holds a transaction that only gives back. */
export function holdsRelease({ words }: Volume): boolean {
  const used = (atomicLoad(words, Super.redoHead) - atomicLoad(words, Super.redoTail)) | 0;
  return used + RELEASE_WORDS_MAX <= get(words, Super.redoRingWords);
}

export function ringBell(words: Int32Array): void {
  atomicAdd(words, Super.bell, 1);
  atomicNotify(words, Super.bell);
}
