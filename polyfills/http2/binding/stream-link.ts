/** The native side of an Http2Stream (node_http2.cc, Http2Stream): its headers, and what waits to be sent. */
import { Errno } from '../../../src/base/errno.ts';
import type { AsyncWrapInstance } from '../../context.ts';
import { createCore, type StreamCore, StreamState, streamsOf, UV_EOF } from '../../stream/stream-base.ts';
import { ErrorCode } from '../constants.ts';
import type { DataRead } from '../events.ts';
import { parseHeaders } from './headers.ts';
import type { SessionLink } from './session-link.ts';
import { Callback } from './shared.ts';
import { tellStream } from './statistics.ts';

export const StreamOption = { emptyPayload: 1, getTrailers: 2 } as const;

/** What a header field costs beside its text (SETTINGS_MAX_HEADER_LIST_SIZE). */
const FIELD_BYTES = 32;
/** Header lists longer than this are refused whatever the settings say. */
const MAX_HEADER_LIST_BYTES = 16_777_215;

export interface PendingWrite {
  bytes: Uint8Array;
  /** Set on the last part of a write. */
  readonly done: ((status: number) => void) | undefined;
}

export class StreamLink {
  readonly id: number;
  readonly handle: AsyncWrapInstance;
  readonly core: StreamCore;
  session: SessionLink | undefined;
  category: number;
  destroyed = false;
  #writable = true;
  #started = false;
  #paused = false;
  hasTrailers = false;
  code: number = ErrorCode.none;
  /** Of the block that is being received. */
  headers: string[] = [];
  sensitive: string[] = [];
  headerBytes = 0;
  retainedHeaderBytes = 0;
  readonly #maxHeaderBytes: number;
  readonly #queue: PendingWrite[] = [];
  /** Bytes of the queue. */
  available = 0;
  /** Of what was read while nobody wanted to: the window opens when somebody does. */
  unconsumed = 0;
  /** Called when the stream could send and has nothing. */
  onWantsWrite: ((bytes: number) => void) | undefined;
  readonly startedAt: number;
  firstByteSentAt = 0;
  firstByteAt = 0;
  firstHeaderAt = 0;
  sentBytes = 0;
  receivedBytes = 0;

  constructor(
    session: SessionLink,
    handle: AsyncWrapInstance,
    id: number,
    category: number,
    options: number,
  ) {
    this.session = session;
    this.handle = handle;
    this.id = id;
    this.category = category;
    this.startedAt = session.shared.now();
    this.#maxHeaderBytes = Math.min(session.engine.localSettings.maxHeaderListSize, MAX_HEADER_LIST_BYTES);
    this.hasTrailers = (options & StreamOption.getTrailers) !== 0;
    this.core = createCore({
      alive: () => true,
      fd: () => -1,
      readStart: () => this.#readStart(),
      readStop: () => {
        if (this.isReading) this.#paused = true;
        return 0;
      },
      tryWrite: () => 0,
      write: (chunks, done) => this.#write(chunks, done),
      shutdown: () => this.shutdown(),
    });
    this.core.wants = this;
    if ((options & StreamOption.emptyPayload) !== 0) this.shutdown();
  }

  get isReading(): boolean {
    return this.#started && !this.#paused;
  }
  get isWritable(): boolean {
    return this.#writable;
  }

