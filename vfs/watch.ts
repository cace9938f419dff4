/** Watching: marks on inodes, and a reader of the event ring a worker. */
import { Errno } from '../src/base/errno.ts';
import { CROSSED, type FileEvent, type Path } from './file-system.ts';
import { atomicLoad, Bytes, decodeUtf8, encodeUtf8 } from './intrinsics.ts';
import { countWatch, createDescription, releaseDescription } from './descriptions.ts';
import { Description, Entry, Super, WATCH_FLAG, WATCH_RECURSIVE_FLAG } from './layout.ts';
import { isDirectory } from './fields.ts';
import { O_PATH } from './mode.ts';
import { copyName } from './names.ts';
import { FOLLOW, resolve, revalidate, setPath } from './path.ts';
import { transact, underLock } from './transaction.ts';
import { get, type Volume } from './volume.ts';
import { noteName, RECORD_WORDS_MAX, Record } from './watch-ring.ts';

interface Watcher {
  /** Keeps the inode and its mark. */
  description: number;
  inode: number;
  recursive: boolean;
  /** A watched file's own name, for the events of the file itself. */
  ownName: string;
  /** Of a watch within a mount, whose mark is on the mount point: the path there, '' for its root. */
  below?: string;
  listener: (event: FileEvent) => void;
}

interface WaitResult {
  async: boolean;
  value: Promise<string> | string;
}
const waitAsync = (
  Atomics as unknown as { waitAsync?: (a: Int32Array, i: number, v: number, t?: number) => WaitResult }
).waitAsync;

