/** Runs of blocks in the data file. A run is `block << 6 | blocks − 1` (see DISK_RUN_SHIFT); block 0 is never used. */
import { DISK_RUN_MASK, DISK_RUN_SHIFT } from '../layout.ts';

const RUN_BLOCKS_MAX = DISK_RUN_MASK + 1;

export const runBlock = (run: number): number => run >>> DISK_RUN_SHIFT;
export const runLength = (run: number): number => (run & DISK_RUN_MASK) + 1;

export class DiskSpace {
  /** Free runs by length. */
  readonly #free: number[][] = Array.from({ length: RUN_BLOCKS_MAX + 1 }, () => []);
  #high = 1;
  #freeBlocks = 0;

  /** Everything is free but `used`. */
  static without(used: readonly number[]): DiskSpace {
    const space = new DiskSpace();
    const sorted = [...used].sort((a, b) => runBlock(a) - runBlock(b));
    for (const run of sorted) {
      space.#release(space.#high, runBlock(run) - space.#high);
      space.#high = Math.max(space.#high, runBlock(run) + runLength(run));
    }
    return space;
  }

  /** Blocks of the data file in use or once used. */
  get high(): number {
    return this.#high;
  }

  /** Blocks in use. */
  get used(): number {
    return this.#high - 1 - this.#freeBlocks;
  }

  allocate(blocks: number): number {
    for (let length = blocks; length <= RUN_BLOCKS_MAX; length++) {
      const block = this.#free[length]?.pop();
      if (block === undefined) continue;
      this.#freeBlocks -= length;
      this.#release(block + blocks, length - blocks);
      return ((block << DISK_RUN_SHIFT) | (blocks - 1)) >>> 0;
    }
    const block = this.#high;
    this.#high += blocks;
    return ((block << DISK_RUN_SHIFT) | (blocks - 1)) >>> 0;
  }

  free(run: number): void {
    this.#release(runBlock(run), runLength(run));
  }

  #release(start: number, count: number): void {
    this.#freeBlocks += Math.max(0, count);
    for (let block = start, left = count; left > 0;) {
      const length = Math.min(left, RUN_BLOCKS_MAX);
      this.#free[length]?.push(block);
      block += length;
      left -= length;
    }
  }
}
