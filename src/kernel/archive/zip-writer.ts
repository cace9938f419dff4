/**
 * A tree as a zip archive (PKWARE APPNOTE 6.3.10), with what Unix programs add: permissions, symbolic links and times in
 * seconds. Small files are packed at once, large ones as a stream whose sums follow the data; zip64 where it must be.
 */
import { concat } from '../../base/bytes.ts';
import { deflateWhole } from './deflate.ts';
import { Errno } from '../../base/errno.ts';
import { ZIP_WHOLE_BYTES } from '../../base/limits.ts';
import { encodeName } from '../../base/path-text.ts';
import { crc32 } from '../../../vfs/backends/crc32.ts';
import { S_IFLNK } from '../../../vfs/mode.ts';
import { TreeError, type TreeItem } from './tree-reader.ts';

const LOCAL = 0x04034b50;
const DIRECTORY = 0x02014b50;
const DESCRIPTOR = 0x08074b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR = 0x07064b50;
const VERSION = 20;
const VERSION64 = 45;
const MADE_BY_UNIX = 3;
const SUMS_FOLLOW = 8;
const UTF8 = 0x800;
const DEFLATED = 8;
const STORED = 0;
const FULL = 0xffffffff;
const FULL_COUNT = 0xffff;
const TIMESTAMP_FIELD = 0x5455;
const ZIP64_FIELD = 1;
/** Shorter contents gain nothing. */
const PACKED_BYTES_MIN = 64;

