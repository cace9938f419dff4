/**
 * Headers of tar archives: ustar, with pax records for what its fields cannot hold, and GNU's long names when reading
 * (POSIX pax(1), "ustar Interchange Format" and "pax Header Block"). The one place that knows the format.
 */
import { concat } from './bytes.ts';
import { decodeName, encodeName, isEscaped } from './path-text.ts';

export const TAR_BLOCK_BYTES = 512;
/** Longest extended header that is read: names are short, but pax may bring attributes along. */
export const TAR_EXTENDED_BYTES_MAX = 1024 * 1024;

const NAME_BYTES = 100;
const SIZE_MAX = 0o77777777777;
const ID_MAX = 0o7777777;
const BILLION = 1e9;

export interface FileTime {
  seconds: number;
  nanoseconds: number;
}

/** `type` is ustar's: '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' FIFO. */
export interface TarEntry {
  /** As the archive has it: a directory's may end in a slash. */
  name: string;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: FileTime;
  atime?: FileTime;
  /** Of a link. */
  link: string;
  major: number;
  minor: number;
}

/** Beside it the names of the owner and the group, '' where the header has none. */
export interface ReadTarEntry extends TarEntry {
  user: string;
  group: string;
}

/** Keys and values of pax records. Values that are no text keep their bytes (path-text). */
export type PaxFields = Record<string, string>;

export const tarPadding = (size: number): number =>
  (TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;

/** The blocks that precede an entry's data. */
export function tarHeader(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const fields: PaxFields = {};
  if (isEscaped(entry.name) || isEscaped(entry.link)) fields['hdrcharset'] = 'BINARY';
  if (!fits(entry.name)) fields['path'] = entry.name;
  if (!fits(entry.link)) fields['linkpath'] = entry.link;
  if (entry.size > SIZE_MAX) fields['size'] = String(entry.size);
  if (entry.uid > ID_MAX) fields['uid'] = String(entry.uid);
  if (entry.gid > ID_MAX) fields['gid'] = String(entry.gid);
  const { seconds, nanoseconds } = entry.mtime;
  if (nanoseconds !== 0 || seconds < 0 || seconds > SIZE_MAX) fields['mtime'] = decimal(entry.mtime);
  if (entry.atime !== undefined) fields['atime'] = decimal(entry.atime);
  const own = ustar(entry);
  if (Object.keys(fields).length === 0) return own;
  return concat([paxHeader('x', fields), own]);
}

/** A block of pax records: `x` is for the next entry, `g` for all that follow. */
export function paxHeader(type: 'x' | 'g', fields: PaxFields): Uint8Array<ArrayBuffer> {
  const data = concat(Object.entries(fields).map(record));
  const none = { seconds: 0, nanoseconds: 0 };
  const common = { mode: 0o644, uid: 0, gid: 0, mtime: none, link: '', major: 0, minor: 0 };
  const head = ustar({ ...common, name: '././@PaxHeader', type, size: data.length });
  return concat([head, data, new Uint8Array(tarPadding(data.length))]);
}

function fits(text: string): boolean {
  return text.length <= NAME_BYTES && /^[\x20-\x7e]*$/.test(text);
}

/** `length key=value\n`; the length counts itself. */
function record([key, value]: [string, string]): Uint8Array {
  const rest = encodeName(` ${key}=${value}\n`);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return concat([encodeName(String(length)), rest]);
}

function ustar(entry: TarEntry): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(TAR_BLOCK_BYTES);
  const text = (at: number, value: string, length: number): void => {
    for (let index = 0; index < value.length && index < length; index++) {
      const code = value.charCodeAt(index);
      // A long or other than ASCII name is in a pax record; here it only must not look like another.
      block[at + index] = code < 0x80 ? code : 0x5f;
    }
  };
  const octal = (at: number, value: number, digits: number): void =>
    text(at, value.toString(8).padStart(digits, '0'), digits);
  text(0, entry.name, NAME_BYTES);
  octal(100, entry.mode & 0o7777, 7);
  octal(108, Math.min(entry.uid, ID_MAX), 7);
  octal(116, Math.min(entry.gid, ID_MAX), 7);
  octal(124, Math.min(entry.size, SIZE_MAX), 11);
  octal(136, Math.min(Math.max(entry.mtime.seconds, 0), SIZE_MAX), 11);
  text(156, entry.type, 1);
  text(157, entry.link, NAME_BYTES);
  text(257, 'ustar\x0000', 8);
  octal(329, entry.major, 7);
  octal(337, entry.minor, 7);
  text(148, `${tarChecksum(block).toString(8).padStart(6, '0')}\0 `, 8);
  return block;
}

