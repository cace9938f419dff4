/** Work on whole trees for the page: mount, export, copy, remove. Iterative: depth is the caller's data. */
import { Errno } from '../../base/errno.ts';
import { decodeName, encodeName, isEscaped } from '../../base/path-text.ts';
import { CROSSED, type FileSystem, type Path, StatField, timeSpec } from '../../../vfs/file-system.ts';
import { FIRST_BACKEND_MOUNT } from '../../protocol/trees.ts';
import type { Failure, Outcome, TreeEntry } from '../../protocol/container.ts';

export const O_WRITE_NEW = 0o1 | 0o100 | 0o1000;
const DT_FILE = 1;
const DT_DIRECTORY = 2;
const DT_LINK = 3;
const PERMISSIONS = 0o7777;
const S_IFMT = 0o170000;
const NO_BYTES = new Uint8Array(0);

function join(folder: string, name: string): string {
  if (name === '') return folder;
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

/** A path whose names may be no UTF-8 (path-text), as the file system takes it. */
export const bytesOf = (path: string): Path => (isEscaped(path) ? encodeName(path) : path);

const SYSCALL = { directory: 'mkdir', file: 'open', symlink: 'symlink' } as const;

/** Writes entries below `base`; folders that a path names and no entry made come into being. */
export function writeTree(
  files: FileSystem,
  base: string,
  entries: readonly TreeEntry[],
): Outcome<undefined> {
  const made = new Set<string>();
  for (const entry of entries) {
    const path = join(base, entry.path);
    const folder = entry.kind === 'directory' ? path : path.slice(0, Math.max(1, path.lastIndexOf('/')));
    const parents = made.has(folder) ? 0 : ensureFolder(files, folder);
    if (parents < 0) return { ok: false, errno: parents, syscall: 'mkdir', path: folder };
    made.add(folder);
    const result = writeEntry(files, path, entry);
    if (result < 0) return { ok: false, errno: result, syscall: SYSCALL[entry.kind], path };
  }
  return setFolderModes(files, base, entries);
}

/** After what is in them: a folder may be one that nothing is written into. */
function setFolderModes(files: FileSystem, base: string, entries: readonly TreeEntry[]): Outcome<undefined> {
  for (let at = entries.length - 1; at >= 0; at--) {
    const entry = entries[at];
    if (entry?.kind !== 'directory' || entry.mode === undefined) continue;
    const path = join(base, entry.path);
    const result = files.chmod(bytesOf(path), entry.mode & PERMISSIONS, true);
    if (result < 0) return { ok: false, errno: result, syscall: 'chmod', path };
  }
  return { ok: true, value: undefined };
}

function writeEntry(files: FileSystem, path: string, entry: TreeEntry): number {
  switch (entry.kind) {
    case 'directory':
      return 0;
    case 'file': {
      const written = files.writeFile(
        bytesOf(path),
        entry.data,
        O_WRITE_NEW,
        (entry.mode ?? 0o666) & PERMISSIONS,
      );
      if (written < 0) return written;
      const changed =
        entry.mode === undefined ? 0 : files.chmod(bytesOf(path), entry.mode & PERMISSIONS, true);
      if (changed < 0 || entry.mtimeMs === undefined) return changed;
      const time = timeSpec(entry.mtimeMs);
      return files.utimes(bytesOf(path), time, time, true);
    }
    case 'symlink': {
      const linked = files.symlink(bytesOf(entry.target), bytesOf(path));
      if (linked !== -Errno.EEXIST) return linked;
      const removed = files.unlink(bytesOf(path));
      return removed < 0 ? removed : files.symlink(bytesOf(entry.target), bytesOf(path));
    }
  }
}

function ensureFolder(files: FileSystem, path: string): number {
  if (files.kind(bytesOf(path)) === 1) return 0;
  for (let at = path.indexOf('/', 1); ; at = path.indexOf('/', at + 1)) {
    const part = at < 0 ? path : path.slice(0, at);
    const result = files.mkdir(bytesOf(part), 0o777);
    if (result < 0 && result !== -Errno.EEXIST) return result;
    if (at >= 0) continue;
    const kind = files.kind(bytesOf(path));
    return kind === 0 ? -Errno.ENOTDIR : Math.min(kind, 0);
  }
}

/** Every entry at and below `base`, folders before what they hold. */
export function readTree(files: FileSystem, base: string): Outcome<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const stat = new Float64Array(StatField.count);
  const failure = walk(files, base, (path, type) => {
    const full = join(base, path);
    const found = files.lstat(bytesOf(full), stat, 0);
    if (found === CROSSED) return 0;
    if (found < 0) return found;
    const mode = (stat[StatField.mode] ?? 0) & PERMISSIONS;
    if (type === DT_DIRECTORY) entries.push({ kind: 'directory', path, mode });
    else if (type === DT_LINK) {
      const target = files.readlink(bytesOf(full));
      if (typeof target === 'number') return target;
      entries.push({ kind: 'symlink', path, target: decodeName(target) });
    } else if (type === DT_FILE) {
      const data = files.readFile(bytesOf(full));
      if (typeof data === 'number') return data;
      const mtimeMs = (stat[StatField.mtimeSec] ?? 0) * 1000 + (stat[StatField.mtimeNsec] ?? 0) / 1e6;
      entries.push({ kind: 'file', path, data, mode, mtimeMs });
    }
    return 0;
  });
  return failure ?? { ok: true, value: entries };
}

