/** Paths of the guest: each begins at a directory descriptor and cannot leave it, by `..` or by a symbolic link. */
import { SYMLINKS_MAX } from '../../src/base/limits.ts';
import { Errno } from '../../src/base/errno.ts';
import type { FileCalls } from '../system.ts';
import { WasiErrno, wasiErrno } from './abi.ts';
import type { WasiDescriptor } from './descriptors.ts';
import { WasiFailure } from './memory.ts';

const parts = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

/** → the path in the container of what `path` names, its folders without links; with `follow` its last part too. */
export function resolvePath(
  files: FileCalls,
  preopens: readonly WasiDescriptor[],
  directory: WasiDescriptor,
  path: string,
  follow: boolean,
): string {
  if (path.includes('\0')) throw new WasiFailure(WasiErrno.INVAL);
  let root = directory.path;
  let left = parts(path);
  if (path.startsWith('/')) ({ root, left } = fromGuest(preopens, path));
  const mustBeFolder = path.endsWith('/');
  const at: string[] = [];
  for (let links = 0; left.length > 0;) {
    const [part = '', ...rest] = left;
    left = rest;
    if (part === '..') {
      if (at.pop() === undefined) throw new WasiFailure(WasiErrno.NOTCAPABLE);
      continue;
    }
    const next = join(root, [...at, part]);
    const target = left.length > 0 || follow || mustBeFolder ? files.readlink(next) : -Errno.EINVAL;
    if (typeof target === 'number') {
      if (left.length > 0 && target !== -Errno.EINVAL) throw new WasiFailure(wasiErrno(target));
      at.push(part);
      continue;
    }
    if (++links > SYMLINKS_MAX) throw new WasiFailure(WasiErrno.LOOP);
    const text = new TextDecoder().decode(target);
    if (text.startsWith('/')) {
      const found = fromGuest(preopens, text);
      root = found.root;
      at.length = 0;
      left = [...found.left, ...left];
    } else left = [...parts(text), ...left];
  }
  const resolved = join(root, at);
  return mustBeFolder && resolved !== '/' ? `${resolved}/` : resolved;
}

/** An absolute path is one below the longest preopened directory that it begins with. */
function fromGuest(preopens: readonly WasiDescriptor[], path: string): { root: string; left: string[] } {
  const wanted = parts(path);
  let best: { root: string; left: string[] } | undefined;
  for (const { guestPath, path: root } of preopens) {
    if (guestPath?.startsWith('/') !== true) continue;
    const own = parts(guestPath);
    if (!own.every((part, index) => wanted[index] === part)) continue;
    const left = wanted.slice(own.length);
    if (best === undefined || left.length < best.left.length) best = { root, left };
  }
  if (best === undefined) throw new WasiFailure(WasiErrno.NOTCAPABLE);
  return best;
}

function join(root: string, rest: readonly string[]): string {
  return rest.length === 0 ? root : `${root === '/' ? '' : root}/${rest.join('/')}`;
}