/** The watchers of one worker. */
export class WatchReader {
  readonly #volume: Volume;
  readonly #watchers = new Set<Watcher>();
  #tail = 0;
  #waiting = false;

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  watch(path: Path, recursive: boolean, listener: (event: FileEvent) => void): { close(): void } | number {
    const v = this.#volume;
    const set = setPath(v.walk, path);
    if (set < 0) return set;
    const found = resolve(v, v.walk, FOLLOW);
    if (found <= 0) return found === 0 ? -Errno.ENOENT : found;
    if (this.#watchers.size === 0) this.#tail = atomicLoad(v.words, Super.watchHead);
    const description = transact(v, mark, recursive ? 1 : 0, 0, 0);
    if (description < 0) return description;
    const inode = get(v.words, description + Description.inode);
    const watcher: Watcher = {
      description,
      inode,
      recursive: recursive && isDirectory(v.words, inode),
      ownName: isDirectory(v.words, inode) ? '' : entryName(v, v.walk.entry),
      listener,
    };
    return this.#add(watcher);
  }

  /**
   * Watches `below` in what is mounted where `path` leads. The events are those that `noteMounted` raises: what goes
   * through this system, not what others do to the mounted files.
   */
  watchMounted(
    path: Path,
    below: string,
    recursive: boolean,
    listener: (event: FileEvent) => void,
  ): { close(): void } | number {
    const v = this.#volume;
    const inode = mountPoint(v, path);
    if (inode < 0) return inode;
    if (this.#watchers.size === 0) this.#tail = atomicLoad(v.words, Super.watchHead);
    const description = transact(v, markInode, inode, 0, 0);
    if (description < 0) return description;
    return this.#add({ description, inode, recursive, ownName: '', below, listener });
  }

  #add(watcher: Watcher): { close(): void } {
    this.#watchers.add(watcher);
    this.#wait();
    return {
      close: () => {
        if (!this.#watchers.delete(watcher)) return;
        releaseDescription(this.#volume, watcher.description, this.#volume.slot);
      },
    };
  }

  /** Ends every watch of this worker. */
  close(): void {
    for (const watcher of this.#watchers) {
      releaseDescription(this.#volume, watcher.description, this.#volume.slot);
    }
    this.#watchers.clear();
  }

  #wait(): void {
    if (this.#waiting || this.#watchers.size === 0 || !waitAsync) return;
    this.#waiting = true;
    const { words } = this.#volume;
    const result = waitAsync(words, Super.watchHead, this.#tail);
    const wake = (): void => {
      this.#waiting = false;
      this.drain();
      this.#wait();
    };
    if (result.async) void (result.value as Promise<string>).then(wake);
    else void Promise.resolve().then(wake);
  }

  /** Hands on what has happened since the last time. Runs of the same event become one, as inotify's do. */
  drain(): void {
    const v = this.#volume;
    const events = underLock(v, () => this.#read());
    let lastKey = '';
    for (const { inode, kind, name } of events) {
      const key = `${inode} ${kind} ${name}`;
      if (key === lastKey) continue;
      lastKey = key;
      for (const watcher of [...this.#watchers]) {
        if (inode !== 0 && watcher.inode !== inode) continue;
        if (watcher.below !== undefined) {
          const seen = nameBelow(watcher.below, name);
          if (seen !== undefined && (watcher.recursive || !seen.includes('/')))
            watcher.listener({ kind, name: seen });
          continue;
        }
        if (!watcher.recursive && name.includes('/')) continue;
        watcher.listener({ kind, name: watcher.ownName || name });
      }
    }
  }

  #read(): { inode: number; kind: 'rename' | 'change'; name: string }[] {
    const v = this.#volume;
    const { words } = v;
    const at = get(words, Super.watchRingAt);
    const size = get(words, Super.watchRingWords);
    const mask = size - 1;
    const head = get(words, Super.watchHead);
    const events: { inode: number; kind: 'rename' | 'change'; name: string }[] = [];
    let tail = this.#tail;
    this.#tail = head;
    if (((head - tail) | 0) > size - RECORD_WORDS_MAX) {
      // Overrun: what happened is lost, that something happened is not (inode 0 = everybody).
      return [{ inode: 0, kind: 'rename', name: '' }];
    }
    while (tail !== head) {
      const word = (offset: number): number => get(words, at + ((tail + offset) & mask));
      const length = word(Record.length);
      const bytes = new Bytes(length);
      for (let index = 0; index < length; index++) {
        bytes[index] = word(Record.name + (index >> 2)) >>> ((index & 3) * 8);
      }
      events.push({
        inode: word(Record.inode),
        kind: word(Record.rename) ? 'rename' : 'change',
        name: decodeUtf8(bytes),
      });
      tail = (tail + word(Record.words)) | 0;
    }
    return events;
  }
}

/** What a watcher of `below` calls a path of the same mount: its own name, or the rest of the path. */
function nameBelow(below: string, path: string): string | undefined {
  if (below === '') return path;
  if (path === below) return below.slice(below.lastIndexOf('/') + 1);
  return path.startsWith(`${below}/`) ? path.slice(below.length + 1) : undefined;
}

/** The directory on which the file system stands that `path` leads into. */
function mountPoint(v: Volume, path: Path): number {
  const set = setPath(v.walk, path);
  if (set < 0) return set;
  const found = resolve(v, v.walk, FOLLOW);
  if (found === CROSSED) return v.walk.mount;
  return found < 0 ? found : -Errno.EINVAL;
}

/** Raises the event of a change in what is mounted where `path` leads: `below` is the path there. */
export function noteMounted(v: Volume, path: Path, below: string, rename: boolean): void {
  if (get(v.words, Super.watchers) === 0) return;
  const inode = mountPoint(v, path);
  if (inode > 0) transact(v, mountedChange(encodeUtf8(below), rename), inode, 0, 0);
}

function mountedChange(name: Uint8Array, rename: boolean): (v: Volume, inode: number) => number {
  return (v, inode) => {
    noteName(v, rename, inode, 0, name, 0, name.length);
    return 0;
  };
}

function markInode(v: Volume, inode: number): number {
  const description = createDescription(v, inode, O_PATH | WATCH_FLAG, 0);
  if (description === 0) return -Errno.ENFILE;
  countWatch(v, inode, O_PATH | WATCH_FLAG, 1);
  return description;
}

function entryName(v: Volume, entry: number): string {
  if (entry === 0) return '';
  const name = new Bytes(256);
  const length = copyName(v, entry, name, 0);
  return get(v.words, entry + Entry.parent) === 0 ? '' : decodeUtf8(new Bytes(name.buffer, 0, length));
}

function mark(v: Volume, recursive: number): number {
  const inode = revalidate(v, v.walk, FOLLOW);
  if (inode <= 0) return inode === 0 ? -Errno.ENOENT : inode;
  const deep = recursive !== 0 && isDirectory(v.words, inode);
  const flags = O_PATH | WATCH_FLAG | (deep ? WATCH_RECURSIVE_FLAG : 0);
  const description = createDescription(v, inode, flags, v.walk.entry);
  if (description === 0) return -Errno.ENFILE;
  countWatch(v, inode, flags, 1);
  return description;
}
