/** From a store's committed state to a shared memory that is in use. The memory is freshly formatted. */
import { chunkCount, makeChunkAt } from '../chunks.ts';
import { rehashEntry } from '../entries.ts';
import { sizeOf } from '../fields.ts';
import { freeInode } from '../inodes.ts';
import {
  Entry,
  HASH_PAGE_SHIFT,
  HASH_PAGES,
  Inode,
  PAGE_WORDS,
  Slab,
  SlabPage,
  SlabState,
  Super,
} from '../layout.ts';
import { S_IFLNK, S_IFMT, S_IFDIR } from '../mode.ts';
import { forEachObject, takeMetadataPage } from '../slabs.ts';
import { beginRemoval, putVolatile, transact } from '../transaction.ts';
import { get, type Volume } from '../volume.ts';
import { type Committed, PERSISTENT_WORDS } from './committed.ts';

/** Where the slab pages begin: the same in every memory. */
export function slabsAtOf(words: Int32Array): number {
  return get(words, get(words, Super.hashDirectoryAt));
}

/** Puts the committed state into the memory. */
export function install(v: Volume, committed: Committed, slabsAt: number): void {
  const { words } = v;
  const metaHigh = committed.words[Super.metaHigh] as number;
  words.fill(0, slabsAt, get(words, Super.metaHigh));
  words.set(committed.words.subarray(slabsAt, metaHigh), slabsAt);
  for (let word: number = Super.slabs; word < Super.slabs + Slab.kinds * SlabState.words; word++)
    words[word] = 0;
  for (const word of PERSISTENT_WORDS) words[word] = committed.words[word] as number;
  giveBackPages(words, slabsAt, metaHigh);
  forEachObject(v, Slab.inode, (inode) => resetInode(words, inode));
  words[get(words, Super.root) + Inode.pins] = 1;
  makeHashTable(v);
  for (const [inode, map] of committed.maps) {
    for (let at = 0; at < map.length; at += RUNS_PER_TRANSACTION) {
      runs.inode = inode;
      runs.map = map;
      transact(v, installRuns, at, 0, 0);
    }
  }
}

const RUNS_PER_TRANSACTION = 1024;
const runs: { inode: number; map: number[] } = { inode: 0, map: [] };

function installRuns(v: Volume, start: number): number {
  const { inode, map } = runs;
  const count = Math.min(map.length, chunkCount(sizeOf(v.words, inode)), start + RUNS_PER_TRANSACTION);
  let blocks = get(v.words, inode + Inode.blocks);
  for (let index = start; index < count; index++) {
    const run = map[index] as number;
    if (run === 0) continue;
    putVolatile(v, makeChunkAt(v, inode, index) + 1, run);
    blocks += ((run & 63) + 1) * 4;
  }
  putVolatile(v, inode + Inode.blocks, blocks);
  return 0;
}

/** Pages of kinds that do not persist are empty and free. */
function giveBackPages(words: Int32Array, slabsAt: number, metaHigh: number): void {
  words[Super.freePages] = 0;
  for (let page = slabsAt; page < metaHigh; page += PAGE_WORDS) {
    const kind = get(words, page + SlabPage.kind) - 1;
    if (kind === Slab.inode || kind === Slab.entry || kind === Slab.cell) continue;
    words.fill(0, page, page + PAGE_WORDS);
    words[page + SlabPage.previous] = get(words, Super.freePages);
    words[Super.freePages] = page;
  }
}

function resetInode(words: Int32Array, inode: number): void {
  words[inode + Inode.sequence] = 0;
  words[inode + Inode.lock] = 0;
  if (get(words, inode + Inode.mode) === 0) return;
  for (const word of [Inode.pins, Inode.blocks, Inode.mount, Inode.watch, Inode.watchRecursive])
    words[inode + word] = 0;
  for (const word of [Inode.dirty, Inode.dirtyNext, Inode.createdIn]) words[inode + word] = 0;
  const type = get(words, inode + Inode.mode) & S_IFMT;
  if (type === S_IFDIR || type === S_IFLNK) return;
  for (let word: number = Inode.chunk; word <= Inode.tables; word++) words[inode + word] = 0;
}

function makeHashTable(v: Volume): void {
  const { words } = v;
  words.fill(0, v.hashDirectoryAt, v.hashDirectoryAt + HASH_PAGES);
  const pages = Math.max(
    1,
    Math.min(HASH_PAGES, Math.ceil(get(words, Super.entries) / 2 ** HASH_PAGE_SHIFT)),
  );
  let made = 0;
  transact(
    v,
    () => {
      for (; made < pages; made++) {
        const page = takeMetadataPage(v);
        if (page === 0) break;
        putVolatile(v, v.hashDirectoryAt + made, page);
      }
      return made > 0 ? 0 : -1;
    },
    0,
    0,
    0,
  );
  words[Super.hashBuckets] = made << HASH_PAGE_SHIFT;
  forEachObject(v, Slab.entry, (entry) => {
    if (get(words, entry + Entry.parent) !== 0) transact(v, rehash, entry, 0, 0);
  });
}

function rehash(v: Volume, entry: number): number {
  rehashEntry(v, entry);
  return 0;
}

/** Frees inodes that were open and had no name when the store was last used. → how many */
export function freeNameless(v: Volume): number {
  const found: number[] = [];
  forEachObject(v, Slab.inode, (inode) => {
    const nameless = get(v.words, inode + Inode.mode) !== 0 && get(v.words, inode + Inode.links) === 0;
    if (nameless) found.push(inode);
  });
  for (const inode of found) transact(v, free, inode, 0, 0);
  return found.length;
}

function free(v: Volume, inode: number): number {
  beginRemoval(v);
  freeInode(v, inode);
  return 0;
}
