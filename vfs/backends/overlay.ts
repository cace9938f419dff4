/**
 * Copy-on-write over a read-only tree that many may share. What is changed goes to the upper layer; a name of the lower
 * layer that is gone is hidden by a mark there, a file `.wh.<name>` (as OCI layers have it), with all below it.
 */
import { Errno } from '../../src/base/errno.ts';
import { direntType, MODE_BITS, S_IFDIR, S_IFLNK, S_IFMT } from '../mode.ts';
import {
  type Answer,
  type Attributes,
  type Backend,
  type BackendFile,
  baseName,
  type Capabilities,
  type Entry,
  isWithin,
  joinPath,
  type OpenMode,
  parentPath,
  READ,
  ReadOnlyFile,
  type Space,
} from './backend.ts';

const MARK = '.wh.';
const COPY_BYTES = 256 * 1024;

export class OverlayBackend implements Backend {
  readonly capabilities: Capabilities;
  readonly #lower: Backend;
  readonly #upper: Backend;
  /** Paths whose lower side is hidden. */
  readonly #hidden = new Set<string>();

  private constructor(lower: Backend, upper: Backend) {
    this.#lower = lower;
    this.#upper = upper;
    this.capabilities = { ...upper.capabilities, listing: lower.capabilities.listing };
  }

  /** `upper` is writable and may hold what an overlay over the same `lower` has left there. */
  static async over(lower: Backend, upper: Backend): Promise<OverlayBackend> {
    const overlay = new OverlayBackend(lower, upper);
    await overlay.#readMarks('');
    return overlay;
  }

