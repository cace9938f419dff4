/**
 * A folder of a shared-memory file system as a backend: another container's tree, the upper layer of an overlay, a bind.
 * What is mounted in it is not of it: such a folder is empty here, and cannot be changed.
 */
import { Errno } from '../../src/base/errno.ts';
import { CROSSED, type FileSystem, StatField, timeSpec } from '../file-system.ts';
import { O_CREAT, O_EXCL, O_RDWR, O_TRUNC, S_IFDIR } from '../mode.ts';
import {
  ALL_CAPABILITIES,
  type Answer,
  type Attributes,
  type Backend,
  type BackendFile,
  type Entry,
  inodeNumber,
  type OpenMode,
  type Space,
} from './backend.ts';

const STATFS_FIELDS = 7;

export class SharedFilesBackend implements Backend {
  readonly capabilities = ALL_CAPABILITIES;
  readonly #files: FileSystem;
  readonly #root: string;
  readonly #figures = new Float64Array(StatField.count);

  constructor(files: FileSystem, root = '/') {
    this.#files = files;
    this.#root = root === '/' ? '' : root;
  }

  #at(path: string): string {
    return path === '' ? this.#root || '/' : `${this.#root}/${path}`;
  }

  /** The answer of a change, which a mark refuses. */
  #changed(result: number): Promise<number> {
    return Promise.resolve(result === CROSSED ? -Errno.EBUSY : result);
  }

  lookup(path: string): Answer<Attributes> {
    const result = this.#files.lstat(this.#at(path), this.#figures, 0);
    if (result === CROSSED) return Promise.resolve(this.#isMark() ? markAttributes(path) : -Errno.ENOENT);
    return Promise.resolve(result < 0 ? result : attributesOf(this.#figures));
  }

  /** Whether the call that has just been answered by CROSSED named the mark itself. */
  #isMark(): boolean {
    return this.#files.crossing.rest === '';
  }

  list(path: string): Answer<Entry[]> {
    const list = this.#files.readdir(this.#at(path), false);
    if (list === CROSSED) return Promise.resolve(this.#isMark() ? [] : -Errno.ENOENT);
    if (typeof list === 'number') return Promise.resolve(list);
    return Promise.resolve(list.names.map((name, index) => ({ name, type: list.types[index] ?? 0 })));
  }

  open(path: string, { write, create, exclusive, truncate, mode }: OpenMode): Answer<BackendFile> {
    const kind = this.#files.kind(this.#at(path));
    if (kind === 1) return Promise.resolve(create && exclusive ? -Errno.EEXIST : -Errno.EISDIR);
    const flags =
      (write ? O_RDWR : 0) |
      (create ? O_CREAT : 0) |
      (exclusive ? O_EXCL : 0) |
      (truncate && write ? O_TRUNC : 0);
    const ofd = this.#files.open(this.#at(path), flags, mode);
    if (ofd === CROSSED) return Promise.resolve(this.#isMark() ? -Errno.EISDIR : -Errno.ENOENT);
    return Promise.resolve(ofd < 0 ? ofd : new OpenSharedFile(this.#files, ofd));
  }

  readlink(path: string): Answer<string> {
    const target = this.#files.readlink(this.#at(path));
    if (target === CROSSED) return Promise.resolve(-Errno.EINVAL);
    return Promise.resolve(typeof target === 'number' ? target : new TextDecoder().decode(target));
  }
  mkdir(path: string, mode: number): Promise<number> {
    return this.#changed(this.#files.mkdir(this.#at(path), mode));
  }
  rmdir(path: string): Promise<number> {
    return this.#changed(this.#files.rmdir(this.#at(path)));
  }
  unlink(path: string): Promise<number> {
    return this.#changed(this.#files.unlink(this.#at(path)));
  }
  rename(from: string, to: string): Promise<number> {
    return this.#changed(this.#files.rename(this.#at(from), this.#at(to)));
  }
  link(from: string, to: string): Promise<number> {
    return this.#changed(this.#files.link(this.#at(from), this.#at(to)));
  }
  symlink(target: string, path: string): Promise<number> {
    return this.#changed(this.#files.symlink(target, this.#at(path)));
  }
  chmod(path: string, mode: number): Promise<number> {
    return this.#changed(this.#files.chmod(this.#at(path), mode, true));
  }
  chown(path: string, uid: number, gid: number): Promise<number> {
    return this.#changed(this.#files.chown(this.#at(path), uid, gid, false));
  }
  utimes(path: string, atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#changed(this.#files.utimes(this.#at(path), timeSpec(atimeMs), timeSpec(mtimeMs), false));
  }
  space(): Answer<Space> {
    const out = new Float64Array(STATFS_FIELDS);
    const result = this.#files.statfs(this.#at(''), out);
    const [, blockBytes = 0, blocks = 0, free = 0] = out;
    return Promise.resolve(result < 0 ? result : { blockBytes, blocks, free });
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

class OpenSharedFile implements BackendFile {
  readonly #files: FileSystem;
  readonly #ofd: number;

  constructor(files: FileSystem, ofd: number) {
    this.#files = files;
    this.#ofd = ofd;
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return Promise.resolve(this.#files.read(this.#ofd, into, position));
  }
  write(from: Uint8Array, position: number): Promise<number> {
    return Promise.resolve(this.#files.write(this.#ofd, from, position));
  }
  attributes(): Answer<Attributes> {
    const figures = new Float64Array(StatField.count);
    const result = this.#files.fstat(this.#ofd, figures, 0);
    return Promise.resolve(result < 0 ? result : attributesOf(figures));
  }
  truncate(size: number): Promise<number> {
    return Promise.resolve(this.#files.ftruncate(this.#ofd, size));
  }
  chmod(mode: number): Promise<number> {
    return Promise.resolve(this.#files.fchmod(this.#ofd, mode));
  }
  chown(uid: number, gid: number): Promise<number> {
    return Promise.resolve(this.#files.fchown(this.#ofd, uid, gid));
  }
  utimes(atimeMs: number, mtimeMs: number): Promise<number> {
    return Promise.resolve(this.#files.futimes(this.#ofd, timeSpec(atimeMs), timeSpec(mtimeMs)));
  }
  sync(): Promise<number> {
    return Promise.resolve(this.#files.fsync(this.#ofd, false));
  }
  close(): Promise<number> {
    return Promise.resolve(this.#files.close(this.#ofd));
  }
}

function markAttributes(path: string): Attributes {
  const times = { atimeMs: 0, mtimeMs: 0, ctimeMs: 0, birthtimeMs: 0 };
  return { mode: S_IFDIR | 0o555, size: 0, ino: inodeNumber(path), nlink: 2, uid: 0, gid: 0, ...times };
}

function attributesOf(figures: Float64Array): Attributes {
  const at = (field: number): number => figures[field] ?? 0;
  const timeMs = (field: number): number => at(field) * 1000 + at(field + 1) / 1e6;
  return {
    mode: at(StatField.mode),
    size: at(StatField.size),
    ino: at(StatField.ino),
    nlink: at(StatField.nlink),
    uid: at(StatField.uid),
    gid: at(StatField.gid),
    atimeMs: timeMs(StatField.atimeSec),
    mtimeMs: timeMs(StatField.mtimeSec),
    ctimeMs: timeMs(StatField.ctimeSec),
    birthtimeMs: timeMs(StatField.birthtimeSec),
  };
}
