/** Reads WebContainer's binary format (see binary-writer). Everything in it is checked before anything is given back. */
import { decode } from '@msgpack/msgpack';
import { decodeName } from '../../base/path-text.ts';
import { ArchiveBackend, ArchiveError, type ArchiveNode } from '../../../vfs/backends/archive.ts';

const PERMISSIONS = 0o7777;
/** Keys are marked, for a file may be called `__proto__`. */
const MARK = '/';

const markedKeys = {
  canBeCached: () => true,
  decode: (bytes: Uint8Array, at: number, length: number) =>
    MARK + decodeName(bytes.subarray(at, at + length)),
};

type Fields = Record<string, unknown>;

/** The first byte of a MessagePack map, which no other archive starts with. */
export function isBinaryTree(first: number): boolean {
  return (first >= 0x80 && first <= 0x8f) || first === 0xde || first === 0xdf;
}

/** Throws ArchiveError. */
export function openBinaryTree(bytes: Uint8Array): ArchiveBackend {
  let root: unknown;
  try {
    root = decode(bytes, { rawStrings: true, keyDecoder: markedKeys });
  } catch (cause) {
    throw new ArchiveError('the binary tree is damaged', { cause });
  }
  const backend = new ArchiveBackend('any');
  addFolder(backend, '', fieldsOf(fieldsOf(root, '')[`${MARK}d`], ''));
  return backend;
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return value as Fields;
  throw new ArchiveError(`the binary tree has no node at '${path}'`);
}

function addFolder(backend: ArchiveBackend, path: string, children: Fields): void {
  for (const [key, value] of Object.entries(children)) {
    const name = key.slice(MARK.length);
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
      throw new ArchiveError(`'${name}' in '${path}' is no file name`);
    const full = path === '' ? name : `${path}/${name}`;
    const node = fieldsOf(value, full);
    if (`${MARK}d` in node) {
      backend.add(full, { ...attributesOf(node, 0o755), kind: 'directory', entries: new Map() });
      addFolder(backend, full, fieldsOf(node[`${MARK}d`], full));
    } else {
      backend.add(full, fileOf(fieldsOf(node[`${MARK}f`], full), full));
    }
  }
}

function fileOf(file: Fields, path: string): ArchiveNode {
  const target = file[`${MARK}s`];
  if (target instanceof Uint8Array)
    return { kind: 'link', mode: 0o777, mtimeMs: 0, target: decodeName(target) };
  const content = file[`${MARK}c`];
  if (!(content instanceof Uint8Array))
    throw new ArchiveError(`the binary tree has no contents for '${path}'`);
  return {
    ...attributesOf(file, 0o644),
    kind: 'file',
    size: content.length,
    read(into, position) {
      into.set(content.subarray(position, position + into.length));
      return Promise.resolve();
    },
  };
}

function attributesOf(node: Fields, usual: number): { mode: number; mtimeMs: number } {
  const [mode, mtimeMs] = [node[`${MARK}m`], node[`${MARK}t`]];
  return {
    mode: typeof mode === 'number' ? mode & PERMISSIONS : usual,
    mtimeMs: typeof mtimeMs === 'number' && Number.isFinite(mtimeMs) ? mtimeMs : Date.now(),
  };
}
