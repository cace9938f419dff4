import { lstatSync, opendirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { TAR_BLOCK_BYTES, tarHeader, tarPadding } from '../base/tar.ts';

/**
 * A folder of the host as a stream of tar. Reads synchronously, a batch at a time: ten thousand small files take well
 * under a second, where one promise a file takes three (measured).
 */
const BATCH_BYTES = 1 << 20;

function headerOf(name: string, type: '0' | '2' | '5', info: Stats, size: number, link: string): Uint8Array {
  // Whole seconds: what a copy is compared by (sync.ts).
  const mtime = { seconds: Math.trunc(info.mtimeMs / 1000), nanoseconds: 0 };
  return tarHeader({ name, type, mode: info.mode, uid: 0, gid: 0, size, mtime, link, major: 0, minor: 0 });
}

/** The chunks of one file, link or folder; nothing for what tar has no use for (sockets, devices) or what has gone. */
function* pack(host: string, name: string): Generator<Uint8Array> {
  const info = lstatSync(host, { throwIfNoEntry: false });
  if (info === undefined) return;
  if (info.isDirectory()) yield headerOf(`${name}/`, '5', info, 0, '');
  else if (info.isSymbolicLink()) yield headerOf(name, '2', info, 0, readlinkSync(host));
  else if (info.isFile()) {
    const data = readFileSync(host);
    yield headerOf(name, '0', info, data.length, '');
    yield data;
    yield new Uint8Array(tarPadding(data.length));
  }
}

function* walk(folder: string, prefix: string): Generator<Uint8Array> {
  const names: { name: string; isDirectory: boolean }[] = [];
  const handle = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) {
      names.push({ name: entry.name, isDirectory: entry.isDirectory() });
    }
  } finally {
    handle.closeSync();
  }
  for (const { name, isDirectory } of names) {
    const host = path.join(folder, name);
    yield* pack(host, prefix + name);
    if (isDirectory) yield* walk(host, `${prefix}${name}/`);
  }
}

/** The folder itself comes first, so that the archive of an empty one is an archive too. */
function* wholeOf(folder: string): Generator<Uint8Array> {
  yield* pack(folder, '.');
  yield* walk(folder, '');
}

/** The tar of what stands in `folder` (not the folder itself), in chunks of about a megabyte. */
export function* tarOf(folder: string): Generator<Uint8Array> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of wholeOf(folder)) {
    batch.push(chunk);
    bytes += chunk.length;
    if (bytes >= BATCH_BYTES) {
      yield Buffer.concat(batch, bytes);
      batch = [];
      bytes = 0;
    }
  }
  batch.push(new Uint8Array(2 * TAR_BLOCK_BYTES));
  yield Buffer.concat(batch);
}
