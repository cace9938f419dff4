/** A worker's file system: the contract over the functions of this folder. */
import { Errno } from '../src/base/errno.ts';
import { PATH_MAX_BYTES } from '../src/base/limits.ts';
import * as attributes from './attributes.ts';
import { addHold, descriptionOf, dropPin, releaseDescription } from './descriptions.ts';
import { isDirectory, sizeOf } from './fields.ts';
import type {
  Credentials,
  DirectoryList,
  FileEvent,
  FileSystem,
  MountCrossing,
  Ofd,
  Path,
  StatTarget,
  TimeSpec,
} from './file-system.ts';
import { mayAccess } from './inodes.ts';
import { Bytes, decodeUtf8 } from './intrinsics.ts';
import { copyTarget } from './cells.ts';
import { Description, Inode, Slot, Super } from './layout.ts';
import { readdir, readdirAt } from './listing.ts';
import { lockDescription, lockInode, unlockDescription, unlockInode } from './locks.ts';
import {
  O_ACCMODE,
  O_APPEND,
  O_PATH,
  O_SETTABLE,
  R_OK,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  X_OK,
} from './mode.ts';
import { mountAt, unmount } from './mounts.ts';
import * as namespace from './namespace.ts';
import { noteChange } from './notify.ts';
import { dropSetIdBits, open, writeFile } from './open.ts';
import {
  FOLLOW,
  lookupExisting,
  NO_FOLLOW,
  resolve,
  revalidate,
  setPath,
  stillValid,
  workingDirectory,
} from './path.ts';
import { pathOfInode } from './paths-of.ts';
import { readAll, readData, stableSize } from './read.ts';
import { putVolatile, transact } from './transaction.ts';
import { gaveBack, syncInode } from './storage-client.ts';
import { type AttachSettings, get, stamp, Volume } from './volume.ts';
import { noteMounted, WatchReader } from './watch.ts';
import { writeData } from './write.ts';

export type { AttachSettings } from './volume.ts';

/** Node reads no file of 2 GiB or more at once. */
const READ_FILE_BYTES_MAX = 2 ** 31 - 1;

export function attach(memory: WebAssembly.Memory, settings: AttachSettings = {}): SharedFileSystem {
  return new SharedFileSystem(new Volume(memory, settings), settings.credentials ?? {});
}

export class SharedFileSystem implements FileSystem {
  readonly volume: Volume;
  readonly #watches: WatchReader;

  constructor(volume: Volume, credentials: Partial<Credentials>) {
    this.volume = volume;
    this.#watches = new WatchReader(volume);
    this.setCredentials(credentials);
    transact(volume, changeDirectory, volume.root, 0, 0);
  }

  /** This process's record. */
  get slot(): number {
    return this.volume.slot;
  }

  get credentials(): Credentials {
    const { uid, gid, groups, umask } = this.volume;
    return { uid, gid, groups, umask };
  }

  setCredentials(next: Partial<Credentials>): void {
    const v = this.volume;
    if (next.uid !== undefined) v.uid = next.uid | 0;
    if (next.gid !== undefined) v.gid = next.gid | 0;
    if (next.groups !== undefined) v.groups = [...next.groups];
    if (next.umask !== undefined) v.umask = next.umask & 0o777;
    v.walk.directoryEnd = v.walk2.directoryEnd = 0; // others may pass there
  }

  /** Where the last call that answered CROSSED met a mount. */
  get crossing(): MountCrossing {
    const { walk, words } = this.volume;
    const rest = new Bytes(walk.restEnd - walk.restAt);
    for (let index = 0; index < rest.length; index++)
      rest[index] = walk.nameBytes[walk.restAt + index] as number;
    return { mount: get(words, walk.mount + Inode.mount), rest: decodeUtf8(rest) };
  }

  /** Marks a directory as a mount point: path calls that reach it answer CROSSED. `mount` > 0. */
  mountAt(path: Path, mount: number): number {
    return mountAt(this.volume, path, mount);
  }

  unmount(mount: number): number {
    return unmount(this.volume, mount);
  }

  open(path: Path, flags: number, mode: number): Ofd {
    return open(this.volume, path, flags, mode);
  }

  close(ofd: Ofd): number {
    const description = descriptionOf(this.volume, ofd);
    if (description === 0) return -Errno.EBADF;
    return gaveBack(this.volume, releaseDescription(this.volume, description, this.volume.slot));
  }

