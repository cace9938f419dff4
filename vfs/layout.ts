/**
 * The shared memory, word by word. Everything that two workers must agree on is here.
 *
 * The memory is two zones. The *metadata zone* holds the superblock, one record a process, the undo list, the map of
 * free blocks, and then slabs: pages of 64 KB, each cut into objects of one kind for good. An object is named by the
 * index of its first word, so following a reference is one load, and a stale reference always finds an object of the
 * kind it expects. The *frame zone* above it holds file data in blocks of 1 KB. Between them lies a large memory's redo ring.
 *
 * The metadata zone is address space only: pages that no object has used cost nothing.
 */

export const MAGIC = 0x0ac_f5001;
export const LAYOUT_VERSION = 1;

export const WORD_BYTES = 4;
export const PAGE_BYTES = 65536;
export const PAGE_WORDS = PAGE_BYTES / WORD_BYTES;

/** File data is allotted in blocks of 1 KB and mapped in chunks of up to 256 blocks. */
export const BLOCK_BYTES = 1024;
export const BLOCK_WORDS = BLOCK_BYTES / WORD_BYTES;
export const CHUNK_BLOCKS = 256;
export const CHUNK_BYTES = CHUNK_BLOCKS * BLOCK_BYTES;
/** Free runs are 2^order blocks, order 0…8. */
export const ORDER_MAX = 8;

/** Words of the superblock. Words that many workers write stand on cache lines (16 words) of their own. */
export const Super = {
  magic: 0,
  version: 1,
  metaEnd: 2, // first word after the metadata zone
  undoAt: 3,
  undoCapacity: 4, // entries
  slotsAt: 5,
  slotCount: 6,
  blockMapAt: 7, // one word a block: 0, or order << 1 | 1 at the head of a free run
  blockLimit: 8, // first block that may not be used
  hashDirectoryAt: 9,
  watchRingAt: 10,
  watchRingWords: 11,
  root: 12,
  device: 13,
  frameZone: 14, // first block of the frame zone
  lock: 16, // owner's slot + 1, CONTENDED
  removalSequence: 32, // odd while a name goes away or moves: path walks that overlap retry
  directorySequence: 33, // odd while a directory goes away, moves, or is open to others than before
  hashSequence: 48, // odd while a hash bucket is split: misses that overlap retry
  undoCount: 64, // > 0 or a sequence open = a transaction is under way
  openedCount: 65,
  opened: 66, // …77: inodes whose sequence the transaction has made odd
  metaHigh: 80, // first unused word of the metadata zone
  slabs: 84, // four words a kind, see Slab
  inodes: 112,
  hashBuckets: 113,
  entries: 114,
  transaction: 115,
  freePages: 116, // pages of the metadata zone given back by a mount, linked by SlabPage.previous
  commitMark: 117, // a commit is past its point of no return
  commitHead: 118, // the redo ring's head after it
  freeHeads: 128, // …136, one an order
  frameHigh: 137, // first block never used
  blocksUsed: 138,
  watchHead: 144,
  watchers: 160, // number of watch marks; 0 = mutations raise no events
  recursiveWatchers: 161,
  persistent: 176, // committed transactions go to the redo ring
  redoRingAt: 177,
  redoRingWords: 178,
  redoHead: 192,
  redoTail: 208, // moved by the storage worker once the records are on disk
  dirtyInodes: 224, // list of inodes whose data are not on disk
  bell: 240, // rung to wake the storage worker
  stop: 256,
  chunksLoaded: 257, // counts of the storage worker's
  blocksEvicted: 258,
  storeError: 259, // errno of the storage worker's last cycle, 0 = the store takes what it is given
  storeLimit: 260, // blocks that the store may have, as far as the host tells; 0 = not known
  storeUsed: 261, // blocks that it has
  readOnly: 262, // no transaction may change the persistent state any more
  words: 1024,
} as const;

export const OPENED_MAX = 12;

/** Kinds of slab objects: words each, and their place in the superblock. */
export const Slab = {
  inode: 0,
  entry: 1,
  cell: 2,
  table: 3,
  description: 4,
  hold: 5,
  kinds: 6,
} as const;
export const SLAB_OBJECT_WORDS: readonly number[] = [32, 24, 64, 1024, 16, 8];
/** Per kind: head of the free list, next object never used, end of the newest page, newest page. */
export const SlabState = { free: 0, next: 1, end: 2, page: 3, words: 4 } as const;
/** Header of a slab page, its kind + 1; the objects follow at the first multiple of their size. */
export const SlabPage = { kind: 0, previous: 1 } as const;

/** `ending`: its worker may be dead already. */
export const SlotState = { free: 0, attached: 1, ending: 2 } as const;

/** One record a process. */
export const Slot = {
  state: 0,
  killed: 1, // set by the kernel: no lock is taken any more
  heldInode: 2, // inode whose lock is held or being taken
  heldDescription: 3,
  cwd: 4,
  holds: 5, // first Hold
  fence: 6, // target of memory fences
  sleep: 7, // never notified: for timed waits
  pendingCount: 8,
  pending: 9, // …40: frames reserved but not yet in a file
  request: 44, // to the storage worker: a number, odd until it is answered
  requestKind: 45,
  requestInode: 46,
  requestArgument: 47,
  answer: 48,
  parked: 49, // a description that names no file, with this process's hold: for what is opened next
  words: 64,
} as const;
export const PENDING_MAX = 32;

