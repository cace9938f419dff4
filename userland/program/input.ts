import { concat } from '../../src/base/bytes.ts';
import { Errno } from '../../src/base/errno.ts';
import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import type { FileCalls } from '../../polyfills/system.ts';
import { Failure } from './program.ts';
import { errorText } from './errors.ts';
import { decodeText } from '../text/text.ts';

/** Opens a file for reading, `-` being standard input. Throws Failure with the file's name in it. */
export function openInput(files: FileCalls, path: string): number {
  if (path === '-') return 0;
  const fd = files.open(path, 0, 0);
  if (fd < 0) throw new Failure(`${path}: ${errorText(fd)}`);
  return fd;
}

export function closeInput(files: FileCalls, fd: number): void {
  if (fd > 2) files.close(fd);
}

/** Everything that can be read, chunk by chunk; a chunk is valid until the next one is asked for. */
export function* chunks(files: FileCalls, fd: number, name: string): Generator<Uint8Array> {
  const buffer = new Uint8Array(INPUT_CHUNK_BYTES);
  for (;;) {
    const count = files.read(fd, buffer, null);
    if (count === -Errno.EINTR) continue;
    if (count < 0) throw new Failure(`${name}: ${errorText(count)}`);
    if (count === 0) return;
    yield buffer.subarray(0, count);
  }
}

/** Records that end in `separator` (a byte), without it. `terminated` is false for a last record that lacks it. */
export function* records(
  files: FileCalls,
  fd: number,
  name: string,
  separator = 10,
): Generator<{ bytes: Uint8Array; terminated: boolean }> {
  let rest: Uint8Array[] = [];
  for (const chunk of chunks(files, fd, name)) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(separator, from);
      if (end < 0) break;
      const piece = chunk.subarray(from, end);
      yield { bytes: rest.length === 0 ? piece : joined(rest, piece), terminated: true };
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.slice(from));
  }
  if (rest.length > 0) yield { bytes: joined(rest), terminated: false };
}

/** Lines as text, without their newline. */
export function* lines(files: FileCalls, fd: number, name: string, separator = 10): Generator<string> {
  for (const record of records(files, fd, name, separator)) yield decodeText(record.bytes);
}

/** All of a file, for the tools that must hold it (sort, tac, diff). */
export function readAll(files: FileCalls, fd: number, name: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const chunk of chunks(files, fd, name)) parts.push(chunk.slice());
  return joined(parts);
}

function joined(parts: readonly Uint8Array[], last?: Uint8Array): Uint8Array {
  const all = last === undefined ? parts : [...parts, last];
  const first = all[0];
  if (all.length === 1 && first !== undefined) return first;
  return concat(all);
}
