/** From an inode back to a path. */
import { Bytes, decodeUtf8, setBytes } from './intrinsics.ts';
import { Entry, Inode, Slot, SlotState, Super } from './layout.ts';
import { isDirectory } from './fields.ts';
import { copyName } from './names.ts';
import { underLock } from './transaction.ts';
import { get, type Volume } from './volume.ts';

const SLASH = 47;

/**
 * The path of an inode: a directory's own; another's by the entry through which it was reached, as long as that still
 * names it. undefined when it has no name any more.
 */
export function pathOfInode(v: Volume, inode: number, entry: number): Uint8Array<ArrayBuffer> | undefined {
  return underLock(v, () => {
    const { words } = v;
    if (inode === v.root) return new Bytes([SLASH]);
    let at = isDirectory(words, inode) ? get(words, inode + Inode.parentEntry) : entry;
    if (at === 0 || get(words, at + Entry.child) !== inode || get(words, at + Entry.parent) === 0) {
      return undefined;
    }
    const parts: Uint8Array[] = [];
    let length = 0;
    while (at !== 0) {
      const part = new Bytes(256);
      part[0] = SLASH;
      const partLength = 1 + copyName(v, at, part, 1);
      parts[parts.length] = new Bytes(part.buffer, 0, partLength);
      length += partLength;
      const parent = get(words, at + Entry.parent);
      if (parent === v.root) return join(parts, length);
      at = get(words, parent + Inode.parentEntry);
    }
    return undefined;
  });
}

/** The working directory of the process in a slot; undefined when it has none, or it has no name any more. */
export function workingDirectoryOf(v: Volume, slot: number): string | undefined {
  const slotAt = get(v.words, Super.slotsAt) + slot * Slot.words;
  const inode = get(v.words, slotAt + Slot.state) !== SlotState.free ? get(v.words, slotAt + Slot.cwd) : 0;
  const path = inode === 0 ? undefined : pathOfInode(v, inode, 0);
  return path && decodeUtf8(path);
}

function join(parts: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const path = new Bytes(length);
  let at = 0;
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index] as Uint8Array;
    setBytes(path, part, at);
    at += part.length;
  }
  return path;
}
