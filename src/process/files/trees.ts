/**
 * Path calls that met the mark of a control tree go to the kernel. A path may lead out again (a link, `..`): then the
 * call begins anew with the path that the kernel names. What `/proc/self/fd` names only this process knows.
 */
import { Errno } from '../../base/errno.ts';
import { bytesCopy, bytesLength, bytesSet, utf8Decode, utf8Encode } from '../../base/intrinsics.ts';
import { MAILBOX_BYTES, PATH_MAX_BYTES, SYMLINKS_MAX } from '../../base/limits.ts';
import {
  CROSSED,
  type DirectoryList,
  type FileEvent,
  type FileSystem,
  type Path,
  type StatTarget,
} from '../../../vfs/file-system.ts';
import {
  FIRST_BACKEND_MOUNT,
  FIRST_MOUNT_HANDLE,
  mountPath,
  PROC_MOUNT,
  type TreeAnswer,
  type TreeChange,
  type TreeOperation,
} from '../../protocol/trees.ts';
import type { Descriptors, TreeDescription } from './descriptors.ts';
import type { Gate } from '../gate.ts';
import { fillSpace, fillStat } from './stat.ts';

/** How a call goes on where the path leads out of the tree. */
type Again<T> = (path: string) => T;

/** Where a path stands in a tree. */
export interface Place {
  mount: number;
  rest: string;
}

/** O_ACCMODE, O_CREAT and O_TRUNC of open(2). */
const CHANGES_MASK = 0o3 | 0o100 | 0o1000;

/** A program that has only looked may still begin anew elsewhere. */
function onlyLooks(operation: TreeOperation): boolean {
  switch (operation.name) {
    case 'make':
    case 'remove':
    case 'change':
    case 'truncate':
      return false;
    case 'open':
      return (operation.flags & CHANGES_MASK) === 0;
    default:
      return true;
  }
}

export class Trees {
  readonly #gate: Gate;
  readonly #files: FileSystem;
  readonly #descriptors: Descriptors;
  readonly #pid: () => number;
  #depth = 0;
  /** The working directory when it lies in a tree. */
  #cwd: string | undefined;

  constructor(gate: Gate, files: FileSystem, descriptors: Descriptors, pid: () => number) {
    this.#gate = gate;
    this.#files = files;
    this.#descriptors = descriptors;
    this.#pid = pid;
  }

