/**
 * File systems that are mounted into the container's: which backend stands at which mark, and what processes and the
 * page ask of it. Backends are asynchronous; a process waits for its answer as for any call of the kernel's. The calls
 * on one mount are answered one after the other.
 */
import { Errno } from '../../base/errno.ts';
import { MAILBOX_BYTES, TREE_FILES_MAX } from '../../base/limits.ts';
import {
  FIRST_BACKEND_MOUNT,
  FIRST_MOUNT_HANDLE,
  type TreeAnswer,
  type TreeAttributes,
  type TreeCall,
  type TreeChange,
  type TreeMove,
  type TreeOperation,
} from '../../protocol/trees.ts';
import { type Attributes, type Backend, type BackendFile, isWithin } from '../../../vfs/backends/backend.ts';
import { type Walked, walkBackend } from '../../../vfs/backends/walk.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, W_OK, X_OK } from '../../../vfs/mode.ts';
import { O_ACCMODE, O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_TRUNC } from '../../../vfs/mode.ts';
import type { Process } from '../process/process.ts';
import { type Holders, keepOnly } from '../trees/holders.ts';
import type { Caller } from '../trees/node.ts';

/** Of statfs(2): as a file system is named on Linux that is no kernel's own. */
const FUSE_SUPER_MAGIC = 0x65735546;

export interface MountFacts {
  path: string;
  /** What is mounted, for /proc/mounts: the type of its source, or for `bind` the folder. */
  source: string;
  type: string;
}

/** The call under way, and those that wait for it. */
export interface CallQueue {
  tail: Promise<unknown>;
}

export const newQueue = (): CallQueue => ({ tail: Promise.resolve() });

interface Mount extends MountFacts {
  backend: Backend;
  readonly queue: CallQueue;
}

interface OpenFile {
  mount: Mount;
  /** By which it was opened. */
  path: string;
  /** undefined: a directory. */
  file: BackendFile | undefined;
  append: boolean;
  /** Where the next read or write begins that names no position: one for all who share the description. */
  offset: number;
  found: Attributes | undefined;
  holders: Holders;
}

/** What is mounted, for another who has it too. */
export interface MountShare {
  readonly backend: Backend;
  /** The part of the path within it. */
  readonly rest: string;
  /** One after the other with all other calls on it. */
  turn<Result>(action: () => Promise<Result>): Promise<Result>;
  /** Something at `rest` has changed; `rename`: a name came or went. */
  changed(rename: boolean): void;
}

/** A change of `path` in what is mounted at `mount`; `rename`: a name came or went. */
type Changed = (mount: string, path: string, rename: boolean) => void;

export class Mounts {
  readonly #mounts = new Map<number, Mount>();
  readonly #files = new Map<number, OpenFile>();
  #lastMount = FIRST_BACKEND_MOUNT - 1;
  #lastHandle = FIRST_MOUNT_HANDLE - 1;
  readonly #changed: Changed;

  /** `changed` is told of every change that goes through here. */
  constructor(changed: Changed) {
    this.#changed = changed;
  }

  /** `queue`: of mounts whose calls must not come between each other's. → the number for the mark */
  add(facts: MountFacts, backend: Backend, queue = newQueue()): number {
    const number = ++this.#lastMount;
    this.#mounts.set(number, { ...facts, backend, queue });
    return number;
  }

