/** FileCalls by path: the shared file system's answer, or the control tree's where the path met one. */
import { Errno } from '../../base/errno.ts';
import { bytesCopy, bytesLength, utf8Decode } from '../../base/intrinsics.ts';
import type { FileCalls } from '../../../polyfills/system.ts';
import { CROSSED, type FileEvent, type Path } from '../../../vfs/file-system.ts';
import type { TreeChange } from '../../protocol/trees.ts';
import type { AttributeCallNames, DataCalls, DescriptorCallNames, FilesContext } from './files.ts';
import { FileType, timesOf } from './stat.ts';
import { descriptorOfPath } from './special-paths.ts';

type PathCallNames = Exclude<keyof FileCalls, DescriptorCallNames | AttributeCallNames | 'lock'>;

export function pathCalls(context: FilesContext, data: DataCalls): Pick<FileCalls, PathCallNames> {
  const { gate, files, trees, enqueue } = context;
  return {
    ...lookCalls(context, data),
    ...changeCalls(context),
    statfs(path, out) {
      gate.enter();
      const ask = (there: Path): number => {
        const result = files.statfs(trees.at(there), out);
        return result === CROSSED ? trees.statfs(out, ask) : result;
      };
      return ask(path);
    },
    chdir(path) {
      gate.enter();
      const again = (elsewhere: string): number => {
        const result = files.chdir(elsewhere);
        if (result === CROSSED) return trees.enter(again);
        if (result >= 0) trees.leave();
        return result;
      };
      const from = trees.at(path);
      const result = files.chdir(from);
      if (result === CROSSED) return trees.enter(again);
      if (result >= 0) trees.leave();
      return result;
    },
    cwd() {
      gate.enter();
      return trees.cwd ?? files.cwd();
    },
    umask(mask) {
      gate.enter();
      const before = files.credentials.umask;
      if (mask !== undefined) files.setCredentials({ umask: mask & 0o777 });
      return before;
    },
    watch(path, recursive, listener) {
      gate.enter();
      const tell = (event: FileEvent): void => enqueue(() => listener(event.kind, event.name));
      const watch = files.watch(trees.at(path), recursive, tell);
      return watch === CROSSED ? trees.watch(trees.at(path), recursive, tell) : watch;
    },
  };
}

type LookCallNames =
  'stat' | 'lstat' | 'kind' | 'access' | 'readFile' | 'writeFile' | 'readdir' | 'readlink' | 'realpath';

/** Calls that look a path up, and whole files. */
function lookCalls({ gate, files, trees }: FilesContext, data: DataCalls): Pick<FileCalls, LookCallNames> {
  const calls: Pick<FileCalls, LookCallNames> = {
    stat(path, out, at) {
      gate.enter();
      const same = descriptorOfPath(path);
      if (same !== undefined) return data.fstat(same, out, at);
      const result = files.stat(trees.at(path), out, at);
      if (result !== CROSSED) return result;
      const own = trees.descriptorAt(trees.place);
      if (own !== undefined) return data.fstat(own, out, at);
      return trees.stat(true, out, at, (elsewhere) => calls.stat(elsewhere, out, at));
    },
    lstat(path, out, at) {
      gate.enter();
      const result = files.lstat(trees.at(path), out, at);
      if (result !== CROSSED) return result;
      return trees.stat(false, out, at, (elsewhere) => calls.lstat(elsewhere, out, at));
    },
    kind(path) {
      gate.enter();
      const result = files.kind(trees.at(path));
      return result === CROSSED ? trees.kind((elsewhere) => calls.kind(elsewhere)) : result;
    },
    access(path, mode) {
      gate.enter();
      const result = files.access(trees.at(path), mode);
      if (result !== CROSSED) return result;
      if (trees.descriptorAt(trees.place) !== undefined) return 0;
      return trees.simple({ name: 'access', mode }, true, (elsewhere) => calls.access(elsewhere, mode));
    },
    readFile(path) {
      gate.enter();
      if (descriptorOfPath(path) !== undefined) return data.readAll(path);
      const bytes = files.readFile(trees.at(path));
      return bytes === -Errno.ENXIO || bytes === -Errno.EINVAL || bytes === CROSSED
        ? data.readAll(path)
        : bytes;
    },
    writeFile(path, bytes, flags, mode) {
      gate.change();
      if (descriptorOfPath(path) !== undefined) return data.writeAll(path, bytes, flags, mode);
      const result = files.writeFile(trees.at(path), bytes, flags, mode);
      return result === -Errno.ENXIO || result === CROSSED ? data.writeAll(path, bytes, flags, mode) : result;
    },
    readdir(path, wantRaw) {
      gate.enter();
      const list = files.readdir(trees.at(path), wantRaw);
      if (list !== CROSSED) return list;
      return trees.readdir(trees.place, wantRaw, (elsewhere) => calls.readdir(elsewhere, wantRaw));
    },
    readlink(path) {
      gate.enter();
      const target = files.readlink(trees.at(path));
      return target === CROSSED ? trees.text('readlink', (elsewhere) => calls.readlink(elsewhere)) : target;
    },
    realpath(path) {
      gate.enter();
      const real = files.realpath(trees.at(path));
      return real === CROSSED ? trees.text('realpath', (elsewhere) => calls.realpath(elsewhere)) : real;
    },
  };
  return calls;
}