  retain(ofd: Ofd): number {
    return this.share(ofd, this.volume.slot);
  }

  share(ofd: Ofd, slot: number): number {
    const description = descriptionOf(this.volume, ofd);
    return description === 0 ? -Errno.EBADF : transact(this.volume, addHold, description, slot, 0);
  }

  read(ofd: Ofd, into: Uint8Array, position: number | null): number {
    const v = this.volume;
    const description = descriptionOf(v, ofd);
    if (description === 0) return -Errno.EBADF;
    const flags = get(v.words, description + Description.flags);
    if ((flags & O_ACCMODE) === 1 || flags & O_PATH) return -Errno.EBADF;
    const inode = get(v.words, description + Description.inode);
    const refused = refusesData(v, inode);
    if (refused < 0) return refused;
    if (position !== null && position >= 0) return readData(v, inode, position, into, 0, into.length);
    const shared = get(v.words, description + Description.holders) > 1;
    if (shared) lockDescription(v, description, description + Description.lock);
    const at = offsetOf(v, description);
    const count = readData(v, inode, at, into, 0, into.length);
    setOffset(v, description, at + count);
    if (shared) unlockDescription(v, description + Description.lock);
    return count;
  }

  write(ofd: Ofd, from: Uint8Array, position: number | null): number {
    const v = this.volume;
    const description = descriptionOf(v, ofd);
    if (description === 0) return -Errno.EBADF;
    const flags = get(v.words, description + Description.flags);
    if ((flags & O_ACCMODE) === 0 || flags & O_PATH) return -Errno.EBADF;
    const inode = get(v.words, description + Description.inode);
    const refused = refusesData(v, inode);
    if (refused < 0) return refused;
    dropSetIdBits(v, inode);
    const own = position === null || position < 0;
    lockInode(v, inode);
    stamp(v);
    let at = own ? offsetOf(v, description) : position;
    if (flags & O_APPEND) at = sizeOf(v.words, inode);
    const count = writeData(v, inode, from, 0, from.length, at);
    if (own && count > 0) setOffset(v, description, at + count);
    unlockInode(v, inode);
    if (count > 0) noteChange(v, get(v.words, description + Description.entry), inode);
    return count;
  }

  seek(ofd: Ofd, offset: number, whence: 0 | 1 | 2): number {
    const v = this.volume;
    const description = descriptionOf(v, ofd);
    if (description === 0) return -Errno.EBADF;
    const inode = get(v.words, description + Description.inode);
    const type = get(v.words, inode + Inode.mode) & S_IFMT;
    if (type === S_IFIFO || type === S_IFSOCK) return -Errno.ESPIPE;
    const base = whence === 0 ? 0 : whence === 1 ? offsetOf(v, description) : stableSize(v, inode);
    if (base + offset < 0) return -Errno.EINVAL;
    setOffset(v, description, base + offset);
    return base + offset;
  }

  getFlags(ofd: Ofd): number {
    const description = descriptionOf(this.volume, ofd);
    return description === 0 ? -Errno.EBADF : get(this.volume.words, description + Description.flags);
  }

  setFlags(ofd: Ofd, flags: number): number {
    const { words } = this.volume;
    const description = descriptionOf(this.volume, ofd);
    if (description === 0) return -Errno.EBADF;
    const kept = get(words, description + Description.flags) & ~O_SETTABLE;
    words[description + Description.flags] = kept | (flags & O_SETTABLE);
    return 0;
  }

  fstat(ofd: Ofd, out: StatTarget, at: number): number {
    const v = this.volume;
    const description = descriptionOf(v, ofd);
    if (description === 0) return -Errno.EBADF;
    attributes.statInode(v, get(v.words, description + Description.inode), out, at);
    return 0;
  }

  ftruncate(ofd: Ofd, size: number): number {
    const v = this.volume;
    const description = descriptionOf(v, ofd);
    if (description === 0) return -Errno.EBADF;
    const flags = get(v.words, description + Description.flags);
    if (flags & O_PATH) return -Errno.EBADF;
    if ((flags & O_ACCMODE) === 0) return -Errno.EINVAL;
    return gaveBack(v, attributes.truncateDescription(v, description, size));
  }

