/**
 * The contract of a file system that is mounted into the container's: an archive, a folder of the user's disk, a
 * server, another container's snapshot. Backends run in the kernel's worker, never in a process.
 *
 * A path is relative to the backend's root, its parts joined by single slashes: '' is the root, 'a/b' a file. It holds
 * no '.', no '..' and goes through no symbolic link: the walk above (`walk.ts`) has resolved those.
 *
 * Every call answers a value, or `-errno`. A backend that cannot do a thing at all says so in its capabilities, and the
 * call answers -ENOTSUP; where nothing can be changed, every change is -EROFS. Nothing is ever silently dropped.
 */
import { Errno } from '../../src/base/errno.ts';

/** A value, or -errno. */
export type Answer<Value> = Promise<Value | number>;

export interface Attributes {
  /** Type and permissions, as st_mode. */
  mode: number;
  size: number;
  ino: number;
  nlink: number;
  uid: number;
  gid: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
}

export interface Entry {
  name: string;
  /** Directory entry type as UV_DIRENT_*: 1 file, 2 directory, 3 link. */
  type: number;
}

export interface Capabilities {
  /** Without it every change is EROFS. */
  writable: boolean;
  /** Directories can be listed. */
  listing: boolean;
  symlinks: boolean;
  hardLinks: boolean;
  /** Permissions are kept: chmod. */
  modes: boolean;
  owners: boolean;
  /** utimes */
  times: boolean;
  /** Who looks during a rename over another file sees one of the two, never none. */
  atomicRename: boolean;
  /** A file that is open can be read and written after its last name has gone. */
  openUnlinked: boolean;
}

export interface OpenMode {
  write: boolean;
  create: boolean;
  /** With `create`: the name must be new. */
  exclusive: boolean;
  truncate: boolean;
  /** Permissions of a file that is made. */
  mode: number;
}

export const READ: OpenMode = { write: false, create: false, exclusive: false, truncate: false, mode: 0 };

/** An open file. Positions are the caller's business. */
export interface BackendFile {
  /** → bytes read, 0 at the end */
  read(into: Uint8Array, position: number): Promise<number>;
  /** → bytes written */
  write(from: Uint8Array, position: number): Promise<number>;
  attributes(): Answer<Attributes>;
  truncate(size: number): Promise<number>;
  /** Returns when what was written is where the backend keeps it. */
  sync(): Promise<number>;
  /** Attributes of the file itself, whatever its name is by now: fchmod, fchown, futimes. */
  chmod(mode: number): Promise<number>;
  chown(uid: number, gid: number): Promise<number>;
  utimes(atimeMs: number, mtimeMs: number): Promise<number>;
  close(): Promise<number>;
}

export interface Space {
  blockBytes: number;
  blocks: number;
  free: number;
}

export interface Backend {
  readonly capabilities: Capabilities;
  /** Set: its changes are told by the backend itself, whoever makes them. Called when somebody begins to watch. */
  watched?(): void;
  /** A path, as it was asked for, was EACCES on the way: whoever asked wanted to use what is there, not only to look. */
  refused?(path: string): void;
  /** access(2), where more than the attributes decides it. */
  access?(path: string, mode: number): Promise<number>;
  /** lstat */
  lookup(path: string): Answer<Attributes>;
  list(path: string): Answer<Entry[]>;
  open(path: string, mode: OpenMode): Answer<BackendFile>;
  readlink(path: string): Answer<string>;
  mkdir(path: string, mode: number): Promise<number>;
  rmdir(path: string): Promise<number>;
  unlink(path: string): Promise<number>;
  rename(from: string, to: string): Promise<number>;
  link(from: string, to: string): Promise<number>;
  symlink(target: string, path: string): Promise<number>;
  chmod(path: string, mode: number): Promise<number>;
  chown(path: string, uid: number, gid: number): Promise<number>;
  utimes(path: string, atimeMs: number, mtimeMs: number): Promise<number>;
  space(): Answer<Space>;
  /** The mount is taken away. */
  close(): Promise<void>;
}

