/**
 * Writes runs to the data file. A call of the host costs more than what it writes when that is little: small runs are
 * gathered, and those that are neighbours on disk go in one call.
 */
import { Bytes } from '../intrinsics.ts';
import { DISK_BLOCK_BYTES } from '../layout.ts';
import { runBlock, runLength } from './disk-space.ts';
import { type StoreFile, writeWhole } from './store-files.ts';

/** Bytes gathered before they are written. */
const GATHERED_BYTES_MAX = 2 ** 20;
/** Longer runs are written by themselves, from where they are. */
const SMALL_RUN_BYTES = 64 * 1024;

interface Gathered {
  run: number;
  /** Where its bytes stand in the buffer. */
  at: number;
}

export class RunWriter {
  readonly #file: StoreFile;
  readonly #gathered: Gathered[] = [];
  readonly #bytes = new Bytes(GATHERED_BYTES_MAX);
  readonly #ordered = new Bytes(GATHERED_BYTES_MAX);
  #length = 0;

  constructor(file: StoreFile) {
    this.#file = file;
  }

  /**
   * Takes a run's content; the rest of its last block is zeros, for it may become part of the file. `later`: it need not
   * be written before `flush`.
   */
  write(run: number, content: Uint8Array, later: boolean): void {
    const length = runLength(run) * DISK_BLOCK_BYTES;
    if (length <= SMALL_RUN_BYTES) {
      if (this.#length + length > GATHERED_BYTES_MAX) this.flush();
      this.#bytes.set(content, this.#length);
      this.#bytes.fill(0, this.#length + content.length, this.#length + length);
      this.#gathered.push({ run, at: this.#length });
      this.#length += length;
      if (!later) this.flush();
    } else if (content.length === length) {
      writeWhole(this.#file, content, runBlock(run) * DISK_BLOCK_BYTES);
    } else {
      const whole = new Bytes(length);
      whole.set(content);
      writeWhole(this.#file, whole, runBlock(run) * DISK_BLOCK_BYTES);
    }
  }

  /** Forgets what is gathered. */
  drop(): void {
    this.#gathered.length = 0;
    this.#length = 0;
  }

  /** Writes what is gathered, in the order of the disk. It is gathered no more, even when the host throws. */
  flush(): void {
    const sorted = this.#gathered.splice(0).sort((one, other) => runBlock(one.run) - runBlock(other.run));
    this.#length = 0;
    let first = 0; // block of the first of the neighbours that wait in `#ordered`
    let length = 0;
    for (const { run, at } of sorted) {
      if (length > 0 && runBlock(run) * DISK_BLOCK_BYTES !== first * DISK_BLOCK_BYTES + length) {
        this.#writeOrdered(first, length);
        length = 0;
      }
      if (length === 0) first = runBlock(run);
      const bytes = runLength(run) * DISK_BLOCK_BYTES;
      this.#ordered.set(this.#bytes.subarray(at, at + bytes), length);
      length += bytes;
    }
    if (length > 0) this.#writeOrdered(first, length);
  }

  #writeOrdered(first: number, length: number): void {
    writeWhole(this.#file, this.#ordered.subarray(0, length), first * DISK_BLOCK_BYTES);
  }
}
