/** The guest's table of descriptors over those of the process. */
import type { Fd, FileCalls, StreamCalls } from '../system.ts';
import { FileType, rightsOf, WasiErrno, wasiErrno } from './abi.ts';
import { WasiFailure } from './memory.ts';

const S_IFMT = 0o170000;
const TYPES: Readonly<Record<number, number>> = {
  0o100000: FileType.regularFile,
  0o040000: FileType.directory,
  0o020000: FileType.characterDevice,
  0o060000: FileType.blockDevice,
  0o120000: FileType.symbolicLink,
  0o140000: FileType.socketStream,
  // WASI knows no pipes: uvwasi takes them for sockets.
  0o010000: FileType.socketStream,
};

/** Fields of a stat, in the order of Node's statValues. */
export const Stat = {
  dev: 0,
  mode: 1,
  nlink: 2,
  ino: 7,
  size: 8,
  atime: 10,
  mtime: 12,
  ctime: 14,
  count: 18,
};

export function typeOfMode(mode: number): number {
  return TYPES[mode & S_IFMT] ?? FileType.unknown;
}

export interface WasiDescriptor {
  fd: Fd;
  type: number;
  base: bigint;
  inheriting: bigint;
  flags: number;
  /** Of a directory: where it is, links resolved. Nothing above it can be reached. */
  path: string;
  /** Of a preopened directory: what the guest calls it. */
  guestPath: string | undefined;
  /** Position of a regular file; null: the process's own, which others may share. */
  position: bigint | null;
  /** The entries of a directory that is being read. */
  entries: { name: string; type: number }[] | undefined;
}

export class WasiDescriptors {
  readonly #table: (WasiDescriptor | undefined)[] = [];
  readonly #files: FileCalls;
  readonly #streams: StreamCalls;

  constructor(files: FileCalls, streams: StreamCalls) {
    this.#files = files;
    this.#streams = streams;
  }

  addStandard(fd: Fd): void {
    const stat = new Float64Array(Stat.count);
    const known = this.#files.fstat(fd, stat, 0) >= 0;
    const isTerminal = this.#streams.type(fd) === 'TTY';
    const type = isTerminal || !known ? FileType.characterDevice : typeOfMode(stat[Stat.mode] ?? 0);
    this.add({ fd, type, ...rightsOf(type), path: '', position: null });
  }

  /** A directory that the guest may use under a name of its own. → 0 or -errno */
  addPreopen(guestPath: string, hostPath: string): number {
    const real = this.#files.realpath(hostPath);
    if (typeof real === 'number') return real;
    const path = new TextDecoder().decode(real);
    const fd = this.#files.open(path, 0, 0);
    if (fd < 0) return fd;
    const stat = new Float64Array(Stat.count);
    this.#files.fstat(fd, stat, 0);
    const type = typeOfMode(stat[Stat.mode] ?? 0);
    this.add({ fd, type, ...rightsOf(type), path, guestPath, position: null });
    return 0;
  }

  /** → the guest's number */
  add(
    entry: Omit<WasiDescriptor, 'flags' | 'guestPath' | 'entries'> & { flags?: number; guestPath?: string },
  ): number {
    let index = 0;
    while (this.#table[index] !== undefined) index++;
    const { flags = 0, guestPath, ...rest } = entry;
    this.#table[index] = { ...rest, flags, guestPath, entries: undefined };
    return index;
  }

  /** Fails by BADF, or NOTCAPABLE where a right is missing. */
  get(number: number, base = 0n, inheriting = 0n): WasiDescriptor {
    const entry = this.#table[number];
    if (entry === undefined) throw new WasiFailure(WasiErrno.BADF);
    if ((base & ~entry.base) !== 0n || (inheriting & ~entry.inheriting) !== 0n) {
      throw new WasiFailure(WasiErrno.NOTCAPABLE);
    }
    return entry;
  }

  close(number: number): number {
    const entry = this.get(number);
    this.#table[number] = undefined;
    return wasiErrno(this.#files.close(entry.fd));
  }

  /** dup2: `to` becomes what `from` is, which is then closed. */
  renumber(from: number, to: number): number {
    const entry = this.get(from);
    const replaced = this.get(to);
    if (from === to) return WasiErrno.SUCCESS;
    this.#table[to] = entry;
    this.#table[from] = undefined;
    return wasiErrno(this.#files.close(replaced.fd));
  }

  preopens(): readonly WasiDescriptor[] {
    return this.#table.filter((entry) => entry?.guestPath !== undefined) as WasiDescriptor[];
  }
}
