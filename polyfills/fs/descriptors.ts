/** Calls on descriptors: open, close, read, write, sync, truncate. */
import { errnoName } from '../../src/base/errno.ts';
import type { Path } from '../system.ts';
import { bytesOf, isFd, positionOf } from './arguments.ts';
import type { FileBindingBase } from './shared.ts';
import { encodeBriefly, encodeFresh, parseEncoding, pathForLater } from './text.ts';

/** Where synchronous writes report a failure, instead of throwing. */
interface ErrorContext {
  errno?: number;
  code?: string;
  syscall?: string;
}

export function reportTo(context: ErrorContext, errno: number, syscall: string): void {
  context.errno = errno;
  context.code = errnoName(errno) ?? 'UNKNOWN';
  context.syscall = syscall;
}

export function createDescriptorCalls(base: FileBindingBase) {
  return { ...openAndClose(base), ...reading(base), ...writing(base), ...syncing(base) };
}

function openAndClose({ files, requests, check, failure }: FileBindingBase) {
  return {
    open(path: Path, flags: number, mode: number, request?: unknown): unknown {
      if (request !== undefined) {
        const kept = pathForLater(path);
        return requests.open(request, kept, flags, mode, (fd) => fd);
      }
      const fd = files.open(path, flags, mode);
      if (fd < 0) throw failure(fd, 'open', path);
      return fd;
    },
    close(fd: number, request?: unknown): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      if (request !== undefined) return requests.run(request, 'close', () => files.close(fd));
      const result = files.close(fd);
      if (result < 0) throw failure(result, 'close');
      return undefined;
    },
  };
}

function reading({ files, requests, check, failure }: FileBindingBase) {
  /** readv: stops at the first buffer that was not filled. */
  function readInto(fd: number, buffers: readonly ArrayBufferView[], position: number | null): number {
    let total = 0;
    for (let i = 0; i < buffers.length; i++) {
      const view = buffers[i] as ArrayBufferView;
      if (view.byteLength === 0) continue;
      const into = bytesOf(view, 0, view.byteLength);
      const result = files.read(fd, into, position === null ? null : position + total);
      if (result < 0) return total > 0 ? total : result;
      total += result;
      if (result < into.length) break;
    }
    return total;
  }
  return {
    read(
      fd: number,
      buffer: ArrayBufferView,
      offset: number,
      length: number,
      position: number | bigint,
      request?: unknown,
    ): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      const into = bytesOf(buffer, offset, length);
      const at = positionOf(position);
      if (request !== undefined) return requests.read(request, fd, () => files.read(fd, into, at));
      const result = files.read(fd, into, at);
      if (result < 0) throw failure(result, 'read');
      return result;
    },
    readBuffers(
      fd: number,
      buffers: readonly ArrayBufferView[],
      position: unknown,
      request?: unknown,
    ): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      const at = positionOf(position);
      if (request !== undefined) return requests.read(request, fd, () => readInto(fd, buffers, at));
      const result = readInto(fd, buffers, at);
      if (result < 0) throw failure(result, 'read');
      return result;
    },
  };
}

function writing({ files, requests, check, failure }: FileBindingBase) {
  return {
    writeBuffer(
      fd: number,
      buffer: ArrayBufferView,
      offset: number,
      length: number,
      position: unknown,
      request?: unknown,
      context?: ErrorContext,
    ): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      const from = bytesOf(buffer, offset, length);
      const at = positionOf(position);
      if (request !== undefined) return requests.write(request, fd, [from], at);
      const result = files.write(fd, from, at);
      if (result >= 0) return result;
      if (context === undefined) throw failure(result, 'write');
      reportTo(context, result, 'write');
      return undefined;
    },
    writeBuffers(
      fd: number,
      buffers: readonly ArrayBufferView[],
      position: unknown,
      request?: unknown,
    ): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      const at = positionOf(position);
      const chunks: Uint8Array[] = [];
      for (let i = 0; i < buffers.length; i++) {
        const view = buffers[i] as ArrayBufferView;
        chunks[i] = bytesOf(view, 0, view.byteLength);
      }
      if (request !== undefined) return requests.write(request, fd, chunks, at);
      let total = 0;
      for (let i = 0; i < chunks.length; i++) {
        const chunk = chunks[i] as Uint8Array;
        const result = files.write(fd, chunk, at === null ? null : at + total);
        if (result < 0 && total === 0) throw failure(result, 'write');
        if (result < 0) break;
        total += result;
        if (result < chunk.length) break;
      }
      return total;
    },
    writeString(
      fd: number,
      text: string,
      position: unknown,
      encoding: unknown,
      request?: unknown,
      context?: ErrorContext,
    ): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      const at = positionOf(position);
      const wanted = parseEncoding(encoding);
      if (request !== undefined) return requests.write(request, fd, [encodeFresh(text, wanted)], at);
      const bytes = encodeBriefly(text, wanted);
      const result = files.write(fd, bytes, at);
      if (result >= 0) return result;
      if (context === undefined) throw failure(result, 'write');
      reportTo(context, result, 'write');
      return undefined;
    },
  };
}

function syncing({ files, requests, check, failure }: FileBindingBase) {
  function sync(fd: number, dataOnly: boolean, request: unknown): unknown {
    if (!isFd(fd)) throw check.badFd(fd);
    const syscall = dataOnly ? 'fdatasync' : 'fsync';
    if (request !== undefined) return requests.run(request, syscall, () => files.fsync(fd, dataOnly));
    const result = files.fsync(fd, dataOnly);
    if (result < 0) throw failure(result, syscall);
    return undefined;
  }
  return {
    fsync: (fd: number, request?: unknown): unknown => sync(fd, false, request),
    fdatasync: (fd: number, request?: unknown): unknown => sync(fd, true, request),
    ftruncate(fd: number, size: number, request?: unknown): unknown {
      if (!isFd(fd)) throw check.badFd(fd);
      if (request !== undefined) return requests.run(request, 'ftruncate', () => files.ftruncate(fd, size));
      const result = files.ftruncate(fd, size);
      if (result < 0) throw failure(result, 'ftruncate');
      return undefined;
    },
  };
}
