/**
 * LibuvStreamWrap: a stream over a descriptor of the process (pipe, terminal, socket), read and written without
 * blocking in the loop's poll phase, in the order and with the sizes of libuv's uv__read and uv__write.
 */
import { Errno } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import type { Fd, Watch } from '../system.ts';
import { handlesOf, type Handles, type HandleWrapInstance } from './handle-wrap.ts';
import { createCore, skipBytes, streamsOf, UV_EOF, type StreamCore } from './stream-base.ts';

/** libuv's suggested read size. */
const READ_BYTES = 64 * 1024;
const Bytes = Uint8Array;

/** Every read of the process lands here first and is copied out at its true size before anything else runs. */
const readBuffer = new Bytes(READ_BYTES);

interface QueuedWrite {
  chunks: Uint8Array[];
  /** A descriptor that travels with the first bytes; undefined once it is on its way. */
  sent: Fd | undefined;
  done(status: number): void;
  end(): void;
}

export interface LibuvStreamInstance extends HandleWrapInstance {
  readonly writeQueueSize: number;
  setBlocking(on: boolean): number;
}
export interface LibuvStreamConstructor {
  new (provider: string, resourceName: string): LibuvStreamInstance;
  readonly prototype: LibuvStreamInstance;
}
export interface LibuvStreams {
  readonly LibuvStreamWrap: LibuvStreamConstructor;
  readonly handles: Handles;
  /** Gives the stream its descriptor, which close() will close. */
  attach(stream: LibuvStreamInstance, fd: Fd): void;
  coreOf(stream: object): StreamCore | undefined;
  /** Makes the stream an IPC channel: a descriptor that arrives becomes its `pendingHandle` by `receive`. */
  carryHandles(stream: LibuvStreamInstance, receive: (fd: Fd) => object | undefined): void;
}

const known = new WeakMap<NodeContext, LibuvStreams>();
const { get, set } = WeakMap.prototype;
const { apply } = Reflect;

export function libuvStreamsOf(context: NodeContext): LibuvStreams {
  let streams = apply(get, known, [context]) as LibuvStreams | undefined;
  if (streams === undefined) {
    streams = createLibuvStreams(context);
    apply(set, known, [context, streams]);
  }
  return streams;
}

