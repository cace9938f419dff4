/** Trees that the page takes out of the container or puts into it, as streams with progress. */
import { ARCHIVE_CHUNK_BYTES, ARCHIVE_CHUNKS_MAX } from '../../base/limits.ts';
import { decodeName } from '../../base/path-text.ts';
import type { ExportRequest, FromTreeWork, ToTreeWork, TreeProgress } from '../../protocol/archives.ts';
import type { Failure, PageFileCall, TreeEntry } from '../../protocol/container.ts';
import { ArchiveError } from '../../../vfs/backends/archive.ts';
import { errnoOf } from '../../../vfs/backends/errors.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import type { Kernel } from '../kernel.ts';
import { fileCall } from '../page/files.ts';
import { bytesOf } from '../files/tree-walk.ts';
import { binaryParts } from './binary-writer.ts';
import { gathered } from './chunks.ts';
import { selectorOf } from './selection.ts';
import { snapshotParts } from './snapshot.ts';
import { tarParts } from './tar-writer.ts';
import { mountedTree, permissionsOf, TreeError, type TreeItem, TreeReader } from './tree-reader.ts';
import { openArchive, sourceOf, Unpacking } from './unpack.ts';
import { zipParts } from './zip-writer.ts';

/** The page's end of the work: it takes so many pieces before it has said that it took the first. */
class Receiver {
  readonly #port: MessagePort;
  #room = ARCHIVE_CHUNKS_MAX;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (_: MessageEvent<ToTreeWork>) => {
      this.#room++;
      this.#wake?.();
    };
  }

  async send(message: FromTreeWork, transfer: Transferable[] = []): Promise<void> {
    while (this.#room === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#room--;
    this.tell(message, transfer);
  }

  tell(message: FromTreeWork, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** Runs the work to its end and says how it ended. */
  async during(path: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.tell({ type: 'end' });
    } catch (error) {
      if (error instanceof ArchiveError) this.tell({ type: 'refused', reason: error.message });
      else this.tell({ type: 'failed', failure: failureOf(error, path) });
    }
    this.#port.onmessage = null;
  }
}

export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof TreeError) {
    const { errno, syscall, path } = error;
    return { ok: false, errno, syscall, path };
  }
  return { ok: false, errno: errnoOf(error), syscall: 'read', path };
}

/** Counts what goes by. */
async function* counted(
  items: AsyncIterable<TreeItem>,
  report: (progress: TreeProgress) => void,
): AsyncGenerator<TreeItem> {
  const progress: TreeProgress = { files: 0, bytes: 0 };
  let told = performance.now();
  for await (const item of items) {
    yield item;
    progress.files++;
    progress.bytes += item.size;
    if (performance.now() - told < PROGRESS_MS) continue;
    told = performance.now();
    report({ ...progress });
  }
  report(progress);
}
/** Progress is told this often. */
const PROGRESS_MS = 50;

export function exportForPage(kernel: Kernel, base: string, request: ExportRequest, port: MessagePort): void {
  const receiver = new Receiver(port);
  void receiver.during(base, async () => {
    const whole = request.format === 'snapshot';
    const reader = new TreeReader({
      files: whole ? kernel.volume.asRoot() : kernel.files,
      base,
      selector: selectorOf(request),
      hardLinks: whole || request.format === 'tar',
      ...(whole ? {} : { mounted: mountedOf(kernel) }),
    });
    const items = counted(reader.items(), (progress) => receiver.tell({ type: 'progress', progress }));
    if (request.format === 'entries') return sendEntries(items, receiver);
    const parts = PARTS[request.format](items);
    for await (const bytes of gathered(parts)) {
      await receiver.send({ type: 'piece', bytes }, [bytes.buffer]);
      await reader.turns.pause();
    }
  });
}

const PARTS = { binary: binaryParts, zip: zipParts, tar: tarParts, snapshot: snapshotParts };

function mountedOf(kernel: Kernel) {
  const ask = async <T>(call: PageFileCall): Promise<T | number> => {
    const outcome = await fileCall(kernel, call);
    return outcome.ok ? (outcome.value as T) : outcome.errno;
  };
  return mountedTree({
    lstat: (path) => ask({ call: 'lstat', path }),
    readdir: (path) => ask({ call: 'readdir', path }),
    readlink: (path) => ask({ call: 'readlink', path }),
    readFile: (path) => ask({ call: 'readFile', path }),
  });
}

async function sendEntries(items: AsyncIterable<TreeItem>, receiver: Receiver): Promise<void> {
  let batch: TreeEntry[] = [];
  let bytes = 0;
  for await (const item of items) {
    const entry = await entryOf(item);
    if (entry === undefined) continue;
    batch.push(entry);
    bytes += item.size + ENTRY_BYTES;
    if (bytes < ARCHIVE_CHUNK_BYTES) continue;
    await receiver.send({ type: 'entries', entries: batch });
    batch = [];
    bytes = 0;
  }
  await receiver.send({ type: 'entries', entries: batch });
}
/** What an entry counts for beside its contents. */
const ENTRY_BYTES = 256;

async function entryOf(item: TreeItem): Promise<TreeEntry | undefined> {
  const { kind, path, mtime } = item;
  const mode = permissionsOf(item);
  if (kind === 'directory') return { kind, path, mode };
  if (kind === 'symlink') return { kind, path, target: item.target };
  if (kind !== 'file') return undefined;
  const data = new Uint8Array(item.size);
  let at = 0;
  for await (const part of item.read()) {
    data.set(part, at);
    at += part.length;
  }
  return { kind, path, data, mode, mtimeMs: mtime.seconds * 1000 + mtime.nanoseconds / 1e6 };
}

/** Writes an archive's tree below `base`: all of it, or, where it is damaged, nothing. */
export function unpackForPage(
  kernel: Kernel,
  base: string,
  archive: Uint8Array | object,
  port: MessagePort,
): void {
  const receiver = new Receiver(port);
  void receiver.during(base, async () => {
    const opened = await openArchive(sourceOf(archive as Uint8Array | Blob));
    const made = kernel.volume.makeMountPoint(base);
    if (made < 0) throw new TreeError(made, 'mkdir', base);
    const root = realRoot(kernel.files, base);
    await new Unpacking(kernel.files, root, opened, (progress) =>
      receiver.tell({ type: 'progress', progress }),
    ).run();
  });
}

/** Where the base leads: what is mounted there takes no archive. */
function realRoot(files: FileSystem, base: string): string {
  const real = files.realpath(bytesOf(base));
  if (typeof real === 'number') throw new TreeError(real, 'realpath', base);
  return decodeName(real);
}
