/**
 * The storage worker's work: the only writer of a store. A cycle takes what the redo ring and the list of changed
 * files hold, writes the changed data to fresh runs, flushes, appends one batch to the log, flushes, and only then
 * lets the runs go that the batch made obsolete. Whatever moment a crash picks, the last whole batch describes data
 * that are there.
 */
import { Errno } from '../../src/base/errno.ts';
import { blockOf, blocksOf, chunkAt, chunkCount } from '../chunks.ts';
import { sizeOf } from '../fields.ts';
import {
  atomicCompareExchange,
  atomicLoad,
  atomicNotify,
  atomicStore,
  atomicWait,
  Bytes,
  min,
} from '../intrinsics.ts';
import { BLOCK_BYTES, Chunk, CHUNK_BYTES, DISK_BLOCK_BYTES, Inode, Request, Slot, Super } from '../layout.ts';
import { tryLockInode, unlockInode } from '../locks.ts';
import { S_IFMT, S_IFREG } from '../mode.ts';
import { transact, underLock } from '../transaction.ts';
import { ensureMapped, get, refresh, type Volume } from '../volume.ts';
import { Committed, PERSISTENT_WORDS } from './committed.ts';
import { DiskSpace, runBlock, runLength } from './disk-space.ts';
import {
  applyBatch,
  type Batch,
  encodeBatch,
  type Head,
  type ReplayReport,
  writeCheckpoint,
  writeHead,
} from './log.ts';
import { Eviction, ownerIsBlocked } from './eviction.ts';
import { freeNameless, install, slabsAtOf } from './mount.ts';
import { loadStore } from './recover.ts';
import { fillReserve } from './reserve.ts';
import { RunWriter } from './run-writer.ts';
import { listDirty, takeDirty, takeRing } from './pending.ts';
import { storeErrno, type StoreFiles, writeWhole } from './store-files.ts';
import {
  arriving,
  flushed,
  publishArriving,
  reserveArriving,
  settleChunks,
  taken,
  unsettleChunks,
} from './transfers.ts';

/** The log is folded into a checkpoint at this size. */
const LOG_BYTES_MAX = 24 * 2 ** 20;
/** Changes reach the disk after this long at the latest. */
const GROUP_MS = 20;
/** Eviction frees this share of the memory at a time. */
const EVICT_SHARE = 16;
/** A file whose writer holds its lock is tried again after this long. */
const BUSY_MS = 1;
/** What the host has refused is tried again after this long, or when a process asks for a sync. */
const RETRY_MS = 500;
/** A checkpoint that failed is due again when the log has grown by this much. */
const CHECKPOINT_RETRY_BYTES = 4 * 2 ** 20;

export interface MountReport extends ReplayReport {
  /** The store was made by this mount. */
  fresh: boolean;
  /** The newest checkpoint was damaged; the one before it and its log gave the same state. */
  fellBack: boolean;
  /** Files that were open and nameless at the end, now freed. */
  nameless: number;
  inodes: number;
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
  #committed: Committed;
  readonly #slabsAt: number;
  #space = new DiskSpace();
  #head: Head = { epoch: 0, checkpoint: 1, log: 1 };
  #logBytes = 0;
  #checkpointAt = LOG_BYTES_MAX;
  /** The head of a checkpoint that is whole; nothing is logged before it is on disk. */
  #dueHead: Head | undefined;
  /** What the last cycle could not do, as an error number. */
  #failure = 0;
  /** Inodes whose data the host did not take; undefined: it took nothing. */
  #refused: Set<number> | undefined = new Set();
  /** Written in the cycle under way: inode, its generation, and the list of `#writeChunks`. */
  #settled: { inode: number; generation: number; list: number[] }[] = [];
  /** Runs written in the cycle under way for nothing: free once nothing of it is still to be written. */
  #unused: number[] = [];
  readonly #writer: RunWriter;
  /** Small runs of many files go to the disk together. When that fails each goes alone, to find those that are refused. */
  #gathers = true;
  readonly #eviction: Eviction;
  /** Inodes that could not be flushed and are on no list. */
  #postponed: number[] = [];

