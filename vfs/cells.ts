/** Cells: targets of symbolic links, and bytes written into words. */
import { min } from './intrinsics.ts';
import { Cell, CELL_BYTES, Inode, Slab, WORD_BYTES } from './layout.ts';
import { allocateObject, freeObject } from './slabs.ts';
import { put } from './transaction.ts';
import { get, type Volume } from './volume.ts';

/** Writes bytes into words through `put`, the last word filled with zeros. */
export function putBytes(v: Volume, word: number, bytes: Uint8Array, at: number, length: number): void {
  for (let index = 0; index < length; index += 4) {
    let value = bytes[at + index] as number;
    if (index + 1 < length) value |= (bytes[at + index + 1] as number) << 8;
    if (index + 2 < length) value |= (bytes[at + index + 2] as number) << 16;
    if (index + 3 < length) value |= (bytes[at + index + 3] as number) << 24;
    put(v, word + (index >> 2), value);
  }
}

/** A chain of cells that holds a symbolic link's target; 0 when there is no room. */
export function storeTarget(v: Volume, bytes: Uint8Array, length: number): number {
  let first = 0;
  let previous = 0;
  for (let at = 0; at < length; at += CELL_BYTES) {
    const cell = allocateObject(v, Slab.cell);
    if (cell === 0) return 0;
    putBytes(v, cell + Cell.bytes, bytes, at, min(CELL_BYTES, length - at));
    put(v, cell + Cell.next, 0);
    if (previous) put(v, previous + Cell.next, cell);
    else first = cell;
    previous = cell;
  }
  return first;
}

export function dropTarget(v: Volume, first: number): void {
  for (let cell = first; cell !== 0;) {
    const next = get(v.words, cell + Cell.next);
    freeObject(v, Slab.cell, cell);
    cell = next;
  }
}

/** Copies a symbolic link's target, at most `room` bytes. → its length, as far as the chain goes */
export function copyTarget(v: Volume, inode: number, into: Uint8Array, at: number, room: number): number {
  const { words } = v;
  const length = min(get(words, inode + Inode.sizeLow), room);
  let cell = get(words, inode + Inode.target);
  let done = 0;
  while (done < length && cell !== 0) {
    const from = (cell + Cell.bytes) * WORD_BYTES;
    const part = min(CELL_BYTES, length - done);
    for (let index = 0; index < part; index++) into[at + done + index] = v.bytes[from + index] as number;
    done += part;
    cell = get(words, cell + Cell.next);
  }
  return done;
}
