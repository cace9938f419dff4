/** Trees as plain objects (WebContainer's FileSystemTree), into a file system and out of it. */
import { Errno } from '../src/base/errno.ts';
import type { FileSystem } from './file-system.ts';
import { decodeUtf8, encodeUtf8 } from './intrinsics.ts';
import { O_CREAT, O_TRUNC, O_WRONLY } from './mode.ts';

export interface FileSystemTree {
  [name: string]: DirectoryNode | FileNode | SymlinkNode;
}
export interface DirectoryNode {
  directory: FileSystemTree;
}
export interface FileNode {
  file: { contents: string | Uint8Array };
}
export interface SymlinkNode {
  file: { symlink: string };
}

/** Writes a tree below `at`, which is made if need be. What stands in the way is replaced, directories are merged. */
export function populate(fs: FileSystem, at: string, tree: FileSystemTree): number {
  const made = makeDirectories(fs, at);
  if (made < 0) return made;
  for (const [name, node] of Object.entries(tree)) {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) return -Errno.EINVAL;
    const result = populateNode(fs, at === '/' ? `/${name}` : `${at}/${name}`, node);
    if (result < 0) return result;
  }
  return 0;
}

function populateNode(fs: FileSystem, path: string, node: DirectoryNode | FileNode | SymlinkNode): number {
  if ('directory' in node) return populate(fs, path, node.directory);
  if ('symlink' in node.file) {
    fs.unlink(path);
    return fs.symlink(node.file.symlink, path);
  }
  const { contents } = node.file;
  const bytes = typeof contents === 'string' ? encodeUtf8(contents) : contents;
  return fs.writeFile(path, bytes, O_WRONLY | O_CREAT | O_TRUNC, 0o666);
}

/** mkdir -p. 0 or -errno */
export function makeDirectories(fs: FileSystem, path: string): number {
  if (fs.kind(path) === 1) return 0;
  const result = fs.mkdir(path, 0o777);
  if (result === -Errno.EEXIST) return fs.kind(path) === 1 ? 0 : -Errno.ENOTDIR;
  if (result !== -Errno.ENOENT) return result;
  const cut = path.replace(/\/+$/, '').lastIndexOf('/');
  if (cut <= 0) return result;
  const above = makeDirectories(fs, path.slice(0, cut));
  return above < 0 ? above : fs.mkdir(path, 0o777);
}

/** The tree below a directory. Text that is valid UTF-8 comes as a string, other contents as bytes. */
export function exportTree(fs: FileSystem, path: string): FileSystemTree | number {
  const list = fs.readdir(path, false);
  if (typeof list === 'number') return list;
  const tree: FileSystemTree = {};
  const UV_FILE = 1;
  const UV_DIRECTORY = 2;
  const UV_LINK = 3;
  for (const [index, name] of list.names.entries()) {
    const below = path === '/' ? `/${name}` : `${path}/${name}`;
    const type = list.types[index];
    if (type === UV_DIRECTORY) {
      const directory = exportTree(fs, below);
      if (typeof directory === 'number') return directory;
      tree[name] = { directory };
    } else if (type === UV_LINK) {
      const target = fs.readlink(below);
      if (typeof target === 'number') return target;
      tree[name] = { file: { symlink: decodeUtf8(target) } };
    } else if (type === UV_FILE) {
      const contents = fs.readFile(below);
      if (typeof contents === 'number') return contents;
      tree[name] = { file: { contents: asText(contents) } };
    }
  }
  return tree;
}

function asText(bytes: Uint8Array): string | Uint8Array {
  const text = decodeUtf8(bytes);
  return text.includes('\ufffd') ? bytes : text;
}
