/**
 * A worker that hammers a shared file system with random operations and checks what it reads. Runs in node's
 * worker_threads and, bundled, in a browser's worker.
 */
import { Errno, errnoName } from '../../../src/base/errno.ts';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY } from '../../../vfs/mode.ts';

export interface StressOrder {
  memory: WebAssembly.Memory;
  slot: number;
  seed: number;
  /** Operations before it stops; 0 = until it is killed. */
  operations: number;
}

export interface StressReport {
  operations: number;
  reads: number;
  findings: string[];
}

const WHOLE = O_WRONLY | O_CREAT | O_TRUNC;
const DIRECTORIES = 6;
const FILES = 12;
const PRIVATE_FILES = 8;
const OPEN_MAX = 100;
/** Sizes up to 16 KB are replaced at once: a reader sees one version or another, never a mixture. */
const WHOLE_SIZES = [0, 16, 100, 1000, 4000, 4097, 9000, 16384];
const SIZES = [...WHOLE_SIZES, 20_000, 70_000, 300_000, 600_000];
const HEADER_BYTES = 16;
const EXPECTED = new Set<number>(
  [
    Errno.ENOENT,
    Errno.EEXIST,
    Errno.ENOTDIR,
    Errno.EISDIR,
    Errno.ENOTEMPTY,
    Errno.EINVAL,
    Errno.EBUSY,
    Errno.ENOSPC,
  ].map((errno) => -errno),
);

/** A content that tells whether it is whole: length, tag, and their complements, then the tag over and over. */
function makeContent(length: number, tag: number): Uint8Array {
  const content = new Uint8Array(length).fill(tag & 255);
  if (length < HEADER_BYTES) return content;
  const view = new DataView(content.buffer);
  view.setInt32(0, length);
  view.setInt32(4, tag);
  view.setInt32(8, ~length);
  view.setInt32(12, ~tag);
  return content;
}

function flawOf(content: Uint8Array): string | undefined {
  if (content.length === 0) return undefined;
  if (content.length < HEADER_BYTES) return `short: ${content.length}`;
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const length = view.getInt32(0);
  const tag = view.getInt32(4);
  if (length !== content.length || view.getInt32(8) !== ~length || view.getInt32(12) !== ~tag) {
    return `header of ${content.length} bytes says ${length}, tag ${tag}`;
  }
  const at = content.findIndex((byte, index) => index >= HEADER_BYTES && byte !== (tag & 255));
  return at < 0 ? undefined : `byte ${at} of ${length} is ${content[at]}, not ${tag & 255}`;
}

export class StressProgram {
  readonly fs: SharedFileSystem;
  readonly order: StressOrder;
  readonly report: StressReport = { operations: 0, reads: 0, findings: [] };
  readonly #own: string;
  readonly #mine = new Map<string, Uint8Array>();
  readonly #open: number[] = [];
  #seed: number;

  constructor(order: StressOrder) {
    this.order = order;
    this.fs = attach(order.memory, { processSlot: order.slot });
    this.#seed = order.seed;
    this.#own = `/own${order.slot}`;
    this.fs.mkdir('/shared', 0o777);
    for (let index = 0; index < DIRECTORIES; index++) this.fs.mkdir(`/shared/d${index}`, 0o777);
    this.fs.mkdir(this.#own, 0o777);
  }

  run(): StressReport {
    const { operations } = this.order;
    for (; operations === 0 || this.report.operations < operations; this.report.operations++) this.step();
    for (const ofd of this.#open) this.fs.close(ofd);
    return this.report;
  }

  /** mulberry32: every bit of it is random, as a linear congruence's low ones are not. */
  #random(below: number): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), this.#seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  #file = (): string => `/shared/d${this.#random(DIRECTORIES)}/f${this.#random(FILES)}`;
  #folder = (): string => `/shared/d${this.#random(DIRECTORIES)}/sub${this.#random(3)}`;
  #privateFile = (): string => `${this.#own}/p${this.#random(PRIVATE_FILES)}`;
  #tag = (): number => this.#random(1_000_000);

  #find(message: string): void {
    if (this.report.findings.length < 10) this.report.findings.push(message);
  }

  /** A result that random operations may meet. */
  #expect(result: number, what: string): number {
    if (result < 0 && !EXPECTED.has(result)) this.#find(`${what}: ${errnoName(result) ?? result}`);
    return result;
  }

