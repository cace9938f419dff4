import { Super } from './layout.ts';
import { transact } from './transaction.ts';
import { get, type Volume } from './volume.ts';
import { noteEntry } from './watch-ring.ts';

/** Raises the event of a data change that was no transaction of its own. */
export function noteChange(v: Volume, entry: number, inode: number): void {
  if (get(v.words, Super.watchers) !== 0) transact(v, changed, entry, inode, 0);
}

function changed(v: Volume, entry: number, inode: number): number {
  noteEntry(v, false, entry, inode);
  return 0;
}
