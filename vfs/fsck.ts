/**
 * Every structural invariant of the shared memory, checked under the lock. A finding is a bug (or a corrupt store);
 * nothing is repaired here.
 */
import { blockOf, blocksAt, blocksOf, chunkAt, chunkCount, nextTable } from './chunks.ts';
import { isHashed } from './entries.ts';
import { sizeOf } from './fields.ts';
import {
  BLOCK_BYTES,
  BLOCK_WORDS,
  CHUNK_BYTES,
  Description,
  Entry,
  Hold,
  Inode,
  ORDER_MAX,
  Slab,
  Slot,
  Super,
} from './layout.ts';
import { S_IFDIR, S_IFMT, S_IFREG } from './mode.ts';
import { forEachObject } from './slabs.ts';
import { underLock } from './transaction.ts';
import { get, refresh, type Volume } from './volume.ts';

export interface FsckReport {
  errors: string[];
  inodes: number;
  entries: number;
  descriptions: number;
  blocksUsed: number;
  blocksFree: number;
}

const ERRORS_MAX = 50;

export function fsck(v: Volume): FsckReport {
  return underLock(v, () => {
    refresh(v);
    return new Check(v).run();
  });
}

class Check {
  readonly v: Volume;
  readonly words: Int32Array;
  readonly report: FsckReport = {
    errors: [],
    inodes: 0,
    entries: 0,
    descriptions: 0,
    blocksUsed: 0,
    blocksFree: 0,
  };
  /** Names found of every inode, subdirectories of every directory, pins expected. */
  readonly names = new Map<number, number>();
  readonly subdirectories = new Map<number, number>();
  readonly pins = new Map<number, number>();
  readonly owners = new Map<number, string>();

  constructor(v: Volume) {
    this.v = v;
    this.words = v.words;
  }

  run(): FsckReport {
    this.checkRest();
    this.checkTree();
    this.checkDescriptions();
    this.checkInodes();
    this.checkFrames();
    return this.report;
  }

  fail(message: string): void {
    if (this.report.errors.length < ERRORS_MAX) this.report.errors.push(message);
  }

  get(at: number): number {
    return get(this.words, at);
  }

  /** No transaction is under way. */
  checkRest(): void {
    if (this.get(Super.undoCount) !== 0) this.fail('an undo list remains');
    if (this.get(Super.openedCount) !== 0) this.fail('inodes remain open in a transaction');
    if (this.get(Super.removalSequence) & 1) this.fail('the removal sequence is odd');
    if (this.get(Super.directorySequence) & 1) this.fail('the directory sequence is odd');
    if (this.get(Super.hashSequence) & 1) this.fail('the hash sequence is odd');
  }