export const ALL_CAPABILITIES: Capabilities = {
  writable: true,
  listing: true,
  symlinks: true,
  hardLinks: true,
  modes: true,
  owners: true,
  times: true,
  atomicRename: true,
  openUnlinked: true,
};

export const NO_CAPABILITIES: Capabilities = {
  writable: false,
  listing: true,
  symlinks: false,
  hardLinks: false,
  modes: false,
  owners: false,
  times: false,
  atomicRename: false,
  openUnlinked: true,
};

/** What a backend does that overrides nothing: it refuses, as its capabilities have it. */
export abstract class RefusingBackend implements Backend {
  abstract readonly capabilities: Capabilities;
  abstract lookup(path: string): Answer<Attributes>;
  abstract open(path: string, mode: OpenMode): Answer<BackendFile>;

  protected refuse(): Promise<number> {
    return Promise.resolve(this.capabilities.writable ? -Errno.ENOTSUP : -Errno.EROFS);
  }
  list(_path: string): Answer<Entry[]> {
    return Promise.resolve(-Errno.ENOTSUP);
  }
  readlink(_path: string): Answer<string> {
    return Promise.resolve(-Errno.EINVAL);
  }
  mkdir(_path: string, _mode: number): Promise<number> {
    return this.refuse();
  }
  rmdir(_path: string): Promise<number> {
    return this.refuse();
  }
  unlink(_path: string): Promise<number> {
    return this.refuse();
  }
  rename(_from: string, _to: string): Promise<number> {
    return this.refuse();
  }
  link(_from: string, _to: string): Promise<number> {
    return this.refuse();
  }
  symlink(_target: string, _path: string): Promise<number> {
    return this.refuse();
  }
  chmod(_path: string, _mode: number): Promise<number> {
    return this.refuse();
  }
  chown(_path: string, _uid: number, _gid: number): Promise<number> {
    return this.refuse();
  }
  utimes(_path: string, _atimeMs: number, _mtimeMs: number): Promise<number> {
    return this.refuse();
  }
  space(): Answer<Space> {
    return Promise.resolve({ blockBytes: 4096, blocks: 0, free: 0 });
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** An open file of a backend that changes nothing. */
export abstract class ReadOnlyFile implements BackendFile {
  abstract read(into: Uint8Array, position: number): Promise<number>;
  abstract attributes(): Answer<Attributes>;
  write(_from: Uint8Array, _position: number): Promise<number> {
    return Promise.resolve(-Errno.EBADF);
  }
  truncate(_size: number): Promise<number> {
    return Promise.resolve(-Errno.EINVAL);
  }
  chmod(_mode: number): Promise<number> {
    return Promise.resolve(-Errno.EROFS);
  }
  chown(_uid: number, _gid: number): Promise<number> {
    return Promise.resolve(-Errno.EROFS);
  }
  utimes(_atimeMs: number, _mtimeMs: number): Promise<number> {
    return Promise.resolve(-Errno.EROFS);
  }
  sync(): Promise<number> {
    return Promise.resolve(0);
  }
  close(): Promise<number> {
    return Promise.resolve(0);
  }
}

export const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const joinPath = (directory: string, name: string): string =>
  directory === '' ? name : `${directory}/${name}`;
/** Whether `path` is `above` or stands below it. */
export const isWithin = (path: string, above: string): boolean =>
  above === '' || path === above || path.startsWith(`${above}/`);

/** A number for a file of a backend that has none: the same path, the same number (52 bits of FNV-1a). */
export function inodeNumber(path: string): number {
  let low = 0x811c9dc5;
  let high = 0x9dc5;
  for (let index = 0; index < path.length; index++) {
    low = Math.imul(low ^ path.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ low, 0x5bd1e995);
  }
  return (high & 0xfffff) * 0x1_0000_0000 + (low >>> 0) + 1;
}
