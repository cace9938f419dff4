/** FileCalls: descriptors and paths over the shared file system, pipes, terminals and devices. */
import { Errno } from '../../base/errno.ts';
import { bytesAllocate, bytesCopy, bytesLength, bytesSet, bytesView } from '../../base/intrinsics.ts';
import { PIPE_BUFFER_BYTES } from '../../base/limits.ts';
import type { FileCalls } from '../../../polyfills/system.ts';
import { CROSSED, type FileSystem, StatField, type StatTarget } from '../../../vfs/file-system.ts';
import type { Descriptors, Description, StreamDescription, TreeDescription } from './descriptors.ts';
import { type Device, deviceByNumber, PTS_MAJOR, TTY_RDEV } from '../../base/devices.ts';
import type { FifoWait } from '../../protocol/process.ts';
import type { Gate } from '../gate.ts';
import { type Attributes, fillStat, FileType, timesOf } from './stat.ts';
import { lockCalls } from './file-locks.ts';
import { pathCalls } from './path-calls.ts';
import { readTreeFolder, type Trees } from './trees.ts';
import { descriptorOfPath, isTerminalPath } from './special-paths.ts';

const O_ACCMODE = 3;
const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;
const S_IFMT = 0o170000;

export interface FilesContext {
  gate: Gate;
  descriptors: Descriptors;
  files: FileSystem;
  trees: Trees;
  enqueue(callback: () => void): void;
}

export interface Files {
  calls: FileCalls;
  setTerminal(input: number | null): void;
}

export function createFileCalls(context: FilesContext): Files {
  const data = new DataCalls(context);
  return {
    calls: {
      ...descriptorCalls(context, data),
      ...pathCalls(context, data),
      ...attributeCalls(context),
      ...lockCalls(context, data),
    },
    setTerminal: (input) => data.setTerminal(input),
  };
}

/** Of an open that does not wait: the descriptor that ends once the other end of a named pipe is open. */
interface Later {
  met: number | undefined;
}

/** Reads, writes and opens: where the kinds of description differ most. */
export class DataCalls {
  readonly #gate: Gate;
  readonly #descriptors: Descriptors;
  readonly #files: FileSystem;
  readonly #trees: Trees;
  readonly #probe = new Float64Array(StatField.count);
  #terminal: number | null = null;

  constructor({ gate, descriptors, files, trees }: FilesContext) {
    this.#trees = trees;
    this.#gate = gate;
    this.#descriptors = descriptors;
    this.#files = files;
  }

  setTerminal(input: number | null): void {
    this.#terminal = input;
  }

  /** `later` is filled in where opening would wait. */
  open(path: string | Uint8Array, flags: number, mode: number, later?: Later): number {
    if ((flags & O_ACCMODE) === 0) this.#gate.enter();
    else this.#gate.change();
    const same = descriptorOfPath(path);
    if (same !== undefined) return this.#reopen(same);
    if (isTerminalPath(path)) return this.#openTerminal();
    const ofd = this.#files.open(this.#trees.at(path), flags, mode);
    if (ofd === CROSSED) return this.#openInTree(flags, mode, later);
    if (ofd === -Errno.ENXIO) return this.#openDevice(path, flags, later);
    if (ofd < 0) return ofd;
    return this.#descriptors.add({ kind: 'file', references: 1, nonBlocking: false, ofd });
  }

  openLater(path: string | Uint8Array, flags: number, mode: number): number | { fd: number; met: number } {
    const later: Later = { met: undefined };
    const fd = this.open(path, flags, mode, later);
    return fd < 0 || later.met === undefined ? fd : { fd, met: later.met };
  }

