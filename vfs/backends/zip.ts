/**
 * A zip archive as a read-only file system (PKWARE APPNOTE 6.3.10; zip64 too). The directory at its end is read once;
 * stored entries are then read in place, deflated ones are unpacked when first read and checked against their CRC.
 */
import { Z_FINISH, Z_STREAM_END, zlibInflate, zlibInflateInit2, zlibInflateReset, ZStream } from 'pako';
import {
  ARCHIVE_ENTRIES_MAX,
  ZIP_CACHE_BYTES,
  ZIP_ENTRY_BYTES_MAX,
  ZIP_WHOLE_BYTES,
} from '../../src/base/limits.ts';
import { decodeName } from '../../src/base/path-text.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../mode.ts';
import { ArchiveBackend, ArchiveError, type ArchiveNode } from './archive.ts';
import type { ByteSource } from './byte-source.ts';
import { crc32 } from './crc32.ts';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const COMMENT_BYTES_MAX = 0xffff;
const ZIP64_FIELD = 1;
const TIMESTAMP_FIELD = 0x5455;
const UNIX = 3;
const FULL = 0xffffffff;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

interface ZipEntry {
  name: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
  unixMode: number;
  mtimeMs: number;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const number64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** Throws ArchiveError when it is no zip archive, is damaged, or names anything outside of itself. */
export async function openZip(source: ByteSource): Promise<ArchiveBackend> {
  const backend = new ArchiveBackend();
  const unpacked = new UnpackedEntries(source);
  for (const entry of await readDirectory(source)) backend.add(entry.name, await nodeOf(entry, unpacked));
  return backend;
}

async function nodeOf(entry: ZipEntry, unpacked: UnpackedEntries): Promise<ArchiveNode> {
  const { name, unixMode, mtimeMs, size } = entry;
  const type = unixMode & S_IFMT;
  if (name.endsWith('/') || type === S_IFDIR) {
    return { kind: 'directory', mode: unixMode & 0o777 || 0o755, mtimeMs, entries: new Map() };
  }
  if (type === S_IFLNK) {
    const target = decodeName(await unpacked.whole(entry));
    return { kind: 'link', mode: 0o777, mtimeMs, target };
  }
  const mode = unixMode & 0o7777 || 0o644;
  return {
    kind: 'file',
    mode,
    mtimeMs,
    size,
    read: (into, position) => unpacked.read(entry, into, position),
    verify: () => unpacked.verify(entry),
  };
}

async function readDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { count, size, offset } = await findDirectory(source);
  if (count > ARCHIVE_ENTRIES_MAX) throw new ArchiveError('too many entries');
  if (offset + size > source.size) throw new ArchiveError('the zip archive is cut short');
  const bytes = await source.read(offset, size);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw new ArchiveError('the directory of the zip archive is damaged');
    }
    const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    if (extraEnd > bytes.length) throw new ArchiveError('the directory of the zip archive is damaged');
    entries.push(entryOf(bytes, at, nameEnd, extraEnd));
    at = extraEnd + view.getUint16(at + 32, true);
  }
  return entries;
}

async function findDirectory(source: ByteSource): Promise<{ count: number; size: number; offset: number }> {
  const length = Math.min(source.size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = await source.read(source.size - length, length);
  const view = viewOf(tail);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_SIGNATURE) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) !== length) continue;
    const found = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const is64 = found.count === 0xffff || found.size === FULL || found.offset === FULL;
    return is64 ? findDirectory64(source, source.size - length + at) : found;
  }
  throw new ArchiveError('this is no zip archive');
}

async function findDirectory64(
  source: ByteSource,
  end: number,
): Promise<{ count: number; size: number; offset: number }> {
  if (end < LOCATOR_BYTES) throw new ArchiveError('the zip archive is damaged');
  const locator = viewOf(await source.read(end - LOCATOR_BYTES, LOCATOR_BYTES));
  const at = number64(locator, 8);
  if (locator.getUint32(0, true) !== LOCATOR_SIGNATURE || at + END64_BYTES > source.size) {
    throw new ArchiveError('the zip archive is damaged');
  }
  const record = viewOf(await source.read(at, END64_BYTES));
  if (record.getUint32(0, true) !== END64_SIGNATURE) throw new ArchiveError('the zip archive is damaged');
  return { count: number64(record, 32), size: number64(record, 40), offset: number64(record, 48) };
}

function entryOf(bytes: Uint8Array, at: number, nameEnd: number, extraEnd: number): ZipEntry {
  const view = viewOf(bytes);
  const madeBy = view.getUint8(at + 5);
  const entry: ZipEntry = {
    // Names that are not marked as UTF-8 are in some code page: what is no UTF-8 keeps its bytes.
    name: decodeName(bytes.subarray(at + ENTRY_BYTES, nameEnd)),
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
    unixMode: madeBy === UNIX ? view.getUint32(at + 38, true) >>> 16 : 0,
    mtimeMs: dosTime(view.getUint16(at + 12, true), view.getUint16(at + 14, true)),
  };
  for (let field = nameEnd; field + 4 <= extraEnd;) {
    const id = view.getUint16(field, true);
    const end = field + 4 + view.getUint16(field + 2, true);
    if (end > extraEnd) break;
    if (id === ZIP64_FIELD) take64(entry, view, field + 4, end);
    if (id === TIMESTAMP_FIELD && end >= field + 9 && view.getUint8(field + 4) & 1) {
      entry.mtimeMs = view.getInt32(field + 5, true) * 1000;
    }
    field = end;
  }
  return entry;
}