  fsync(ofd: Ofd, _dataOnly: boolean): number {
    const description = descriptionOf(this.volume, ofd);
    if (description === 0) return -Errno.EBADF;
    return syncInode(this.volume, get(this.volume.words, description + Description.inode));
  }

  fchmod(ofd: Ofd, mode: number): number {
    const description = this.#changeable(ofd);
    return description < 0 ? description : attributes.fchmod(this.volume, description, mode);
  }

  fchown(ofd: Ofd, uid: number, gid: number): number {
    const description = this.#changeable(ofd);
    return description < 0 ? description : attributes.fchown(this.volume, description, uid, gid);
  }

  futimes(ofd: Ofd, atime: TimeSpec, mtime: TimeSpec): number {
    const description = this.#changeable(ofd);
    return description < 0 ? description : attributes.futimes(this.volume, description, atime, mtime);
  }

  #changeable(ofd: Ofd): number {
    const description = descriptionOf(this.volume, ofd);
    if (description === 0) return -Errno.EBADF;
    return get(this.volume.words, description + Description.flags) & O_PATH ? -Errno.EBADF : description;
  }

  pathOf(ofd: Ofd): string | undefined {
    const v = this.volume;
    const description = descriptionOf(v, ofd);
    if (description === 0) return undefined;
    const path = pathOfInode(
      v,
      get(v.words, description + Description.inode),
      get(v.words, description + Description.entry),
    );
    return path && decodeUtf8(path);
  }

  stat(path: Path, out: StatTarget, at: number): number {
    return attributes.stat(this.volume, path, FOLLOW, out, at);
  }

  lstat(path: Path, out: StatTarget, at: number): number {
    return attributes.stat(this.volume, path, NO_FOLLOW, out, at);
  }

  kind(path: Path): number {
    const v = this.volume;
    const inode = lookupExisting(v, v.walk, path, FOLLOW);
    return inode < 0 ? inode : isDirectory(v.words, inode) ? 1 : 0;
  }

  access(path: Path, mode: number): number {
    return attributes.access(this.volume, path, mode);
  }

  readFile(path: Path): Uint8Array<ArrayBuffer> | number {
    const v = this.volume;
    for (;;) {
      const inode = lookupExisting(v, v.walk, path, FOLLOW);
      if (inode < 0) return inode;
      const type = get(v.words, inode + Inode.mode) & S_IFMT;
      if (!mayAccess(v, inode, R_OK)) return -Errno.EACCES;
      if (type === S_IFDIR) return -Errno.EISDIR;
      if (type !== S_IFREG) return -Errno.EINVAL;
      if (sizeOf(v.words, inode) > READ_FILE_BYTES_MAX) return -Errno.EFBIG;
      const content = readAll(v, inode);
      if (stillValid(v, v.walk)) return content;
    }
  }

  writeFile(path: Path, data: Uint8Array, flags: number, mode: number): number {
    return writeFile(this.volume, path, data, flags, mode);
  }

  readdir(path: Path, wantRaw: boolean): DirectoryList | number {
    return readdir(this.volume, path, wantRaw);
  }

  readdirAt(
    ofd: Ofd,
    cookie: number,
    limit: number,
    wantRaw: boolean,
  ): (DirectoryList & { next: number }) | number {
    const description = descriptionOf(this.volume, ofd);
    return description === 0 ? -Errno.EBADF : readdirAt(this.volume, description, cookie, limit, wantRaw);
  }

  mkdir(path: Path, mode: number): number {
    return namespace.mkdir(this.volume, path, mode);
  }

  rmdir(path: Path): number {
    return gaveBack(this.volume, namespace.rmdir(this.volume, path));
  }

  unlink(path: Path): number {
    return gaveBack(this.volume, namespace.unlink(this.volume, path));
  }

  rename(from: Path, to: Path): number {
    return gaveBack(this.volume, namespace.rename(this.volume, from, to));
  }

  link(from: Path, to: Path): number {
    return namespace.link(this.volume, from, to);
  }

  symlink(target: Path, path: Path): number {
    return namespace.symlink(this.volume, target, path);
  }

  mknod(path: Path, mode: number, rdev: number): number {
    return namespace.mknod(this.volume, path, mode, rdev);
  }

  readlink(path: Path): Uint8Array<ArrayBuffer> | number {
    const v = this.volume;
    for (;;) {
      const inode = lookupExisting(v, v.walk, path, NO_FOLLOW);
      if (inode < 0) return inode;
      if ((get(v.words, inode + Inode.mode) & S_IFMT) !== S_IFLNK) return -Errno.EINVAL;
      const target = new Bytes(PATH_MAX_BYTES);
      const length = copyTarget(v, inode, target, 0, PATH_MAX_BYTES);
      if (stillValid(v, v.walk)) return target.slice(0, length);
    }
  }

  realpath(path: Path): Uint8Array<ArrayBuffer> | number {
    const v = this.volume;
    for (;;) {
      const inode = lookupExisting(v, v.walk, path, FOLLOW);
      if (inode < 0) return inode;
      const found = pathOfInode(v, inode, v.walk.entry);
      if (found) return found;
    }
  }

  chmod(path: Path, mode: number, follow: boolean): number {
    return attributes.chmod(this.volume, path, mode, follow);
  }

  chown(path: Path, uid: number, gid: number, follow: boolean): number {
    return attributes.chown(this.volume, path, uid, gid, follow);
  }

  utimes(path: Path, atime: TimeSpec, mtime: TimeSpec, follow: boolean): number {
    return attributes.utimes(this.volume, path, atime, mtime, follow);
  }

  truncate(path: Path, size: number): number {
    return gaveBack(this.volume, attributes.truncate(this.volume, path, size));
  }

  statfs(path: Path, out: Float64Array | BigInt64Array): number {
    const v = this.volume;
    const inode = lookupExisting(v, v.walk, path, FOLLOW);
    if (inode < 0) return inode;
    attributes.statfs(v, out);
    return 0;
  }

  chdir(path: Path): number {
    const v = this.volume;
    const set = setPath(v.walk, path);
    if (set < 0) return set;
    const found = resolve(v, v.walk, FOLLOW);
    return found < 0 ? found : transact(v, changeDirectory, 0, 0, 0);
  }

  followDirectory(slot: number): void {
    const v = this.volume;
    v.leaderAt = get(v.words, Super.slotsAt) + slot * Slot.words;
  }

  cwd(): string | number {
    const v = this.volume;
    const path = pathOfInode(v, workingDirectory(v), 0);
    return path ? decodeUtf8(path) : -Errno.ENOENT;
  }

  watch(path: Path, recursive: boolean, listener: (event: FileEvent) => void): { close(): void } | number {
    return this.#watches.watch(path, recursive, listener);
  }

  /** Watches `below` in what is mounted where `path` leads. */
  watchMounted(
    path: Path,
    below: string,
    recursive: boolean,
    listener: (event: FileEvent) => void,
  ): { close(): void } | number {
    return this.#watches.watchMounted(path, below, recursive, listener);
  }

  /** Something has changed in what is mounted where `path` leads. */
  noteMounted(path: Path, below: string, rename: boolean): void {
    noteMounted(this.volume, path, below, rename);
  }
}

