/**
 * Archives as they are mounted by copying: looked at whole, checked, and only then written. One that is damaged or leads
 * out of itself is refused, and nothing of it is there.
 */
import { Errno } from '../../base/errno.ts';
import { ARCHIVE_CHUNK_BYTES } from '../../base/limits.ts';
import { type ArchiveBackend, ArchiveError, type ArchiveNode } from '../../../vfs/backends/archive.ts';
import { blobSource, type ByteSource, bytesSource, readAhead } from '../../../vfs/backends/byte-source.ts';
import { openTar, unpacked } from '../../../vfs/backends/tar.ts';
import { openZip } from '../../../vfs/backends/zip.ts';
import { type FileSystem, StatField } from '../../../vfs/file-system.ts';
import { O_CREAT, O_TRUNC, O_WRONLY } from '../../../vfs/mode.ts';
import { isBinaryTree, openBinaryTree } from './binary-reader.ts';
import { bytesOf } from '../files/tree-walk.ts';
import { TreeError } from './tree-reader.ts';
import { Turns } from './turns.ts';

const GZIP = 0x8b1f;
const PK = 0x4b50;
const BLOCK_BYTES = 1024;
const STATFS_FIELDS = 7;

export function sourceOf(given: Uint8Array | Blob): ByteSource {
  return given instanceof Uint8Array ? bytesSource(given) : readAhead(blobSource(given));
}

/** Throws ArchiveError for what is none of the formats, or damaged. */
export async function openArchive(given: ByteSource): Promise<ArchiveBackend> {
  if (given.size < 2) throw new ArchiveError('this is no archive');
  const magicOf = async (source: ByteSource): Promise<number> => {
    const [low = 0, high = 0] = await source.read(0, 2);
    return low | (high << 8);
  };
  let source = given;
  let magic = await magicOf(source);
  if (magic === GZIP) {
    source = await unpacked(source);
    magic = source.size < 2 ? 0 : await magicOf(source);
  }
  if (magic === PK) return openZip(source);
  if (isBinaryTree(magic & 255)) return openBinaryTree(await source.read(0, source.size));
  return openTar(source, 'any');
}

export interface UnpackProgress {
  files: number;
  bytes: number;
  totalFiles: number;
  totalBytes: number;
}

export class Unpacking {
  readonly #files: FileSystem;
  readonly #base: string;
  readonly #archive: ArchiveBackend;
  readonly #turns = new Turns();
  readonly #progress: UnpackProgress = { files: 0, bytes: 0, totalFiles: 0, totalBytes: 0 };
  readonly #report: (progress: UnpackProgress) => void;
  /** Names of files that have several. */
  readonly #written = new Map<ArchiveNode, string>();

  constructor(
    files: FileSystem,
    base: string,
    archive: ArchiveBackend,
    report: (progress: UnpackProgress) => void,
  ) {
    this.#files = files;
    this.#base = base;
    this.#archive = archive;
    this.#report = report;
  }

  /** Throws ArchiveError before anything is written, TreeError for what the file system refuses. */
  async run(): Promise<void> {
    await this.#check();
    this.#requireRoom();
    const folders: [path: string, node: ArchiveNode][] = [];
    for (const [path, node] of this.#archive.nodes()) {
      const full = this.#at(path);
      if (node.kind === 'directory') folders.push([full, node]);
      await this.#write(full, node);
      await this.#turn();
    }
    // What is written into a folder changes its time, and may be refused by its permissions.
    for (const [path, { mode, mtimeMs }] of folders.reverse()) {
      this.#must(this.#files.chmod(bytesOf(path), mode, true), 'chmod', path);
      this.#setTime(path, mtimeMs);
    }
    this.#report({ ...this.#progress });
  }

