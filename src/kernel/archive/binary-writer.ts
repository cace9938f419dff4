/**
 * A tree in the binary format of WebContainer's `mount` and `export`: MessagePack of `{ d: { name: node } }`, a node being
 * `{ d: … }` for a directory and `{ f: { c: bytes } }` for a file. Beside that, where it is not the usual: `m` for the
 * permissions and `t` for the time in ms, and `{ f: { s: target } }` for a symbolic link, which that format lacks.
 */
import { concat } from '../../base/bytes.ts';
import { encodeName } from '../../base/path-text.ts';
import { permissionsOf, type TreeItem } from './tree-reader.ts';

const USUAL_MODE = { directory: 0o755, file: 0o644 };
const TEXT = { short: 0xa0, shortMax: 31, wide: [0xd9, 0xda, 0xdb] };
const BYTES = { short: 0, shortMax: -1, wide: [0xc4, 0xc5, 0xc6] };
const MAP = { short: 0x80, shortMax: 15, wide: [undefined, 0xde, 0xdf] };

interface Family {
  short: number;
  shortMax: number;
  /** Markers of lengths of 1, 2 and 4 bytes. */
  wide: readonly (number | undefined)[];
}

function head({ short, shortMax, wide }: Family, length: number): Uint8Array {
  if (length <= shortMax) return Uint8Array.of(short + length);
  const width = length < 0x100 && wide[0] !== undefined ? 0 : length < 0x10000 ? 1 : 2;
  const bytes = new Uint8Array(1 + (1 << width));
  bytes[0] = wide[width] ?? 0;
  for (let at = bytes.length - 1, rest = length; at > 0; at--, rest = Math.floor(rest / 256))
    bytes[at] = rest & 255;
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = encodeName(value);
  return concat([head(TEXT, bytes.length), bytes]);
}

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xcb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

/** A small map of fields, each already encoded. */
function fields(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  return concat([head(MAP, entries.length), ...entries.flatMap(([key, value]) => [text(key), value])]);
}

interface Folder {
  own: Uint8Array[];
  children: Map<string, TreeItem>;
}

/** MessagePack counts before it lists: the items are gathered first, and their contents read as they are written. */
export async function* binaryParts(items: AsyncIterable<TreeItem>): AsyncGenerator<Uint8Array> {
  const folders = new Map<string, Folder>([['', { own: [], children: new Map() }]]);
  for await (const item of items) {
    if (item.path === '') continue;
    const slash = item.path.lastIndexOf('/');
    folderOf(folders, item.path.slice(0, Math.max(0, slash))).children.set(item.path.slice(slash + 1), item);
    if (item.kind === 'directory') folderOf(folders, item.path).own = attributes(item);
  }
  yield* folderParts(folders, '');
}

/** Directories that a selection has left out between two that it took are made, as they would be by mkdir -p. */
function folderOf(folders: Map<string, Folder>, path: string): Folder {
  const known = folders.get(path);
  if (known !== undefined) return known;
  const made: Folder = { own: [], children: new Map() };
  folders.set(path, made);
  const slash = path.lastIndexOf('/');
  const { children } = folderOf(folders, path.slice(0, Math.max(0, slash)));
  const name = path.slice(slash + 1);
  if (!children.has(name)) children.set(name, { ...IMPLIED, path });
  return made;
}

const IMPLIED: TreeItem = {
  kind: 'directory',
  path: '',
  mode: 0o040755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  atime: { seconds: 0, nanoseconds: 0 },
  rdev: 0,
  target: '',
  read: async function* () {},
};

function attributes(item: TreeItem): Uint8Array[] {
  if (item.kind !== 'directory' && item.kind !== 'file') return [];
  const mode = permissionsOf(item);
  const { seconds, nanoseconds } = item.mtime;
  const own = [concat([text('t'), float(seconds * 1000 + nanoseconds / 1e6)])];
  if (mode !== USUAL_MODE[item.kind]) own.push(concat([text('m'), head(INTEGER, mode)]));
  return own;
}
const INTEGER = { short: 0, shortMax: 127, wide: [0xcc, 0xcd, 0xce] };

async function* folderParts(folders: Map<string, Folder>, path: string): AsyncGenerator<Uint8Array> {
  const { own, children } = folderOf(folders, path);
  yield concat([head(MAP, own.length + 1), ...own, text('d'), head(MAP, children.size)]);
  for (const [name, item] of children) {
    yield text(name);
    if (item.kind === 'directory') yield* folderParts(folders, item.path);
    else if (item.kind === 'symlink') yield fields([['f', fields([['s', text(item.target)]])]]);
    else yield* fileParts(item);
  }
}

async function* fileParts(item: TreeItem): AsyncGenerator<Uint8Array> {
  const own = attributes(item);
  yield concat([
    head(MAP, 1),
    text('f'),
    head(MAP, own.length + 1),
    ...own,
    text('c'),
    head(BYTES, item.size),
  ]);
  yield* item.read();
}