/** Visits `base` (path '') and all below it, parents first. */
function walk(
  files: FileSystem,
  base: string,
  visit: (path: string, type: number) => number,
): Failure | undefined {
  const pending: [path: string, type: number][] = [['', typeOf(files, base)]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, type] = next;
    const full = join(base, path);
    const result = type < 0 ? type : visit(path, type);
    if (result < 0) return { ok: false, errno: result, syscall: 'lstat', path: full };
    if (type !== DT_DIRECTORY) continue;
    const list = files.readdir(bytesOf(full), true);
    // A control tree is no one's data: it counts as an empty folder.
    if (list === CROSSED) continue;
    if (typeof list === 'number') return { ok: false, errno: list, syscall: 'scandir', path: full };
    for (let i = list.names.length - 1; i >= 0; i--) {
      const name = decodeName(list.rawNames?.[i] ?? NO_BYTES);
      pending.push([path === '' ? name : `${path}/${name}`, list.types[i] ?? 0]);
    }
  }
  return undefined;
}

function typeOf(files: FileSystem, path: string): number {
  const stat = new Float64Array(StatField.count);
  const found = files.lstat(bytesOf(path), stat, 0);
  if (found === CROSSED) return DT_DIRECTORY;
  if (found < 0) return found;
  switch ((stat[StatField.mode] ?? 0) & S_IFMT) {
    case 0o040000:
      return DT_DIRECTORY;
    case 0o120000:
      return DT_LINK;
    case 0o100000:
      return DT_FILE;
    default:
      return 0;
  }
}

/** rm -r: links are removed, never followed. */
export function removeTree(files: FileSystem, path: string): number {
  const found: [path: string, type: number][] = [];
  const failure = walk(files, path, (inner, type) => {
    found.push([inner, type]);
    return 0;
  });
  if (failure) return failure.errno;
  for (let i = found.length - 1; i >= 0; i--) {
    const [inner, type] = found[i] ?? ['', 0];
    const full = join(path, inner);
    const result = type === DT_DIRECTORY ? files.rmdir(bytesOf(full)) : files.unlink(bytesOf(full));
    if (result < 0) return result;
  }
  return 0;
}

const isCrossed = (files: FileSystem, path: string): boolean =>
  files.readlink(bytesOf(path)) === CROSSED || files.kind(bytesOf(path)) === CROSSED;

/** cp -r: links are copied as links, permissions kept. → CROSSED where what is mounted takes part in it */
export function copyTree(files: FileSystem, from: string, to: string, recursive: boolean): number {
  if (isCrossed(files, from) || isCrossed(files, to)) return CROSSED;
  const type = typeOf(files, from);
  if (type < 0) return type;
  if (type === DT_DIRECTORY && !recursive) return -Errno.EISDIR;
  if (to === from || to.startsWith(`${from}/`)) return -Errno.EINVAL;
  const there = typeOf(files, to);
  if (there < 0 && there !== -Errno.ENOENT) return there;
  const tree = readTree(files, from);
  if (!tree.ok) return tree.errno;
  const isMounted = ({ kind, path }: TreeEntry): boolean =>
    kind === 'directory' &&
    files.readdir(bytesOf(join(from, path)), false) === CROSSED &&
    files.crossing.mount >= FIRST_BACKEND_MOUNT;
  if (tree.value.some(isMounted)) return CROSSED;
  // A copy is of now.
  for (const entry of tree.value) if (entry.kind === 'file') delete entry.mtimeMs;
  const written = writeTree(files, to, tree.value);
  return written.ok ? 0 : written.errno;
}
