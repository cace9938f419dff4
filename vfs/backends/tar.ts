/**
 * A tar archive as a read-only file system: ustar, with the long names and links of pax and of GNU tar (POSIX pax(1)).
 * Only the headers are read when it is opened; a compressed archive is unpacked into memory first.
 */
import {
  type PaxFields,
  readExtended,
  readTarHeader,
  TAR_BLOCK_BYTES,
  TAR_EXTENDED_BYTES_MAX,
  type TarEntry,
  tarPadding,
} from '../../src/base/tar.ts';
import { ArchiveBackend, ArchiveError, type ArchiveNode, type LinkRule } from './archive.ts';
import { type ByteSource, bytesSource, readAhead } from './byte-source.ts';

const GZIP_BYTES_MIN = 18;

export interface TarItem {
  entry: TarEntry;
  /** Where its data start. */
  start: number;
  /** What the pax header before it says. */
  fields: PaxFields;
}

/** Every entry, in order; `g` headers too, as entries without data. Throws ArchiveError for what is damaged. */
export async function* tarItems(source: ByteSource): AsyncGenerator<TarItem> {
  let extended: PaxFields = {};
  let at = 0;
  for (; at + TAR_BLOCK_BYTES <= source.size;) {
    const block = await source.read(at, TAR_BLOCK_BYTES);
    if (block[0] === 0) break;
    const entry = readTarHeader(block, extended);
    if (entry === undefined) throw new ArchiveError(`the tar archive is damaged at byte ${at}`);
    const { type, size } = entry;
    const start = at + TAR_BLOCK_BYTES;
    const holdsData = type !== '1' && type !== '2' && type !== '5';
    const stored = holdsData ? size : 0;
    if (start + stored > source.size) throw new ArchiveError('the tar archive is cut short');
    at = start + stored + tarPadding(stored);
    if (type === 'x' || type === 'L' || type === 'K' || type === 'g') {
      const fields =
        size > TAR_EXTENDED_BYTES_MAX ? undefined : readExtended(type, await source.read(start, size));
      if (fields === undefined) throw new ArchiveError(`the tar archive is damaged at byte ${start}`);
      if (type === 'g') yield { entry, start, fields };
      else extended = { ...extended, ...fields };
      continue;
    }
    yield { entry, start, fields: extended };
    extended = {};
  }
  if (at === 0) throw new ArchiveError('this is no tar archive');
}

/** Throws ArchiveError when it is no tar archive, is damaged, or names anything outside of itself. */
export async function openTar(packed: ByteSource, links: LinkRule = 'inside'): Promise<ArchiveBackend> {
  const source = readAhead(await unpacked(packed));
  const backend = new ArchiveBackend(links);
  for await (const { entry, start } of tarItems(source)) {
    const read = (into: Uint8Array, position: number): Promise<void> =>
      source.read(start + position, into.length).then((bytes) => into.set(bytes));
    const node = nodeOf(backend, entry, read);
    if (node !== undefined) backend.add(entry.name, node);
  }
  return backend;
}

function nodeOf(
  backend: ArchiveBackend,
  { type, mode, mtime, size, link }: TarEntry,
  read: (into: Uint8Array, position: number) => Promise<void>,
): ArchiveNode | undefined {
  const mtimeMs = mtime.seconds * 1000 + mtime.nanoseconds / 1e6;
  switch (type) {
    case '0':
    case '\0':
    case '7':
      return { kind: 'file', mode, mtimeMs, size, read };
    case '1': {
      const original = backend.find(link);
      if (original?.kind !== 'file') throw new ArchiveError(`a hard link to '${link}', which is not there`);
      return original;
    }
    case '2':
      return { kind: 'link', mode: 0o777, mtimeMs, target: link };
    case '5':
      return { kind: 'directory', mode, mtimeMs, entries: new Map() };
    default:
      return undefined; // devices and FIFOs of an archive are of no use here
  }
}

/** The archive itself where it is compressed. */
export async function unpacked(source: ByteSource): Promise<ByteSource> {
  if (source.size < GZIP_BYTES_MIN) throw new ArchiveError('this is no tar archive');
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