  step(): void {
    const { fs } = this;
    switch (this.#random(16)) {
      case 0:
      case 1:
        return void this.#expect(this.#writeShared(), 'writeFile');
      case 2:
      case 3:
      case 4:
        return this.#readShared();
      case 5:
        return void this.#expect(fs.unlink(this.#file()), 'unlink');
      case 6:
        return void this.#expect(fs.rename(this.#file(), this.#file()), 'rename');
      case 7:
        return this.#list();
      case 8:
        return void this.#expect(
          this.#random(2) ? fs.rename(this.#folder(), this.#folder()) : fs.mkdir(this.#folder(), 0o777),
          'folder',
        );
      case 9:
        return void this.#expect(fs.rmdir(this.#folder()), 'rmdir');
      case 10:
        return this.#useDescription();
      case 11:
        return this.#writePrivate();
      case 12:
        return this.#appendPrivate();
      case 13:
        return this.#checkPrivate();
      case 14:
        return this.#truncatePrivate();
      default:
        return void this.#expect(fs.link(this.#file(), this.#file()), 'link');
    }
  }

  #writeShared(): number {
    const size = WHOLE_SIZES[this.#random(WHOLE_SIZES.length)] as number;
    return this.fs.writeFile(this.#file(), makeContent(size, this.#tag()), WHOLE, 0o666);
  }

  #readShared(): void {
    const path = this.#file();
    const content = this.fs.readFile(path);
    this.report.reads++;
    if (typeof content === 'number') this.#expect(content, 'readFile');
    else this.#report(path, flawOf(content));
  }

  #report(path: string, flaw: string | undefined): void {
    if (flaw !== undefined) this.#find(`${path}: ${flaw}`);
  }

  #list(): void {
    const list = this.fs.readdir(`/shared/d${this.#random(DIRECTORIES)}`, false);
    if (typeof list === 'number') this.#expect(list, 'readdir');
    else if (new Set(list.names).size !== list.names.length) this.#find(`twice in ${list.names.join()}`);
  }

  /** Opens, reads, perhaps unlinks meanwhile, and now and then leaves open. */
  #useDescription(): void {
    const { fs } = this;
    const path = this.#file();
    const ofd = fs.open(path, O_RDWR, 0);
    if (ofd < 0) return void this.#expect(ofd, 'open');
    const stat = new Float64Array(StatField.count);
    fs.fstat(ofd, stat, 0);
    const into = new Uint8Array(stat[StatField.size] as number);
    const count = fs.read(ofd, into, 0);
    this.report.reads++;
    if (count === into.length && this.#random(2)) this.#expect(fs.unlink(path), 'unlink');
    if (this.#random(4) === 0 && this.#open.length < OPEN_MAX) this.#open.push(ofd);
    else fs.close(ofd);
  }

  #writePrivate(): void {
    const path = this.#privateFile();
    const content = makeContent(SIZES[this.#random(SIZES.length)] as number, this.#tag());
    const result = this.fs.writeFile(path, content, WHOLE, 0o666);
    if (result === 0) this.#mine.set(path, content);
    else {
      this.#expect(result, 'private writeFile');
      this.fs.unlink(path);
      this.#mine.delete(path);
    }
  }

  #appendPrivate(): void {
    const path = this.#privateFile();
    const before = this.#mine.get(path);
    if (!before) return;
    const more = new Uint8Array(this.#random(6000)).fill(this.#random(256));
    const result = this.fs.writeFile(path, more, O_WRONLY | O_APPEND, 0);
    if (result < 0) {
      this.#mine.delete(path);
      return void this.#expect(result, 'append');
    }
    const after = new Uint8Array(before.length + more.length);
    after.set(before);
    after.set(more, before.length);
    this.#mine.set(path, after);
  }

  #truncatePrivate(): void {
    const path = this.#privateFile();
    const before = this.#mine.get(path);
    if (!before) return;
    const size = this.#random(before.length + 5000);
    const result = this.fs.truncate(path, size);
    if (result < 0) return void this.#find(`truncate: ${result}`);
    const after = new Uint8Array(size);
    after.set(before.subarray(0, size));
    this.#mine.set(path, after);
  }

  #checkPrivate(): void {
    const path = this.#privateFile();
    const expected = this.#mine.get(path);
    if (!expected) return;
    const content = this.fs.readFile(path);
    this.report.reads++;
    if (typeof content === 'number') return this.#find(`${path}: ${errnoName(content)}`);
    if (content.length !== expected.length) {
      return this.#find(`${path}: ${content.length} bytes, not ${expected.length}`);
    }
    const at = content.findIndex((byte, index) => byte !== expected[index]);
    if (at >= 0) this.#find(`${path}: byte ${at} of ${content.length} differs`);
  }
}
