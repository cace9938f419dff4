/** Headers of tar archives in GNU tar's own dialect, for archives that equal its; src/base/tar.ts reads them all. */
import { type PaxFields, readTarHeader, tarChecksum } from '../../src/base/tar.ts';
import { Failure } from '../program/program.ts';
import { encodeText } from '../text/text.ts';

export const BLOCK = 512;
/** Archives end on a whole record: 20 blocks. */
export const RECORD = 20 * BLOCK;

export const TarType = {
  file: '0',
  oldFile: '\0',
  hardLink: '1',
  symbolicLink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  contiguous: '7',
  longName: 'L',
  longLink: 'K',
  extended: 'x',
  globalExtended: 'g',
} as const;

export interface TarHeader {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Seconds, with their fraction where pax gives it. */
  mtime: number;
  type: string;
  linkName: string;
  user: string;
  group: string;
}

const Field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  user: [265, 32],
  group: [297, 32],
} as const;
type FieldPlace = readonly [start: number, length: number];
const NAME_BYTES = Field.name[1];
const NANOSECONDS = 1e9;
const GNU_MAGIC = 'ustar  \0';
const LONG_LINK = '././@LongLink';

/** The header's block, after the blocks that carry a name or link too long for it. */
export function encodeHeader(header: TarHeader): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (const [type, text] of [
    [TarType.longLink, header.linkName],
    [TarType.longName, header.name],
  ] as const) {
    if (encodeText(text).length > NAME_BYTES) blocks.push(...longText(type, text));
  }
  blocks.push(block(header));
  return blocks;
}

function longText(type: string, text: string): Uint8Array[] {
  const bytes = encodeText(`${text}\0`);
  const root = { mode: 0o644, uid: 0, gid: 0, mtime: 0, linkName: '', user: 'root', group: 'root' };
  return [block({ ...root, name: LONG_LINK, size: bytes.length, type }), padded(bytes)];
}

export function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  whole.set(bytes);
  return whole;
}

function block(header: TarHeader): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  const put = ([start, length]: FieldPlace, text: string): void =>
    bytes.set(encodeText(text).subarray(0, length), start);
  const octal = (place: FieldPlace, value: number): void => putNumber(bytes, place, value);
  put(Field.name, header.name);
  octal(Field.mode, header.mode);
  octal(Field.uid, header.uid);
  octal(Field.gid, header.gid);
  octal(Field.size, header.size);
  octal(Field.mtime, Math.max(0, Math.floor(header.mtime)));
  put(Field.type, header.type);
  put(Field.linkName, header.linkName);
  put(Field.magic, GNU_MAGIC);
  put(Field.user, header.user);
  put(Field.group, header.group);
  put(Field.checksum, `${tarChecksum(bytes).toString(8).padStart(6, '0')}\0 `);
  return bytes;
}

/** Octal with a final NUL, base 256 where that is too short (sizes above 8 GB). */
function putNumber(bytes: Uint8Array, [start, length]: FieldPlace, value: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (digits.length < length) return bytes.set(encodeText(digits), start);
  let left = value;
  for (let at = length - 1; at > 0; at--) {
    bytes[start + at] = left % 256;
    left = Math.floor(left / 256);
  }
  bytes[start] = 0x80;
}

/** What a header says, with what the extended headers before it said. Throws a Failure when the block is none. */
export function decodeHeader(block: Uint8Array, extended: PaxFields): TarHeader {
  const entry = readTarHeader(block, extended);
  if (entry === undefined) throw new Failure('This does not look like a tar archive', 2);
  const { name, mode, uid, gid, size, type, mtime, link, user, group } = entry;
  const seconds = mtime.seconds + mtime.nanoseconds / NANOSECONDS;
  return { name, mode, uid, gid, size, type, mtime: seconds, linkName: link, user, group };
}
