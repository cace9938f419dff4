/** The native side of an Http2Session (node_http2.cc, Http2Session): the engine between its socket and the library. */
import type { AsyncWrapInstance } from '../../context.ts';
import { isFatal, ErrorCode, FRAME_HEADER_BYTES, FrameType, LibError, errorCodeOf } from '../constants.ts';
import { Continue, type DataRead, type ReceivedFrame, type SessionEvents } from '../events.ts';
import { Session } from '../session.ts';
import type { Setting } from '../settings.ts';
import { type HandleOptions, Padding, readOptions } from './options.ts';
import type { PingRequest, SettingsRequest } from './requests.ts';
import { SessionFields } from './session-fields.ts';
import { SessionSocket } from './session-socket.ts';
import { Callback, type Shared } from './shared.ts';
import type { StreamLink } from './stream-link.ts';
import { tellFrame } from './tell-frame.ts';

/** What a stream takes of the session's memory beside its headers and bodies. */
const STREAM_BYTES = 1000;

/** Makes a stream's handle and its native side. */
export type CreateStream = (
  session: SessionLink,
  id: number,
  category: number,
  options: number,
) => StreamLink;

export class SessionLink implements SessionEvents {
  readonly shared: Shared;
  readonly handle: AsyncWrapInstance;
  readonly options: HandleOptions;
  readonly engine: Session;
  readonly socket: SessionSocket;
  readonly fields: SessionFields;
  readonly isServer: boolean;
  readonly streams = new Map<number, StreamLink>();
  readonly pings: PingRequest[] = [];
  readonly settings: SettingsRequest[] = [];
  readonly pendingResets = new Set<StreamLink>();
  readonly localCustom = new Map<number, number>();
  readonly remoteCustom = new Map<number, number>();
  /** Custom settings that the program wants to know of the peer. */
  readonly wantedCustom: ReadonlySet<number>;
  memory = 0;
  isGraceful = false;
  #isGoawayOurs = false;
  #endedInternally = false;
  #rejectedStreams = 0;
  #invalidFrames = 0;
  /** A code of Node's own for what ended `receive`. */
  receiveError: string | null = null;
  readonly #createStream: CreateStream;
  readonly figures = {
    received: 0,
    sent: 0,
    framesReceived: 0,
    framesSent: 0,
    streams: 0,
    concurrent: 0,
    pingMs: 0,
    streamMs: 0,
  };
  readonly startedAt: number;

  constructor(shared: Shared, handle: AsyncWrapInstance, isServer: boolean, createStream: CreateStream) {
    this.shared = shared;
    this.handle = handle;
    this.isServer = isServer;
    this.#createStream = createStream;
    this.startedAt = shared.now();
    this.options = readOptions(shared.optionsBuffer, isServer, () => shared.now());
    this.wantedCustom = new Set(shared.settings.readCustom().map(({ id }) => id & 0xffff));
    this.engine = new Session(this.options.engine, this);
    this.fields = new SessionFields();
    this.socket = new SessionSocket(this);
  }

  get isReceiving(): boolean {
    return this.socket.isReceiving;
  }
  get isInScope(): boolean {
    return this.socket.isInScope;
  }
  hasMemory(bytes: number): boolean {
    return this.memory + bytes <= this.options.maxMemoryBytes;
  }
  scope<T>(action: () => T): T {
    return this.socket.scope(action);
  }
  /** False: not now. */
  sendPending(): boolean {
    return this.socket.sendPending();
  }
  /** A callback of the library's by its number. */
  call(callback: number, ...parameters: unknown[]): unknown {
    return this.socket.call(this.handle, this.shared.callbacks[callback], ...parameters);
  }

  addStream(id: number, category: number, options = 0): StreamLink {
    const stream = this.#createStream(this, id, category, options);
    this.streams.set(id, stream);
    this.memory += STREAM_BYTES;
    const { figures } = this;
    figures.streams++;
    figures.concurrent = Math.max(figures.concurrent, this.streams.size);
    return stream;
  }
  removeStream(stream: StreamLink): boolean {
    if (!this.streams.delete(stream.id)) return false;
    this.memory -= STREAM_BYTES + stream.headerBytes + stream.retainedHeaderBytes;
    stream.headerBytes = stream.retainedHeaderBytes = 0;
    this.figures.streamMs = (this.shared.now() - stream.startedAt) / this.figures.streams;
    return true;
  }
  forgetHeaders(stream: StreamLink): void {
    this.memory -= stream.headerBytes;
    stream.headerBytes = 0;
  }

