/** The tree that `mount` takes and `export` gives: WebContainer's FileSystemTree, with modes where they matter. */
import type { TreeEntry } from '../src/protocol/container.ts';
import { ArgumentError } from './errors.ts';

export interface FileSystemTree {
  [name: string]: DirectoryNode | FileNode | SymlinkNode;
}
export interface DirectoryNode {
  directory: FileSystemTree;
  /** Permission bits; default 0755. */
  mode?: number;
}
export interface FileNode {
  file: { contents: string | Uint8Array; /** Permission bits; default 0644. */ mode?: number };
}
export interface SymlinkNode {
  file: { symlink: string };
}

const USUAL_FILE_MODE = 0o644;
const USUAL_DIRECTORY_MODE = 0o755;

/** Throws a TypeError that names the path of the first malformed node. */
export function treeEntries(tree: unknown): TreeEntry[] {
  const entries: TreeEntry[] = [];
  const encoder = new TextEncoder();
  const pending: [path: string, node: unknown][] = [['', { directory: tree }]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, node] = next;
    const fields = record(node, path, 'must be { directory } or { file }');
    if ('directory' in fields && 'file' in fields) throw malformed(path, 'must be { directory } or { file }');
    if ('directory' in fields) {
      const children = record(fields.directory, path, 'directory must be an object of named nodes');
      const { mode } = fields;
      if (mode !== undefined && typeof mode !== 'number') throw malformed(path, 'mode must be a number');
      if (path !== '') entries.push({ kind: 'directory', path, ...(mode === undefined ? {} : { mode }) });
      for (const [name, child] of Object.entries(children)) {
        if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
          throw malformed(`${path}/${name}`, 'is not a file name');
        }
        pending.push([path === '' ? name : `${path}/${name}`, child]);
      }
      continue;
    }
    if (!('file' in fields)) throw malformed(path, 'must be { directory } or { file }');
    const file = record(fields.file, path, 'file must be { contents } or { symlink }');
    if (typeof file.symlink === 'string') {
      entries.push({ kind: 'symlink', path, target: file.symlink });
      continue;
    }
    const { contents, mode } = file;
    const data = typeof contents === 'string' ? encoder.encode(contents) : contents;
    if (!(data instanceof Uint8Array)) throw malformed(path, 'contents must be a string or a Uint8Array');
    if (mode !== undefined && typeof mode !== 'number') throw malformed(path, 'mode must be a number');
    entries.push({ kind: 'file', path, data, ...(mode === undefined ? {} : { mode }) });
  }
  return entries;
}

function record(value: unknown, path: string, rule: string): Record<string, unknown> {
  // Of any realm. What has a class of its own (a Response, a Promise) has its members elsewhere: it would be an empty tree.
  if (Object.prototype.toString.call(value) !== '[object Object]') {
    throw malformed(path, rule);
  }
  return value as Record<string, unknown>;
}

function malformed(path: string, rule: string): ArgumentError {
  return new ArgumentError(`Malformed file system tree at '/${path.replace(/^\//, '')}': ${rule}.`);
}

/** Contents are text where they are valid UTF-8, else bytes. */
export function treeOf(entries: readonly TreeEntry[]): FileSystemTree {
  const root: FileSystemTree = {};
  const folders = new Map<string, FileSystemTree>([['', root]]);
  for (const entry of entries) {
    if (entry.path === '') continue;
    const slash = entry.path.lastIndexOf('/');
    const folder = folderAt(folders, entry.path.slice(0, Math.max(0, slash)));
    const name = entry.path.slice(slash + 1);
    if (entry.kind === 'directory') {
      const directory: FileSystemTree = {};
      folders.set(entry.path, directory);
      const { mode = USUAL_DIRECTORY_MODE } = entry;
      define(folder, name, { directory, ...(mode === USUAL_DIRECTORY_MODE ? {} : { mode }) });
    } else if (entry.kind === 'symlink') {
      define(folder, name, { file: { symlink: entry.target } });
    } else {
      const { mode = USUAL_FILE_MODE } = entry;
      const kept = mode === USUAL_FILE_MODE ? {} : { mode };
      define(folder, name, { file: { contents: textOrBytes(entry.data), ...kept } });
    }
  }
  return root;
}

/** A folder that a selection has left out between two that it took is there all the same. */
function folderAt(folders: Map<string, FileSystemTree>, path: string): FileSystemTree {
  const known = folders.get(path);
  if (known !== undefined) return known;
  const made: FileSystemTree = {};
  folders.set(path, made);
  const slash = path.lastIndexOf('/');
  define(folderAt(folders, path.slice(0, Math.max(0, slash))), path.slice(slash + 1), { directory: made });
  return made;
}

/** A file may be called `__proto__`. */
function define(folder: FileSystemTree, name: string, node: FileSystemTree[string]): void {
  Object.defineProperty(folder, name, { value: node, enumerable: true, configurable: true, writable: true });
}

function textOrBytes(data: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return data;
  }
}
