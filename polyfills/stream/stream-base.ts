/**
 * StreamBase: the protocol between Node's library and a stream handle (readStart, writeBuffer, onread, …), over a
 * driver that knows how bytes move. What a call wrote and read is told through the shared `streamBaseState`.
 */
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { bytesOf } from '../fs/arguments.ts';
import { encodeBriefly, encodeFresh, Encoding, parseEncoding, type EncodingNumber } from '../fs/text.ts';
import { Errno } from '../../src/base/errno.ts';
import type { Fd } from '../system.ts';

export const UV_EOF = -4095;
export const StreamState = {
  readBytesOrError: 0,
  arrayBufferOffset: 1,
  bytesWritten: 2,
  lastWriteWasAsync: 3,
  count: 4,
} as const;

const Bytes = Uint8Array;

/** A write or shutdown request object of the library. */
export interface StreamRequest extends AsyncWrapInstance {
  oncomplete?: unknown;
  handle?: unknown;
  error?: unknown;
}

export interface StreamDriver {
  /** False once closed: every method then answers EINVAL. */
  alive(): boolean;
  fd(): number;
  readStart(): number;
  readStop(): number;
  /** Takes what it can at once; → bytes taken (0 when it would block) or -errno. */
  tryWrite(chunks: readonly Uint8Array[]): number;
  /** Whether a write of nothing is done at once: nothing waits before it. Without it, such a write is completed later. */
  takesEmptyAtOnce?(): boolean;
  /** True where tryWrite has copied what it took and holds on to nothing. */
  readonly copies?: boolean;
  /**
   * Takes the rest; `done` is called once, later. → 0 or -errno (then `done` is never called). `sent`: a descriptor
   * that travels with the bytes.
   */
  write(chunks: readonly Uint8Array[], done: (status: number) => void, sent?: Fd): number;
  /** An IPC channel: handles may be sent along. */
  carriesHandles?(): boolean;
  /** → 0, or 1 when it was done at once, or -errno. */
  shutdown(done: (status: number) => void): number;
}

/** The library's side of one stream. Kept beside the wrap object, never on it. */
export interface StreamCore {
  readonly driver: StreamDriver;
  onread: unknown;
  bytesRead: number;
  bytesWritten: number;
  /** Set by useUserBuffer: reads go here and nowhere else. */
  userBuffer: Uint8Array | undefined;
  /** Each part of a write is told to a program: parts are not put together. */
  tellsParts?: boolean;
  /** Of a sink that says when it could take more. */
  wants?: { onWantsWrite: ((bytes: number) => void) | undefined };
  /** Takes what was read instead of `onread`, without a copy; false: it is not for this listener. */
  listener: ((result: number, bytes: Uint8Array | undefined) => boolean) | undefined;
}

export function createCore(driver: StreamDriver): StreamCore {
  return {
    driver,
    onread: undefined,
    bytesRead: 0,
    bytesWritten: 0,
    userBuffer: undefined,
    listener: undefined,
  };
}

export interface Streams {
  readonly state: Int32Array;
  /** Gives a class's prototype the methods of StreamBase. `coreOf` answers undefined for a foreign object. */
  install(prototype: object, coreOf: (self: object) => StreamCore | undefined): void;
  /** The library's side of a handle whose class has these methods. */
  coreOf(handle: object): StreamCore | undefined;
  /** Delivers what was read (`bytes` may be reused after the call) or an error. */
  emitRead(self: AsyncWrapInstance, core: StreamCore, result: number, bytes?: Uint8Array): void;
}

const known = new WeakMap<NodeContext, Streams>();
const { get, set } = WeakMap.prototype;
const { apply, defineProperty } = Reflect;

export function streamsOf(context: NodeContext): Streams {
  let streams = apply(get, known, [context]) as Streams | undefined;
  if (streams === undefined) {
    streams = createStreams(context);
    apply(set, known, [context, streams]);
  }
  return streams;
}

