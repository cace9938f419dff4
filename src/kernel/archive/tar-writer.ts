/** A tree as a tar archive (pax): every kind of file, permissions, owners, links and times to the nanosecond. */
import { TAR_BLOCK_BYTES, tarHeader, tarPadding } from '../../base/tar.ts';
import { permissionsOf, type TreeItem } from './tree-reader.ts';

const TYPES: Readonly<Record<TreeItem['kind'], string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  device: '3',
  directory: '5',
  fifo: '6',
};
const BLOCK_DEVICE = '4';
const S_IFMT = 0o170000;
const S_IFBLK = 0o060000;

export interface TarWriting {
  /** Times of access too. */
  accessTimes?: boolean;
  owners?: boolean;
}

export async function* tarParts(
  items: AsyncIterable<TreeItem>,
  options: TarWriting = {},
): AsyncGenerator<Uint8Array> {
  for await (const item of items) yield* tarEntry(item, options);
  yield new Uint8Array(2 * TAR_BLOCK_BYTES);
}

export async function* tarEntry(
  item: TreeItem,
  { accessTimes = false, owners = false }: TarWriting,
): AsyncGenerator<Uint8Array> {
  const { kind, path, size, rdev } = item;
  const slash = kind === 'directory' ? '/' : '';
  yield tarHeader({
    name: path === '' ? './' : path + slash,
    type: (item.mode & S_IFMT) === S_IFBLK ? BLOCK_DEVICE : TYPES[kind],
    mode: permissionsOf(item),
    uid: owners ? item.uid : 0,
    gid: owners ? item.gid : 0,
    size: kind === 'file' ? size : 0,
    mtime: item.mtime,
    ...(accessTimes && { atime: item.atime }),
    link: item.target,
    major: rdev >>> 8,
    minor: rdev & 0xff,
  });
  if (kind !== 'file') return;
  yield* item.read();
  yield new Uint8Array(tarPadding(size));
}
