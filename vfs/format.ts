/** Making an empty file system in a memory. */
import { bufferOfMemory, dateNow, floor, max, min, Words } from './intrinsics.ts';
import {
  BLOCK_BYTES,
  CHUNK_BYTES,
  HASH_PAGE_SHIFT,
  HASH_PAGES,
  Inode,
  LARGE_BYTES,
  LAYOUT_VERSION,
  MAGIC,
  PAGE_WORDS,
  REDO_RING_WORDS,
  REDO_RING_WORDS_LARGE,
  Slab,
  SlabPage,
  SlabState,
  Slot,
  SLOT_COUNT,
  Super,
  UNDO_ENTRIES,
  WATCH_RING_WORDS,
  WORD_BYTES,
} from './layout.ts';
import { S_IFDIR } from './mode.ts';
import { growTo } from './volume.ts';

export interface FormatOptions {
  /** What the file system may use of the memory: at most the maximum that the memory was made with. Default 4 GiB. */
  capacityBytes?: number;
  /** Address space kept for metadata (about 280 bytes a file). Default: a 16th of the capacity, 256 MiB at most. */
  metadataBytes?: number;
  /** st_dev. */
  device?: number;
  /** Permission bits of the root. Default 0755. */
  rootMode?: number;
}

const MEMORY_BYTES_MAX = 4 * 1024 ** 3;
const METADATA_BYTES_MIN = 4 * 1024 ** 2;
const METADATA_BYTES_MAX = 256 * 1024 ** 2;

const chunkAligned = (bytes: number): number => Math.ceil(bytes / CHUNK_BYTES) * CHUNK_BYTES;
const pageAligned = (words: number): number => Math.ceil(words / PAGE_WORDS) * PAGE_WORDS;

export function format(memory: WebAssembly.Memory, options: FormatOptions = {}): void {
  const capacity = min(options.capacityBytes ?? MEMORY_BYTES_MAX, MEMORY_BYTES_MAX);
  const metadata = options.metadataBytes ?? max(METADATA_BYTES_MIN, min(capacity / 16, METADATA_BYTES_MAX));
  const slotsAt = Super.words;
  const undoAt = slotsAt + SLOT_COUNT * Slot.words;
  const hashDirectoryAt = undoAt + 2 * UNDO_ENTRIES;
  const watchRingAt = hashDirectoryAt + HASH_PAGES;
  const blockMapAt = watchRingAt + WATCH_RING_WORDS;
  const smallRingAt = blockMapAt + MEMORY_BYTES_MAX / BLOCK_BYTES;
  // The same for every capacity: a store keeps addresses, and may be mounted in a memory of another size.
  const slabsAt = pageAligned(smallRingAt + REDO_RING_WORDS);
  const metaEnd = chunkAligned(slabsAt * WORD_BYTES + metadata) / WORD_BYTES;
  const large = capacity >= LARGE_BYTES;
  const ringEnd = large ? metaEnd + REDO_RING_WORDS_LARGE : metaEnd;
  const frameZone = chunkAligned(ringEnd * WORD_BYTES);
  if (frameZone >= capacity) throw new RangeError('format: the capacity does not hold the metadata');
  if (!growTo(memory, frameZone)) throw new RangeError('format: the memory does not grow to the metadata');

  const buffer = bufferOfMemory(memory);
  const words = new Words(buffer);
  if (words[Super.magic] !== 0) throw new Error('format: the memory is in use');
  words[Super.version] = LAYOUT_VERSION;
  words[Super.metaEnd] = metaEnd;
  words[Super.frameZone] = frameZone / BLOCK_BYTES;
  words[Super.undoAt] = undoAt;
  words[Super.undoCapacity] = UNDO_ENTRIES;
  words[Super.slotsAt] = slotsAt;
  words[Super.slotCount] = SLOT_COUNT;
  words[Super.blockMapAt] = blockMapAt;
  words[Super.blockLimit] = floor(capacity / BLOCK_BYTES);
  words[Super.hashDirectoryAt] = hashDirectoryAt;
  words[Super.watchRingAt] = watchRingAt;
  words[Super.watchRingWords] = WATCH_RING_WORDS;
  words[Super.redoRingAt] = large ? metaEnd : smallRingAt;
  words[Super.redoRingWords] = large ? REDO_RING_WORDS_LARGE : REDO_RING_WORDS;
  words[Super.device] = options.device ?? 1;
  words[Super.frameHigh] = frameZone / BLOCK_BYTES;

  const hashPage = slabsAt;
  words[hashDirectoryAt] = hashPage;
  words[Super.hashBuckets] = 1 << HASH_PAGE_SHIFT;
  const inodePage = slabsAt + PAGE_WORDS;
  words[Super.metaHigh] = inodePage + PAGE_WORDS;
  makeRoot(words, inodePage, options.rootMode ?? 0o755);
  Atomics.store(words, Super.magic, MAGIC);
}

function makeRoot(words: Int32Array, page: number, mode: number): void {
  const root = page + Inode.words;
  words[page + SlabPage.kind] = Slab.inode + 1;
  const state = Super.slabs + Slab.inode * SlabState.words;
  words[state + SlabState.page] = page;
  words[state + SlabState.next] = root + Inode.words;
  words[state + SlabState.end] = page + PAGE_WORDS;
  words[root + Inode.mode] = S_IFDIR | mode;
  words[root + Inode.links] = 2;
  words[root + Inode.nextCookie] = 1;
  words[root + Inode.pins] = 1;
  const now = dateNow();
  for (const time of [Inode.atime, Inode.mtime, Inode.ctime, Inode.birthtime]) {
    words[root + time] = floor(now / 1000);
    words[root + time + 1] = floor((now % 1000) * 1e6) << 2;
  }
  words[Super.root] = root;
  words[Super.inodes] = 1;
}