  checkTree(): void {
    const pending = [this.v.root];
    const seen = new Set(pending);
    for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
      for (const entry of this.checkChain(directory)) {
        const child = this.get(entry + Entry.child);
        const mode = this.get(child + Inode.mode);
        if (mode === 0) this.fail(`entry ${entry} names a free inode`);
        this.names.set(child, (this.names.get(child) ?? 0) + 1);
        if ((mode & S_IFMT) !== S_IFDIR) continue;
        this.subdirectories.set(directory, (this.subdirectories.get(directory) ?? 0) + 1);
        if (this.get(child + Inode.parentEntry) !== entry) this.fail(`directory ${child} has another entry`);
        if (seen.has(child)) this.fail(`directory ${child} has two names`);
        else pending.push(child);
        seen.add(child);
      }
    }
    if (this.report.entries !== this.get(Super.entries)) {
      this.fail(`${this.report.entries} entries, ${this.get(Super.entries)} counted`);
    }
  }

  /** A directory's chain: both directions, cookies that rise, every entry found by its hash. */
  checkChain(directory: number): number[] {
    const chain: number[] = [];
    let previous = 0;
    let cookie = 0;
    const most = this.get(Super.entries);
    for (
      let entry = this.get(directory + Inode.firstEntry);
      entry !== 0;
      entry = this.get(entry + Entry.next)
    ) {
      if (chain.length > most) {
        this.fail(`the chain of directory ${directory} is a loop`);
        break;
      }
      if (this.get(entry + Entry.previous) !== previous) this.fail(`entry ${entry} has a wrong predecessor`);
      if (this.get(entry + Entry.parent) !== directory) this.fail(`entry ${entry} has a wrong parent`);
      if (this.get(entry + Entry.cookie) <= cookie) this.fail(`entry ${entry} has a cookie out of order`);
      if (!isHashed(this.v, entry)) this.fail(`entry ${entry} is not in the hash table`);
      cookie = this.get(entry + Entry.cookie);
      previous = entry;
      chain.push(entry);
    }
    if (this.get(directory + Inode.lastEntry) !== previous)
      this.fail(`directory ${directory} has a wrong last entry`);
    if (this.get(directory + Inode.entryCount) !== chain.length) {
      this.fail(
        `directory ${directory} counts ${this.get(directory + Inode.entryCount)}, has ${chain.length}`,
      );
    }
    this.report.entries += chain.length;
    return chain;
  }

  checkDescriptions(): void {
    const slotsAt = this.get(Super.slotsAt);
    forEachObject(this.v, Slab.description, (description) => {
      const inode = this.get(description + Description.inode);
      if (inode === 0) return;
      this.report.descriptions++;
      this.pin(inode);
      let holders = 0;
      for (
        let hold = this.get(description + Description.holds);
        hold !== 0;
        hold = this.get(hold + Hold.nextOfDescription)
      ) {
        holders++;
        if (this.get(hold + Hold.description) !== description)
          this.fail(`hold ${hold} has another description`);
        if (this.get(hold + Hold.count) <= 0) this.fail(`hold ${hold} counts nothing`);
      }
      if (holders === 0) this.fail(`nobody holds description ${description}`);
      if (holders !== this.get(description + Description.holders))
        this.fail(`description ${description} miscounts`);
    });
    for (let slot = 0; slot < this.get(Super.slotCount); slot++)
      this.checkSlot(slotsAt + slot * Slot.words, slot);
    this.pin(this.v.root);
    forEachObject(this.v, Slab.inode, (inode) => {
      if (this.get(inode + Inode.mode) !== 0 && this.get(inode + Inode.mount) !== 0) this.pin(inode);
    });
  }

  checkSlot(at: number, slot: number): void {
    const cwd = this.get(at + Slot.cwd);
    if (cwd !== 0) this.pin(cwd);
    let previous = 0;
    for (let hold = this.get(at + Slot.holds); hold !== 0; hold = this.get(hold + Hold.nextOfSlot)) {
      if (this.get(hold + Hold.slot) !== slot) this.fail(`hold ${hold} is of another process`);
      if (this.get(hold + Hold.previousOfSlot) !== previous)
        this.fail(`hold ${hold} has a wrong predecessor`);
      previous = hold;
    }
    const parked = this.get(at + Slot.parked);
    if (parked !== 0) {
      const hold = this.get(parked + Description.holds);
      if (this.get(parked + Description.inode) !== 0) this.fail(`parked description ${parked} names a file`);
      if (this.get(hold + Hold.slot) !== slot || this.get(parked + Description.holders) !== 1)
        this.fail(`parked description ${parked} is not the hold of ${slot} alone`);
    }
    for (let index = 0; index < this.get(at + Slot.pendingCount); index++) {
      const run = this.get(at + Slot.pending + index);
      this.own(blockOf(run), blocksOf(run), `pending of ${slot}`);
    }
  }

  pin(inode: number): void {
    this.pins.set(inode, (this.pins.get(inode) ?? 0) + 1);
  }

  checkInodes(): void {
    forEachObject(this.v, Slab.inode, (inode) => {
      const mode = this.get(inode + Inode.mode);
      if (this.get(inode + Inode.sequence) & 1) this.fail(`the sequence of inode ${inode} is odd`);
      if (mode === 0) return;
      this.report.inodes++;
      const directory = (mode & S_IFMT) === S_IFDIR;
      const links = this.get(inode + Inode.links);
      const names = this.names.get(inode) ?? 0;
      const pins = this.get(inode + Inode.pins);
      if (pins !== (this.pins.get(inode) ?? 0)) {
        this.fail(`inode ${inode} has ${pins} pins, ${this.pins.get(inode) ?? 0} found`);
      }
      if (names === 0 && inode !== this.v.root && (pins === 0 || links !== 0))
        this.fail(`inode ${inode} is an orphan`);
      const expected = directory ? 2 + (this.subdirectories.get(inode) ?? 0) : names;
      if (links !== expected && (names > 0 || inode === this.v.root)) {
        this.fail(`inode ${inode} has ${links} links, ${expected} found`);
      }
      if ((mode & S_IFMT) === S_IFREG) this.checkData(inode);
    });
    if (this.report.inodes !== this.get(Super.inodes)) {
      this.fail(`${this.report.inodes} inodes, ${this.get(Super.inodes)} counted`);
    }
  }

  checkData(inode: number): void {
    const count = chunkCount(sizeOf(this.words, inode));
    let blocks = 0;
    if (count === 0 && this.get(inode + Inode.chunk) !== 0) this.fail(`inode ${inode} is empty and has data`);
    for (let index = 0; index < count;) {
      const at = chunkAt(this.words, inode, index);
      if (at === 0) {
        index = nextTable(index);
        continue;
      }
      const chunk = this.get(at);
      if (chunk !== 0) this.own(blockOf(chunk), blocksOf(chunk), `inode ${inode}`);
      blocks += blocksAt(this.words, at);
      index++;
    }
    if (blocks !== this.get(inode + Inode.blocks)) this.fail(`inode ${inode} miscounts its blocks`);
  }

  own(block: number, blocks: number, owner: string): void {
    const zone = this.get(Super.frameZone);
    if (block < zone || block + blocks > this.get(Super.frameHigh) || blocks > CHUNK_BYTES / BLOCK_BYTES) {
      this.fail(`${owner} has blocks outside the zone`);
      return;
    }
    for (let index = block; index < block + blocks; index++) {
      const other = this.owners.get(index);
      if (other !== undefined) this.fail(`block ${index} belongs to ${other} and to ${owner}`);
      this.owners.set(index, owner);
    }
    if (owner === 'free') this.report.blocksFree += blocks;
    else this.report.blocksUsed += blocks;
  }

  checkFrames(): void {
    const zone = this.get(Super.frameZone);
    const total = this.get(Super.frameHigh) - zone;
    for (let order = 0; order <= ORDER_MAX; order++) {
      let guard = 0;
      for (
        let block = this.get(Super.freeHeads + order);
        block !== 0;
        block = this.get(block * BLOCK_WORDS)
      ) {
        this.own(block, 1 << order, 'free');
        if (this.get(this.v.blockMapAt + block) !== ((order << 1) | 1))
          this.fail(`free run ${block} is not marked`);
        if (guard++ > total) {
          this.fail(`the free list of order ${order} is a loop`);
          break;
        }
      }
    }
    const { blocksUsed, blocksFree } = this.report;
    if (blocksUsed !== this.get(Super.blocksUsed))
      this.fail(`${blocksUsed} blocks, ${this.get(Super.blocksUsed)} counted`);
    if (blocksUsed + blocksFree !== total) this.fail(`${total - blocksUsed - blocksFree} blocks are lost`);
  }
}