/** Little-endian fields, one after the other. */
class Fields {
  readonly #bytes: number[] = [];
  u16(...values: number[]): this {
    for (const value of values) this.#bytes.push(value & 255, (value >>> 8) & 255);
    return this;
  }
  u32(...values: number[]): this {
    for (const value of values) this.u16(value & 0xffff, value >>> 16);
    return this;
  }
  u64(value: number): this {
    return this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
  }
  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

interface Written {
  name: Uint8Array;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
  mode: number;
  seconds: number;
}

export async function* zipParts(items: AsyncIterable<TreeItem>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for await (const item of items) {
    if (item.path === '' || (item.kind !== 'directory' && item.kind !== 'file' && item.kind !== 'symlink'))
      continue;
    if (item.size >= FULL) throw new TreeError(-Errno.EFBIG, 'read', item.path);
    const entry = entryOf(item, offset);
    written.push(entry);
    for await (const part of entryParts(item, entry)) {
      offset += part.length;
      yield part;
    }
  }
  const start = offset;
  for (const entry of written) {
    const part = directoryEntry(entry);
    offset += part.length;
    yield part;
  }
  yield endOf(written.length, offset - start, start);
}

function entryOf({ path, kind, mode, mtime }: TreeItem, offset: number): Written {
  const name = encodeName(kind === 'directory' ? `${path}/` : path);
  // Marked as UTF-8 where it is more than ASCII and is UTF-8.
  const flags = name.length !== path.length + (kind === 'directory' ? 1 : 0) && isText(name) ? UTF8 : 0;
  return { name, flags, method: STORED, crc: 0, packed: 0, size: 0, offset, mode, seconds: mtime.seconds };
}

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

async function* entryParts(item: TreeItem, entry: Written): AsyncGenerator<Uint8Array> {
  if (item.kind === 'file' && item.size > ZIP_WHOLE_BYTES) {
    yield* streamedParts(item, entry);
    return;
  }
  const content = item.kind === 'symlink' ? encodeName(item.target) : await wholeOf(item);
  if (item.kind === 'symlink') entry.mode = S_IFLNK | 0o777;
  let data = content;
  if (item.kind === 'file' && content.length >= PACKED_BYTES_MIN) {
    const packed = deflateWhole(content);
    if (packed !== undefined) {
      data = packed;
      entry.method = DEFLATED;
    }
  }
  Object.assign(entry, { crc: crc32(content), size: content.length, packed: data.length });
  yield localHeader(entry);
  yield data;
}

async function wholeOf(item: TreeItem): Promise<Uint8Array> {
  const whole = new Uint8Array(item.size);
  let at = 0;
  if (item.kind !== 'file') return whole;
  for await (const part of item.read()) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function* streamedParts(item: TreeItem, entry: Written): AsyncGenerator<Uint8Array> {
  entry.flags |= SUMS_FOLLOW;
  entry.method = DEFLATED;
  yield localHeader(entry);
  const stream = new CompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  const writing = (async () => {
    for await (const part of item.read()) {
      entry.crc = crc32(part, entry.crc);
      entry.size += part.length;
      await writer.write(part as BufferSource);
    }
    await writer.close();
  })();
  writing.catch((error: unknown) => writer.abort(error));
  for await (const part of stream.readable as unknown as AsyncIterable<Uint8Array>) {
    entry.packed += part.length;
    yield part;
  }
  await writing;
  const sums = new Fields().u32(DESCRIPTOR, entry.crc);
  // Without a zip64 field in the local header, which would have to know the size, the sums have 32 bits.
  yield sums.u32(Math.min(entry.packed, FULL), Math.min(entry.size, FULL)).bytes;
}

function timestamp(seconds: number): Uint8Array {
  return concat([
    new Fields().u16(TIMESTAMP_FIELD, 5).bytes,
    Uint8Array.of(1),
    new Fields().u32(seconds | 0).bytes,
  ]);
}

/** MS-DOS's time, which starts in 1980 and has no zone; programs that know Unix take the exact one from the extra field. */
function dosTime(seconds: number): [time: number, date: number] {
  const at = new Date(Math.min(Math.max(seconds * 1000, Date.UTC(1980, 0, 1)), Date.UTC(2107, 11, 31)));
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return [time, ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()];
}

function localHeader({ name, flags, method, crc, packed, size, seconds }: Written): Uint8Array {
  const extra = timestamp(seconds);
  const head = new Fields().u32(LOCAL).u16(VERSION, flags, method, ...dosTime(seconds));
  return concat([head.u32(crc, packed, size).u16(name.length, extra.length).bytes, name, extra]);
}

function directoryEntry(entry: Written): Uint8Array {
  const { name, flags, method, crc, packed, size, offset, mode, seconds } = entry;
  const large = [size, packed, offset].filter((value) => value >= FULL);
  const field64 = new Fields().u16(ZIP64_FIELD, large.length * 8);
  for (const value of large) field64.u64(value);
  const extra = concat([timestamp(seconds), ...(large.length > 0 ? [field64.bytes] : [])]);
  const version = large.length > 0 ? VERSION64 : VERSION;
  const head = new Fields().u32(DIRECTORY).u16(version | (MADE_BY_UNIX << 8), version, flags, method);
  head.u16(...dosTime(seconds)).u32(crc, Math.min(packed, FULL), Math.min(size, FULL));
  head.u16(name.length, extra.length, 0, 0, 0);
  const isDirectory = name[name.length - 1] === 0x2f ? 0x10 : 0;
  head.u32(((mode << 16) | isDirectory) >>> 0, Math.min(offset, FULL));
  return concat([head.bytes, name, extra]);
}

function endOf(count: number, size: number, offset: number): Uint8Array {
  const end = new Fields().u32(END).u16(0, 0, Math.min(count, FULL_COUNT), Math.min(count, FULL_COUNT));
  end.u32(Math.min(size, FULL), Math.min(offset, FULL)).u16(0);
  if (count < FULL_COUNT && size < FULL && offset < FULL) return end.bytes;
  const record = new Fields()
    .u32(END64)
    .u64(44)
    .u16(VERSION64 | (MADE_BY_UNIX << 8), VERSION64)
    .u32(0, 0);
  record.u64(count).u64(count).u64(size).u64(offset);
  const locator = new Fields()
    .u32(LOCATOR, 0)
    .u64(offset + size)
    .u32(1);
  return concat([record.bytes, locator.bytes, end.bytes]);
}