/** A description of something else than a plain file has no data here. */
function refusesData(v: Volume, inode: number): number {
  const type = get(v.words, inode + Inode.mode) & S_IFMT;
  if (type === S_IFREG) return 0;
  return type === S_IFDIR ? -Errno.EISDIR : -Errno.EINVAL;
}

function offsetOf(v: Volume, description: number): number {
  const low = get(v.words, description + Description.offsetLow) >>> 0;
  return get(v.words, description + Description.offsetHigh) * 4294967296 + low;
}

function setOffset(v: Volume, description: number, offset: number): void {
  v.words[description + Description.offsetLow] = offset | 0;
  v.words[description + Description.offsetHigh] = Math.floor(offset / 4294967296);
}

/** Makes a directory (0: where the walk leads) this process's working directory and pins it. */
function changeDirectory(v: Volume, given: number): number {
  const directory = given !== 0 ? given : revalidate(v, v.walk, FOLLOW);
  if (directory <= 0) return directory === 0 ? -Errno.ENOENT : directory;
  if (!isDirectory(v.words, directory)) return -Errno.ENOTDIR;
  if (!mayAccess(v, directory, X_OK)) return -Errno.EACCES;
  const old = get(v.words, v.slotAt + Slot.cwd);
  putVolatile(v, directory + Inode.pins, get(v.words, directory + Inode.pins) + 1);
  putVolatile(v, v.slotAt + Slot.cwd, directory);
  if (old !== 0) dropPin(v, old, 0);
  v.cwd = directory;
  return 0;
}