  list(): (MountFacts & { writable: boolean })[] {
    return [...this.#mounts.values()].map(({ path, source, type, backend }) => ({
      path,
      source,
      type,
      writable: backend.capabilities.writable,
    }));
  }

  numberOf(path: string): number | undefined {
    for (const [number, mount] of this.#mounts) if (mount.path === path) return number;
    return undefined;
  }

  /** In what `path` lies; undefined where nothing is mounted. */
  shareAt(path: string): MountShare | undefined {
    for (const mount of this.#mounts.values()) {
      if (!isWithin(path, mount.path)) continue;
      const rest = path.slice(mount.path.length + 1);
      return {
        backend: mount.backend,
        rest,
        turn: (action) => this.#turn(mount, action),
        changed: (rename) => this.#tell(mount, rest, rename),
      };
    }
    return undefined;
  }

  isBusy(number: number): boolean {
    const mount = this.#mounts.get(number);
    return [...this.#files.values()].some((file) => file.mount === mount);
  }

  async remove(number: number): Promise<void> {
    const mount = this.#mounts.get(number);
    this.#mounts.delete(number);
    if (mount !== undefined) await this.#turn(mount, () => mount.backend.close());
  }

  #turn<Result>(mount: Mount, action: () => Promise<Result>): Promise<Result> {
    const { queue } = mount;
    const result = queue.tail.then(action);
    queue.tail = result.catch(() => undefined);
    return result;
  }

  /** → -errno or the answer */
  async call(request: Omit<TreeCall, 'call'>, caller: Caller): Promise<number | TreeAnswer> {
    const mount = this.#mounts.get(request.mount);
    if (mount === undefined) return -Errno.ENOENT;
    return this.#turn(mount, async () => {
      const { operation, rest } = request;
      const flags = operation.name === 'open' ? operation.flags : 0;
      const isNew = (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
      const follow = request.follow && (flags & O_NOFOLLOW) === 0 && !isNew;
      const walked = await walkBackend(mount.backend, mount.path, rest, follow);
      if (typeof walked === 'number') {
        if (walked === -Errno.EACCES && !LOOKS.has(operation.name)) mount.backend.refused?.(rest);
        return walked;
      }
      if ('outside' in walked) return { kind: 'elsewhere', path: walked.outside };
      return this.#perform(mount, walked, operation, caller);
    });
  }

  async #perform(
    mount: Mount,
    { path, found }: Walked,
    operation: TreeOperation,
    caller: Caller,
  ): Promise<number | TreeAnswer> {
    const { backend } = mount;
    if (operation.name === 'open') return this.#open(mount, path, found, operation, caller);
    if (operation.name === 'make') {
      if (found !== undefined) return -Errno.EEXIST;
      return this.#done(mount, path, true, await change(backend, path, operation.detail));
    }
    if (found === undefined) return -Errno.ENOENT;
    switch (operation.name) {
      case 'stat':
        return { kind: 'attributes', attributes: attributesFor(backend, found, caller) };
      case 'statfs': {
        const space = await backend.space();
        return typeof space === 'number' ? space : { kind: 'space', type: FUSE_SUPER_MAGIC, ...space };
      }
      case 'access':
        if (backend.access !== undefined) return doneOr(await backend.access(path, operation.mode));
        if (operation.mode & W_OK && !backend.capabilities.writable) return -Errno.EROFS;
        return operation.mode & X_OK && (found.mode & 0o111) === 0 ? -Errno.EACCES : { kind: 'done' };
      case 'readdir':
        return list(backend, path, operation.from ?? 0);
      case 'enter':
        return isDirectory(found) ? { kind: 'text', text: joined(mount.path, path) } : -Errno.ENOTDIR;
      case 'watch':
        backend.watched?.();
        return { kind: 'text', text: joined(mount.path, path), below: path };
      case 'realpath':
        return { kind: 'text', text: joined(mount.path, path), below: path };
      case 'readlink': {
        const text = await backend.readlink(path);
        return typeof text === 'number' ? text : { kind: 'text', text };
      }
      case 'remove':
        if (path === '') return -Errno.EBUSY;
        return this.#done(mount, path, true, await change(backend, path, operation.detail));
      case 'change':
      case 'truncate':
        return this.#done(mount, path, false, await change(backend, path, operation.detail));
    }
  }

  #tell(mount: Mount, path: string, rename: boolean): void {
    if (mount.backend.watched === undefined) this.#changed(mount.path, path, rename);
  }

  #done(mount: Mount, path: string, rename: boolean, result: number): number | TreeAnswer {
    if (result < 0) return result;
    this.#tell(mount, path, rename);
    return { kind: 'done' };
  }

  async #open(
    mount: Mount,
    path: string,
    found: Attributes | undefined,
    { flags, mode = 0o666 }: Extract<TreeOperation, { name: 'open' }>,
    caller: Caller,
  ): Promise<number | TreeAnswer> {
    const write = (flags & O_ACCMODE) !== 0;
    const create = (flags & O_CREAT) !== 0;
    if (found === undefined && !create) return -Errno.ENOENT;
    if (found !== undefined && create && flags & O_EXCL) return -Errno.EEXIST;
    if (found !== undefined && flags & O_DIRECTORY && !isDirectory(found)) return -Errno.ENOTDIR;
    if (this.#heldBy(caller.process) >= TREE_FILES_MAX) return -Errno.EMFILE;
    let file: BackendFile | undefined;
    let attributes = found;
    if (found !== undefined && isDirectory(found)) {
      if (write || create) return -Errno.EISDIR;
    } else {
      if (found !== undefined && (found.mode & S_IFMT) === S_IFLNK) return -Errno.ELOOP;
      const truncate = write && (flags & O_TRUNC) !== 0;
      const opened = await mount.backend.open(path, { write, create, exclusive: false, truncate, mode });
      if (typeof opened === 'number') return opened;
      file = opened;
      if (found === undefined || truncate) this.#tell(mount, path, found === undefined);
      const now = await opened.attributes();
      if (typeof now === 'number') return now;
      attributes = now;
    }
    if (attributes === undefined) return -Errno.ENOENT;
    const handle = ++this.#lastHandle;
    const holders: Holders = new Map([[caller.process, 1]]);
    this.#files.set(handle, {
      mount,
      path,
      file,
      append: (flags & O_APPEND) !== 0,
      offset: 0,
      found,
      holders,
    });
    return { kind: 'file', handle, attributes: attributesFor(mount.backend, attributes, caller) };
  }

  /** By which it was opened. */
  pathOf(handle: number): string | undefined {
    const open = this.#files.get(handle);
    return open && joined(open.mount.path, open.path);
  }

  #heldBy(process: Process | undefined): number {
    let held = 0;
    for (const { holders } of this.#files.values()) held += holders.get(process) ?? 0;
    return held;
  }

  /** Both names in one mount; anything else is EXDEV. */
  async move({ kind, mount: number, from, to }: Omit<TreeMove, 'call'>): Promise<number> {
    const mount = this.#mounts.get(number);
    if (mount === undefined) return -Errno.ENOENT;
    return this.#turn(mount, async () => {
      const { backend, path } = mount;
      const source = await walkBackend(backend, path, from, false);
      const target = await walkBackend(backend, path, to, false);
      for (const walked of [source, target]) if (typeof walked === 'number') return walked;
      if (typeof source === 'number' || typeof target === 'number') return -Errno.EIO;
      if ('outside' in source || 'outside' in target) return -Errno.EXDEV;
      if (source.found === undefined) return -Errno.ENOENT;
      if (kind === 'link' && target.found !== undefined) return -Errno.EEXIST;
      const result =
        kind === 'link'
          ? await backend.link(source.path, target.path)
          : await backend.rename(source.path, target.path);
      if (result >= 0 && kind === 'rename') this.#tell(mount, source.path, true);
      if (result >= 0) this.#tell(mount, target.path, true);
      return result;
    });
  }

  #held(handle: number, process: Process | undefined): OpenFile | number {
    const open = this.#files.get(handle);
    return open?.holders.has(process) ? open : -Errno.EBADF;
  }

  /** → bytes at `position` (null: the description's own), none at the end, or -errno */
  async read(
    handle: number,
    position: number | null,
    length: number,
    process: Process | undefined,
  ): Promise<Uint8Array | number> {
    const open = this.#held(handle, process);
    if (typeof open === 'number') return open;
    const { file, mount } = open;
    if (file === undefined) return -Errno.EISDIR;
    const into = new Uint8Array(length);
    const count = await this.#turn(mount, async () => {
      const read = await file.read(into, position ?? open.offset);
      if (position === null && read > 0) open.offset += read;
      return read;
    });
    return count < 0 ? count : into.subarray(0, count);
  }

  async write(
    handle: number,
    data: Uint8Array,
    position: number | null,
    process: Process | undefined,
  ): Promise<number> {
    const open = this.#held(handle, process);
    if (typeof open === 'number') return open;
    const { file, mount, append, path } = open;
    if (file === undefined) return -Errno.EBADF;
    return this.#turn(mount, async () => {
      const now = append ? await file.attributes() : undefined;
      if (typeof now === 'number') return now;
      const at = now?.size ?? position ?? open.offset;
      const written = await file.write(data, at);
      if (position === null && written > 0) open.offset = at + written;
      if (written > 0) this.#tell(mount, path, false);
      return written;
    });
  }

  async stat(handle: number, caller: Caller): Promise<TreeAnswer | number> {
    const open = this.#held(handle, caller.process);
    if (typeof open === 'number') return open;
    const { file, mount, found } = open;
    const now = file === undefined ? found : await this.#turn(mount, () => file.attributes());
    if (typeof now === 'number') return now;
    if (now === undefined) return -Errno.ENOENT;
    return { kind: 'attributes', attributes: attributesFor(mount.backend, now, caller) };
  }

  async sync(handle: number, process: Process | undefined): Promise<number> {
    const open = this.#held(handle, process);
    if (typeof open === 'number') return open;
    const { file, mount } = open;
    return file === undefined ? 0 : this.#turn(mount, () => file.sync());
  }

  /** fchmod, fchown, futimes, ftruncate. */
  async changeFile(handle: number, detail: TreeChange, process: Process | undefined): Promise<number> {
    const open = this.#held(handle, process);
    if (typeof open === 'number') return open;
    const { file, mount, path } = open;
    return this.#turn(mount, async () => {
      // A directory has no file of the backend's: its name is all there is.
      if (file === undefined && detail.call === 'truncate') return -Errno.EINVAL;
      const result =
        file === undefined
          ? await change(mount.backend, path, detail)
          : await changeOpen(file, mount.backend, detail);
      if (result >= 0) this.#tell(mount, path, false);
      return result;
    });
  }

  hold(handle: number, process: Process | undefined): void {
    const holders = this.#files.get(handle)?.holders;
    holders?.set(process, (holders.get(process) ?? 0) + 1);
  }

  close(handle: number, process: Process | undefined): void {
    const open = this.#files.get(handle);
    const count = open?.holders.get(process);
    if (open === undefined || count === undefined) return;
    if (count > 1) open.holders.set(process, count - 1);
    else open.holders.delete(process);
    if (open.holders.size === 0) this.#end(handle, open);
  }

  /** All that the process has open, but for what `kept` lists, once for each of its descriptors. */
  closeAll(process: Process, kept: readonly number[] = []): void {
    for (const [handle, open] of this.#files) {
      if (keepOnly(open.holders, process, kept, handle) === 0) this.#end(handle, open);
    }
  }

  #end(handle: number, { mount, file }: OpenFile): void {
    this.#files.delete(handle);
    if (file !== undefined) void this.#turn(mount, () => file.close()).catch(() => undefined);
  }
}