/** The fields that did not fit, in this order, each only where it is marked as full. */
function take64(entry: ZipEntry, view: DataView, start: number, end: number): void {
  let at = start;
  for (const key of ['size', 'packed', 'offset'] as const) {
    if (entry[key] !== FULL) continue;
    if (at + 8 > end) throw new ArchiveError('the directory of the zip archive is damaged');
    entry[key] = number64(view, at);
    at += 8;
  }
}

function dosTime(time: number, date: number): number {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2);
}

/** The entries' bytes; of deflated ones the last few stay unpacked, for they are read piece by piece. */
class UnpackedEntries {
  readonly #source: ByteSource;
  readonly #kept = new Map<ZipEntry, Uint8Array>();
  #bytes = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async read(entry: ZipEntry, into: Uint8Array, position: number): Promise<void> {
    if (entry.method === STORED && !(entry.flags & ENCRYPTED)) {
      into.set(await this.#source.read((await this.#start(entry)) + position, into.length));
    } else {
      into.set((await this.whole(entry)).subarray(position, position + into.length));
    }
  }

  async verify(entry: ZipEntry): Promise<void> {
    await this.whole(entry);
  }

  async whole(entry: ZipEntry): Promise<Uint8Array> {
    const kept = this.#kept.get(entry);
    if (kept !== undefined) return kept;
    const bytes = await this.#unpack(entry);
    this.#kept.set(entry, bytes);
    this.#bytes += bytes.length;
    for (const [old, content] of this.#kept) {
      if (this.#bytes <= ZIP_CACHE_BYTES || old === entry) break;
      this.#kept.delete(old);
      this.#bytes -= content.length;
    }
    return bytes;
  }

  async #unpack(entry: ZipEntry): Promise<Uint8Array> {
    const { flags, method, size, packed, crc, name } = entry;
    if (flags & ENCRYPTED || (method !== STORED && method !== DEFLATED)) throw unsupported(name);
    if (size > ZIP_ENTRY_BYTES_MAX) throw coded('EFBIG', name);
    const raw = await this.#source.read(await this.#start(entry), packed);
    const bytes = method === STORED ? raw : await unpackedFrom(raw, size);
    if (bytes?.length !== size || crc32(bytes) !== crc) throw coded('EIO', name);
    return bytes;
  }

  /** Where an entry's data begin: after its local header, whose lengths may differ from the directory's. */
  async #start({ offset, packed, name }: ZipEntry): Promise<number> {
    if (offset + LOCAL_BYTES > this.#source.size) throw coded('EIO', name);
    const header = viewOf(await this.#source.read(offset, LOCAL_BYTES));
    if (header.getUint32(0, true) !== LOCAL_SIGNATURE) throw coded('EIO', name);
    const start = offset + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
    if (start + packed > this.#source.size) throw coded('EIO', name);
    return start;
  }
}

const coded = (code: string, name: string): Error => Object.assign(new Error(`${code}: ${name}`), { code });
const unsupported = (name: string): Error => coded('ENOTSUP', name);

/** undefined: it is damaged. */
async function unpackedFrom(raw: Uint8Array, size: number): Promise<Uint8Array | undefined> {
  try {
    // The browser's streams cost more than a small entry does.
    if (size <= ZIP_WHOLE_BYTES && raw.length <= ZIP_WHOLE_BYTES) return inflateWhole(raw, size);
    return await inflate(raw, size);
  } catch {
    return undefined;
  }
}

let inflating: ZStream | undefined;

/** Never more than the directory promised: a bomb is not unpacked. One set of tables serves all entries. */
function inflateWhole(packed: Uint8Array, size: number): Uint8Array | undefined {
  if (inflating === undefined) {
    inflating = new ZStream();
    zlibInflateInit2(inflating, RAW_WINDOW_BITS);
  } else zlibInflateReset(inflating);
  const stream = inflating;
  // One byte more: with none left the stream's end would not be seen.
  const output = new Uint8Array(size + 1);
  Object.assign(stream, { input: packed, next_in: 0, avail_in: packed.length });
  Object.assign(stream, { output, next_out: 0, avail_out: output.length });
  const status = zlibInflate(stream, Z_FINISH);
  return status === Z_STREAM_END ? output.subarray(0, stream.next_out) : undefined;
}
const RAW_WINDOW_BITS = -15;

/** Ends as soon as there is more than the directory promised: a bomb is not unpacked. */
async function inflate(packed: Uint8Array, size: number): Promise<Uint8Array> {
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(size);
  let length = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const value = part.value as Uint8Array;
    if (length + value.length > size) {
      await reader.cancel();
      throw coded('EIO', 'more data than the directory says');
    }
    bytes.set(value, length);
    length += value.length;
  }
  return bytes.subarray(0, length);
}