  async #readMarks(directory: string): Promise<void> {
    const entries = await this.#upper.list(directory);
    if (typeof entries === 'number') return;
    for (const { name, type } of entries) {
      if (name.startsWith(MARK)) this.#hidden.add(joinPath(directory, name.slice(MARK.length)));
      else if (type === 2) await this.#readMarks(joinPath(directory, name));
    }
  }

  #isHidden(path: string): boolean {
    if (this.#hidden.size === 0) return false;
    for (let at = path; ; at = parentPath(at)) {
      if (this.#hidden.has(at)) return true;
      if (at === '') return false;
    }
  }

  async #below(path: string): Answer<Attributes> {
    return this.#isHidden(path) ? -Errno.ENOENT : this.#lower.lookup(path);
  }

  async #above(path: string): Answer<Attributes> {
    return baseName(path).startsWith(MARK) ? -Errno.ENOENT : this.#upper.lookup(path);
  }

  async lookup(path: string): Answer<Attributes> {
    const above = await this.#above(path);
    if (typeof above !== 'number') return { ...above, ino: above.ino * 2 };
    if (above !== -Errno.ENOENT) return above;
    const below = await this.#below(path);
    return typeof below === 'number' ? below : { ...below, ino: below.ino * 2 + 1 };
  }

  async list(path: string): Answer<Entry[]> {
    const found = await this.lookup(path);
    if (typeof found === 'number') return found;
    if ((found.mode & S_IFMT) !== S_IFDIR) return -Errno.ENOTDIR;
    const entries = new Map<string, Entry>();
    const below = this.#isHidden(path) ? [] : await this.#lower.list(path);
    if (typeof below === 'number' && below !== -Errno.ENOENT) return below;
    for (const entry of typeof below === 'number' ? [] : below) {
      if (!this.#hidden.has(joinPath(path, entry.name))) entries.set(entry.name, entry);
    }
    const above = await this.#upper.list(path);
    if (typeof above === 'number' && above !== -Errno.ENOENT) return above;
    for (const entry of typeof above === 'number' ? [] : above) {
      if (!entry.name.startsWith(MARK)) entries.set(entry.name, entry);
    }
    return [...entries.values()];
  }

  async readlink(path: string): Answer<string> {
    const above = await this.#above(path);
    if (typeof above !== 'number') return this.#upper.readlink(path);
    return this.#isHidden(path) ? -Errno.ENOENT : this.#lower.readlink(path);
  }

  async open(path: string, mode: OpenMode): Answer<BackendFile> {
    const above = await this.#above(path);
    if (typeof above !== 'number') return this.#upper.open(path, mode);
    const below = await this.#below(path);
    if (typeof below === 'number') {
      if (!mode.create || below !== -Errno.ENOENT) return below;
      const ready = await this.#prepare(path);
      return ready < 0 ? ready : this.#upper.open(path, mode);
    }
    if (mode.create && mode.exclusive) return -Errno.EEXIST;
    if ((below.mode & S_IFMT) === S_IFDIR) return this.#lower.open(path, mode);
    if (!mode.write) {
      const file = await this.#lower.open(path, mode);
      return typeof file === 'number' ? file : new LowerFile(this, path, file);
    }
    const copied = await this.#copyUp(path, !mode.truncate);
    return copied < 0 ? copied : this.#upper.open(path, mode);
  }

  /** Before a name is made in the upper layer: its directory must be there, and the name one that may be made. */
  async #prepare(path: string): Promise<number> {
    if (baseName(path).startsWith(MARK)) return -Errno.EINVAL;
    const directory = parentPath(path);
    const found = await this.lookup(directory);
    if (typeof found === 'number') return found;
    return (found.mode & S_IFMT) === S_IFDIR ? this.#copyUp(directory, false) : -Errno.ENOTDIR;
  }

  /** Makes a path of the lower layer the upper layer's. Half a copy is taken away again. */
  async #copyUp(path: string, withData: boolean): Promise<number> {
    if (path === '' || typeof (await this.#above(path)) !== 'number') return 0;
    const below = await this.#below(path);
    if (typeof below === 'number') return below;
    const ready = await this.#copyUp(parentPath(path), false);
    if (ready < 0) return ready;
    const type = below.mode & S_IFMT;
    let result: number;
    if (type === S_IFDIR) result = await this.#upper.mkdir(path, below.mode & MODE_BITS);
    else if (type === S_IFLNK) result = await this.#copyLink(path);
    else result = await this.#copyFile(path, below, withData);
    if (result < 0 || type === S_IFLNK) return result;
    if (this.capabilities.modes) await this.#upper.chmod(path, below.mode & MODE_BITS);
    if (this.capabilities.owners) await this.#upper.chown(path, below.uid, below.gid);
    if (this.capabilities.times) await this.#upper.utimes(path, below.atimeMs, below.mtimeMs);
    return 0;
  }

  async #copyLink(path: string): Promise<number> {
    const target = await this.#lower.readlink(path);
    return typeof target === 'number' ? target : this.#upper.symlink(target, path);
  }

  async #copyFile(path: string, { mode, size }: Attributes, withData: boolean): Promise<number> {
    const from = await this.#lower.open(path, READ);
    if (typeof from === 'number') return from;
    const making = { write: true, create: true, exclusive: true, truncate: false, mode: mode & MODE_BITS };
    const to = await this.#upper.open(path, making);
    if (typeof to === 'number') {
      await from.close();
      return to;
    }
    let result = 0;
    const part = new Uint8Array(Math.min(COPY_BYTES, size));
    for (let at = 0; withData && at < size && result >= 0; at += result) {
      result = await from.read(part, at);
      if (result === 0) break;
      if (result > 0) result = await writeAll(to, part.subarray(0, result), at);
    }
    await from.close();
    const closed = await to.close();
    if (result >= 0) result = closed;
    if (result < 0) await this.#upper.unlink(path);
    return result < 0 ? result : 0;
  }

  /** Hides the lower side of a path, if it has one. */
  async #hide(path: string): Promise<number> {
    const below = await this.#below(path);
    if (typeof below === 'number') return 0;
    const ready = await this.#copyUp(parentPath(path), false);
    if (ready < 0) return ready;
    const mark = joinPath(parentPath(path), MARK + baseName(path));
    const making = { write: true, create: true, exclusive: false, truncate: false, mode: 0o600 };
    const file = await this.#upper.open(mark, making);
    if (typeof file === 'number') return file;
    this.#hidden.add(path);
    return file.close();
  }

  async mkdir(path: string, mode: number): Promise<number> {
    if (typeof (await this.lookup(path)) !== 'number') return -Errno.EEXIST;
    const ready = await this.#prepare(path);
    return ready < 0 ? ready : this.#upper.mkdir(path, mode);
  }

  async rmdir(path: string): Promise<number> {
    if (path === '') return -Errno.EBUSY;
    const list = await this.list(path);
    if (typeof list === 'number') return list;
    if (list.length > 0) return -Errno.ENOTEMPTY;
    const hidden = await this.#hide(path);
    return hidden < 0 ? hidden : this.#removeAbove(path);
  }

  async unlink(path: string): Promise<number> {
    const found = await this.lookup(path);
    if (typeof found === 'number') return found;
    if ((found.mode & S_IFMT) === S_IFDIR) return -Errno.EISDIR;
    const hidden = await this.#hide(path);
    if (hidden < 0) return hidden;
    return typeof (await this.#above(path)) === 'number' ? 0 : this.#upper.unlink(path);
  }

  /** Removes the upper side of an empty directory, with the marks in it. */
  async #removeAbove(path: string): Promise<number> {
    const marks = await this.#upper.list(path);
    if (typeof marks === 'number') return marks === -Errno.ENOENT ? 0 : marks;
    for (const { name } of marks) {
      const gone = await this.#upper.unlink(joinPath(path, name));
      if (gone < 0) return gone;
      this.#hidden.delete(joinPath(path, name.slice(MARK.length)));
    }
    return this.#upper.rmdir(path);
  }

  async rename(from: string, to: string): Promise<number> {
    if (from === '' || to === '') return -Errno.EBUSY;
    const source = await this.lookup(from);
    if (typeof source === 'number') return source;
    const target = await this.lookup(to);
    const allowed = await this.#mayRename(from, to, source, target);
    if (allowed !== 0) return Math.min(allowed, 0);
    const isDirectory = (source.mode & S_IFMT) === S_IFDIR;
    let result = await this.#copyAllUp(from, isDirectory);
    if (result >= 0) result = await this.#prepare(to);
    if (result >= 0 && isDirectory) result = await this.#hide(to);
    if (result >= 0 && isDirectory && typeof target !== 'number') result = await this.#removeAbove(to);
    if (result >= 0) result = await this.#upper.rename(from, to);
    if (result < 0) return result;
    for (const path of [...this.#hidden]) {
      if (path === from || !isWithin(path, from)) continue;
      this.#hidden.delete(path);
      this.#hidden.add(to + path.slice(from.length));
    }
    return this.#hide(from);
  }

  /** 0: go on; 1: nothing to do; -errno */
  async #mayRename(
    from: string,
    to: string,
    source: Attributes,
    target: Attributes | number,
  ): Promise<number> {
    if (from === to) return 1;
    if (isWithin(to, from)) return -Errno.EINVAL;
    if (baseName(to).startsWith(MARK)) return -Errno.EINVAL;
    if (typeof target === 'number') return target === -Errno.ENOENT ? 0 : target;
    if (source.ino === target.ino) return 1;
    const [fromDirectory, toDirectory] = [source, target].map(({ mode }) => (mode & S_IFMT) === S_IFDIR);
    if (fromDirectory && !toDirectory) return -Errno.ENOTDIR;
    if (!fromDirectory && toDirectory) return -Errno.EISDIR;
    if (!toDirectory) return 0;
    const list = await this.list(to);
    return typeof list === 'number' ? list : list.length > 0 ? -Errno.ENOTEMPTY : 0;
  }

  async #copyAllUp(path: string, isDirectory: boolean): Promise<number> {
    const copied = await this.#copyUp(path, true);
    if (copied < 0 || !isDirectory) return copied;
    const list = await this.list(path);
    if (typeof list === 'number') return list;
    for (const { name, type } of list) {
      const result = await this.#copyAllUp(joinPath(path, name), type === direntType(S_IFDIR));
      if (result < 0) return result;
    }
    return 0;
  }

  async link(from: string, to: string): Promise<number> {
    if (!this.capabilities.hardLinks) return -Errno.ENOTSUP;
    const found = await this.lookup(from);
    if (typeof found === 'number') return found;
    if (typeof (await this.lookup(to)) !== 'number') return -Errno.EEXIST;
    const copied = (found.mode & S_IFMT) === S_IFDIR ? -Errno.EPERM : await this.#copyUp(from, true);
    const ready = copied < 0 ? copied : await this.#prepare(to);
    return ready < 0 ? ready : this.#upper.link(from, to);
  }

  async symlink(target: string, path: string): Promise<number> {
    if (!this.capabilities.symlinks) return -Errno.ENOTSUP;
    if (typeof (await this.lookup(path)) !== 'number') return -Errno.EEXIST;
    const ready = await this.#prepare(path);
    return ready < 0 ? ready : this.#upper.symlink(target, path);
  }

  chmod(path: string, mode: number): Promise<number> {
    return this.#changed(path, this.capabilities.modes, () => this.#upper.chmod(path, mode));
  }
  chown(path: string, uid: number, gid: number): Promise<number> {
    return this.#changed(path, this.capabilities.owners, () => this.#upper.chown(path, uid, gid));
  }
  utimes(path: string, atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#changed(path, this.capabilities.times, () => this.#upper.utimes(path, atimeMs, mtimeMs));
  }

  async #changed(path: string, possible: boolean, change: () => Promise<number>): Promise<number> {
    if (!possible) return -Errno.ENOTSUP;
    const found = await this.lookup(path);
    if (typeof found === 'number') return found;
    const copied = await this.#copyUp(path, true);
    return copied < 0 ? copied : change();
  }

  space(): Answer<Space> {
    return this.#upper.space();
  }

  /** The lower layer may be others' too: whoever made it closes it. */
  close(): Promise<void> {
    return this.#upper.close();
  }
}