  #openInTree(flags: number, mode: number, later: Later | undefined): number {
    const { place } = this.#trees;
    const own = this.#trees.descriptorAt(place);
    if (own !== undefined) return this.#reopen(own);
    return this.#trees.open(place, flags, mode, (path) => this.open(path, flags, mode, later));
  }

  read(fd: number, into: Uint8Array, position: number | null): number {
    this.#gate.enter();
    const description = this.#descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    switch (description.kind) {
      case 'file':
        return this.#files.read(description.ofd, into, position);
      case 'device':
        return description.device.read(into);
      case 'tree':
        return this.#trees.read(description, into, position);
      case 'stream':
        this.#gate.touched = true;
        return position !== null && position >= 0 ? -Errno.ESPIPE : this.#readStream(description, into);
    }
  }

  write(fd: number, from: Uint8Array, position: number | null): number {
    this.#gate.change();
    const description = this.#descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    switch (description.kind) {
      case 'file':
        return this.#files.write(description.ofd, from, position);
      case 'device':
        return description.device.write(from);
      case 'tree':
        return this.#trees.write(description, from, position);
      case 'stream':
        return position !== null && position >= 0 ? -Errno.ESPIPE : this.#writeStream(description, from);
    }
  }

  fstat(fd: number, out: StatTarget, at: number): number {
    this.#gate.enter();
    const description = this.#descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    if (description.kind === 'file') return this.#files.fstat(description.ofd, out, at);
    if (description.kind === 'tree') return this.#trees.fstat(description, out, at);
    fillStat(out, at, this.#attributes(description));
    return 0;
  }

  /** Whole contents of what is no regular file, to its end. */
  readAll(path: string | Uint8Array): Uint8Array<ArrayBuffer> | number {
    const fd = this.open(path, 0, 0);
    if (fd < 0) return fd;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const buffer = bytesAllocate(PIPE_BUFFER_BYTES);
    let length = 0;
    let count = 0;
    do {
      count = this.read(fd, buffer, null);
      if (count > 0) parts[parts.length] = bytesCopy(buffer, 0, count);
      length += count > 0 ? count : 0;
    } while (count > 0);
    this.#descriptors.close(fd);
    if (count < 0) return count;
    const whole = bytesAllocate(length);
    for (let i = 0, at = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === undefined) break;
      bytesSet(whole, part, at);
      at += bytesLength(part);
    }
    return whole;
  }

  writeAll(path: string | Uint8Array, data: Uint8Array, flags: number, mode: number): number {
    const fd = this.open(path, flags, mode);
    if (fd < 0) return fd;
    const length = bytesLength(data);
    let done = 0;
    while (done < length) {
      const count = this.write(fd, bytesView(data, done, length), null);
      if (count < 0) {
        this.#descriptors.close(fd);
        return count;
      }
      done += count;
    }
    this.#descriptors.close(fd);
    return 0;
  }

  #readStream({ ends, input, nonBlocking }: StreamDescription, into: Uint8Array): number {
    if (ends.socket?.unconnected) return -Errno.ENOTCONN;
    if (input === undefined) return -Errno.EBADF;
    for (;;) {
      const seen = input.readTicket();
      const count = input.tryRead(into);
      if (count !== -Errno.EAGAIN || nonBlocking) return count;
      this.#gate.block(input.words, input.readWord, seen);
      if (this.#gate.interrupted) return -Errno.EINTR;
    }
  }

  /** A blocking write returns when all is in the pipe, as Linux's does. */
  #writeStream(stream: StreamDescription, from: Uint8Array): number {
    const { output, nonBlocking } = stream;
    if (output === undefined) return -Errno.EBADF;
    const length = bytesLength(from);
    let done = 0;
    for (;;) {
      const seen = output.writeTicket();
      const count = output.tryWrite(done === 0 ? from : bytesView(from, done, length));
      if (count >= 0) {
        done += count;
        if (done === length || nonBlocking) return done;
      } else if (count === -Errno.EPIPE && this.#goesUnread(stream)) {
        return length < done + output.capacity ? length : done + output.capacity;
      } else if (count !== -Errno.EAGAIN || nonBlocking) {
        return done > 0 ? done : count;
      } else {
        this.#gate.block(output.words, output.writeWord, seen);
        if (this.#gate.interrupted) return done > 0 ? done : -Errno.EINTR;
      }
    }
  }

  /**
   * TCP learns that its peer has closed the connection by the answer to what it sends: what is written
   * first after that is taken, as much as fits, and lost. A connection that was reset is known to be gone.
   */
  #goesUnread(stream: StreamDescription): boolean {
    const gone = stream.ends.socket?.kind !== 'tcp' || stream.sentToNobody === true || stream.input?.isReset;
    if (gone) return false;
    stream.sentToNobody = true;
    return true;
  }

  /** /dev/fd/N: a file is opened anew where it can be, anything else is shared. */
  #reopen(fd: number): number {
    return this.#descriptors.dup(fd, 0);
  }

  #openTerminal(): number {
    if (this.#terminal === null) return -Errno.ENXIO;
    const result = this.#gate.call({ call: 'open-tty', input: this.#terminal });
    if (result < 0) return result;
    const ends = { input: this.#terminal, output: result, tty: true };
    return this.#descriptors.add(this.#descriptors.open({ kind: 'stream', ...ends }));
  }

  /** The file system answers ENXIO for a device node or a FIFO: what is behind it is our business. */
  #openDevice(path: string | Uint8Array, flags: number, later: Later | undefined): number {
    const found = this.#files.stat(this.#trees.at(path), this.#probe, 0);
    if (found < 0) return found;
    const type = (this.#probe[StatField.mode] ?? 0) & S_IFMT;
    if (type === FileType.fifo) return this.#openFifo(flags, later);
    if (this.#probe[StatField.rdev] === TTY_RDEV) return this.#openTerminal();
    const device = deviceByNumber(this.#probe[StatField.rdev] ?? 0);
    if (device === undefined) return -Errno.ENXIO;
    return this.#descriptors.add({ kind: 'device', references: 1, nonBlocking: false, device });
  }

  #openFifo(flags: number, later: Later | undefined): number {
    const access = flags & O_ACCMODE;
    const result = this.#gate.call({
      call: 'fifo',
      dev: this.#probe[StatField.dev] ?? 0,
      ino: this.#probe[StatField.ino] ?? 0,
      access: access === 0 ? 'read' : access === O_WRONLY ? 'write' : 'both',
      nonBlocking: (flags & O_NONBLOCK) !== 0,
      later: later !== undefined,
    });
    if (result < 0) return result;
    const met = later === undefined ? undefined : (this.#gate.payload() as FifoWait).met;
    const ends =
      access === 0
        ? { input: result }
        : access === O_WRONLY
          ? { output: result }
          : { input: result, output: result };
    const description = this.#descriptors.open({ kind: 'stream', ...ends });
    description.nonBlocking = (flags & O_NONBLOCK) !== 0;
    const fd = this.#descriptors.add(description);
    if (later !== undefined && met !== undefined) {
      later.met = this.#descriptors.add(this.#descriptors.open({ kind: 'stream', input: met }));
    }
    return fd;
  }

  #attributes(description: Exclude<Description, { kind: 'file' | 'tree' }>): Attributes {
    const { uid, gid } = this.#files.credentials;
    const owner = { uid, gid, timeMs: 0 };
    if (description.kind === 'device') return { ...owner, ...deviceAttributes(description.device) };
    const ring = description.input?.id ?? description.output?.id ?? 0;
    return description.tty
      ? { ...owner, mode: FileType.character | 0o620, rdev: (PTS_MAJOR << 8) | ring, ino: ring + 3 }
      : {
          ...owner,
          mode: description.ends.socket ? FileType.socket | 0o777 : FileType.fifo | 0o600,
          rdev: 0,
          ino: ring + 1,
        };
  }
}