/** Sum of the header's bytes, its own field taken as blanks. */
export function tarChecksum(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < TAR_BLOCK_BYTES; at++) if (at < 148 || at >= 156) sum += block[at] as number;
  return sum;
}

function decimal({ seconds, nanoseconds }: FileTime): string {
  if (nanoseconds === 0) return String(seconds);
  // Digits after the point count from zero, on either side of it.
  const [whole, part] = seconds < 0 ? [seconds + 1, BILLION - nanoseconds] : [seconds, nanoseconds];
  const sign = seconds < 0 && whole === 0 ? '-' : '';
  return `${sign}${whole}.${String(part).padStart(9, '0')}`.replace(/0+$/, '');
}

function timeOf(text: string): FileTime | undefined {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '0', part = ''] = match;
  const nanoseconds = Number(part.padEnd(9, '0').slice(0, 9));
  const seconds = Number(whole);
  if (sign === '') return { seconds, nanoseconds };
  if (nanoseconds === 0) return { seconds: -seconds, nanoseconds };
  return { seconds: -seconds - 1, nanoseconds: BILLION - nanoseconds };
}

/** What a header block says. undefined: its checksum is wrong. A block that starts with a zero ends the archive. */
export function readTarHeader(block: Uint8Array, extended: PaxFields): ReadTarEntry | undefined {
  if (tarChecksum(block) !== number(block, 148, 8)) return undefined;
  const prefix = text(block, 345, 155);
  const named = text(block, 0, NAME_BYTES);
  const isUstar = text(block, 257, 6) === 'ustar';
  const size = Number(extended['size'] ?? number(block, 124, 12));
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  const atime = extended['atime'] === undefined ? undefined : timeOf(extended['atime']);
  return {
    name: extended['path'] ?? (isUstar && prefix !== '' ? `${prefix}/${named}` : named),
    type: String.fromCharCode(block[156] ?? 0),
    mode: number(block, 100, 8) & 0o7777,
    uid: Number(extended['uid'] ?? number(block, 108, 8)),
    gid: Number(extended['gid'] ?? number(block, 116, 8)),
    size,
    mtime: timeOf(extended['mtime'] ?? '') ?? { seconds: number(block, 136, 12), nanoseconds: 0 },
    ...(atime && { atime }),
    link: extended['linkpath'] ?? text(block, 157, NAME_BYTES),
    major: number(block, 329, 8),
    minor: number(block, 337, 8),
    user: extended['uname'] ?? text(block, 265, 32),
    group: extended['gname'] ?? text(block, 297, 32),
  };
}

/** What an extended header (`x`, `g`, GNU's `L` and `K`) says. undefined: it is damaged. */
export function readExtended(type: string, data: Uint8Array): PaxFields | undefined {
  if (type === 'L') return { path: text(data, 0, data.length) };
  if (type === 'K') return { linkpath: text(data, 0, data.length) };
  const fields: PaxFields = {};
  for (let at = 0; at < data.length && data[at] !== 0;) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? 0 : Number(text(data, at, space - at));
    if (!(length > space + 1 - at) || at + length > data.length) return undefined;
    const field = text(data, space + 1, at + length - space - 2);
    const equals = field.indexOf('=');
    if (equals > 0) fields[field.slice(0, equals)] = field.slice(equals + 1);
    at += length;
  }
  return fields;
}

function text(bytes: Uint8Array, start: number, length: number): string {
  let end = start;
  let ascii = 0;
  while (end < start + length && bytes[end] !== 0) ascii |= bytes[end++] as number;
  if (ascii < 0x80 && end - start <= NAME_BYTES) return String.fromCharCode(...bytes.subarray(start, end));
  return decodeName(bytes.subarray(start, end));
}

/** Octal digits, or base 256 where the first bit is set (GNU, for sizes above 8 GB). */
function number(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] ?? 0;
  if ((first & 0x80) === 0) return octalNumber(bytes, start, length);
  let value = first & 0x7f;
  for (let index = 1; index < length; index++) value = value * 256 + (bytes[start + index] ?? 0);
  return value;
}

/** NaN where there is anything but digits between blanks. */
function octalNumber(bytes: Uint8Array, start: number, length: number): number {
  let value = 0;
  let at = start;
  const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0 || byte === undefined;
  while (at < start + length && bytes[at] === 0x20) at++;
  for (; at < start + length && !isBlank(bytes[at]); at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 7) return Number.NaN;
    value = value * 8 + digit;
  }
  return value;
}