export const TWO_32 = 4294967296;
/** First second that an inode's time can tell. */
export const SECONDS_MIN = -2147483648;

/** Inode. Its number, as stat tells it, is the index of its first word / 32. */
export const Inode = {
  sequence: 0, // odd while it changes
  mode: 1, // 0 = free
  links: 2,
  sizeLow: 3,
  sizeHigh: 4,
  atime: 5, // seconds, then nanoseconds << 2 | seconds' bits 32–33
  mtime: 7,
  ctime: 9,
  birthtime: 11,
  uid: 13,
  gid: 14,
  rdev: 15,
  pins: 16, // descriptions, working directories: what keeps an inode without a name
  lock: 17, // of its data, held while they are written
  blocks: 18, // blocks of data
  chunk: 19, // first chunk (see Chunk), then its place on disk
  table: 21, // chunks 1…512
  tables: 22, // table of tables: chunks from 513 on
  // a directory's use of the same words
  firstEntry: 19,
  lastEntry: 20,
  entryCount: 21,
  nextCookie: 22,
  // a symbolic link's
  target: 19, // first cell
  parentEntry: 23, // of a directory: its own entry in its parent
  generation: 24, // counts the files that the inode has been
  mount: 25, // a mount stands here
  watch: 26, // watchers of this inode
  watchRecursive: 27,
  dirtyNext: 28,
  dirty: 29,
  freeNext: 30,
  createdIn: 31, // transaction
  words: 32,
} as const;

/** Directory entry. */
export const Entry = {
  hashNext: 0, // also the free list
  parent: 1, // 0 = free
  child: 2,
  hash: 3,
  info: 4, // length | type << 16
  next: 5,
  previous: 6,
  generation: 7, // moves on whenever the entry's name may be another: decoded names are kept by it
  cookie: 8,
  name: 9, // 60 bytes; of a longer name 56, the rest in the cell
  cell: 23,
  words: 24,
} as const;
export const ENTRY_INLINE_BYTES = 60;
export const ENTRY_INLINE_BYTES_LONG = 56;

/** Cell of a symbolic link's target or the end of a long name. */
export const Cell = { next: 0, bytes: 1, words: 64 } as const;
export const CELL_BYTES = (Cell.words - 1) * WORD_BYTES;

/** Table of 512 chunks, two words each; or of 1024 tables. */
export const TABLE_CHUNKS = 512;
export const TABLE_WORDS = 1024;

/** Chunk word: block | (blocks − 1) << 22 | dirty << 30; 0 = nothing resident. */
export const Chunk = { blockMask: 0x3fffff, sizeShift: 22, sizeMask: 0xff, dirty: 0x40000000 } as const;

/** Largest file: what one chunk, one table and one table of tables map. */
export const FILE_BYTES_MAX = (1 + TABLE_CHUNKS + TABLE_CHUNKS * TABLE_WORDS) * CHUNK_BYTES;

/** Open file description. Its name (`Ofd`) is the index of its first word / 16. */
export const Description = {
  inode: 0, // 0 = free, or parked
  flags: 1,
  offsetLow: 2,
  offsetHigh: 3,
  lock: 4, // of the offset, where processes share it
  holds: 5, // first Hold
  holders: 6, // number of processes
  entry: 7, // by which it was opened
  hint: 8, // entry at which the last readdirAt ended
  freeNext: 9,
  words: 16,
} as const;

/** Flags of a description that is a watch: they lie beyond those of open(2). */
export const WATCH_FLAG = 0x20000000;
export const WATCH_RECURSIVE_FLAG = 0x10000000;

/** One process's references to one description. */
export const Hold = {
  description: 0,
  slot: 1,
  count: 2,
  nextOfDescription: 3,
  nextOfSlot: 4, // also the free list
  previousOfSlot: 5,
  words: 8,
} as const;

/** Hash buckets stand in pages of their own, found by a directory of HASH_PAGES words. */
export const HASH_PAGES = 1024;
export const HASH_PAGE_SHIFT = 14;

/** Bit of a lock word: somebody sleeps on it. */
export const CONTENDED = 0x40000000;
/** Bit of an undo entry's address: the word is not part of the persistent state. */
export const VOLATILE = 0x80000000 | 0;

export const UNDO_ENTRIES = 1 << 16;
export const SLOT_COUNT = 1024;
export const WATCH_RING_WORDS = 1 << 16;
export const REDO_RING_WORDS = 1 << 20;
/** In a memory of at least LARGE_BYTES: what two trees of 5,000 files log, so that a burst need not wait for the disk. */
export const REDO_RING_WORDS_LARGE = 1 << 21;
export const LARGE_BYTES = 256 * 1024 ** 2;

/** What a process asks of the storage worker. */
export const Request = { sync: 1, load: 2, evict: 3 } as const;

/** Word beside a chunk's: its run on disk, block << 6 | blocks − 1, in blocks of 4 KB; 0 = none. */
export const DISK_BLOCK_BYTES = 4096;
export const DISK_RUN_SHIFT = 6;
export const DISK_RUN_MASK = 63;
