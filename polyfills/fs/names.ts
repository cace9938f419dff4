/** Calls on directory entries: making, linking, renaming, removing and listing. */
import { Errno } from '../../src/base/errno.ts';
import { sortByName } from '../../src/base/name-order.ts';
import type { DirectoryList, Path } from '../system.ts';
import { copyFile } from './copy.ts';
import { makeDirectories, makeTemporaryDirectory } from './make.ts';
import type { FileBindingBase } from './shared.ts';
import { decodeAs, Encoding, parseEncoding, pathForLater, type EncodingNumber } from './text.ts';

export function createNameCalls(base: FileBindingBase) {
  return { ...linking(base), ...removing(base), ...making(base), ...resolving(base), ...listing(base) };
}

function linking({ files, requests, check, failure }: FileBindingBase) {
  return {
    rename(from: Path, to: Path, request?: unknown): unknown {
      if (request !== undefined) {
        const [source, target] = [pathForLater(from), pathForLater(to)];
        return requests.run(request, 'rename', () => files.rename(source, target), source, target);
      }
      const result = files.rename(from, to);
      if (result < 0) throw failure(result, 'rename', from, to);
      return undefined;
    },
    link(from: Path, to: Path, request?: unknown): unknown {
      if (request !== undefined) {
        const [source, target] = [pathForLater(from), pathForLater(to)];
        return requests.run(request, 'link', () => files.link(source, target), source, target);
      }
      const result = files.link(from, to);
      if (result < 0) throw failure(result, 'link', from, to);
      return undefined;
    },
    symlink(target: Path, path: Path, _flags: number, request?: unknown): unknown {
      if (request !== undefined) {
        const [kept, place] = [pathForLater(target), pathForLater(path)];
        return requests.run(request, 'symlink', () => files.symlink(kept, place), kept, place);
      }
      const result = files.symlink(target, path);
      if (result < 0) throw failure(result, 'symlink', target, path);
      return undefined;
    },
    copyFile(from: Path, to: Path, mode: unknown, request?: unknown): unknown {
      const flags = check.mode(mode);
      if (request !== undefined) {
        const [source, target] = [pathForLater(from), pathForLater(to)];
        return requests.run(
          request,
          'copyfile',
          () => copyFile(files, source, target, flags),
          source,
          target,
        );
      }
      const result = copyFile(files, from, to, flags);
      if (result < 0) throw failure(result, 'copyfile', from, to);
      return undefined;
    },
  };
}

function removing({ files, requests, failure }: FileBindingBase) {
  return {
    unlink(path: Path, request?: unknown): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        return requests.run(request, 'unlink', () => files.unlink(kept), kept);
      }
      const result = files.unlink(path);
      if (result < 0) throw failure(result, 'unlink', path);
      return undefined;
    },
    rmdir(path: Path, request?: unknown): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        return requests.run(request, 'rmdir', () => files.rmdir(kept), kept);
      }
      const result = files.rmdir(path);
      if (result < 0) throw failure(result, 'rmdir', path);
      return undefined;
    },
  };
}

function making({ files, requests, failure }: FileBindingBase) {
  return {
    mkdir(path: Path, mode: number, recursive: boolean, request?: unknown): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        if (!recursive) return requests.run(request, 'mkdir', () => files.mkdir(kept, mode), kept);
        return requests.runValue(request, 'mkdir', () => makeDirectories(files, kept, mode), kept);
      }
      const result = recursive ? makeDirectories(files, path, mode) : files.mkdir(path, mode);
      if (typeof result === 'number' && result < 0) throw failure(result, 'mkdir', path);
      return recursive ? result : undefined;
    },
    mkdtemp(prefix: Path, encoding: unknown, request?: unknown): unknown {
      const names = makeTemporaryDirectory(files, prefix);
      const wanted = parseEncoding(encoding);
      const operation = (): unknown => {
        const made = names.make();
        return typeof made === 'number' ? made : decodeAs(made, wanted);
      };
      if (request !== undefined) return requests.runValue(request, 'mkdtemp', operation, names.template);
      const result = operation();
      if (typeof result === 'number') throw failure(result, 'mkdtemp', names.template);
      return result;
    },
  };
}

function resolving({ files, requests, failure }: FileBindingBase) {
  function reader(syscall: 'readlink' | 'realpath') {
    const call = (path: Path): Uint8Array<ArrayBuffer> | number =>
      syscall === 'readlink' ? files.readlink(path) : files.realpath(path);
    return (path: Path, encoding: unknown, request?: unknown): unknown => {
      const wanted = parseEncoding(encoding);
      if (request !== undefined) {
        const kept = pathForLater(path);
        const operation = (): unknown => {
          const result = call(kept);
          return typeof result === 'number' ? result : decodeAs(result, wanted);
        };
        return requests.runValue(request, syscall, operation, kept);
      }
      const result = call(path);
      if (typeof result === 'number') throw failure(result, syscall, path);
      return decodeAs(result, wanted);
    };
  }
  return { readlink: reader('readlink'), realpath: reader('realpath') };
}

function listing({ files, requests, failure }: FileBindingBase) {
  function names(list: DirectoryList, encoding: EncodingNumber): unknown[] {
    const { rawNames } = list;
    if (encoding === Encoding.utf8 || rawNames === undefined) return list.names;
    const encoded: unknown[] = [];
    for (let i = 0; i < rawNames.length; i++) {
      encoded[i] = decodeAs(rawNames[i] as Uint8Array<ArrayBuffer>, encoding);
    }
    return encoded;
  }
  function list(path: Path, encoding: EncodingNumber, withTypes: boolean): unknown {
    const result = files.readdir(path, encoding !== Encoding.utf8);
    if (typeof result === 'number') return result;
    const sorted = sortByName(result);
    return withTypes ? [names(sorted, encoding), sorted.types] : names(sorted, encoding);
  }
  return {
    readdir(path: Path, encoding: unknown, withTypes: boolean, request?: unknown): unknown {
      const wanted = parseEncoding(encoding);
      if (request !== undefined) {
        const kept = pathForLater(path);
        return requests.runValue(request, 'scandir', () => list(kept, wanted, withTypes), kept);
      }
      const result = list(path, wanted, withTypes === true);
      if (typeof result === 'number') throw failure(result, 'scandir', path);
      return result;
    },
  };
}

/** Errors that mean that there is nothing at a path. */
export function isMissing(errno: number): boolean {
  return errno === -Errno.ENOENT || errno === -Errno.ENOTDIR;
}