type ChangeCallNames =
  | 'mkfifo'
  | 'mkdir'
  | 'rmdir'
  | 'unlink'
  | 'rename'
  | 'link'
  | 'symlink'
  | 'chmod'
  | 'chown'
  | 'utimes'
  | 'truncate';

/** Calls that change names and attributes: the kernel refuses them in its trees, but a path may lead out of them. */
function changeCalls({ gate, files, trees }: FilesContext): Pick<FileCalls, ChangeCallNames> {
  const at = (path: string | Uint8Array) => trees.at(path);
  const or = (
    result: number,
    name: 'make' | 'remove' | 'change' | 'truncate',
    detail: TreeChange | undefined,
    again: (path: string) => number,
    follow = name === 'change' || name === 'truncate',
  ) =>
    result === CROSSED
      ? trees.simple(detail === undefined ? { name } : { name, detail }, follow, again)
      : result;
  const masked = (mode: number): number => mode & ~files.credentials.umask;
  const calls: Pick<FileCalls, ChangeCallNames> = {
    mkdir(path, mode) {
      gate.change();
      return or(files.mkdir(at(path), mode), 'make', { call: 'mkdir', mode: masked(mode) }, (elsewhere) =>
        calls.mkdir(elsewhere, mode),
      );
    },
    mkfifo(path, mode) {
      gate.change();
      const result = files.mknod(at(path), FileType.fifo | (mode & 0o7777), 0);
      return or(result, 'make', undefined, (elsewhere) => calls.mkfifo(elsewhere, mode));
    },
    rmdir(path) {
      gate.change();
      return or(files.rmdir(at(path)), 'remove', { call: 'rmdir' }, (elsewhere) => calls.rmdir(elsewhere));
    },
    unlink(path) {
      gate.change();
      return or(files.unlink(at(path)), 'remove', { call: 'unlink' }, (elsewhere) => calls.unlink(elsewhere));
    },
    rename(from, to) {
      gate.change();
      const result = files.rename(at(from), at(to));
      return result === CROSSED ? trees.move('rename', at(from), at(to)) : result;
    },
    link(from, to) {
      gate.change();
      const result = files.link(at(from), at(to));
      return result === CROSSED ? trees.move('link', at(from), at(to)) : result;
    },
    symlink(target, path) {
      gate.change();
      const detail = { call: 'symlink', target: textOf(target) } as const;
      return or(files.symlink(target, at(path)), 'make', detail, (elsewhere) =>
        calls.symlink(target, elsewhere),
      );
    },
    chmod(path, mode, follow) {
      gate.change();
      return or(
        files.chmod(at(path), mode, follow),
        'change',
        { call: 'chmod', mode },
        (there) => calls.chmod(there, mode, follow),
        follow,
      );
    },
    chown(path, uid, gid, follow) {
      gate.change();
      const result = files.chown(at(path), uid, gid, follow);
      return or(
        result,
        'change',
        { call: 'chown', uid, gid },
        (there) => calls.chown(there, uid, gid, follow),
        follow,
      );
    },
    utimes(path, atime, mtime, follow) {
      gate.change();
      const result = files.utimes(at(path), atime, mtime, follow);
      return or(
        result,
        'change',
        timesOf(atime, mtime),
        (there) => calls.utimes(there, atime, mtime, follow),
        follow,
      );
    },
    truncate(path, size) {
      gate.change();
      return or(files.truncate(at(path), size), 'truncate', { call: 'truncate', size }, (there) =>
        calls.truncate(there, size),
      );
    },
  };
  return calls;
}

function textOf(path: string | Uint8Array): string {
  return typeof path === 'string' ? path : utf8Decode(bytesCopy(path, 0, bytesLength(path)));
}