function createStreams(context: NodeContext): Streams {
  const { async: asyncCalls } = context;
  const state = new Int32Array(StreamState.count);

  const emitRead: Streams['emitRead'] = (self, core, result, bytes) => {
    if (result > 0) core.bytesRead += result;
    if (core.listener?.(result, bytes) === true) return;
    state[StreamState.readBytesOrError] = result;
    state[StreamState.arrayBufferOffset] = 0;
    if (result > 0 && core.userBuffer !== undefined) {
      const next = asyncCalls.makeCallback(self, core.onread, undefined);
      if (next !== undefined) core.userBuffer = next as Uint8Array;
      return;
    }
    if (result === 0) return;
    const data = bytes === undefined || result < 0 ? undefined : copyOf(bytes, result);
    asyncCalls.makeCallback(self, core.onread, data);
  };

  const classes: ((self: object) => StreamCore | undefined)[] = [];
  return {
    state,
    emitRead,
    coreOf(handle) {
      for (let i = 0; i < classes.length; i++) {
        const core = classes[i]?.(handle);
        if (core !== undefined) return core;
      }
      return undefined;
    },
    install(prototype, coreOf) {
      classes[classes.length] = coreOf;
      installMethods(prototype, createMethods(context, state, coreOf));
      installAccessors(prototype, coreOf);
    },
  };
}

function copyOf(bytes: Uint8Array, length: number): ArrayBuffer {
  const copy = new Bytes(length);
  copy.set(length === bytes.length ? bytes : new Bytes(bytes.buffer, bytes.byteOffset, length));
  return copy.buffer;
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (let i = 0; i < chunks.length; i++) total += (chunks[i] as Uint8Array).length;
  return total;
}

/** What is left of `chunks` after `count` bytes. */
export function skipBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let kept = 0;
  let skip = count;
  for (let i = 0; i < chunks.length; i++) {
    const chunk = chunks[i] as Uint8Array;
    if (skip >= chunk.length) {
      skip -= chunk.length;
      continue;
    }
    rest[kept++] = skip === 0 ? chunk : new Bytes(chunk.buffer, chunk.byteOffset + skip, chunk.length - skip);
    skip = 0;
  }
  return rest;
}

type Method = (this: object, ...parameters: never[]) => unknown;

function createMethods(
  context: NodeContext,
  state: Int32Array,
  coreOf: (self: object) => StreamCore | undefined,
): Record<string, Method> {
  const { async: asyncCalls } = context;

  /** oncomplete(status, handle, undefined) of a request that was in flight. */
  function finish(request: StreamRequest, self: object, status: number): void {
    if ('oncomplete' in request) {
      asyncCalls.makeCallback(request, request.oncomplete, status, self, undefined);
    }
    asyncCalls.destroy(request);
  }

  function write(
    self: object,
    core: StreamCore,
    request: StreamRequest,
    chunks: Uint8Array[],
    handle?: unknown,
    areBrief = false,
  ): number {
    const { driver } = core;
    const sent = driver.carriesHandles?.() === true ? descriptorOf(handle) : undefined;
    if (sent !== undefined && sent < 0) return -Errno.EINVAL;
    const total = sizeOf(chunks);
    state[StreamState.bytesWritten] = total;
    state[StreamState.lastWriteWasAsync] = 0;
    core.bytesWritten += total;
    const taken = sent === undefined ? driver.tryWrite(chunks) : 0;
    if (taken < 0) return taken;
    const nothing = total === 0 && sent === undefined && driver.takesEmptyAtOnce?.() === true;
    if (nothing || (taken === total && total > 0)) return 0;
    // The handle must not be collected while it is on its way.
    if (sent !== undefined) request.handle = handle;
    asyncCalls.triggeredBy(self, () => asyncCalls.init(request, 'WRITEWRAP'));
    const rest = skipBytes(chunks, taken);
    // What waits outlives this call.
    if (areBrief) for (let i = 0; i < rest.length; i++) rest[i] = new Bytes(rest[i] as Uint8Array);
    const errno = driver.write(rest, (status) => finish(request, self, status), sent);
    if (errno !== 0) {
      asyncCalls.destroy(request);
      return errno;
    }
    state[StreamState.lastWriteWasAsync] = 1;
    return 0;
  }

  const guarded = (
    method: (self: object, core: StreamCore, first: never, second: never, third: never) => unknown,
  ): Method =>
    // A function, not an arrow: these become methods and are told their stream by `this`.
    function (this: object, first: never, second: never, third: never): unknown {
      const core = coreOf(this);
      if (core === undefined) return undefined;
      if (!core.driver.alive()) return -Errno.EINVAL;
      return method(this, core, first, second, third);
    };

  const writeString = (encoding: EncodingNumber): Method =>
    guarded((self, core, request: StreamRequest, text: string, handle: unknown) =>
      core.driver.copies === true
        ? write(self, core, request, [encodeBriefly(text, encoding)], handle, true)
        : write(self, core, request, [encodeFresh(text, encoding)], handle),
    );

  return {
    readStart: guarded((_self, core) => core.driver.readStart()),
    readStop: guarded((_self, core) => core.driver.readStop()),
    shutdown: guarded((self, core, request: StreamRequest) => {
      asyncCalls.triggeredBy(self, () => asyncCalls.init(request, 'SHUTDOWNWRAP'));
      const result = core.driver.shutdown((status) => finish(request, self, status));
      if (result < 0) asyncCalls.destroy(request);
      return result;
    }),
    useUserBuffer: guarded((_self, core, buffer: ArrayBufferView) => {
      core.userBuffer = bytesOf(buffer, 0, buffer.byteLength);
      return 0;
    }),
    writev: guarded((self, core, request: StreamRequest, list: unknown[], allBuffers: boolean) =>
      write(self, core, request, chunksOf(list, allBuffers)),
    ),
    writeBuffer: guarded((self, core, request: StreamRequest, buffer: Uint8Array, handle: unknown) =>
      write(self, core, request, [bytesOf(buffer, 0, buffer.byteLength)], handle),
    ),
    writeAsciiString: writeString(Encoding.ascii),
    writeUtf8String: writeString(Encoding.utf8),
    writeUcs2String: writeString(Encoding.utf16le),
    writeLatin1String: writeString(Encoding.latin1),
  };
}