  /** A path as the file system is to be asked: relative ones may start in a tree. */
  at(path: Path): Path {
    if (this.#cwd === undefined || path[0] === '/' || path[0] === 0x2f || bytesOrTextLength(path) === 0)
      return path;
    const text = typeof path === 'string' ? path : utf8Decode(bytesCopy(path, 0, bytesLength(path)));
    return `${this.#cwd}/${text}`;
  }

  get cwd(): string | undefined {
    return this.#cwd;
  }
  leave(): void {
    this.#cwd = undefined;
  }

  /** Where the last call of the file system met a mark. */
  get place(): Place {
    return this.#files.crossing;
  }

  /** The own descriptor that a place names: `self/fd/3` in /proc. */
  descriptorAt({ mount, rest }: Place): number | undefined {
    if (mount !== PROC_MOUNT) return undefined;
    const parts = split(rest);
    if (parts.length !== 3 || parts[1] !== 'fd' || !this.#isSelf(parts[0])) return undefined;
    const fd = +(parts[2] ?? '');
    return fd >= 0 && this.#descriptors.get(fd) !== undefined ? fd : undefined;
  }

  isOwnDescriptorFolder({ mount, rest }: Place): boolean {
    if (mount !== PROC_MOUNT) return false;
    const parts = split(rest);
    return parts.length === 2 && parts[1] === 'fd' && this.#isSelf(parts[0]);
  }

  #isSelf(name: string | undefined): boolean {
    return name === 'self' || name === `${this.#pid()}`;
  }

  ask<T>(
    place: Place,
    follow: boolean,
    operation: TreeOperation,
    again: Again<T>,
    take: (answer: TreeAnswer) => T,
  ): T | number {
    const call = { call: 'tree', mount: place.mount, rest: place.rest, follow, operation } as const;
    const result = onlyLooks(operation) ? this.#gate.look(call) : this.#gate.call(call);
    if (result < 0) return result;
    const answer = this.#gate.payload() as TreeAnswer;
    if (answer.kind !== 'elsewhere') return take(answer);
    if (this.#depth >= SYMLINKS_MAX) return -Errno.ELOOP;
    if (answer.path.length >= PATH_MAX_BYTES) return -Errno.ENAMETOOLONG;
    this.#depth++;
    try {
      return again(answer.path);
    } finally {
      this.#depth--;
    }
  }

  stat(follow: boolean, out: StatTarget, at: number, again: Again<number>): number {
    return this.ask(this.place, follow, { name: 'stat' }, again, (answer) => {
      if (answer.kind !== 'attributes') return -Errno.EIO;
      fillStat(out, at, answer.attributes);
      return 0;
    });
  }

  /** type, bsize, blocks, bfree, bavail; what is mounted tells nothing of inodes. */
  statfs(out: StatTarget, again: Again<number>): number {
    return this.ask(this.place, true, { name: 'statfs' }, again, (answer) => {
      if (answer.kind !== 'space') return -Errno.EIO;
      const { type, blockBytes, blocks, free } = answer;
      fillSpace(out, [type, blockBytes, blocks, free, free, 0, 0]);
      return 0;
    });
  }

  /** A call that succeeds with nothing to tell, or is refused. */
  simple(operation: TreeOperation, follow: boolean, again: Again<number>): number {
    return this.ask(this.place, follow, operation, again, () => 0);
  }

  kind(again: Again<number>): number {
    return this.ask(this.place, true, { name: 'stat' }, again, (answer) =>
      answer.kind === 'attributes' && (answer.attributes.mode & 0o170000) === 0o040000 ? 1 : 0,
    );
  }

  readdir(place: Place, wantRaw: boolean, again: Again<DirectoryList | number>): DirectoryList | number {
    if (this.isOwnDescriptorFolder(place)) return raw(this.#ownDescriptors(), wantRaw);
    const list: DirectoryList = { names: [], types: [] };
    for (let from = 0; ;) {
      const operation = { name: 'readdir', from } as const;
      const next = this.ask<DirectoryList | number>(place, true, operation, again, (answer) => {
        if (answer.kind !== 'list') return -Errno.EIO;
        for (let i = 0; i < answer.names.length; i++) {
          list.names[from + i] = answer.names[i] ?? '';
          list.types[from + i] = answer.types[i] ?? 0;
        }
        return answer.next ?? 0;
      });
      if (typeof next !== 'number' || next < 0) return next; // it went on elsewhere
      if (next === 0) return raw(list, wantRaw);
      from = next;
    }
  }

  text(
    name: 'readlink' | 'realpath',
    again: Again<Uint8Array<ArrayBuffer> | number>,
  ): Uint8Array<ArrayBuffer> | number {
    const place = this.place;
    const own = this.descriptorAt(place);
    // By which name a mounted file was opened the kernel knows.
    if (own !== undefined && !this.#isMounted(own)) return utf8Encode(this.#nameOf(own));
    return this.ask<Uint8Array<ArrayBuffer> | number>(
      place,
      name === 'realpath',
      { name },
      again,
      (answer) => (answer.kind === 'text' ? utf8Encode(answer.text) : -Errno.EIO),
    );
  }

  /** → 0 or -errno */
  enter(again: Again<number>): number {
    return this.ask(this.place, true, { name: 'enter' }, again, (answer) => {
      if (answer.kind === 'text') this.#cwd = answer.text;
      return 0;
    });
  }

  /** → fd or -errno */
  open(place: Place, flags: number, mode: number, again: Again<number>): number {
    const operation = { name: 'open', flags, mode: mode & ~this.#files.credentials.umask } as const;
    return this.ask(place, true, operation, again, (answer) => {
      if (answer.kind === 'stream') {
        return this.#descriptors.add(this.#descriptors.open({ kind: 'stream', ...answer.ends }));
      }
      if (answer.kind !== 'file') return -Errno.EIO;
      const { handle, attributes } = answer;
      const description = this.#descriptors.open({ kind: 'tree', handle, attributes }) as TreeDescription;
      description.place = place;
      description.access = flags & 3;
      return this.#descriptors.add(description);
    });
  }

  read(file: TreeDescription, into: Uint8Array, position: number | null): number {
    if (file.access === 1) return -Errno.EBADF;
    const own = position === null || position < 0;
    const length = bytesLength(into);
    const wanted = length < MAILBOX_BYTES ? length : MAILBOX_BYTES;
    // The kernel keeps where a mounted file is read and written: others may have its description too.
    const at = !own ? position : isMounted(file) ? null : file.offset;
    const count = this.#gate.look({ call: 'tree-read', handle: file.handle, position: at, length: wanted });
    if (count > 0) bytesSet(into, this.#gate.payloadBytes(), 0);
    if (count > 0 && at !== null && own) file.offset += count;
    return count;
  }

  write(file: TreeDescription, from: Uint8Array, position: number | null): number {
    if (file.access === 0) return -Errno.EBADF;
    const data = bytesCopy(from, 0, bytesLength(from));
    const own = position === null || position < 0;
    const at = !own ? position : isMounted(file) ? null : file.offset;
    const count = this.#gate.call({ call: 'tree-write', handle: file.handle, position: at, data });
    if (count > 0 && at !== null && own) file.offset += count;
    return count;
  }

  /** What the file is now: those of control trees are what they were when they were opened. */
  fstat(file: TreeDescription, out: StatTarget, at: number): number {
    if (isMounted(file)) {
      const result = this.#gate.look({ call: 'tree-stat', handle: file.handle });
      if (result < 0) return result;
      const answer = this.#gate.payload() as TreeAnswer;
      if (answer.kind === 'attributes') file.attributes = answer.attributes;
    }
    fillStat(out, at, file.attributes);
    return 0;
  }

  truncateFile(file: TreeDescription, size: number): number {
    if (!isMounted(file) || file.access === 0) return -Errno.EINVAL;
    return this.#change(file, { call: 'truncate', size });
  }

  /** fchmod, fchown, futimes. Those of control trees change nothing about themselves. */
  changeFile(file: TreeDescription, detail: TreeChange): number {
    return isMounted(file) ? this.#change(file, detail) : -Errno.EPERM;
  }

  #change({ handle }: TreeDescription, detail: TreeChange): number {
    return this.#gate.call({ call: 'tree-change', handle, detail });
  }

  sync(file: TreeDescription): number {
    return isMounted(file) ? this.#gate.call({ call: 'tree-sync', handle: file.handle }) : -Errno.EINVAL;
  }

  /** A call with two names: both must lie in the same mounted file system. */
  move(kind: 'rename' | 'link', from: Path, to: Path): number {
    const source = this.#placeOf(from);
    const target = this.#placeOf(to);
    if (source === undefined || target?.mount !== source.mount || source.mount < FIRST_BACKEND_MOUNT) {
      return -Errno.EXDEV;
    }
    return this.#gate.call({
      call: 'tree-move',
      kind,
      mount: source.mount,
      from: source.rest,
      to: target.rest,
    });
  }

  /** In a control tree, as inotify on procfs, nothing is ever told. */
  watch(path: Path, recursive: boolean, tell: (event: FileEvent) => void): { close(): void } | number {
    const place = this.place;
    const again = (elsewhere: string): { close(): void } | number => {
      const watch = this.#files.watch(elsewhere, recursive, tell);
      return watch === CROSSED ? this.watch(elsewhere, recursive, tell) : watch;
    };
    return this.ask<{ close(): void } | number>(place, true, { name: 'watch' }, again, (answer) => {
      if (place.mount < FIRST_BACKEND_MOUNT || answer.kind !== 'text') return { close() {} };
      return this.#files.watchMounted(path, answer.below ?? '', recursive, tell);
    });
  }

  #placeOf(path: Path): Place | undefined {
    return this.#files.readlink(path) === CROSSED ? this.place : undefined;
  }

  #isMounted(fd: number): boolean {
    const description = this.#descriptors.get(fd);
    return description?.kind === 'tree' && isMounted(description);
  }

  /** fd → what readlink of /proc/self/fd/<fd> says. */
  #nameOf(fd: number): string {
    const description = this.#descriptors.get(fd);
    switch (description?.kind) {
      case 'file':
        return this.#files.pathOf(description.ofd) ?? '(deleted)';
      case 'device':
        return DEVICE_NAMES[description.device.rdev & 0xff] ?? '/dev/null';
      case 'tree': {
        const { mount, rest } = description.place;
        return rest === '' ? mountPath(mount) : `${mountPath(mount)}/${rest}`;
      }
      case 'stream': {
        const ring = description.ends.input ?? description.ends.output ?? 0;
        return description.tty ? `/dev/pts/${ring}` : `pipe:[${ring}]`;
      }
      default:
        return '';
    }
  }