/**
 * A file of the lower layer that is open for reading. Its attributes change by its name, which copies it up; what is read
 * stays what it was, as it does on Linux's overlay.
 */
class LowerFile extends ReadOnlyFile {
  readonly #overlay: OverlayBackend;
  readonly #path: string;
  readonly #file: BackendFile;
  #copied = false;

  constructor(overlay: OverlayBackend, path: string, file: BackendFile) {
    super();
    this.#overlay = overlay;
    this.#path = path;
    this.#file = file;
  }

  override read(into: Uint8Array, position: number): Promise<number> {
    return this.#file.read(into, position);
  }
  override attributes(): Answer<Attributes> {
    return this.#copied ? this.#overlay.lookup(this.#path) : this.#file.attributes();
  }
  override close(): Promise<number> {
    return this.#file.close();
  }
  override chmod(mode: number): Promise<number> {
    return this.#changed(() => this.#overlay.chmod(this.#path, mode));
  }
  override chown(uid: number, gid: number): Promise<number> {
    return this.#changed(() => this.#overlay.chown(this.#path, uid, gid));
  }
  override utimes(atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#changed(() => this.#overlay.utimes(this.#path, atimeMs, mtimeMs));
  }

  async #changed(change: () => Promise<number>): Promise<number> {
    const result = await change();
    if (result >= 0) this.#copied = true;
    return result;
  }
}

async function writeAll(file: BackendFile, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length;) {
    const count = await file.write(bytes.subarray(done), position + done);
    if (count < 0) return count;
    if (count === 0) return -Errno.ENOSPC;
    done += count;
  }
  return bytes.length;
}