/** Calls by which programs find out what there is, as a shell does in every folder of PATH. */
const LOOKS = new Set<TreeOperation['name']>(['stat', 'access', 'realpath', 'readlink']);

const doneOr = (result: number): number | TreeAnswer => (result < 0 ? result : { kind: 'done' });
const isDirectory = ({ mode }: Attributes): boolean => (mode & S_IFMT) === S_IFDIR;
const joined = (mount: string, path: string): string => (path === '' ? mount : `${mount}/${path}`);

async function change(backend: Backend, path: string, detail: TreeChange | undefined): Promise<number> {
  switch (detail?.call) {
    case 'mkdir':
      return backend.mkdir(path, detail.mode);
    case 'symlink':
      return backend.symlink(detail.target, path);
    case 'rmdir':
    case 'unlink':
      return backend[detail.call](path);
    case 'chmod':
      return backend.chmod(path, detail.mode);
    case 'chown':
      return backend.chown(path, detail.uid, detail.gid);
    case 'utimes':
      return setTimes(backend, path, detail.atimeMs, detail.mtimeMs);
    case 'truncate': {
      const mode = { write: true, create: false, exclusive: false, truncate: false, mode: 0 };
      const file = await backend.open(path, mode);
      if (typeof file === 'number') return file;
      const result = await file.truncate(detail.size);
      const closed = await file.close();
      return result < 0 ? result : closed;
    }
    default:
      return backend.capabilities.writable ? -Errno.ENOTSUP : -Errno.EROFS;
  }
}

