/**
 * The storage worker's work: the only writer of a store. A cycle takes what the redo ring and the list of changed
 * files hold, writes the changed data to fresh runs, flushes, appends one batch to the log, flushes, and only then
 * lets the runs go that the batch made obsolete. Whatever moment a crash picks, the last whole batch describes data
 * that are there.
 */
import { Errno } from '../../src/base/errno.ts';
import { blockOf, blocksAt, blocksOf, chunkAt, chunkCount, chunkWord } from '../chunks.ts';
import { sizeOf } from '../fields.ts';
import { allocateFrames, freeFrames } from '../frames.ts';
import {
  atomicCompareExchange,
  atomicLoad,
  atomicNotify,
  atomicStore,
  atomicWait,
  Bytes,
  min,
  Words,
} from '../intrinsics.ts';
import { BLOCK_BYTES, Chunk, CHUNK_BYTES, DISK_BLOCK_BYTES, Inode, Request, Slot, Super } from '../layout.ts';
import { tryLockInode, unlockInode } from '../locks.ts';
import { S_IFMT, S_IFREG } from '../mode.ts';
import { openInode, putPrivate, putVolatile, transact, underLock } from '../transaction.ts';
import { ensureMapped, get, refresh, type Volume } from '../volume.ts';
import { Committed, PERSISTENT_WORDS } from './committed.ts';
import { DiskSpace, runBlock, runLength } from './disk-space.ts';
import {
  applyBatch,
  type Batch,
  encodeBatch,
  type Head,
  readCheckpoint,
  readHead,
  replayLog,
  type ReplayReport,
  writeCheckpoint,
} from './log.ts';
import { Eviction, ownerIsBlocked } from './eviction.ts';
import { freeNameless, install, slabsAtOf } from './mount.ts';
import type { StoreFiles } from './store-files.ts';

/** The log is folded into a checkpoint at this size. */
const LOG_BYTES_MAX = 24 * 2 ** 20;
/** Changes reach the disk after this long at the latest. */
const GROUP_MS = 20;
/** Eviction frees this share of the memory at a time. */
const EVICT_SHARE = 16;
/** A file whose writer holds its lock is tried again after this long. */
const BUSY_MS = 1;

export interface MountReport extends ReplayReport {
  /** The store was made by this mount. */
  fresh: boolean;
  /** Files that were open and nameless at the end, now freed. */
  nameless: number;
  inodes: number;
}

/** A store that is there and cannot be read: the caller says so and mounts nothing. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';
}

/** Words of an inode that describe its data and are not part of the redo ring. */
const DATA_WORDS = [
  Inode.sizeLow,
  Inode.sizeHigh,
  Inode.mtime,
  Inode.mtime + 1,
  Inode.ctime,
  Inode.ctime + 1,
] as const;

export class Storage {
  readonly volume: Volume;
  readonly #files: StoreFiles;
  readonly #committed: Committed;
  readonly #slabsAt: number;
  #space = new DiskSpace();
  #head: Head = { epoch: 0, checkpoint: 1, log: 1 };
  #logBytes = 0;
  readonly #eviction: Eviction;
  /** Inodes that could not be flushed and are on no list. */
  #postponed: number[] = [];

  constructor(volume: Volume, files: StoreFiles) {
    this.volume = volume;
    this.#files = files;
    this.#eviction = new Eviction(volume);
    volume.isStorage = true;
    volume.load = (inode, index) => this.#load(inode, index);
    volume.evict = (blocks) => this.#evict(blocks);
    const { words } = volume;
    this.#slabsAt = slabsAtOf(words);
    this.#committed = new Committed(get(words, Super.metaEnd), this.#slabsAt);
  }