  #canAddStream(): boolean {
    const most = this.engine.localSettings.maxConcurrentStreams;
    return this.streams.size < most && this.hasMemory(STREAM_BYTES);
  }

  headersBegin(streamId: number, category: number): Continue {
    if (this.socket.isClosePending) return Continue.refuse;
    const stream = this.streams.get(streamId);
    if (stream !== undefined) {
      if (!stream.destroyed) stream.startHeaders(category);
      return Continue.yes;
    }
    if (this.#canAddStream()) {
      this.#rejectedStreams = 0;
      this.addStream(streamId, category);
      return Continue.yes;
    }
    if (this.#rejectedStreams++ > this.fields.maxRejectedStreams) return Continue.fail;
    this.engine.submitReset(streamId, ErrorCode.enhanceYourCalm);
    return Continue.refuse;
  }

  header(streamId: number, name: string, value: string, sensitive: boolean): Continue {
    const stream = this.streams.get(streamId);
    if (stream === undefined) return Continue.refuse;
    if (stream.destroyed || stream.addHeader(name, value, sensitive)) return Continue.yes;
    stream.reset(ErrorCode.enhanceYourCalm);
    return Continue.refuse;
  }

  frameReceived(frame: ReceivedFrame): Continue {
    this.figures.framesReceived++;
    if (this.socket.isClosePending) return Continue.yes;
    if (frame.kind === 'data' && frame.length === 0 && !tellFrame.isEnd(this, frame))
      return this.#countInvalid();
    tellFrame(this, frame);
    return Continue.yes;
  }

  #countInvalid(): Continue {
    if (this.#invalidFrames++ <= this.fields.maxInvalidFrames) return Continue.yes;
    this.receiveError = 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES';
    return Continue.fail;
  }

  invalidFrame(_streamId: number, libError: number): Continue {
    if (this.#countInvalid() === Continue.fail) return Continue.fail;
    const isTold =
      isFatal(libError) ||
      libError === LibError.streamClosed ||
      libError === LibError.flowControl ||
      libError === LibError.protocol;
    if (isTold) this.call(Callback.error, libError);
    return Continue.yes;
  }

  frameNotSent(type: number, streamId: number, libError: number): void {
    const isExpected =
      libError === LibError.sessionClosing ||
      libError === LibError.streamClosed ||
      libError === LibError.streamClosing;
    if (isExpected && type !== FrameType.goaway) return;
    this.call(Callback.frameError, streamId, type, errorCodeOf(libError));
  }

  frameSent(type: number): void {
    this.figures.framesSent++;
    const isOurs = this.socket.isClosing || this.isGraceful || this.#isGoawayOurs;
    if (type === FrameType.goaway && !isOurs) this.#endedInternally = true;
  }
  /** The engine has ended the session of its own accord. Told once. */
  takeInternalEnd(): boolean {
    const ended = this.#endedInternally;
    this.#endedInternally = false;
    return ended;
  }

  streamClosed(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined || stream.destroyed) return;
    stream.code = code;
    const { shared } = this;
    // False: the library has never seen it.
    if (this.socket.call(stream.handle, shared.callbacks[Callback.streamClose], code) === false)
      stream.destroy();
  }

  data(streamId: number, chunk: Uint8Array): void {
    if (this.socket.isClosePending) return;
    this.engine.consumeConnection(chunk.length);
    const stream = this.streams.get(streamId);
    if (stream === undefined || stream.destroyed) return;
    stream.receivedBytes += chunk.length;
    this.socket.paused();
    stream.emitData(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length);
    if (stream.destroyed) return;
    if (stream.isReading) this.engine.consumeStream(streamId, chunk.length);
    else stream.unconsumed += chunk.length;
  }

  readData(streamId: number, maxLength: number): DataRead | undefined {
    return this.streams.get(streamId)?.readData(maxLength);
  }
  writeData(streamId: number, head: Uint8Array<ArrayBuffer>, length: number, padding: number): void {
    const padLength = head.subarray(FRAME_HEADER_BYTES);
    this.socket.push({ bytes: head.subarray(0, FRAME_HEADER_BYTES), done: undefined });
    if (padLength.length > 0) this.socket.push({ bytes: padLength, done: undefined });
    this.streams.get(streamId)?.takeData(length, (write) => this.socket.push(write));
    if (padding > 0) this.socket.push({ bytes: new Uint8Array(padding), done: undefined });
  }

  /** Frames of a multiple of eight bytes, or as long as they may be. */
  padTo(length: number, maxLength: number): number {
    if (this.options.padding === Padding.max) return maxLength;
    if (this.options.padding !== Padding.aligned) return length;
    const over = (length + 9) % 8;
    return over === 0 ? length : Math.min(maxLength, length + 8 - over);
  }

  settingsMissing(): void {
    this.call(Callback.error, LibError.protocol);
  }

  /** Keeps what the peer says of settings that HTTP/2 does not know. */
  noteCustom(settings: readonly Setting[]): void {
    for (const { id, value } of settings) if (this.wantedCustom.has(id)) this.remoteCustom.set(id, value);
  }

  goaway(code: number, lastStreamId: number, data: Uint8Array): void {
    if (this.socket.isDestroyed) return;
    this.#isGoawayOurs = true;
    this.scope(() => {
      const last = lastStreamId > 0 ? lastStreamId : this.engine.figures().lastProcessedStreamId;
      this.engine.submitGoaway(last, code, data);
    });
  }
}
