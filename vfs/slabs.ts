/**
 * Metadata objects. Each kind has a free list and pages of 64 KB; a page keeps its kind for ever, so a reader that
 * follows a reference to an object freed meanwhile still finds one of that kind, and its sequence tells it.
 */
import { PAGE_WORDS, Slab, SLAB_OBJECT_WORDS, SlabPage, SlabState, Super } from './layout.ts';
import { put, putVolatile } from './transaction.ts';
import { get, type Volume } from './volume.ts';

type Kind = Exclude<(typeof Slab)[keyof typeof Slab], 6>;

const INODE_LINK = 30;
const ENTRY_LINK = 0;
const CELL_LINK = 0;
const TABLE_LINK = 0;
const DESCRIPTION_LINK = 9;
const HOLD_LINK = 4;
/** The word of a free object that holds the next one, by kind. */
const LINK_WORD: readonly number[] = [
  INODE_LINK,
  ENTRY_LINK,
  CELL_LINK,
  TABLE_LINK,
  DESCRIPTION_LINK,
  HOLD_LINK,
];
/** Kinds whose objects do not outlive a mount. */
const isVolatile = (kind: Kind): boolean => kind >= Slab.table;

/** An object of `kind`, its words as its last owner left them; 0 when the metadata zone is full. */
export function allocateObject(v: Volume, kind: Kind): number {
  const { words } = v;
  const state = Super.slabs + kind * SlabState.words;
  const set = isVolatile(kind) ? putVolatile : put;
  const free = get(words, state + SlabState.free);
  if (free !== 0) {
    set(v, state + SlabState.free, get(words, free + (LINK_WORD[kind] as number)));
    return free;
  }
  const size = SLAB_OBJECT_WORDS[kind] as number;
  let next = get(words, state + SlabState.next);
  if (next === 0 || next + size > get(words, state + SlabState.end)) {
    const page = allocatePage(v, kind);
    if (page === 0) return 0;
    next = page + size;
  }
  set(v, state + SlabState.next, next + size);
  return next;
}

export function freeObject(v: Volume, kind: Kind, at: number): void {
  const state = Super.slabs + kind * SlabState.words;
  const set = isVolatile(kind) ? putVolatile : put;
  set(v, at + (LINK_WORD[kind] as number), get(v.words, state + SlabState.free));
  set(v, state + SlabState.free, at);
}

function allocatePage(v: Volume, kind: Kind): number {
  const page = takeMetadataPage(v);
  if (page === 0) return 0;
  const state = Super.slabs + kind * SlabState.words;
  const set = isVolatile(kind) ? putVolatile : put;
  set(v, page + SlabPage.kind, kind + 1);
  set(v, page + SlabPage.previous, get(v.words, state + SlabState.page));
  set(v, state + SlabState.page, page);
  set(v, state + SlabState.end, page + PAGE_WORDS);
  return page;
}

/** A page of the metadata zone, all zeros. 0 when there are no more. */
export function takeMetadataPage(v: Volume): number {
  const free = get(v.words, Super.freePages);
  if (free !== 0) {
    putVolatile(v, Super.freePages, get(v.words, free + SlabPage.previous));
    putVolatile(v, free + SlabPage.previous, 0);
    return free;
  }
  const page = get(v.words, Super.metaHigh);
  const end = page + PAGE_WORDS;
  if (end > get(v.words, Super.metaEnd)) return 0;
  put(v, Super.metaHigh, end);
  return page;
}

/** Calls `visit` with every object of a kind that was ever used. */
export function forEachObject(v: Volume, kind: Kind, visit: (at: number) => void): void {
  const { words } = v;
  const state = Super.slabs + kind * SlabState.words;
  const size = SLAB_OBJECT_WORDS[kind] as number;
  let end = get(words, state + SlabState.next);
  for (
    let page = get(words, state + SlabState.page);
    page !== 0;
    page = get(words, page + SlabPage.previous)
  ) {
    for (let at = page + size; at + size <= end; at += size) visit(at);
    const previous = get(words, page + SlabPage.previous);
    end = previous + PAGE_WORDS;
  }
}