function deviceAttributes(device: Device): Pick<Attributes, 'mode' | 'rdev' | 'ino'> {
  return { mode: FileType.character | 0o666, rdev: device.rdev, ino: device.rdev };
}

export type DescriptorCallNames =
  'open' | 'openLater' | 'close' | 'dup' | 'dup2' | 'read' | 'write' | 'fstat' | 'readdirAt';

function descriptorCalls(
  { gate, descriptors, files, trees }: FilesContext,
  data: DataCalls,
): Pick<FileCalls, DescriptorCallNames> {
  return {
    open: (path, flags, mode) => data.open(path, flags, mode),
    openLater: (path, flags, mode) => data.openLater(path, flags, mode),
    read: (fd, into, position) => data.read(fd, into, position),
    write: (fd, from, position) => data.write(fd, from, position),
    fstat: (fd, out, at) => data.fstat(fd, out, at),
    close(fd) {
      gate.enter();
      return descriptors.close(fd);
    },
    dup(fd, atLeast) {
      gate.enter();
      return descriptors.dup(fd, atLeast);
    },
    dup2(from, to) {
      gate.enter();
      return descriptors.dup2(from, to);
    },
    readdirAt(fd, cookie, limit, wantRaw) {
      gate.enter();
      const description = descriptors.get(fd);
      if (description === undefined) return -Errno.EBADF;
      if (description.kind === 'tree') return readTreeFolder(trees, description, cookie, limit, wantRaw);
      if (description.kind !== 'file') return -Errno.ENOTDIR;
      return files.readdirAt(description.ofd, cookie, limit, wantRaw);
    },
  };
}

export type AttributeCallNames = 'fchmod' | 'fchown' | 'futimes' | 'ftruncate' | 'fsync';

/** Calls by descriptor that only files answer: on a pipe or a device, what Linux says there. */
function attributeCalls({
  gate,
  descriptors,
  files,
  trees,
}: FilesContext): Pick<FileCalls, AttributeCallNames> {
  const onFile = (
    fd: number,
    otherwise: number,
    call: (ofd: number) => number,
    inTree?: (file: TreeDescription) => number,
  ): number => {
    gate.enter();
    const description = descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    if (description.kind === 'tree' && inTree !== undefined) return inTree(description);
    return description.kind === 'file' ? call(description.ofd) : otherwise;
  };
  return {
    fchmod: (fd, mode) =>
      onFile(
        fd,
        0,
        (ofd) => files.fchmod(ofd, mode),
        (file) => trees.changeFile(file, { call: 'chmod', mode }),
      ),
    fchown: (fd, uid, gid) =>
      onFile(
        fd,
        0,
        (ofd) => files.fchown(ofd, uid, gid),
        (file) => trees.changeFile(file, { call: 'chown', uid, gid }),
      ),
    futimes: (fd, atime, mtime) =>
      onFile(
        fd,
        0,
        (ofd) => files.futimes(ofd, atime, mtime),
        (file) => trees.changeFile(file, timesOf(atime, mtime)),
      ),
    ftruncate: (fd, size) =>
      onFile(
        fd,
        -Errno.EINVAL,
        (ofd) => files.ftruncate(ofd, size),
        (file) => trees.truncateFile(file, size),
      ),
    fsync: (fd, dataOnly) =>
      onFile(
        fd,
        -Errno.EINVAL,
        (ofd) => files.fsync(ofd, dataOnly),
        (file) => trees.sync(file),
      ),
  };
}
