/** The format of gzip (RFC 1952), as streams. */
import { crc32 } from '../../polyfills/zlib/crc32.ts';
import { Failure } from '../program/program.ts';
import { encodeText, latin1 } from '../text/text.ts';
import { ByteReader } from './byte-reader.ts';
import { deflate, inflate } from './deflate.ts';

const Flag = { text: 1, headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;
const UNIX = 3;
const DEFLATED = 8;
const FASTEST = 4;
const BEST = 2;

export interface GzipHeader {
  readonly name: string | undefined;
  /** Seconds; 0: not known. */
  readonly time: number;
}

export interface Totals {
  packed: number;
  unpacked: number;
  crc: number;
}

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

export function* gzipStream(
  source: Iterable<Uint8Array>,
  { name, time }: GzipHeader,
  level: number,
): Generator<Uint8Array> {
  const head = new Uint8Array(10);
  head.set([0x1f, 0x8b, DEFLATED, name === undefined ? 0 : Flag.name]);
  new DataView(head.buffer).setUint32(4, time, true);
  head[8] = level === 1 ? FASTEST : level === 9 ? BEST : 0;
  head[9] = UNIX;
  yield head;
  if (name !== undefined) yield encodeText(`${name}\0`);
  let crc = 0;
  let size = 0;
  const counted = function* (): Generator<Uint8Array> {
    for (const chunk of source) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
  };
  yield* deflate(counted(), level);
  const tail = new DataView(new ArrayBuffer(8));
  tail.setUint32(0, crc, true);
  tail.setUint32(4, size % 2 ** 32, true);
  yield new Uint8Array(tail.buffer);
}

/** What goes wrong after a first member: trailing garbage is a warning, not an error. */
export interface GunzipReport {
  header?: GzipHeader;
  totals: Totals;
  garbage: boolean;
}

/** Unpacks all members, one after the other. Failures name no file. */
export function* gunzipStream(source: Iterable<Uint8Array>, report?: GunzipReport): Generator<Uint8Array> {
  const reader = new ByteReader(source);
  for (let members = 0; ; members++) {
    const head = reader.read(10);
    if (members > 0 && head.every((byte) => byte === 0)) return;
    if (!isGzip(head) || head.length < 10) {
      if (members === 0) throw new Failure(head.length < 2 ? 'unexpected end of file' : 'not in gzip format');
      if (report) report.garbage = true;
      return;
    }
    if (head[2] !== DEFLATED) throw new Failure(`unknown method ${head[2]} -- not supported`);
    const header = restOfHeader(reader, head);
    if (report) report.header ??= header;
    let crc = 0;
    let size = 0;
    const start = reader.position;
    for (const piece of inflate(
      reader,
      'invalid compressed data--format violated',
      'unexpected end of file',
    )) {
      crc = crc32(piece, crc);
      size += piece.length;
      yield piece;
    }
    const packed = reader.position - start;
    const tail = reader.require(8, 'unexpected end of file');
    const view = new DataView(tail.buffer, tail.byteOffset, 8);
    if (view.getUint32(0, true) !== crc >>> 0) throw new Failure('invalid compressed data--crc error');
    if (view.getUint32(4, true) !== size % 2 ** 32)
      throw new Failure('invalid compressed data--length error');
    if (report)
      report.totals = {
        packed: report.totals.packed + packed,
        unpacked: report.totals.unpacked + size,
        crc: crc >>> 0,
      };
  }
}

function restOfHeader(reader: ByteReader, head: Uint8Array): GzipHeader {
  const flags = head[3] ?? 0;
  const short = 'unexpected end of file';
  if (flags & Flag.extra) {
    const [low = 0, high = 0] = reader.require(2, short);
    reader.require(low + high * 256, short);
  }
  const name = flags & Flag.name ? zeroTerminated(reader) : undefined;
  if (flags & Flag.comment) zeroTerminated(reader);
  if (flags & Flag.headerCrc) reader.require(2, short);
  return { name, time: new DataView(head.buffer, head.byteOffset).getUint32(4, true) };
}

function zeroTerminated(reader: ByteReader): string {
  const bytes: number[] = [];
  for (;;) {
    const [byte = 0] = reader.require(1, 'unexpected end of file');
    if (byte === 0) return latin1(Uint8Array.from(bytes));
    bytes.push(byte);
  }
}
