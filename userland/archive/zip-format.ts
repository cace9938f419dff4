/** The format of zip archives (APPNOTE.TXT of PKWARE), without zip64, encryption and parts on several disks. */
import type { FileCalls } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { Failure } from '../program/program.ts';
import { decodeText, encodeText } from '../text/text.ts';
import { localTime } from '../text/time.ts';

export const Method = { stored: 0, deflated: 8 } as const;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** st_mode; 0 when the archive comes from a system without. */
  readonly mode: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const COMMENT_MAX_BYTES = 0xffff;
export const ENCRYPTED = 1;
const UTF8_NAME = 0x800;
const MADE_BY_UNIX = (3 << 8) | 30;
const VERSION_NEEDED = 20;
/** Extra field "UT": seconds since the epoch. */
const TIME_EXTRA = 0x5455;
const MAX_32 = 0xffffffff;

function dosTime(seconds: number, zone: string): [time: number, date: number] {
  const at = localTime(seconds, zone);
  const year = Math.max(0, at.year - 1980);
  return [
    (at.hour << 11) | (at.minute << 5) | (at.second >> 1),
    (year << 9) | ((at.month + 1) << 5) | at.day,
  ];
}

function secondsOf(time: number, date: number): number {
  const ms = Date.UTC(
    1980 + (date >> 9),
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  );
  return Math.floor(ms / 1000);
}

function timeExtra(seconds: number, central: boolean): Uint8Array {
  const bytes = new Uint8Array(9);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, TIME_EXTRA, true);
  view.setUint16(2, 5, true);
  view.setUint8(4, central ? 3 : 1);
  view.setInt32(5, seconds, true);
  return bytes;
}

/** 16-bit fields as numbers, 32-bit ones as [number]. */
function fields(...values: readonly (number | readonly [number])[]): number[] {
  return values.flatMap((value) => {
    const wide = typeof value !== 'number';
    const number = wide ? value[0] : value;
    return Array.from({ length: wide ? 4 : 2 }, (_, index) => (number >>> (8 * index)) & 255);
  });
}

function common(entry: ZipEntry, zone: string, nameLength: number, extraLength: number): number[] {
  if (Math.max(entry.packed, entry.size) >= MAX_32)
    throw new Failure(`${entry.name}: files above 4 GB are not supported`);
  const [time, date] = dosTime(entry.mtime, zone);
  const sizes = [[entry.crc], [entry.packed], [entry.size]] as const;
  return fields(VERSION_NEEDED, entry.flags, entry.method, time, date, ...sizes, nameLength, extraLength);
}

export const flagsOf = (name: string): number => (/[^\x00-\x7f]/.test(name) ? UTF8_NAME : 0);

export function localHeader(entry: ZipEntry, zone: string): Uint8Array {
  const name = encodeText(entry.name);
  const extra = timeExtra(entry.mtime, false);
  return Uint8Array.from([
    ...fields([LOCAL]),
    ...common(entry, zone, name.length, extra.length),
    ...name,
    ...extra,
  ]);
}

export function centralDirectory(entries: readonly ZipEntry[], start: number, zone: string): Uint8Array {
  const bytes: number[] = [];
  for (const entry of entries) {
    const name = encodeText(entry.name);
    const extra = timeExtra(entry.mtime, true);
    const folder = entry.name.endsWith('/') ? 0x10 : 0;
    bytes.push(...fields([CENTRAL], MADE_BY_UNIX), ...common(entry, zone, name.length, extra.length));
    bytes.push(...fields(0, 0, 0, [((entry.mode << 16) | folder) >>> 0], [entry.offset]), ...name, ...extra);
  }
  const count = entries.length;
  return Uint8Array.from([...bytes, ...fields([END], 0, 0, count, count, [bytes.length], [start], 0)]);
}

/** Reads `length` bytes at `position`; a Failure when there are fewer. */
export function readAt(
  files: FileCalls,
  fd: number,
  position: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = files.read(fd, bytes.subarray(at), position + at);
    if (count < 0) throw new Failure(errorText(count));
    if (count === 0) throw new Failure('the archive is cut short');
    at += count;
  }
  return bytes;
}

/** The entries in the order of the central directory, or undefined when it is no zip archive. */
export function readDirectory(files: FileCalls, fd: number, size: number): ZipEntry[] | undefined {
  const tailBytes = Math.min(size, END_BYTES + COMMENT_MAX_BYTES);
  const tail = readAt(files, fd, size - tailBytes, tailBytes);
  const view = new DataView(tail.buffer);
  let at = tailBytes - END_BYTES;
  while (at >= 0 && view.getUint32(at, true) !== END) at--;
  if (at < 0) return undefined;
  const count = view.getUint16(at + 10, true);
  const length = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  if (start === MAX_32) throw new Failure('zip64 archives are not supported');
  if (start + length > size) return undefined;
  const directory = readAt(files, fd, start, length);
  const entries: ZipEntry[] = [];
  for (let from = 0; entries.length < count;) {
    const entry = centralEntry(directory, from);
    if (entry === undefined) return undefined;
    entries.push(entry.value);
    from = entry.end;
  }
  return entries;
}

function centralEntry(
  directory: Uint8Array<ArrayBuffer>,
  from: number,
): { value: ZipEntry; end: number } | undefined {
  if (from + CENTRAL_BYTES > directory.length) return undefined;
  const view = new DataView(directory.buffer, from);
  if (view.getUint32(0, true) !== CENTRAL) return undefined;
  const nameLength = view.getUint16(28, true);
  const extraLength = view.getUint16(30, true);
  const nameAt = from + CENTRAL_BYTES;
  const extra = directory.subarray(nameAt + nameLength, nameAt + nameLength + extraLength);
  const isUnix = view.getUint16(4, true) >> 8 === 3;
  const value: ZipEntry = {
    name: decodeText(directory.subarray(nameAt, nameAt + nameLength)),
    flags: view.getUint16(8, true),
    method: view.getUint16(10, true),
    mtime: exactTime(extra) ?? secondsOf(view.getUint16(12, true), view.getUint16(14, true)),
    crc: view.getUint32(16, true),
    packed: view.getUint32(20, true),
    size: view.getUint32(24, true),
    mode: isUnix ? view.getUint32(38, true) >>> 16 : 0,
    offset: view.getUint32(42, true),
  };
  return { value, end: nameAt + nameLength + extraLength + view.getUint16(32, true) };
}

function exactTime(extra: Uint8Array): number | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true))
    if (view.getUint16(at, true) === TIME_EXTRA && at + 9 <= extra.length) return view.getInt32(at + 5, true);
  return undefined;
}

/** Where an entry's data begins. */
export function dataStart(files: FileCalls, fd: number, { offset }: ZipEntry): number {
  const view = new DataView(readAt(files, fd, offset, LOCAL_BYTES).buffer);
  if (view.getUint32(0, true) !== LOCAL) throw new Failure('the archive is damaged');
  return offset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

/** The packed bytes of an entry. */
export function* packedBytes(
  files: FileCalls,
  fd: number,
  entry: ZipEntry,
  chunkBytes: number,
): Generator<Uint8Array> {
  const start = dataStart(files, fd, entry);
  for (let at = 0; at < entry.packed; at += chunkBytes)
    yield readAt(files, fd, start + at, Math.min(chunkBytes, entry.packed - at));
}
