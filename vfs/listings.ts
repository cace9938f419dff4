/**
 * Directories that this thread has listed lately: most are listed more than once. What is kept of one holds as long as
 * the sequence of its inode stands, which moves with each change of the directory and is never set back.
 */
import { SafeMap } from '../src/base/intrinsics.ts';
import { copyArray } from './intrinsics.ts';
import { Inode } from './layout.ts';

/** Names kept at most; then all are let go of. */
const NAMES_KEPT_MAX = 1 << 15;

interface Kept {
  sequence: number;
  names: string[];
  types: number[];
}

interface SortedList {
  names: string[];
  types: number[];
  sorted: true;
}

export class Listings {
  #kept = new SafeMap<number, Kept>();
  #names = 0;

  /** A copy of what is kept of a directory, in the order of the names, if it still holds. */
  find(words: Int32Array, directory: number): SortedList | undefined {
    const kept = this.#kept.get(directory);
    if (kept === undefined || kept.sequence !== words[directory + Inode.sequence]) return undefined;
    return { names: copyArray(kept.names), types: copyArray(kept.types), sorted: true };
  }

  /** Keeps a copy of a listing that was whole at `sequence`. */
  keep(directory: number, sequence: number, names: string[], types: number[]): void {
    if (names.length > NAMES_KEPT_MAX) return;
    const before = this.#kept.get(directory);
    this.#names += names.length - (before === undefined ? 0 : before.names.length);
    if (this.#names > NAMES_KEPT_MAX) {
      this.#kept = new SafeMap();
      this.#names = names.length;
    }
    this.#kept.set(directory, { sequence, names: copyArray(names), types: copyArray(types) });
  }
}