  #ownDescriptors(): DirectoryList {
    const list: DirectoryList = { names: [], types: [] };
    const fds = this.#descriptors.numbers();
    for (let i = 0; i < fds.length; i++) {
      list.names[i] = `${fds[i]}`;
      list.types[i] = 3;
    }
    return list;
  }
}

function isMounted(file: TreeDescription): boolean {
  return file.handle >= FIRST_MOUNT_HANDLE;
}

/** By minor number of the memory devices (major 1). */
const DEVICE_NAMES: Readonly<Record<number, string>> = {
  3: '/dev/null',
  5: '/dev/zero',
  7: '/dev/full',
  8: '/dev/random',
  9: '/dev/urandom',
};

function bytesOrTextLength(path: Path): number {
  return typeof path === 'string' ? path.length : bytesLength(path);
}

/** The parts of a path, without empty ones and `.`. */
function split(path: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i <= path.length; i++) {
    const character = path[i];
    if (character !== '/' && character !== undefined) {
      part += character;
      continue;
    }
    if (part !== '' && part !== '.') parts[parts.length] = part;
    part = '';
  }
  return parts;
}

function raw(list: DirectoryList, wanted: boolean): DirectoryList {
  if (!wanted) return list;
  const rawNames: Uint8Array[] = [];
  for (let i = 0; i < list.names.length; i++) rawNames[i] = utf8Encode(list.names[i] ?? '');
  return { ...list, rawNames };
}

/** Entries of an open folder of a tree, from `cookie` on. */
export function readTreeFolder(
  trees: Trees,
  { place }: TreeDescription,
  cookie: number,
  limit: number,
  wantRaw: boolean,
): (DirectoryList & { next: number }) | number {
  const list = trees.readdir(place, wantRaw, () => -Errno.ENOENT);
  if (typeof list === 'number') return list;
  const page: DirectoryList & { next: number } = { names: [], types: [], next: cookie };
  if (list.rawNames) page.rawNames = [];
  for (let i = cookie; i < list.names.length && page.next - cookie < limit; i++, page.next++) {
    page.names[i - cookie] = list.names[i] ?? '';
    page.types[i - cookie] = list.types[i] ?? 0;
    const rawName = list.rawNames?.[i];
    if (page.rawNames && rawName) page.rawNames[i - cookie] = rawName;
  }
  return page;
}