function createLibuvStreams(context: NodeContext): LibuvStreams {
  const handles = handlesOf(context);
  const streams = streamsOf(context);
  const { system } = context;
  let linkOf: (stream: object) => FdLink | undefined = () => undefined;

  class LibuvStreamWrap extends handles.HandleWrap {
    readonly #link: FdLink;
    constructor(provider: string, resourceName: string) {
      super(provider, resourceName);
      this.#link = new FdLink(context, handles, this, (result, bytes) =>
        streams.emitRead(this, this.#link.core, result, bytes),
      );
      handles.onClose(this, () => this.#link.close());
    }
    static {
      linkOf = (stream) => (#link in stream ? stream.#link : undefined);
    }
    get writeQueueSize(): number {
      return this.#link.queuedBytes;
    }
    setBlocking(on: boolean): number {
      if (!handles.isAlive(this)) return -Errno.EINVAL;
      this.#link.blocking = on === true;
      return system.streams.setNonBlocking(this.#link.fd, on !== true);
    }
  }
  streams.install(LibuvStreamWrap.prototype, (self) => linkOf(self)?.core);

  return {
    LibuvStreamWrap,
    handles,
    attach(stream, fd) {
      const link = linkOf(stream);
      if (link !== undefined) link.fd = fd;
    },
    coreOf: (stream) => linkOf(stream)?.core,
    carryHandles(stream, receive) {
      const link = linkOf(stream);
      if (link === undefined) return;
      link.receive = (fd) => {
        (stream as unknown as { pendingHandle?: object | undefined }).pendingHandle = receive(fd);
      };
    },
  };
}

/** The descriptor under a stream: reading on readiness, a queue of writes, a pending shutdown. */
class FdLink {
  fd: Fd = -1;
  blocking = false;
  queuedBytes = 0;
  /** Of an IPC channel: takes a descriptor that arrived. */
  receive: ((fd: Fd) => void) | undefined;
  readonly core: StreamCore;
  readonly #context: NodeContext;
  readonly #handles: Handles;
  readonly #handle: HandleWrapInstance;
  readonly #emit: (result: number, bytes?: Uint8Array) => void;
  readonly #writes: QueuedWrite[] = [];
  #reading = false;
  #closed = false;
  #readWatch: Watch | undefined;
  #writeWatch: Watch | undefined;
  #shutdown: (() => void) | undefined;

  constructor(
    context: NodeContext,
    handles: Handles,
    handle: HandleWrapInstance,
    emit: (result: number, bytes?: Uint8Array) => void,
  ) {
    this.#context = context;
    this.#handles = handles;
    this.#handle = handle;
    this.#emit = emit;
    this.core = createCore({
      alive: () => handles.isAlive(handle),
      fd: () => this.fd,
      readStart: () => this.#readStart(),
      readStop: () => this.#readStop(),
      tryWrite: (chunks) => this.#tryWrite(chunks),
      takesEmptyAtOnce: () => this.#writes.length === 0,
      copies: true,
      write: (chunks, done, sent) => this.#queue(chunks, done, sent),
      carriesHandles: () => this.receive !== undefined,
      shutdown: (done) => this.#requestShutdown(done),
    });
  }

  #readStart(): number {
    if (this.#closed) return -Errno.EINVAL;
    if (this.fd < 0) return -Errno.ENOTCONN;
    this.#reading = true;
    this.#handles.setActive(this.#handle, true);
    this.#awaitReadable();
    return 0;
  }

  #readStop(): number {
    this.#reading = false;
    this.#readWatch?.close();
    this.#readWatch = undefined;
    this.#updateActive();
    return 0;
  }

  #updateActive(): void {
    this.#handles.setActive(this.#handle, this.#reading || this.#writes.length > 0);
  }

  #awaitReadable(): void {
    if (this.#readWatch !== undefined) return;
    this.#readWatch = this.#context.system.streams.whenReadable(this.fd, () => {
      this.#readWatch = undefined;
      if (this.#reading && !this.#closed) this.#readOnce();
    });
  }

  /** One read a turn, so that what its callback queued runs before the next. → whether there was something to tell */
  #readOnce(): boolean {
    const into = this.core.userBuffer ?? readBuffer;
    const { files, streams } = this.#context.system;
    const taken = this.receive === undefined ? -Errno.EAGAIN : streams.takeDescriptor(this.fd);
    const result = files.read(this.fd, into, null);
    if (result === -Errno.EAGAIN) {
      this.#awaitReadable();
      return false;
    }
    if (result <= 0) {
      this.#readStop();
      this.#emit(result === 0 ? UV_EOF : result);
      return true;
    }
    try {
      if (taken >= 0) this.receive?.(taken);
      this.#emit(result, into);
    } finally {
      // Reading goes on after a callback that threw, where a handler of the program took its error.
      if (this.#reading && !this.#closed) this.#awaitReadable();
    }
    return true;
  }

  /** Bytes taken at once; 0 when earlier writes wait or the descriptor would block. */
  #tryWrite(chunks: readonly Uint8Array[]): number {
    if (this.#closed || this.fd < 0) return -Errno.EBADF;
    if (this.#writes.length > 0) return 0;
    let total = 0;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i] as Uint8Array;
      if (chunk.length === 0) continue;
      const result = this.#context.system.files.write(this.fd, chunk, null);
      if (result === -Errno.EAGAIN) break;
      if (result < 0) return total > 0 ? total : result;
      total += result;
      if (result < chunk.length) break;
    }
    return total;
  }

  #queue(chunks: readonly Uint8Array[], done: (status: number) => void, sent: Fd | undefined): number {
    if (this.#closed || this.fd < 0) return -Errno.EBADF;
    const end = this.#context.loop.beginRequest('WriteWrap');
    const write = { chunks: skipBytes(chunks, 0), sent, done, end };
    for (let i = 0; i < write.chunks.length; i++) {
      this.queuedBytes += (write.chunks[i] as Uint8Array).length;
    }
    this.#writes[this.#writes.length] = write;
    this.#updateActive();
    this.#awaitWritable();
    return 0;
  }

  #awaitWritable(): void {
    if (this.#writeWatch !== undefined) return;
    this.#writeWatch = this.#context.system.streams.whenWritable(this.fd, () => {
      this.#writeWatch = undefined;
      if (!this.#closed) this.#readThenFlush();
    });
  }

  /** What has come is told before a write finds that its reader has gone (uv__stream_io). */
  #readThenFlush(): void {
    if (!this.#reading) return this.#flush();
    const flush = (): void => {
      if (!this.#closed) this.#flush();
    };
    let told = true;
    try {
      told = this.#readOnce();
    } finally {
      // Also after a callback that threw.
      if (told) this.#context.loop.continueWith(flush);
    }
    if (!told) flush();
  }

  /** Writes what fits of the first waiting request; one request is reported a turn. */
  #flush(): void {
    const write = this.#writes[0];
    if (write === undefined) return this.#finishShutdown();
    let status = 0;
    while (write.chunks.length > 0) {
      const chunk = write.chunks[0] as Uint8Array;
      const result = this.#writeChunk(write, chunk);
      if (result === -Errno.EAGAIN) return this.#awaitWritable();
      if (result < 0) {
        status = result;
        break;
      }
      this.queuedBytes -= result;
      write.chunks = skipBytes(write.chunks, result);
      if (result < chunk.length) return this.#awaitWritable();
    }
    for (let i = 0; i < write.chunks.length; i++) {
      this.queuedBytes -= (write.chunks[i] as Uint8Array).length;
    }
    dropFirst(this.#writes);
    if (this.#writes.length > 0 || this.#shutdown !== undefined) this.#awaitWritable();
    this.#updateActive();
    write.end();
    write.done(status);
  }

  #writeChunk(write: QueuedWrite, chunk: Uint8Array): number {
    const { files, streams } = this.#context.system;
    const { sent } = write;
    if (sent === undefined) return files.write(this.fd, chunk, null);
    const result = streams.writeWith(this.fd, chunk, sent);
    if (result >= 0 || result === -Errno.EAGAIN) write.sent = undefined;
    return result;
  }

  /** After the writes that wait. A pipe that goes one way ends when its last writer closes it, not here. */
  #requestShutdown(done: (status: number) => void): number {
    if (this.#closed || this.fd < 0) return -Errno.ENOTCONN;
    const end = this.#context.loop.beginRequest('ShutdownWrap');
    this.#shutdown = () => {
      end();
      done(this.#closed ? -Errno.ECANCELED : 0);
    };
    if (this.#writes.length === 0) this.#context.loop.enqueuePending(() => this.#finishShutdown());
    return 0;
  }

  #finishShutdown(): void {
    const shutdown = this.#shutdown;
    if (shutdown === undefined) return;
    this.#shutdown = undefined;
    if (!this.#closed) this.#context.system.streams.shutdown(this.fd);
    shutdown();
  }

  /** Frees the descriptor at once and reports what was still waiting as cancelled, before the close callback. */
  close(): void {
    if (this.#closed) return;
    this.#reading = false;
    this.#readWatch?.close();
    this.#writeWatch?.close();
    this.#closed = true;
    if (this.fd >= 0) {
      const { files } = this.#context.system;
      if (this.fd > 2) files.close(this.fd);
      else this.#context.system.streams.setNonBlocking(this.fd, false);
    }
    this.fd = -1;
    const { loop } = this.#context;
    // In reverse: the last of the closing phase's callbacks runs first.
    if (this.#shutdown !== undefined) loop.enqueueClose(() => this.#finishShutdown());
    for (let i = this.#writes.length - 1; i >= 0; i--) {
      const write = this.#writes[i] as QueuedWrite;
      loop.enqueueClose(() => {
        write.end();
        write.done(-Errno.ECANCELED);
      });
    }
    this.#writes.length = 0;
    this.queuedBytes = 0;
  }
}

function dropFirst<T>(queue: T[]): void {
  for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i] as T;
  queue.length -= 1;
}