  #at(path: string): string {
    return this.#base === '/' ? `/${path}` : `${this.#base}/${path}`;
  }

  async #turn(): Promise<void> {
    const pause = this.#turns.pause();
    if (pause === undefined) return;
    this.#report({ ...this.#progress });
    await pause;
  }

  /** Reads every file once: what cannot be read is found before anything is written. */
  async #check(): Promise<void> {
    const progress = this.#progress;
    for (const [path, node] of this.#archive.nodes()) {
      progress.totalFiles++;
      if (node.kind !== 'file') continue;
      progress.totalBytes += node.size;
      if (!node.verify) continue;
      await node.verify().catch((cause: unknown) => {
        throw new ArchiveError(`'${path}' is damaged`, { cause });
      });
      await this.#turn();
    }
  }

  /** Rather nothing than half of it. */
  #requireRoom(): void {
    const figures = new Float64Array(STATFS_FIELDS);
    if (this.#files.statfs('/', figures) < 0) return;
    const free = (figures[4] ?? 0) * (figures[1] ?? 0);
    let needed = 0;
    const stat = new Float64Array(StatField.count);
    for (const [, node] of this.#archive.nodes())
      if (node.kind === 'file') needed += Math.ceil(node.size / BLOCK_BYTES) * BLOCK_BYTES;
    if (needed <= free) return;
    for (const [path, node] of this.#archive.nodes()) {
      const replaces = node.kind === 'file' && this.#files.stat(bytesOf(this.#at(path)), stat, 0) >= 0;
      if (replaces) needed -= stat[StatField.size] ?? 0;
    }
    if (needed > free) throw new TreeError(-Errno.ENOSPC, 'write', this.#base);
  }

  async #write(path: string, node: ArchiveNode): Promise<void> {
    const { files } = this.#progress;
    this.#progress.files = files + 1;
    switch (node.kind) {
      case 'directory': {
        const made = this.#files.mkdir(bytesOf(path), 0o777);
        if (made < 0 && made !== -Errno.EEXIST) throw new TreeError(made, 'mkdir', path);
        if (this.#files.kind(bytesOf(path)) !== 1) throw new TreeError(-Errno.ENOTDIR, 'mkdir', path);
        return;
      }
      case 'link':
        this.#replace(path, () => this.#files.symlink(bytesOf(node.target), bytesOf(path)), 'symlink');
        return;
      case 'file':
        await this.#writeFile(path, node);
    }
  }

  #must(result: number, syscall: string, path: string): number {
    if (result < 0) throw new TreeError(result, syscall, path);
    return result;
  }

  #replace(path: string, make: () => number, syscall: string): void {
    let made = make();
    if (made === -Errno.EEXIST) made = this.#files.unlink(bytesOf(path)) < 0 ? made : make();
    this.#must(made, syscall, path);
  }

  async #writeFile(path: string, node: ArchiveNode & { kind: 'file' }): Promise<void> {
    const first = this.#written.get(node);
    if (first !== undefined) {
      this.#replace(path, () => this.#files.link(bytesOf(first), bytesOf(path)), 'link');
      return;
    }
    this.#written.set(node, path);
    const name = bytesOf(path);
    if (node.size <= ARCHIVE_CHUNK_BYTES) {
      const content = new Uint8Array(node.size);
      if (node.size > 0) await node.read(content, 0);
      this.#must(this.#files.writeFile(name, content, O_WRONLY | O_CREAT | O_TRUNC, node.mode), 'open', path);
    } else {
      await this.#writeLarge(path, node);
    }
    this.#progress.bytes += node.size;
    this.#must(this.#files.chmod(name, node.mode, true), 'chmod', path);
    this.#setTime(path, node.mtimeMs);
  }

  async #writeLarge(path: string, node: ArchiveNode & { kind: 'file' }): Promise<void> {
    const ofd = this.#files.open(bytesOf(path), O_WRONLY | O_CREAT | O_TRUNC, node.mode);
    this.#must(ofd, 'open', path);
    try {
      for (let at = 0; at < node.size;) {
        const part = new Uint8Array(Math.min(ARCHIVE_CHUNK_BYTES, node.size - at));
        await node.read(part, at);
        for (let done = 0; done < part.length;)
          done += this.#must(this.#files.write(ofd, part.subarray(done), at + done), 'write', path);
        at += part.length;
        await this.#turn();
      }
    } finally {
      this.#files.close(ofd);
    }
  }

  #setTime(path: string, ms: number): void {
    const seconds = Math.floor(ms / 1000);
    const time = { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
    this.#must(this.#files.utimes(bytesOf(path), time, time, true), 'utime', path);
  }
}