/** The descriptor of a handle that should travel with the bytes; negative where it has none. */
function descriptorOf(handle: unknown): Fd | undefined {
  if (typeof handle !== 'object' || handle === null) return undefined;
  const { fd } = handle as { fd?: unknown };
  return typeof fd === 'number' ? fd : -Errno.EINVAL;
}

/** The list that writev is given: buffers, or pairs of a chunk and its encoding. */
function chunksOf(list: readonly unknown[], allBuffers: boolean): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const step = allBuffers ? 1 : 2;
  for (let i = 0, count = 0; i < list.length; i += step) {
    const item = list[i];
    chunks[count++] =
      typeof item === 'object' && item !== null
        ? bytesOf(item as ArrayBufferView, 0, (item as ArrayBufferView).byteLength)
        : encodeFresh(`${item as string}`, parseEncoding(list[i + 1]));
  }
  return chunks;
}

function installMethods(prototype: object, methods: Record<string, Method>): void {
  for (const name in methods) {
    const value = methods[name];
    if (value === undefined) continue;
    defineProperty(value, 'name', { value: name, configurable: true });
    defineProperty(prototype, name, { value, writable: true, enumerable: true, configurable: true });
  }
  defineProperty(prototype, 'isStreamBase', {
    value: true,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function installAccessors(prototype: object, coreOf: (self: object) => StreamCore | undefined): void {
  const getter = (name: string, read: (core: StreamCore | undefined) => unknown): void => {
    defineProperty(prototype, name, {
      get(this: object) {
        return read(coreOf(this));
      },
      enumerable: false,
      configurable: false,
    });
  };
  getter('fd', (core) => (core !== undefined && core.driver.alive() ? core.driver.fd() : -Errno.EINVAL));
  getter('bytesRead', (core) => core?.bytesRead ?? 0);
  getter('bytesWritten', (core) => core?.bytesWritten ?? 0);
  getter('_externalStream', (core) => (core === undefined ? undefined : {}));
  defineProperty(prototype, 'onread', {
    get(this: object) {
      return coreOf(this)?.onread;
    },
    set(this: object, value: unknown) {
      const core = coreOf(this);
      if (core !== undefined && typeof value === 'function') core.onread = value;
    },
    enumerable: false,
    configurable: false,
  });
}
