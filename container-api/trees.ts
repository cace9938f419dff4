/** Whole trees in and out of a container: mount, export, snapshot. */
import { concat } from '../src/base/bytes.ts';
import type { ExportRequest, FromTreeWork, ToTreeWork, TreeProgress } from '../src/protocol/archives.ts';
import type { Outcome, TreeEntry } from '../src/protocol/container.ts';
import { ArgumentError, ContainerError, SystemError } from './errors.ts';
import { type FileSystemTree, treeEntries, treeOf } from './file-tree.ts';
import { type KernelCalls, moving } from './kernel-link.ts';
import { forKernel, type MountSource, mountSource } from './mounts.ts';
import type { NodeLikeFiles } from './node-files.ts';

export type { TreeProgress } from '../src/protocol/archives.ts';

export interface ProgressOptions {
  /** Told now and then, and at the end. */
  onProgress?: (progress: TreeProgress) => void;
}

export interface MountOptions extends ProgressOptions {
  /** Default: the working directory. */
  mountPoint?: string;
}

export type ExportFormat = 'json' | 'binary' | 'zip' | 'tar';

export interface ExportOptions extends ProgressOptions {
  format?: ExportFormat;
  /** Globbing patterns of what is left out, with all below it. Paths are relative to the exported folder. */
  excludes?: string[];
  /** Globbing patterns of what is taken nevertheless, from within what is left out. */
  includes?: string[];
}

export type Mountable =
  FileSystemTree | Uint8Array | ArrayBuffer | Blob | FileSystemDirectoryHandle | NodeLikeFiles | MountSource;

const FORMATS: Readonly<Record<ExportFormat, ExportRequest['format']>> = {
  json: 'entries',
  binary: 'binary',
  zip: 'zip',
  tar: 'tar',
};

export interface TreeLink {
  calls: KernelCalls;
  /** Rejects when the kernel has gone. */
  ask<T>(answer: Promise<T>): Promise<T>;
}

interface Received {
  entries: TreeEntry[];
  pieces: Uint8Array<ArrayBuffer>[];
}

export class Trees {
  readonly #link: TreeLink;

  constructor(link: TreeLink) {
    this.#link = link;
  }

  async mount(tree: Mountable, base: string, { onProgress }: ProgressOptions): Promise<void> {
    const { calls, ask } = this.#link;
    const mounted = mountSource(tree);
    if (mounted !== undefined) {
      const { source, ports } = forKernel(mounted);
      settle(await ask(calls.mount(base, moving(source, ...ports))));
      return;
    }
    const archive = archiveOf(tree);
    if (archive === undefined) {
      settle(await ask(calls.writeTree(base, treeEntries(tree))));
      return;
    }
    await this.#during((port) => calls.unpack(base, archive, moving(port, port)), onProgress, 'mount');
  }

  async export(path: string, options: ExportOptions): Promise<FileSystemTree | Uint8Array<ArrayBuffer>> {
    const { format = 'json', includes = [], excludes = [], onProgress } = options;
    if (!Object.hasOwn(FORMATS, format)) {
      throw new ContainerError(
        'ERR_FEATURE_UNAVAILABLE',
        `export: there is no format '${String(format)}'; use 'json', 'binary', 'zip' or 'tar'.`,
      );
    }
    const request = { format: FORMATS[format], includes, excludes };
    const { entries, pieces } = await this.#exported(path, request, onProgress);
    return format === 'json' ? treeOf(entries) : concat(pieces);
  }

  async snapshot({ onProgress }: ProgressOptions): Promise<Uint8Array<ArrayBuffer>> {
    return concat((await this.#exported('/', { format: 'snapshot' }, onProgress)).pieces);
  }

  #exported(
    base: string,
    request: ExportRequest,
    onProgress: ProgressOptions['onProgress'],
  ): Promise<Received> {
    const { calls } = this.#link;
    return this.#during((port) => calls.exportTree(base, request, moving(port, port)), onProgress, 'export');
  }

  /** Starts the work with its port and gathers what comes on it. */
  #during(
    start: (port: MessagePort) => Promise<void>,
    onProgress: ProgressOptions['onProgress'],
    what: string,
  ): Promise<Received> {
    const { port1, port2 } = new MessageChannel();
    const received: Received = { entries: [], pieces: [] };
    const ended = new Promise<Received>((resolve, reject) => {
      const take = (): void => port1.postMessage({ type: 'taken' } satisfies ToTreeWork);
      port1.onmessage = ({ data }: MessageEvent<FromTreeWork>) => {
        switch (data.type) {
          case 'piece':
            received.pieces.push(data.bytes);
            return take();
          case 'entries':
            for (const entry of data.entries) received.entries.push(entry);
            return take();
          case 'progress':
            return onProgress?.(data.progress);
          case 'end':
            return resolve(received);
          case 'failed':
            return reject(new SystemError(data.failure));
          case 'refused':
            return reject(new ArgumentError(`${what}: the archive is refused: ${data.reason}.`));
        }
      };
      start(port2).catch(reject);
    });
    return this.#link.ask(ended).finally(() => port1.close());
  }
}

export function settle<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new SystemError(outcome);
  return outcome.value;
}

/** A copy of bytes, which moves to the kernel; a Blob is read there. undefined: it is a tree. */
function archiveOf(value: unknown): Uint8Array<ArrayBuffer> | Blob | undefined {
  if (value instanceof Blob) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return undefined;
}
