/** copyFile as libuv does it: same order of checks, and nothing left behind when it fails. */
import { Errno } from '../../src/base/errno.ts';
import type { FileCalls, Path } from '../system.ts';

const Bytes = Uint8Array;
const COPY_CHUNK_BYTES = 256 * 1024;
const COPYFILE_EXCL = 1;
const COPYFILE_FICLONE_FORCE = 4;
const O_RDONLY = 0;
const O_WRONLY = 1;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const DEV = 0;
const MODE = 1;
const INO = 7;
const SIZE = 8;
const FIELDS = 18;
const PERMISSIONS = 0o7777;

const source = new Float64Array(FIELDS);
const target = new Float64Array(FIELDS);

/** 0 or -errno. */
export function copyFile(files: FileCalls, from: Path, to: Path, flags: number): number {
  const input = files.open(from, O_RDONLY, 0);
  if (input < 0) return input;
  let result = files.fstat(input, source, 0);
  if (result >= 0) result = copyOpened(files, input, to, flags);
  files.close(input);
  return result;
}

function copyOpened(files: FileCalls, input: number, to: Path, flags: number): number {
  const exclusive = (flags & COPYFILE_EXCL) !== 0 ? O_EXCL : 0;
  const mode = (source[MODE] as number) & PERMISSIONS;
  const output = files.open(to, O_WRONLY | O_CREAT | exclusive, mode);
  if (output < 0) return output;
  let result = files.fstat(output, target, 0);
  if (result >= 0 && source[INO] === target[INO] && source[DEV] === target[DEV]) {
    files.close(output);
    return 0; // a file copied onto itself stays as it is
  }
  if (result >= 0) result = files.ftruncate(output, 0);
  if (result >= 0) result = files.fchmod(output, mode);
  // A file system without permissions keeps those of a copy as little as those of any file that is made there.
  if (result === -Errno.ENOTSUP) result = 0;
  if (result >= 0) {
    // No file system here shares extents: what must be a clone cannot be had, what may be one is a copy.
    result = (flags & COPYFILE_FICLONE_FORCE) !== 0 ? -Errno.ENOTSUP : copyBytes(files, input, output);
  }
  files.close(output);
  if (result < 0) files.unlink(to);
  return result;
}

function copyBytes(files: FileCalls, input: number, output: number): number {
  const size = source[SIZE] as number;
  const buffer = new Bytes(size > 0 && size < COPY_CHUNK_BYTES ? size + 1 : COPY_CHUNK_BYTES);
  for (;;) {
    const count = files.read(input, buffer, null);
    if (count <= 0) return count;
    for (let written = 0; written < count;) {
      const result = files.write(output, new Bytes(buffer.buffer, written, count - written), null);
      if (result < 0) return result;
      written += result;
    }
  }
}
