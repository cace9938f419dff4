/** What waits in the shared memory to be put on disk: the redo ring and the list of changed inodes. */
import { Words } from '../intrinsics.ts';
import { Inode, Super } from '../layout.ts';
import { underLock } from '../transaction.ts';
import { get, type Volume } from '../volume.ts';

/** The ring's records up to `head`; they stay in it until its tail is moved. */
export function takeRing({ words }: Volume, head: number): Int32Array {
  const at = get(words, Super.redoRingAt);
  const mask = get(words, Super.redoRingWords) - 1;
  const tail = get(words, Super.redoTail);
  const ring = new Words((head - tail) | 0);
  for (let index = 0; index < ring.length; index++) ring[index] = get(words, at + ((tail + index) & mask));
  return ring;
}

/** Empties the list of changed inodes; from here on a further change lists its inode again. */
export function takeDirty(v: Volume): number[] {
  return underLock(v, ({ words }) => {
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

/** Lists an inode again. The lock is held. */
export function listDirty(words: Int32Array, inode: number): void {
  if (get(words, inode + Inode.dirty) !== 0) return;
  words[inode + Inode.dirty] = 1;
  words[inode + Inode.dirtyNext] = get(words, Super.dirtyInodes);
  words[Super.dirtyInodes] = inode;
}
