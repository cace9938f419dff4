/** FileHandle: the object beneath fs.promises' handles. A descriptor that closes once, and a stream for HTTP/2. */
import { Errno } from '../../src/base/errno.ts';
import type { AsyncWrapConstructor } from '../context.ts';
import { transferHostObject } from '../host-object.ts';
import type { Fd, Path } from '../system.ts';
import { createCore, streamsOf, UV_EOF, type StreamCore } from '../stream/stream-base.ts';
import { reportTo } from './descriptors.ts';
import type { FileBindingBase } from './shared.ts';
import { pathForLater } from './text.ts';

/** Bytes of one read of the stream (node_file.cc). */
const READ_BYTES = 65536;
const Bytes = Uint8Array;
const NativePromise = Promise;

interface Link {
  fd: Fd;
  closing: Promise<void> | undefined;
  closed: boolean;
  reading: boolean;
  /** A read is under way. */
  busy: boolean;
  /** Where the stream reads next, −1 for the descriptor's own position; and how much of it is left, −1 for all. */
  offset: number;
  left: number;
  readonly core: StreamCore;
}

export function createFileHandle(base: FileBindingBase) {
  const { context, files, requests, failure } = base;
  const { async: asyncCalls, loop } = context;
  const streams = streamsOf(context);
  let linkOf: (handle: object) => Link | undefined = () => undefined;

  class CloseRequest extends asyncCalls.AsyncWrap {
    constructor() {
      super('FILEHANDLECLOSEREQ');
    }
  }

  class FileHandle extends asyncCalls.AsyncWrap {
    readonly #link: Link;
    constructor(fd: Fd, offset?: unknown, length?: unknown) {
      super('FILEHANDLE');
      this.#link = {
        fd,
        closing: undefined,
        closed: false,
        reading: false,
        busy: false,
        offset: typeof offset === 'number' ? offset : -1,
        left: typeof length === 'number' ? length : -1,
        core: createCore({
          alive: () => !this.#link.closed,
          fd: () => this.#link.fd,
          readStart: () => this.#readStart(),
          readStop: () => {
            this.#link.reading = false;
            return 0;
          },
          tryWrite: () => 0,
          write: () => -Errno.ENOSYS,
          shutdown: (done) => this.#shutdown(done),
        }),
      };
    }
    static {
      linkOf = (handle) => (#link in handle ? handle.#link : undefined);
    }

    /** → a promise; the same one when it is called again. */
    close(): Promise<void> {
      const link = this.#link;
      link.closing ??= new NativePromise((resolve, reject) => {
        const request = new CloseRequest();
        const end = loop.beginRequest('FileHandleCloseReq');
        loop.enqueueUnref(() => {
          end();
          const result = files.close(link.fd);
          this.#afterClose();
          const settle = (): void => (result < 0 ? reject(failure(result, 'close')) : resolve());
          asyncCalls.makeCallback(request, settle);
          asyncCalls.destroy(request);
        });
      });
      return link.closing;
    }
    closeSync(): undefined {
      const link = this.#link;
      if (link.closed || link.closing !== undefined) return undefined;
      const result = files.close(link.fd);
      this.#afterClose();
      if (result < 0) throw failure(result, 'close');
      return undefined;
    }
    releaseFD(): undefined {
      this.#afterClose();
      return undefined;
    }

    /** The descriptor goes on in another object. */
    [transferHostObject](): object {
      const { fd, offset, left } = this.#link;
      this.#afterClose();
      return new FileHandle(fd, offset, left);
    }

    #afterClose(): void {
      const link = this.#link;
      link.closed = true;
      link.fd = -1;
      if (link.reading) streams.emitRead(this, link.core, UV_EOF);
    }

    #shutdown(done: (status: number) => void): number {
      const link = this.#link;
      if (link.closed || link.closing !== undefined) return 1;
      const end = loop.beginRequest('FileHandleCloseWrap');
      link.closing = new NativePromise((resolve) => {
        loop.enqueueUnref(() => {
          end();
          const result = files.close(link.fd);
          this.#afterClose();
          resolve();
          done(result < 0 ? result : 0);
        });
      });
      return 0;
    }

    #readStart(): number {
      const link = this.#link;
      if (link.closed || link.closing !== undefined) return UV_EOF;
      link.reading = true;
      if (link.busy) return 0;
      if (link.left === 0) {
        streams.emitRead(this, link.core, UV_EOF);
        return 0;
      }
      link.busy = true;
      const end = loop.beginRequest('FileHandleReadWrap');
      loop.enqueueUnref(() => {
        end();
        link.busy = false;
        this.#readOnce();
      });
      return 0;
    }

    #readOnce(): void {
      const link = this.#link;
      if (link.closed) return;
      const wanted = link.left >= 0 && link.left <= READ_BYTES ? link.left : READ_BYTES;
      const into = link.core.userBuffer ?? new Bytes(wanted);
      let result = files.read(link.fd, into, link.offset >= 0 ? link.offset : null);
      if (result >= 0) {
        if (link.left >= 0 && link.left < result) result = link.left;
        if (link.left >= 0) link.left -= result;
        if (link.offset >= 0) link.offset += result;
      }
      streams.emitRead(this, link.core, result === 0 ? UV_EOF : result, into);
      if (link.reading) this.#readStart();
    }
  }
  streams.install(FileHandle.prototype, (self) => linkOf(self)?.core);

  return {
    FileHandle: FileHandle as unknown as AsyncWrapConstructor,
    openFileHandle(
      path: Path,
      flags: number,
      mode: number,
      request?: unknown,
      errorContext?: { errno?: number; code?: string; syscall?: string },
    ): unknown {
      if (request === undefined) {
        const fd = files.open(path, flags, mode);
        if (fd >= 0) return new FileHandle(fd);
        if (errorContext === undefined) throw failure(fd, 'open', path);
        reportTo(errorContext, fd, 'open');
        return undefined;
      }
      const kept = pathForLater(path);
      return requests.open(request, kept, flags, mode, (fd) => new FileHandle(fd));
    },
  };
}