  /** Brings the memory to the store's state (or the store to the memory's, when it is new) and turns logging on. */
  mount(): MountReport {
    const { words } = this.volume;
    const head = readHead(this.#files.head);
    let replay: ReplayReport = { batches: 0, bytes: 0, lostBytes: 0 };
    if (head) {
      this.#head = head;
      const checkpoint = this.#files.checkpoints[head.checkpoint];
      if (!readCheckpoint(checkpoint, head.epoch, this.#committed, this.#slabsAt)) {
        throw new DamagedStore('the checkpoint of the store cannot be read');
      }
      const log = this.#files.logs[head.log];
      replay = replayLog(log, head.epoch, this.#committed);
      if (replay.lostBytes > 0) log.truncate(replay.bytes);
      this.#logBytes = replay.bytes;
      install(this.volume, this.#committed, this.#slabsAt);
      this.#space = DiskSpace.without(this.#committed.runs());
    } else {
      const { words: shadow } = this.#committed;
      shadow.set(words.subarray(this.#slabsAt, get(words, Super.metaHigh)), this.#slabsAt);
      for (const word of PERSISTENT_WORDS) shadow[word] = get(words, word);
      this.#checkpoint();
    }
    words[Super.redoTail] = get(words, Super.redoHead);
    atomicStore(words, Super.persistent, 1);
    const nameless = freeNameless(this.volume);
    this.cycle();
    return { ...replay, fresh: !head, nameless, inodes: get(words, Super.inodes) };
  }

  /** Puts everything that is committed on disk. False when a file's writer was busy with it. */
  cycle(): boolean {
    const v = this.volume;
    refresh(v);
    const { words } = v;
    const { ringHead, transaction } = underLock(v, () => {
      for (const inode of this.#postponed) listDirty(words, inode);
      return { ringHead: get(words, Super.redoHead), transaction: get(words, Super.transaction) };
    });
    this.#postponed = [];
    const batch: Batch = { ring: this.#takeRing(ringHead), direct: [], maps: [] };
    let wrote = false;
    for (const inode of this.#takeDirty()) wrote = this.#flushInode(inode, transaction, batch) || wrote;
    if (wrote) this.#files.data.flush();
    if (batch.ring.length + batch.direct.length + batch.maps.length > 0) this.#commit(batch);
    atomicStore(words, Super.redoTail, ringHead);
    atomicNotify(words, Super.redoTail);
    if (this.#logBytes > LOG_BYTES_MAX) this.#checkpoint();
    return this.#postponed.length === 0;
  }

  #commit(batch: Batch): void {
    const encoded = encodeBatch(batch, this.#head.epoch);
    const log = this.#files.logs[this.#head.log];
    log.write(new Bytes(encoded.buffer), { at: this.#logBytes });
    log.flush();
    this.#logBytes += encoded.byteLength;
    const freed: number[] = [];
    applyBatch(this.#committed, encoded, freed);
    for (const run of freed) this.#space.free(run);
  }

  #checkpoint(): void {
    this.#head = writeCheckpoint(this.#files, this.#committed, this.#slabsAt, this.#head);
    this.#logBytes = 0;
  }

  #takeRing(head: number): Int32Array {
    const { words } = this.volume;
    const at = get(words, Super.redoRingAt);
    const mask = get(words, Super.redoRingWords) - 1;
    const tail = get(words, Super.redoTail);
    const ring = new Words((head - tail) | 0);
    for (let index = 0; index < ring.length; index++) ring[index] = get(words, at + ((tail + index) & mask));
    return ring;
  }

  /** Empties the list of changed inodes; from here on a further change lists its inode again. */
  #takeDirty(): number[] {
    return underLock(this.volume, ({ words }) => {
      const list: number[] = [];
      for (
        let inode = get(words, Super.dirtyInodes);
        inode !== 0;
        inode = get(words, inode + Inode.dirtyNext)
      ) {
        words[inode + Inode.dirty] = 0;
        list.push(inode);
      }
      words[Super.dirtyInodes] = 0;
      return list.reverse();
    });
  }

  /** Writes an inode's changed chunks and notes what the log must say of them. → whether it wrote data */
  #flushInode(inode: number, transaction: number, batch: Batch): boolean {
    const v = this.volume;
    const { words } = v;
    if ((get(words, inode + Inode.mode) & S_IFMT) !== S_IFREG) return false;
    const younger = ((get(words, inode + Inode.createdIn) - transaction) | 0) > 0;
    const borrowed = !younger && ownerIsBlocked(v, inode);
    if (younger || (!borrowed && !tryLockInode(v, inode))) {
      this.#postponed.push(inode);
      return false;
    }
    try {
      const generation = get(words, inode + Inode.generation);
      const written = this.#writeChunks(inode);
      flushed.list = written;
      flushed.unused = [];
      flushed.generation = generation;
      if (written.length > 0) transact(v, settleChunks, inode, 0, 0);
      for (const run of flushed.unused) this.#space.free(run);
      // A name that goes frees the inode without its lock: what is said of it must be of one moment before that.
      underLock(v, () => {
        if (get(words, inode + Inode.generation) === generation) this.#describe(inode, batch);
      });
      return written.length > 0;
    } finally {
      if (!borrowed) unlockInode(v, inode);
    }
  }

  /** → chunk number, chunk word, run on disk, of every chunk written */
  #writeChunks(inode: number): number[] {
    const v = this.volume;
    const size = sizeOf(v.words, inode);
    const written: number[] = [];
    for (let index = 0; index < chunkCount(size); index++) {
      const map = chunkAt(v.words, inode, index);
      const chunk = map === 0 ? 0 : get(v.words, map);
      if (!(chunk & Chunk.dirty)) continue;
      const capacity = blocksOf(chunk) * BLOCK_BYTES;
      const valid = min(min(CHUNK_BYTES, size - index * CHUNK_BYTES), capacity);
      const run = this.#space.allocate(Math.ceil(valid / DISK_BLOCK_BYTES));
      this.#writeRun(run, blockOf(chunk) * BLOCK_BYTES, valid);
      written.push(index, chunk, run);
    }
    return written;
  }

  /** The rest of the run's last block is zeros: it may become part of the file. */
  #writeRun(run: number, from: number, valid: number): void {
    const v = this.volume;
    ensureMapped(v, from + valid);
    const at = runBlock(run) * DISK_BLOCK_BYTES;
    const length = runLength(run) * DISK_BLOCK_BYTES;
    if (valid === length) {
      this.#files.data.write(new Bytes(v.buffer, from, valid), { at });
      return;
    }
    const copy = new Bytes(length);
    copy.set(new Bytes(v.buffer, from, valid));
    this.#files.data.write(copy, { at });
  }

  /** Where the committed description of the inode's data differs from the memory's. */
  #describe(inode: number, batch: Batch): void {
    const { words } = this.volume;
    for (const word of DATA_WORDS) {
      const value = get(words, inode + word);
      if (this.#committed.words[inode + word] !== value) batch.direct.push(inode + word, value);
    }
    const map = this.#committed.maps.get(inode) ?? [];
    const count = chunkCount(sizeOf(words, inode));
    if (map.length > count) batch.maps.push(inode, -1, count);
    for (let index = 0; index < count; index++) {
      const at = chunkAt(words, inode, index);
      const run = at === 0 ? 0 : get(words, at + 1);
      if ((map[index] ?? 0) !== run) batch.maps.push(inode, index, run);
    }
  }

  /** Brings a chunk from the disk into the memory. 0 or -errno */
  #load(inode: number, index: number): number {
    const v = this.volume;
    const map = chunkAt(v.words, inode, index);
    const run = map === 0 ? 0 : get(v.words, map + 1);
    if (run === 0 || get(v.words, map) !== 0) return 0;
    const wanted = min(sizeOf(v.words, inode) - index * CHUNK_BYTES, runLength(run) * DISK_BLOCK_BYTES);
    if (wanted <= 0) return 0;
    arriving.run = run;
    arriving.blocks = Math.ceil(wanted / BLOCK_BYTES);
    arriving.generation = get(v.words, inode + Inode.generation);
    let block = transact(v, reserveArriving, 0, 0, 0);
    if (block === -Errno.ENOSPC && this.#evict(arriving.blocks) > 0) {
      block = transact(v, reserveArriving, 0, 0, 0);
    }
    if (block < 0) return block;
    ensureMapped(v, (block + arriving.blocks) * BLOCK_BYTES);
    const into = new Bytes(v.buffer, block * BLOCK_BYTES, arriving.blocks * BLOCK_BYTES);
    const got = this.#files.data.read(into, { at: runBlock(run) * DISK_BLOCK_BYTES });
    if (got < into.length) into.fill(0, got);
    v.words[Super.chunksLoaded] = get(v.words, Super.chunksLoaded) + 1;
    return transact(v, publishArriving, inode, index, block);
  }

  /** Drops data that are on disk from memory: at least `wanted` blocks if there are so many. → blocks dropped */
  #evict(wanted: number): number {
    const v = this.volume;
    const target = Math.max(wanted, Math.floor(get(v.words, Super.blockLimit) / EVICT_SHARE));
    let dropped = this.#eviction.sweep(target);
    if (dropped < target) {
      this.cycle(); // what was dirty is clean now
      dropped += this.#eviction.sweep(target - dropped);
    }
    v.words[Super.blocksEvicted] = get(v.words, Super.blocksEvicted) + dropped;
    return dropped;
  }

  /** Answers what processes ask. A sync whose file is busy stays asked. */
  serve(): void {
    const { words } = this.volume;
    const slotsAt = get(words, Super.slotsAt);
    const syncing: { at: number; asked: number }[] = [];
    for (let slot = 0; slot < get(words, Super.slotCount); slot++) {
      const at = slotsAt + slot * Slot.words;
      const asked = atomicLoad(words, at + Slot.request);
      if ((asked & 1) === 0) continue;
      if (get(words, at + Slot.requestKind) === Request.sync) syncing.push({ at, asked });
      else answer(words, at, asked, this.#serveOne(at));
    }
    if (syncing.length === 0) return;
    let result = 0;
    try {
      this.cycle();
    } catch {
      result = -Errno.EIO;
    }
    for (const { at, asked } of syncing) {
      const busy = this.#postponed.includes(get(words, at + Slot.requestInode));
      if (!busy || result < 0) answer(words, at, asked, result);
    }
  }

  #serveOne(at: number): number {
    const { words } = this.volume;
    const argument = get(words, at + Slot.requestArgument);
    try {
      if (get(words, at + Slot.requestKind) === Request.evict) return this.#evict(argument);
      return this.#load(get(words, at + Slot.requestInode), argument);
    } catch {
      return -Errno.EIO; // what the disk threw; the process is told, this worker lives on
    }
  }

  /** Runs until `Super.stop` is set; then everything is on disk. */
  loop(now: () => number): void {
    const { words } = this.volume;
    let last = now();
    for (;;) {
      const bell = atomicLoad(words, Super.bell);
      this.serve();
      const stopping = atomicLoad(words, Super.stop) !== 0;
      const pending = this.hasWork();
      if (pending && (stopping || now() - last >= GROUP_MS)) {
        this.cycle();
        last = now();
      } else if (stopping) {
        return;
      }
      atomicWait(words, Super.bell, bell, this.#postponed.length > 0 ? BUSY_MS : GROUP_MS);
    }
  }

  hasWork(): boolean {
    const { words } = this.volume;
    const ring = get(words, Super.redoHead) !== get(words, Super.redoTail);
    return ring || get(words, Super.dirtyInodes) !== 0 || this.#postponed.length > 0;
  }

  /** The store's size on disk, roughly. */
  get dataBytes(): number {
    return this.#space.high * DISK_BLOCK_BYTES;
  }
}

/** Unless the process has died meanwhile and its slot asks something else. */
function answer(words: Int32Array, at: number, asked: number, value: number): void {
  words[at + Slot.answer] = value;
  atomicCompareExchange(words, at + Slot.request, asked, asked + 1);
  atomicNotify(words, at + Slot.request);
}

/** Lists an inode again. The lock is held. */
function listDirty(words: Int32Array, inode: number): void {
  if (get(words, inode + Inode.dirty) !== 0) return;
  words[inode + Inode.dirty] = 1;
  words[inode + Inode.dirtyNext] = get(words, Super.dirtyInodes);
  words[Super.dirtyInodes] = inode;
}

/** What the transactions below work on. */
const flushed: { list: number[]; unused: number[]; generation: number } = {
  list: [],
  unused: [],
  generation: 0,
};
const arriving = { run: 0, blocks: 0, generation: 0 };

/** The chunks written are clean now, and known on disk. Those that went away meanwhile are not. */
function settleChunks(v: Volume, inode: number): number {
  const same = get(v.words, inode + Inode.generation) === flushed.generation;
  for (let at = 0; at < flushed.list.length; at += 3) {
    const map = same ? chunkAt(v.words, inode, flushed.list[at] as number) : 0;
    const chunk = flushed.list[at + 1] as number;
    const run = flushed.list[at + 2] as number;
    if (map === 0 || get(v.words, map) !== chunk) {
      flushed.unused.push(run);
      continue;
    }
    putVolatile(v, map, chunk & ~Chunk.dirty);
    putVolatile(v, map + 1, run);
  }
  return 0;
}

function reserveArriving(v: Volume): number {
  const block = allocateFrames(v, arriving.blocks);
  if (block === 0) return -Errno.ENOSPC;
  putPrivate(v, v.slotAt + Slot.pending, chunkWord(block, arriving.blocks));
  putPrivate(v, v.slotAt + Slot.pendingCount, 1);
  return block;
}

function publishArriving(v: Volume, inode: number, index: number, block: number): number {
  const { words } = v;
  putPrivate(v, v.slotAt + Slot.pendingCount, 0);
  const same = get(words, inode + Inode.generation) === arriving.generation;
  const map = same ? chunkAt(words, inode, index) : 0;
  if (map === 0 || get(words, map) !== 0 || get(words, map + 1) !== arriving.run) {
    freeFrames(v, block, arriving.blocks);
    return 0;
  }
  openInode(v, inode);
  const before = blocksAt(words, map);
  putVolatile(v, map, chunkWord(block, arriving.blocks) & ~Chunk.dirty);
  putVolatile(v, inode + Inode.blocks, get(words, inode + Inode.blocks) + arriving.blocks - before);
  return 0;
}
