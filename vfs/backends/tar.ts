/**
 * A tar archive as a read-only file system: ustar, with the long names and links of pax and of GNU tar (POSIX pax(1)).
 * Only the headers are read when it is opened; a compressed archive is unpacked into memory first.
 */
import { ArchiveBackend, ArchiveError, type ArchiveNode } from './archive.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';

const BLOCK = 512;
/** Longest extended header: names are short, but pax may bring attributes along. */
const EXTENDED_BYTES_MAX = 1024 * 1024;

/** Throws ArchiveError when it is no tar archive, is damaged, or names anything outside of itself. */
export async function openTar(packed: ByteSource): Promise<ArchiveBackend> {
  const source = await unpacked(packed);
  const backend = new ArchiveBackend();
  let extended: Record<string, string> = {};
  let at = 0;
  for (; at + BLOCK <= source.size;) {
    const header = await source.read(at, BLOCK);
    if (header[0] === 0) break;
    if (checksum(header) !== number(header, 148, 8)) throw new ArchiveError(`damaged at byte ${at}`);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = extended['size'] === undefined ? number(header, 124, 12) : Number(extended['size']);
    const start = at + BLOCK;
    if (!(size >= 0) || start + size > source.size) throw new ArchiveError('the tar archive is cut short');
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'g') continue;
    if (type === 'x' || type === 'L' || type === 'K') {
      if (size > EXTENDED_BYTES_MAX) throw new ArchiveError(`damaged at byte ${start}`);
      extended = { ...extended, ...fieldsOf(type, await source.read(start, size)) };
      continue;
    }
    const prefix = text(header, 345, 155);
    const own = text(header, 0, 100);
    const isUstar = text(header, 257, 6) === 'ustar';
    const name = extended['path'] ?? (isUstar && prefix !== '' ? `${prefix}/${own}` : own);
    const node = nodeOf(backend, header, type, extended, (into, position) =>
      source.read(start + position, into.length).then((bytes) => into.set(bytes)),
    );
    extended = {};
    if (node !== undefined)
      backend.add(name, node.kind === 'file' && type !== '1' ? { ...node, size } : node);
  }
  if (at === 0) throw new ArchiveError('this is no tar archive');
  return backend;
}

function nodeOf(
  backend: ArchiveBackend,
  header: Uint8Array,
  type: string,
  extended: Record<string, string>,
  read: (into: Uint8Array, position: number) => Promise<void>,
): ArchiveNode | undefined {
  const mode = number(header, 100, 8) & 0o7777;
  const mtimeMs =
    (extended['mtime'] === undefined ? number(header, 136, 12) : Number(extended['mtime'])) * 1000;
  const target = extended['linkpath'] ?? text(header, 157, 100);
  switch (type) {
    case '0':
    case '\0':
    case '7':
      return { kind: 'file', mode, mtimeMs, size: 0, read };
    case '1': {
      const original = backend.find(target);
      if (original?.kind !== 'file') throw new ArchiveError(`a hard link to '${target}', which is not there`);
      return original;
    }
    case '2':
      return { kind: 'link', mode: 0o777, mtimeMs, target };
    case '5':
      return { kind: 'directory', mode, mtimeMs, entries: new Map() };
    default:
      return undefined; // devices and FIFOs of an archive are of no use here
  }
}

/** Sum of the header's bytes, its own field taken as blanks. */
function checksum(header: Uint8Array): number {
  let sum = 8 * 32;
  for (let index = 0; index < BLOCK; index++) {
    if (index < 148 || index >= 156) sum += header[index] ?? 0;
  }
  return sum;
}

async function unpacked(source: ByteSource): Promise<ByteSource> {
  if (source.size < 18) throw new ArchiveError('this is no tar archive');
  const magic = await source.read(0, 2);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return source;
  const packed = await source.read(0, source.size);
  const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return bytesSource(new Uint8Array(await new Response(stream).arrayBuffer()));
  } catch (cause) {
    throw new ArchiveError('the compressed archive is damaged', { cause });
  }
}

function text(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits, or base 256 where the first bit is set (GNU, for sizes above 8 GB). */
function number(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] ?? 0;
  if ((first & 0x80) === 0) return parseInt(text(bytes, start, length).trim() || '0', 8);
  let value = first & 0x7f;
  for (let index = 1; index < length; index++) value = value * 256 + (bytes[start + index] ?? 0);
  return value;
}

/** Records `length key=value\n` of pax, whose length counts itself; or one long name of GNU tar. */
function fieldsOf(type: string, data: Uint8Array): Record<string, string> {
  if (type === 'L') return { path: text(data, 0, data.length) };
  if (type === 'K') return { linkpath: text(data, 0, data.length) };
  const fields: Record<string, string> = {};
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = space < 0 ? 0 : parseInt(text(data, at, space - at), 10);
    if (!(length > 0)) break;
    const record = text(data, space + 1, at + length - space - 2);
    const equals = record.indexOf('=');
    if (equals > 0) fields[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return fields;
}
