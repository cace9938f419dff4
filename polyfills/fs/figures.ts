/** Calls that ask about files: stat and its kin, statfs, access, existence. */
import { Errno } from '../../src/base/errno.ts';
import type { Path } from '../system.ts';
import { isFd } from './arguments.ts';
import type { FigureArray, Pending } from './requests.ts';
import type { FileBindingBase } from './shared.ts';
import { pathForLater } from './text.ts';

export function createFigureCalls(base: FileBindingBase) {
  return { ...statCalls(base), ...fileSystemFigures(base), ...probes(base) };
}

function statCalls({ files, figures, requests, check, failure }: FileBindingBase) {
  const { statValues, bigintStatValues } = figures;

  function later(
    to: Pending,
    syscall: string,
    fill: (out: FigureArray) => number,
    missingIsUndefined: boolean,
    path?: Path,
  ): unknown {
    const operation = (): unknown => {
      const out = to.stats();
      const result = fill(out);
      if (result >= 0) return out;
      if (missingIsUndefined && (result === -Errno.ENOENT || result === -Errno.ENOTDIR)) return undefined;
      return result;
    };
    return requests.start(to, syscall, operation, path);
  }

  return {
    stat(path: Path, useBigint: boolean, request?: unknown, throwIfNoEntry?: boolean): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        const fill = (out: FigureArray): number => files.stat(kept, out, 0);
        return later(requests.pending(request, useBigint), 'stat', fill, throwIfNoEntry === false, kept);
      }
      const out = useBigint === true ? bigintStatValues : statValues;
      const result = files.stat(path, out, 0);
      if (result >= 0) return out;
      if (throwIfNoEntry === false && (result === -Errno.ENOENT || result === -Errno.ENOTDIR)) {
        return undefined;
      }
      throw failure(result, 'stat', path);
    },
    lstat(path: Path, useBigint: boolean, request?: unknown, throwIfNoEntry?: boolean): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        const fill = (out: FigureArray): number => files.lstat(kept, out, 0);
        return later(requests.pending(request, useBigint), 'lstat', fill, false, kept);
      }
      const out = useBigint === true ? bigintStatValues : statValues;
      const result = files.lstat(path, out, 0);
      if (result >= 0) return out;
      if (throwIfNoEntry === false && result === -Errno.ENOENT) return undefined;
      throw failure(result, 'lstat', path);
    },
    fstat(fd: number, useBigint: boolean, request?: unknown, doNotThrow?: boolean): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      if (request !== undefined) {
        const fill = (out: FigureArray): number => files.fstat(fd, out, 0);
        return later(requests.pending(request, useBigint), 'fstat', fill, false);
      }
      const out = useBigint === true ? bigintStatValues : statValues;
      const result = files.fstat(fd, out, 0);
      if (result >= 0) return out;
      if (doNotThrow === true) return undefined;
      throw failure(result, 'fstat');
    },
  };
}

/** The system answers seven figures; Node's eight have the fragment size, which equals the block size, third. */
function withFragmentSize(out: FigureArray): FigureArray {
  for (let i = 7; i >= 2; i--) out[i] = out[i - 1] as never;
  return out;
}

function fileSystemFigures({ files, figures, requests, failure }: FileBindingBase) {
  return {
    statfs(path: Path, useBigint: boolean, request?: unknown): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        const to = requests.pending(request, useBigint);
        const operation = (): unknown => {
          const out = to.statfs();
          const result = files.statfs(kept, out);
          return result < 0 ? result : withFragmentSize(out);
        };
        return requests.start(to, 'statfs', operation, kept);
      }
      const out = useBigint === true ? figures.bigintStatFsValues : figures.statFsValues;
      const result = files.statfs(path, out);
      if (result < 0) throw failure(result, 'statfs', path);
      return withFragmentSize(out);
    },
  };
}

function probes({ files, requests, check, failure }: FileBindingBase) {
  return {
    access(path: Path, mode: unknown, request?: unknown): unknown {
      const valid = typeof mode === 'number' && mode >= 0 && mode <= 7 ? mode | 0 : check.mode(mode);
      if (request !== undefined) {
        const kept = pathForLater(path);
        return requests.run(request, 'access', () => files.access(kept, valid), kept);
      }
      const result = files.access(path, valid);
      if (result < 0) throw failure(result, 'access', path);
      return undefined;
    },
    existsSync: (path: Path): boolean => files.access(path, 0) >= 0,
    internalModuleStat: (path: Path): number => files.kind(path),
  };
}