async function changeOpen(file: BackendFile, backend: Backend, detail: TreeChange): Promise<number> {
  switch (detail.call) {
    case 'chmod':
      return file.chmod(detail.mode);
    case 'chown':
      return file.chown(detail.uid, detail.gid);
    case 'truncate':
      return file.truncate(detail.size);
    case 'utimes': {
      const now = await file.attributes();
      if (typeof now === 'number') return now;
      return file.utimes(detail.atimeMs ?? now.atimeMs, detail.mtimeMs ?? now.mtimeMs);
    }
    default:
      return backend.capabilities.writable ? -Errno.ENOTSUP : -Errno.EROFS;
  }
}

async function setTimes(
  backend: Backend,
  path: string,
  atimeMs: number | null,
  mtimeMs: number | null,
): Promise<number> {
  if (atimeMs !== null && mtimeMs !== null) return backend.utimes(path, atimeMs, mtimeMs);
  const found = await backend.lookup(path);
  if (typeof found === 'number') return found;
  return backend.utimes(path, atimeMs ?? found.atimeMs, mtimeMs ?? found.mtimeMs);
}

/** As many entries as one answer holds; `next` where there are more. */
async function list(backend: Backend, path: string, from: number): Promise<number | TreeAnswer> {
  const ENTRY_BYTES = 8;
  const entries = await backend.list(path);
  if (typeof entries === 'number') return entries;
  const answer = { kind: 'list' as const, names: [] as string[], types: [] as number[] };
  let room = MAILBOX_BYTES - 256;
  for (let index = from; index < entries.length; index++) {
    const { name, type } = entries[index] ?? { name: '', type: 0 };
    room -= new TextEncoder().encode(JSON.stringify(name)).length + ENTRY_BYTES;
    if (room < 0) return { ...answer, next: index };
    answer.names.push(name);
    answer.types.push(type);
  }
  return answer;
}

/** Files of a backend that knows no owners are everyone's who may use the mount. */
function attributesFor(backend: Backend, found: Attributes, { credentials }: Caller): TreeAttributes {
  const own = backend.capabilities.owners ? found : credentials;
  const { mode, ino, size, nlink, mtimeMs, atimeMs, ctimeMs, birthtimeMs } = found;
  const times = { atimeMs, ctimeMs, birthtimeMs };
  return { mode, ino, size, nlink, uid: own.uid, gid: own.gid, rdev: 0, timeMs: mtimeMs, times };
}
