import { TAR_EXTENDED_MAX_BYTES } from '../../src/base/limits.ts';
import { Failure } from '../program/program.ts';
import { ByteReader } from './byte-reader.ts';
import { gunzipStream, isGzip } from './gzip-format.ts';
import { type PaxFields, readExtended } from '../../src/base/tar.ts';
import { BLOCK, decodeHeader, type TarHeader, TarType } from './tar-format.ts';

const TROUBLE = 2;
const MALFORMED = 'Malformed extended header';
const SHORT = 'Unexpected EOF in archive';

/** Members of an archive in order. What of a member's content was not taken is passed over. */
export interface TarMember {
  readonly header: TarHeader;
  content(): Generator<Uint8Array>;
}

/** Unpacks gzip by itself. Throws a Failure for what is no archive. */
export function* tarMembers(source: Iterable<Uint8Array>): Generator<TarMember> {
  const packed = new ByteReader(source);
  const head = packed.read(2);
  packed.unread(head);
  const plain = rest(packed);
  const reader = new ByteReader(isGzip(head) ? gunzipStream(plain) : plain);
  let fields: PaxFields = {};
  for (let first = true; ;) {
    const bytes = reader.read(BLOCK);
    if (bytes.length === 0 && !first) return;
    if (bytes.length < BLOCK)
      throw new Failure(first ? 'This does not look like a tar archive' : SHORT, TROUBLE);
    if (bytes.every((byte) => byte === 0)) return drain(reader);
    // An extended header is itself none of what it or another says.
    const { type, size } = decodeHeader(bytes, {});
    first = false;
    if (type === TarType.extended || type === TarType.globalExtended || type === 'L' || type === 'K') {
      const data = extendedData(reader, size);
      const said = type === TarType.globalExtended ? {} : readExtended(type, data);
      if (said === undefined) throw new Failure(MALFORMED, TROUBLE);
      fields = { ...fields, ...said };
      continue;
    }
    const header = decodeHeader(bytes, fields);
    settleType(header);
    fields = {};
    yield* member(reader, header);
  }
}

function* member(reader: ByteReader, header: TarHeader): Generator<TarMember> {
  const isLink = header.type === TarType.hardLink || header.type === TarType.symbolicLink;
  const size = isLink || header.type === TarType.directory ? 0 : header.size;
  const end = reader.position + Math.ceil(size / BLOCK) * BLOCK;
  const start = reader.position;
  yield { header, content: () => reader.take(start + size - reader.position, SHORT) };
  const left = end - reader.position;
  for (const piece of reader.take(left, SHORT)) void piece;
}

function* rest(reader: ByteReader): Generator<Uint8Array> {
  for (let piece = reader.some(); piece !== undefined; piece = reader.some()) yield piece;
}

/** Whoever writes into our pipe is not to be stopped by SIGPIPE: what follows the end is read. */
function drain(reader: ByteReader): void {
  for (const piece of rest(reader)) void piece;
}

function extendedData(reader: ByteReader, size: number): Uint8Array {
  if (size > TAR_EXTENDED_MAX_BYTES) throw new Failure(MALFORMED, TROUBLE);
  const data = reader.require(Math.ceil(size / BLOCK) * BLOCK, SHORT);
  return data.subarray(0, size);
}

function settleType(header: TarHeader): void {
  // Old archives mark a folder by its name alone.
  const plain =
    header.type === TarType.file || header.type === TarType.oldFile || header.type === TarType.contiguous;
  if (plain) header.type = header.name.endsWith('/') ? TarType.directory : TarType.file;
}