  #readStart(): number {
    const { session } = this;
    if (session === undefined) return 0;
    session.scope(() => {
      this.#started = true;
      this.#paused = false;
      const bytes = this.unconsumed;
      this.unconsumed = 0;
      session.engine.consumeStream(this.id, bytes);
    });
    return 0;
  }

  #write(chunks: readonly Uint8Array[], done: (status: number) => void): number {
    const { session } = this;
    if (session === undefined || !this.#writable || this.destroyed) return UV_EOF;
    session.scope(() => {
      const parts = chunks.length > 0 ? chunks : [new Uint8Array(0)];
      parts.forEach((bytes, i) => {
        this.#queue.push({ bytes, done: i === parts.length - 1 ? done : undefined });
        this.available += bytes.length;
        session.memory += bytes.length;
      });
      session.engine.resumeData(this.id);
    });
    return 0;
  }

  /** → 1: done at once. */
  shutdown(): number {
    const { session } = this;
    if (this.destroyed || session === undefined) return -Errno.EPIPE;
    session.scope(() => {
      this.#writable = false;
      session.engine.resumeData(this.id);
    });
    return 1;
  }

  startHeaders(category: number): void {
    this.session?.forgetHeaders(this);
    this.headers = [];
    this.sensitive = [];
    this.category = category;
  }

  /** False: the peer sends more than it may. */
  addHeader(name: string, value: string, sensitive: boolean): boolean {
    const { session } = this;
    if (name === '' || session === undefined) return true;
    const bytes = name.length + value.length + FIELD_BYTES;
    const isTooMuch =
      !session.hasMemory(bytes) ||
      this.headers.length / 2 >= session.options.maxHeaderPairs ||
      this.headerBytes + bytes > this.#maxHeaderBytes;
    if (isTooMuch) return false;
    this.firstHeaderAt ||= session.shared.now();
    this.headers.push(name, value);
    if (sensitive) this.sensitive.push(name);
    this.headerBytes += bytes;
    session.memory += bytes;
    return true;
  }

  /** What the next DATA frame may carry. */
  readData(maxLength: number): DataRead | undefined {
    const { session } = this;
    if (session === undefined) return undefined;
    this.firstByteSentAt ||= session.shared.now();
    for (;;) {
      // An empty write tells when the stream could send.
      while (this.#queue[0]?.bytes.length === 0) this.#queue.shift()?.done?.(0);
      const length = Math.min(this.available, maxLength);
      if (length === 0 && this.#writable) {
        this.onWantsWrite?.(maxLength);
        if (this.available > 0 || !this.#writable) continue;
        return undefined;
      }
      this.available -= length;
      session.memory -= length;
      this.sentBytes += length;
      const isLast = this.available === 0 && !this.#writable;
      const trailersFollow = isLast && this.hasTrailers && !this.destroyed;
      if (trailersFollow) this.#onTrailers();
      return { length, isLast, trailersFollow };
    }
  }

  #onTrailers(): void {
    const { session } = this;
    this.hasTrailers = false;
    session?.shared.call(this.handle, session.shared.callbacks[Callback.streamTrailers]);
  }

  /** The queue's first `length` bytes. */
  takeData(length: number, take: (write: PendingWrite) => void): void {
    for (let left = length; left > 0;) {
      const [write] = this.#queue;
      if (write === undefined) return;
      if (write.bytes.length <= left) {
        left -= write.bytes.length;
        this.#queue.shift();
        take(write);
        continue;
      }
      take({ bytes: write.bytes.subarray(0, left), done: undefined });
      write.bytes = write.bytes.subarray(left);
      return;
    }
  }

  /** A part of the body that lies in `buffer`. */
  emitData(buffer: ArrayBuffer, offset: number, length: number): void {
    const { session, core } = this;
    if (session === undefined) return;
    this.firstByteAt ||= session.shared.now();
    core.bytesRead += length;
    if (core.listener?.(length, new Uint8Array(buffer, offset, length)) === true) return;
    const { state } = streamsOf(session.shared.context);
    state[StreamState.readBytesOrError] = length;
    state[StreamState.arrayBufferOffset] = offset;
    session.shared.call(this.handle, core.onread, buffer);
  }
  emitEnd(): void {
    const { session, core } = this;
    if (session === undefined || core.listener?.(UV_EOF, undefined) === true) return;
    const { state } = streamsOf(session.shared.context);
    state[StreamState.readBytesOrError] = UV_EOF;
    state[StreamState.arrayBufferOffset] = 0;
    session.shared.call(this.handle, core.onread, undefined);
  }

  respond(headers: readonly unknown[], options: number): number {
    const { session } = this;
    if (session === undefined) return 0;
    return session.scope(() => {
      if ((options & StreamOption.getTrailers) !== 0) this.hasTrailers = true;
      const hasBody = this.#writable && (options & StreamOption.emptyPayload) === 0;
      return session.engine.submitResponse(this.id, parseHeaders(headers), hasBody);
    });
  }
  info(headers: readonly unknown[]): number {
    const { session } = this;
    return session?.scope(() => session.engine.submitInfo(this.id, parseHeaders(headers))) ?? 0;
  }
  trailers(headers: readonly unknown[]): number {
    const { session } = this;
    if (session === undefined) return 0;
    const fields = parseHeaders(headers);
    // Some clients do not bear an empty block: an empty DATA frame ends the stream as well.
    return session.scope(() =>
      fields.length === 0
        ? session.engine.submitData(this.id)
        : session.engine.submitTrailers(this.id, fields),
    );
  }

  reset(code: number): void {
    const { session } = this;
    if (session === undefined || this.destroyed) return;
    this.code = code;
    if (session.isReceiving) {
      // Of a block that is being read: nghttp2 would give a code of its own.
      if (code === ErrorCode.enhanceYourCalm || code === ErrorCode.refusedStream) this.flushReset();
      else session.pendingResets.add(this);
      return;
    }
    if (session.isInScope && code === ErrorCode.cancel) session.pendingResets.add(this);
    else if (session.isInScope && code === ErrorCode.refusedStream) this.flushReset();
    // What was written before is sent before; where that cannot be now, the reset waits.
    else if (session.sendPending()) this.flushReset();
    else session.pendingResets.add(this);
  }
  flushReset(): void {
    const { session } = this;
    if (session === undefined) return;
    session.pendingResets.delete(this);
    session.scope(() => session.engine.submitReset(this.id, this.code));
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    const { session } = this;
    if (session === undefined) return;
    // What was read answers to is sent first.
    if (session.isReceiving) session.shared.later(() => this.#cleanUp());
    else this.#cleanUp();
  }

  #cleanUp(): void {
    const { session } = this;
    if (session === undefined) return;
    if (session.pendingResets.has(this)) this.flushReset();
    if (!session.removeStream(this)) return;
    tellStream(session.shared, this);
    session.shared.later(() => {
      for (const { done } of this.#queue.splice(0)) done?.(-Errno.ECANCELED);
      this.session = undefined;
      session.shared.destroy(this.handle);
    });
  }
}