  constructor(volume: Volume, files: StoreFiles) {
    this.volume = volume;
    this.#files = files;
    this.#eviction = new Eviction(volume);
    this.#writer = new RunWriter(files.data);
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
    const loaded = loadStore(this.#files, get(words, Super.metaEnd), this.#slabsAt);
    const replay = loaded?.replay ?? { batches: 0, bytes: 0, lostBytes: 0 };
    if (loaded) {
      this.#head = loaded.head;
      this.#committed = loaded.committed;
      if (replay.lostBytes > 0) this.#files.logs[this.#head.log].truncate(replay.bytes);
      this.#logBytes = replay.bytes;
      install(this.volume, this.#committed, this.#slabsAt);
      this.#space = DiskSpace.without(this.#committed.runs());
      if (loaded.fellBack) this.checkpoint();
    } else {
      const { words: shadow } = this.#committed;
      shadow.set(words.subarray(this.#slabsAt, get(words, Super.metaHigh)), this.#slabsAt);
      for (const word of PERSISTENT_WORDS) shadow[word] = get(words, word);
      this.checkpoint();
    }
    words[Super.redoTail] = get(words, Super.redoHead);
    atomicStore(words, Super.persistent, 1);
    const nameless = freeNameless(this.volume);
    this.cycle();
    fillReserve(this.#files.reserve);
    const fellBack = loaded?.fellBack ?? false;
    return { ...replay, fresh: !loaded, fellBack, nameless, inodes: get(words, Super.inodes) };
  }

  /**
   * Puts everything that is committed on disk. False when a file's writer was busy with it, or the host refused some
   * of it (`failure`): that stays to be done, nothing of it half done, and what would add to it is refused meanwhile.
   */
  cycle(): boolean {
    const { words } = this.volume;
    const before = this.#failure;
    const { high } = this.#space;
    this.#gathers = before === 0;
    let error = this.#tryCycle();
    if (this.#gathers && error !== undefined) {
      this.#gathers = false;
      error = this.#tryCycle();
    }
    this.#failure = error === undefined ? 0 : storeErrno(error);
    if (before !== 0 && this.#failure === 0) fillReserve(this.#files.reserve);
    if (this.#failure === Errno.ENOSPC && this.#space.high > high) this.#giveBackRoom();
    atomicStore(words, Super.storeUsed, (this.#space.used * DISK_BLOCK_BYTES) / BLOCK_BYTES);
    atomicStore(words, Super.storeError, this.#failure);
    atomicNotify(words, Super.redoTail);
    return this.#failure === 0 && this.#postponed.length === 0;
  }

  /** What the last cycle could not do, as an error number; 0 = all is on disk but what is busy. */
  get failure(): number {
    return this.#failure;
  }

  /** → what the host threw. `#refused` tells at what. */
  #tryCycle(): unknown {
    this.#refused = new Set();
    try {
      return this.#runCycle();
    } catch (error) {
      this.#refused = undefined;
      this.#takeBack();
      return error;
    }
  }

  /** → what the host threw at single files' data. Throws what it threw at all of them. */
  #runCycle(): unknown {
    const v = this.volume;
    refresh(v);
    const { words } = v;
    this.#finishHead();
    const { ringHead, transaction } = underLock(v, () => {
      for (const inode of this.#postponed) listDirty(words, inode);
      return { ringHead: get(words, Super.redoHead), transaction: get(words, Super.transaction) };
    });
    this.#postponed = takeDirty(v); // all of them, should anything be thrown
    const batch: Batch = { ring: takeRing(v, ringHead), direct: [], maps: [] };
    const postponed: number[] = [];
    let failure: unknown;
    for (const inode of this.#postponed) {
      try {
        if (!this.#flushInode(inode, transaction, batch)) postponed.push(inode);
      } catch (error) {
        if (this.#gathers) throw error; // it may be about others
        failure ??= error;
        postponed.push(inode);
        this.#refused?.add(inode);
      }
    }
    this.#writer.flush();
    this.#freeUnused();
    if (this.#settled.length > 0) this.#files.data.flush();
    if (batch.ring.length + batch.direct.length + batch.maps.length > 0) this.#commit(batch);
    this.#postponed = postponed;
    this.#settled = [];
    atomicStore(words, Super.redoTail, ringHead);
    if (this.#logBytes > this.#checkpointAt) this.#tryCheckpoint();
    return failure;
  }

  #commit(batch: Batch): void {
    const encoded = encodeBatch(batch, this.#head.epoch);
    const bytes = new Bytes(encoded.buffer);
    const log = this.#files.logs[this.#head.log];
    try {
      this.#appendLog(bytes);
    } catch (error) {
      log.truncate(this.#logBytes); // half a batch would look like damage
      if (storeErrno(error) !== Errno.ENOSPC || this.#files.reserve.getSize() === 0) throw error;
      this.#files.reserve.truncate(0);
      this.#files.reserve.flush();
      this.#appendLog(bytes);
    }
    this.#logBytes += encoded.byteLength;
    const freed: number[] = [];
    applyBatch(this.#committed, encoded, freed);
    for (const run of freed) this.#space.free(run);
  }

  #appendLog(bytes: Uint8Array): void {
    const log = this.#files.logs[this.#head.log];
    writeWhole(log, bytes, this.#logBytes);
    log.flush();
  }

  #freeUnused(): void {
    for (const run of this.#unused) this.#space.free(run);
    this.#unused = [];
  }

  /** Takes back what this cycle has written and not committed: it is dirty again, and its runs are free. */
  #takeBack(): void {
    this.#writer.drop();
    this.#freeUnused();
    for (const { inode, generation, list } of this.#settled) {
      taken.list = list;
      taken.generation = generation;
      taken.map = this.#committed.maps.get(inode);
      transact(this.volume, unsettleChunks, inode, 0, 0);
      for (let at = 2; at < list.length; at += 3) this.#space.free(list[at] as number);
    }
    this.#settled = [];
  }

  /** The log goes on where there is no room for a checkpoint. */
  #tryCheckpoint(): void {
    try {
      this.checkpoint();
    } catch {
      this.#checkpointAt = this.#logBytes + CHECKPOINT_RETRY_BYTES;
    }
  }

  /** Folds the log into a new checkpoint. Throws what the host throws; the log goes on then. */
  checkpoint(): void {
    this.#dueHead = writeCheckpoint(this.#files, this.#committed, this.#slabsAt, this.#head);
    this.#finishHead();
  }

  /** From the moment a head is being written, which of the two logs counts is open: nothing is logged until it is. */
  #finishHead(): void {
    if (this.#dueHead === undefined) return;
    writeHead(this.#files.head, this.#dueHead);
    this.#head = this.#dueHead;
    this.#dueHead = undefined;
    this.#logBytes = 0;
    this.#checkpointAt = LOG_BYTES_MAX;
  }

  /** What a cycle has added to the data file in vain is the host's again: the log finds room for what frees more. */
  #giveBackRoom(): void {
    this.#space = DiskSpace.without(this.#committed.runs());
    const { data, reserve } = this.#files;
    if (data.getSize() > this.dataBytes) data.truncate(this.dataBytes);
    fillReserve(reserve);
  }

  /** Writes an inode's changed chunks and notes what the log must say of them. → false: its writer is busy with it */
  #flushInode(inode: number, transaction: number, batch: Batch): boolean {
    const v = this.volume;
    const { words } = v;
    if ((get(words, inode + Inode.mode) & S_IFMT) !== S_IFREG) return true;
    const younger = ((get(words, inode + Inode.createdIn) - transaction) | 0) > 0;
    const borrowed = !younger && ownerIsBlocked(v, inode);
    if (younger || (!borrowed && !tryLockInode(v, inode))) return false;
    try {
      const generation = get(words, inode + Inode.generation);
      const written = this.#writeChunks(inode);
      if (written.length > 0) this.#settle(inode, generation, written);
      // A name that goes frees the inode without its lock: what is said of it must be of one moment before that.
      underLock(v, () => {
        if (get(words, inode + Inode.generation) === generation) this.#describe(inode, batch);
      });
      return true;
    } finally {
      if (!borrowed) unlockInode(v, inode);
    }
  }

  #settle(inode: number, generation: number, written: number[]): void {
    flushed.list = written;
    flushed.kept = [];
    flushed.unused = [];
    flushed.generation = generation;
    transact(this.volume, settleChunks, inode, 0, 0);
    this.#unused.push(...flushed.unused);
    this.#settled.push({ inode, generation, list: flushed.kept });
  }

  /** → chunk number, chunk word, run on disk, of every chunk taken to be written. All of them or, when it throws, none. */
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
      written.push(index, chunk, run);
      try {
        const from = blockOf(chunk) * BLOCK_BYTES;
        ensureMapped(v, from + valid);
        this.#writer.write(run, new Bytes(v.buffer, from, valid), this.#gathers);
      } catch (error) {
        for (let at = 2; at < written.length; at += 3) this.#space.free(written[at] as number);
        throw error;
      }
    }
    return written;
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
      this.cycle(); // what was dirty is clean now, if the host took it
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
    this.cycle();
    for (const { at, asked } of syncing) {
      const inode = get(words, at + Slot.requestInode);
      const refused = this.#refused === undefined || this.#refused.has(inode);
      if (refused) answer(words, at, asked, -this.#failure);
      else if (!this.#postponed.includes(inode)) answer(words, at, asked, 0);
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

  /** Runs until `Super.stop` is set; then everything is on disk, but for what the host refuses. → 0 or its errno */
  loop(now: () => number): number {
    const { words } = this.volume;
    let last = now();
    for (;;) {
      const bell = atomicLoad(words, Super.bell);
      this.serve();
      const stopping = atomicLoad(words, Super.stop) !== 0;
      const pending = this.hasWork();
      const due = this.#failure === 0 ? GROUP_MS : RETRY_MS;
      if (pending && (stopping || now() - last >= due)) {
        this.cycle();
        last = now();
        if (stopping && this.#failure !== 0) return this.#failure;
      } else if (stopping) {
        return 0;
      }
      const busy = this.#failure === 0 && this.#postponed.length > 0;
      atomicWait(words, Super.bell, bell, busy ? BUSY_MS : GROUP_MS);
    }
  }

  /** What statfs tells as the size of the file system. */
  limitTo(bytes: number): void {
    atomicStore(this.volume.words, Super.storeLimit, Math.min(0x7fffffff, Math.floor(bytes / BLOCK_BYTES)));
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
