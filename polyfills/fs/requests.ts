/**
 * Requests of the file bindings: a call is synchronous (no request), answers an FSReqCallback, or (when
 * `kUsePromises` is passed) a promise. The operation itself runs in the poll phase, where libuv would report it.
 */
import { PIPE_ATOMIC_BYTES } from '../../src/base/limits.ts';
import { Errno } from '../../src/base/errno.ts';
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import type { Fd, Path } from '../system.ts';
import { pathText } from './text.ts';

export const STAT_FIELDS = 18;
export const STATFS_FIELDS = 8;

export type FigureArray = Float64Array | BigInt64Array;

const NativePromise = Promise;
const Bytes = Uint8Array;

/** One call in flight: where its outcome goes and the arrays that a stat may fill. */
export interface Pending {
  readonly name: string;
  readonly owner: object;
  /** What the binding function returns: the promise, or undefined for a callback. */
  readonly returned: unknown;
  readonly useBigint: boolean;
  stats(): FigureArray;
  statfs(): FigureArray;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Arrays that synchronous and callback results share, as Node does. */
export interface SharedFigures {
  statValues: Float64Array;
  bigintStatValues: BigInt64Array;
  statFsValues: Float64Array;
  bigintStatFsValues: BigInt64Array;
}

export interface Requests {
  readonly FSReqCallback: unknown;
  /** GetReqWrap. `request` is an FSReqCallback or `kUsePromises`. */
  pending(request: unknown, useBigint?: boolean): Pending;
  /** Runs `operation` later; a negative number is an error, anything else means success without a value. */
  run(request: unknown, syscall: string, operation: () => number, path?: Path, dest?: Path): unknown;
  /** As run, but what the operation returns is the value (a negative number is still an error). */
  runValue(request: unknown, syscall: string, operation: () => unknown, path?: Path, dest?: Path): unknown;
  /** As runValue for a request already made. */
  start(pending: Pending, syscall: string, operation: () => unknown, path?: Path, dest?: Path): unknown;
  /** open(2); `result` makes the value of the descriptor. A named pipe's other end is waited for, never blocked on. */
  open(request: unknown, path: Path, flags: number, mode: number, result: (fd: Fd) => unknown): unknown;
  /** A read or write that may have to wait: pipes and terminals are waited for, never blocked on. */
  read(request: unknown, fd: Fd, operation: () => number): unknown;
  write(request: unknown, fd: Fd, chunks: readonly Uint8Array[], position: number | null): unknown;
}

interface CallbackRequest extends AsyncWrapInstance {
  oncomplete?: unknown;
}

export function createRequests(context: NodeContext, shared: SharedFigures): Requests {
  const { async: asyncCalls, errors, loop } = context;
  const { files, streams } = context.system;
  const kUsePromises = context.realm.symbols['fs_use_promises_symbol'];

  let usesBigint: (request: object) => boolean = () => false;
  class FSReqCallback extends asyncCalls.AsyncWrap {
    readonly #useBigint: boolean;
    constructor(useBigint?: unknown) {
      super('FSREQCALLBACK');
      this.#useBigint = useBigint === true;
    }
    static {
      usesBigint = (request) => #useBigint in request && (request as FSReqCallback).#useBigint;
    }
  }
  class FSReqPromise extends asyncCalls.AsyncWrap {
    promise: Promise<unknown> | undefined = undefined;
    constructor() {
      super('FSREQPROMISE');
    }
  }

  function callbackPending(request: CallbackRequest, wantsBigint: boolean): Pending {
    const useBigint = wantsBigint || usesBigint(request);
    return {
      name: 'FSReqCallback',
      owner: request,
      returned: undefined,
      useBigint,
      stats: () => (useBigint ? shared.bigintStatValues : shared.statValues),
      statfs: () => (useBigint ? shared.bigintStatFsValues : shared.statFsValues),
      resolve(value) {
        if (value === undefined) asyncCalls.makeCallback(request, request.oncomplete, null);
        else asyncCalls.makeCallback(request, request.oncomplete, null, value);
        asyncCalls.destroy(request);
      },
      reject(error) {
        asyncCalls.makeCallback(request, request.oncomplete, error);
        asyncCalls.destroy(request);
      },
    };
  }

  function promisePending(useBigint: boolean): Pending {
    const request = new FSReqPromise();
    let settle: [(value: unknown) => void, (error: unknown) => void] | undefined;
    const promise = new NativePromise<unknown>((resolve, reject) => {
      settle = [resolve, reject];
    });
    request.promise = promise;
    const finish = (which: 0 | 1, value: unknown): void => {
      asyncCalls.makeCallback(request, () => settle?.[which](value));
      asyncCalls.destroy(request);
    };
    const figures = (count: number): FigureArray =>
      useBigint ? new BigInt64Array(count) : new Float64Array(count);
    return {
      name: 'FSReqPromise',
      owner: request,
      returned: promise,
      useBigint,
      stats: () => figures(STAT_FIELDS),
      statfs: () => figures(STATFS_FIELDS),
      resolve: (value) => finish(0, value),
      reject: (error) => finish(1, error),
    };
  }

  function pending(request: unknown, useBigint = false): Pending {
    if (request === kUsePromises) return promisePending(useBigint);
    return callbackPending(request as CallbackRequest, useBigint === true);
  }

  function settle(to: Pending, result: unknown, syscall: string, path?: Path, dest?: Path): void {
    if (typeof result === 'number' && result < 0) {
      to.reject(errors.uvException(result, syscall, pathText(path), pathText(dest)));
    } else {
      to.resolve(result);
    }
  }

  const start: Requests['start'] = (to, syscall, operation, path, dest) => {
    const end = loop.beginRequest(to.name, to.owner);
    loop.enqueueUnref(() => {
      end();
      settle(to, operation(), syscall, path, dest);
    });
    return to.returned;
  };

  const open: Requests['open'] = (request, path, flags, mode, result) => {
    const to = pending(request);
    const end = loop.beginRequest(to.name, to.owner);
    loop.enqueueUnref(() => {
      const opened = files.openLater(path, flags, mode);
      const fd = typeof opened === 'number' ? opened : opened.fd;
      const finish = (): void => {
        end();
        settle(to, fd < 0 ? fd : result(fd), 'open', path);
      };
      if (typeof opened === 'number') return finish();
      streams.whenReadable(opened.met, () => {
        files.close(opened.met);
        finish();
      });
    });
    return to.returned;
  };

  /** True for descriptors on which a read or a write may have to wait. */
  function mayWait(fd: Fd): boolean {
    const type = streams.type(fd);
    return type === 'PIPE' || type === 'TTY' || type === 'TCP';
  }

  const read: Requests['read'] = (request, fd, operation) => {
    const to = pending(request);
    if (!mayWait(fd)) return start(to, 'read', operation);
    const end = loop.beginRequest(to.name, to.owner);
    const attempt = (): void => {
      const result = operation();
      if (result === -Errno.EAGAIN) {
        streams.whenReadable(fd, attempt);
        return;
      }
      end();
      settle(to, result, 'read');
    };
    streams.whenReadable(fd, attempt);
    return to.returned;
  };

  /** Writes to a stream in pieces that a writable pipe always takes, waiting between them. */
  function writeStream(to: Pending, fd: Fd, chunks: readonly Uint8Array[]): unknown {
    const end = loop.beginRequest(to.name, to.owner);
    let index = 0;
    let offset = 0;
    let total = 0;
    const attempt = (): void => {
      const chunk = chunks[index];
      if (chunk === undefined) {
        end();
        to.resolve(total);
        return;
      }
      const size = chunk.length - offset < PIPE_ATOMIC_BYTES ? chunk.length - offset : PIPE_ATOMIC_BYTES;
      const result = files.write(fd, new Bytes(chunk.buffer, chunk.byteOffset + offset, size), null);
      if (result < 0 && result !== -Errno.EAGAIN) {
        end();
        settle(to, total > 0 ? total : result, 'write');
        return;
      }
      if (result > 0) {
        total += result;
        offset += result;
      }
      if (offset === chunk.length) {
        index++;
        offset = 0;
      }
      streams.whenWritable(fd, attempt);
    };
    streams.whenWritable(fd, attempt);
    return to.returned;
  }

  return {
    FSReqCallback,
    pending,
    start,
    run: (request, syscall, operation, path, dest) =>
      start(
        pending(request),
        syscall,
        () => {
          const result = operation();
          return result < 0 ? result : undefined;
        },
        path,
        dest,
      ),
    runValue: (request, syscall, operation, path, dest) =>
      start(pending(request), syscall, operation, path, dest),
    open,
    read,
    write(request, fd, chunks, position) {
      const to = pending(request);
      if (mayWait(fd)) return writeStream(to, fd, chunks);
      return start(to, 'write', () => writeAll(fd, chunks, position));
    },
  };

  function writeAll(fd: Fd, chunks: readonly Uint8Array[], position: number | null): number {
    let total = 0;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i] as Uint8Array;
      const result = files.write(fd, chunk, position === null ? null : position + total);
      if (result < 0) return total > 0 ? total : result;
      total += result;
      if (result < chunk.length) break;
    }
    return total;
  }
}
