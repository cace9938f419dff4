/**
 * The state as the log describes it: the metadata words, and of every file which runs of the data file hold it. It
 * is what a checkpoint writes and what a mount starts from. Nobody else sees it.
 */
import { Words } from '../intrinsics.ts';
import { Inode, PAGE_WORDS, Slab, SlabPage, SlabState, Super } from '../layout.ts';

/** Words of the superblock that persist. */
export const PERSISTENT_WORDS: readonly number[] = [
  Super.root,
  Super.metaHigh,
  Super.inodes,
  Super.entries,
  Super.transaction,
  ...[Slab.inode, Slab.entry, Slab.cell].flatMap((kind) =>
    [SlabState.free, SlabState.next, SlabState.end, SlabState.page].map(
      (word) => Super.slabs + kind * SlabState.words + word,
    ),
  ),
];

export class Committed {
  readonly words: Int32Array;
  /** Inode → run of each chunk, 0 = hole. */
  readonly maps = new Map<number, number[]>();
  readonly #slabsAt: number;

  constructor(metaEnd: number, slabsAt: number) {
    this.words = new Words(metaEnd);
    this.#slabsAt = slabsAt;
  }

  /** Applies pairs (word, value) of the log. → runs that nothing refers to any more */
  applyPairs(pairs: Int32Array, from: number, count: number, freed: number[]): void {
    const { words } = this;
    for (let index = 0; index < count; index++) {
      const at = pairs[from + 2 * index] as number;
      const value = pairs[from + 2 * index + 1] as number;
      words[at] = value;
      if (value === 0 && this.#isModeWord(at)) this.#forget(at - Inode.mode, freed);
    }
  }

  /** Applies triples (inode, chunk, run); chunk −1: the file has only `run` chunks. */
  applyMaps(triples: Int32Array, from: number, count: number, freed: number[]): void {
    for (let index = 0; index < count; index++) {
      const inode = triples[from + 3 * index] as number;
      const chunk = triples[from + 3 * index + 1] as number;
      const run = triples[from + 3 * index + 2] as number;
      const map = this.maps.get(inode) ?? [];
      this.maps.set(inode, map);
      if (chunk < 0) {
        for (const old of map.splice(run)) if (old !== 0) freed.push(old);
        continue;
      }
      while (map.length < chunk) map.push(0);
      const old = map[chunk] ?? 0;
      if (old !== 0) freed.push(old);
      map[chunk] = run;
    }
  }

  /** A page of inodes bears their kind; the word is the mode if it stands in the mode's place. */
  #isModeWord(at: number): boolean {
    if (at < this.#slabsAt || at % Inode.words !== Inode.mode) return false;
    const page = at - (at % PAGE_WORDS);
    return at - page >= Inode.words && this.words[page + SlabPage.kind] === Slab.inode + 1;
  }

  #forget(inode: number, freed: number[]): void {
    for (const run of this.maps.get(inode) ?? []) if (run !== 0) freed.push(run);
    this.maps.delete(inode);
  }

  runs(): number[] {
    const runs: number[] = [];
    for (const map of this.maps.values()) for (const run of map) if (run !== 0) runs.push(run);
    return runs;
  }
}
