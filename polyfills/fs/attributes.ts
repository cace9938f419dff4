/** Calls that change modes, owners and times. */
import type { Path, TimeSpec } from '../system.ts';
import { isFd } from './arguments.ts';
import type { FileBindingBase } from './shared.ts';
import { pathForLater } from './text.ts';

const { trunc } = Math;
const NANOSECONDS = 1e9;

/**
 * libuv's uv__fs_to_timespec: cut to whole microseconds. Infinities and NaN come from callers that want "now" and
 * "leave it"; libuv names them the same.
 */
export function timeSpec(time: number): TimeSpec {
  if (time === Infinity || time === -Infinity) return 'now';
  if (time !== time) return 'omit';
  let seconds = trunc(time);
  let nanoseconds = trunc((time - seconds) * NANOSECONDS);
  nanoseconds -= nanoseconds % 1000;
  if (nanoseconds < 0) {
    nanoseconds += NANOSECONDS;
    seconds -= 1;
  }
  return { seconds, nanoseconds };
}

export function createAttributeCalls(base: FileBindingBase) {
  return { ...modes(base), ...owners(base), ...times(base) };
}

function modes({ files, requests, check, failure }: FileBindingBase) {
  return {
    chmod(path: Path, mode: number, request?: unknown): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        return requests.run(request, 'chmod', () => files.chmod(kept, mode, true), kept);
      }
      const result = files.chmod(path, mode, true);
      if (result < 0) throw failure(result, 'chmod', path);
      return undefined;
    },
    fchmod(fd: number, mode: number, request?: unknown): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      if (request !== undefined) return requests.run(request, 'fchmod', () => files.fchmod(fd, mode));
      const result = files.fchmod(fd, mode);
      if (result < 0) throw failure(result, 'fchmod');
      return undefined;
    },
  };
}

function owners({ files, requests, check, failure }: FileBindingBase) {
  function change(path: Path, uid: number, gid: number, follow: boolean, request: unknown): unknown {
    const syscall = follow ? 'chown' : 'lchown';
    if (request !== undefined) {
      const kept = pathForLater(path);
      return requests.run(request, syscall, () => files.chown(kept, uid, gid, follow), kept);
    }
    const result = files.chown(path, uid, gid, follow);
    if (result < 0) throw failure(result, syscall, path);
    return undefined;
  }
  return {
    chown: (path: Path, uid: number, gid: number, request?: unknown): unknown =>
      change(path, uid, gid, true, request),
    lchown: (path: Path, uid: number, gid: number, request?: unknown): unknown =>
      change(path, uid, gid, false, request),
    fchown(fd: number, uid: number, gid: number, request?: unknown): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      if (request !== undefined) return requests.run(request, 'fchown', () => files.fchown(fd, uid, gid));
      const result = files.fchown(fd, uid, gid);
      if (result < 0) throw failure(result, 'fchown');
      return undefined;
    },
  };
}

function times({ files, requests, check, failure }: FileBindingBase) {
  function change(path: Path, atime: number, mtime: number, follow: boolean, request: unknown): unknown {
    const syscall = follow ? 'utime' : 'lutime';
    const [accessed, modified] = [timeSpec(atime), timeSpec(mtime)];
    if (request !== undefined) {
      const kept = pathForLater(path);
      return requests.run(request, syscall, () => files.utimes(kept, accessed, modified, follow), kept);
    }
    const result = files.utimes(path, accessed, modified, follow);
    if (result < 0) throw failure(result, syscall, path);
    return undefined;
  }
  return {
    utimes: (path: Path, atime: number, mtime: number, request?: unknown): unknown =>
      change(path, atime, mtime, true, request),
    lutimes: (path: Path, atime: number, mtime: number, request?: unknown): unknown =>
      change(path, atime, mtime, false, request),
    futimes(fd: number, atime: number, mtime: number, request?: unknown): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      const [accessed, modified] = [timeSpec(atime), timeSpec(mtime)];
      if (request !== undefined) {
        return requests.run(request, 'futime', () => files.futimes(fd, accessed, modified));
      }
      const result = files.futimes(fd, accessed, modified);
      if (result < 0) throw failure(result, 'futime');
      return undefined;
    },
  };
}
