import { Errno } from '../../src/base/errno.ts';
import { concatenate, type FilePart, memoryPart, type Part, partLength, sliceParts } from '../blob/parts.ts';
import type { NodeContext } from '../context.ts';
import { type CloneableHostObject, cloneHostObject } from '../host-object.ts';
import { copyBytes, isArrayBuffer, isView, lengthOf } from '../text/captured.ts';
import { parseUrl, pathnameOf } from '../url/platform-url.ts';

/** bob::Status of Node's C++: negative is an error number. */
const STATUS_END = 0;
const STATUS_CONTINUE = 1;
const STATUS_WAIT = 3;

/** Bytes read of a file at once, as Node does. */
const FILE_CHUNK_BYTES = 65_536;

/** Indices of Node's statValues. */
const STAT_FIELDS = 18;
const STAT_SIZE = 8;
const STAT_MTIME_NANOSECONDS = 13;

const O_RDONLY = 0;

type PullCallback = (status: number, chunk?: ArrayBuffer) => void;

/** `internalBinding('blob')` (src/node_blob.cc). */
export function createBlob(context: NodeContext): object {
  const stored = new Map<string, [Blob, number, string]>();

  class Blob implements CloneableHostObject {
    readonly #parts: readonly Part[];
    constructor(parts: readonly Part[]) {
      this.#parts = parts;
    }
    static partsOf(blob: unknown): readonly Part[] {
      return (blob as Blob).#parts;
    }
    getReader(): BlobReader {
      return new BlobReader(context, this.#parts);
    }
    slice(start: number, end: number): Blob {
      return new Blob(sliceParts(this.#parts, start, end));
    }
    [cloneHostObject](): Blob {
      return new Blob(this.#parts);
    }
  }

  return {
    createBlob(sources: unknown[]): Blob {
      const parts = sources.flatMap((source) =>
        isView(source) || isArrayBuffer(source) ? [memoryPart(source)] : Blob.partsOf(source),
      );
      return new Blob(parts);
    },
    createBlobFromFilePath(path: string): [Blob, number] {
      const part = filePart(context, path);
      if (part === undefined) {
        const message = 'Unable to open file as blob';
        throw context.errors.coded(TypeError, 'ERR_INVALID_ARG_VALUE', message);
      }
      return [new Blob([part]), part.size];
    },
    concat: concatenate,
    storeDataObject(id: string, blob: Blob, length: number, type: string): void {
      stored.set(id, [blob, length, type]);
    },
    getDataObject: (id: string) => stored.get(id),
    revokeObjectURL(input: string): void {
      const url = parseUrl(input);
      const id = url === undefined ? null : /^[^:]*:([^:]*)$/.exec(pathnameOf(url));
      if (id !== null) stored.delete(id[1] as string);
    },
  };
}

function filePart(context: NodeContext, path: string): FilePart | undefined {
  const stat = new Float64Array(STAT_FIELDS);
  if (context.system.files.stat(path, stat, 0) < 0) return undefined;
  const size = stat[STAT_SIZE] as number;
  const modifiedNanoseconds = stat[STAT_MTIME_NANOSECONDS] as number;
  return { kind: 'file', path, start: 0, end: size, size, modifiedNanoseconds };
}

/**
 * Reads a Blob part by part. Parts in memory answer at once, and after each a call that carries nothing says that
 * another begins; a file answers from the event loop.
 */
class BlobReader {
  readonly #context: NodeContext;
  readonly #parts: Part[];
  #betweenParts = false;
  #ended = false;

  constructor(context: NodeContext, parts: readonly Part[]) {
    this.#context = context;
    // A file is looked at even when it was empty: it may have grown, which is an error.
    this.#parts = parts.filter((part) => part.kind === 'file' || partLength(part) > 0);
    context.async.init(this, 'BLOBREADER');
  }

  pull(callback: PullCallback): number {
    if (this.#ended) return this.#answer(callback, [STATUS_END], STATUS_END);
    const part = this.#parts[0];
    if (part === undefined) {
      this.#ended = true;
      return this.#answer(callback, [STATUS_END, undefined], STATUS_END);
    }
    if (this.#betweenParts) {
      this.#betweenParts = false;
      return this.#answer(callback, [STATUS_CONTINUE, undefined], STATUS_CONTINUE);
    }
    if (part.kind === 'memory') {
      this.#nextPart();
      const chunk = copyBytes(part.bytes, 0, lengthOf(part.bytes)).buffer;
      return this.#answer(callback, [STATUS_CONTINUE, chunk], STATUS_CONTINUE);
    }
    const finish = this.#context.loop.beginRequest('FSReqCallback');
    this.#context.loop.enqueue(() => {
      finish();
      this.#pullFile(part, callback);
    });
    return STATUS_WAIT;
  }

  /** Only sources that arrive later (QUIC streams in Node) wake their reader. */
  setWakeup(_wakeup: unknown): void {}

  #nextPart(): void {
    this.#parts.shift();
    this.#betweenParts = this.#parts.length > 0;
  }

  #answer(callback: PullCallback, values: unknown[], status: number): number {
    this.#context.async.makeCallback(this, callback, ...values);
    return status;
  }

  #pullFile(part: FilePart, callback: PullCallback): void {
    const chunk = readFilePart(this.#context, part);
    if (typeof chunk === 'number') {
      this.#ended = true;
      this.#answer(callback, [chunk, undefined], chunk);
      return;
    }
    const start = part.start + chunk.length;
    if (start < part.end) this.#parts[0] = { ...part, start };
    else this.#nextPart();
    this.#answer(callback, [STATUS_CONTINUE, chunk.buffer], STATUS_CONTINUE);
  }
}

/** The next chunk, or a negative error number: -EINVAL when the file is no longer what it was. */
function readFilePart(context: NodeContext, part: FilePart): Uint8Array<ArrayBuffer> | number {
  const { files } = context.system;
  const fd = files.open(part.path, O_RDONLY, 0);
  if (fd < 0) return fd;
  try {
    const stat = new Float64Array(STAT_FIELDS);
    const error = files.fstat(fd, stat, 0);
    if (error < 0) return error;
    if (stat[STAT_SIZE] !== part.size || stat[STAT_MTIME_NANOSECONDS] !== part.modifiedNanoseconds) {
      return -Errno.EINVAL;
    }
    const chunk = new Uint8Array(Math.min(FILE_CHUNK_BYTES, part.end - part.start));
    const count = files.read(fd, chunk, part.start);
    if (count < chunk.length && count <= 0) return count < 0 ? count : -Errno.EINVAL;
    return count === chunk.length ? chunk : chunk.slice(0, count);
  } finally {
    files.close(fd);
  }
}
