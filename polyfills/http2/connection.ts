/**
 * What both directions of a session share: its streams, settings and windows, and the frames that wait. The rules are
 * those of RFC 9113; where it leaves a choice, nghttp2's.
 */
import {
  DEFAULT_HEADER_TABLE_BYTES,
  DEFAULT_WINDOW_SIZE,
  ErrorCode,
  LibError,
  MAX_STREAM_ID,
  errorCodeOf,
} from './constants.ts';
import { Continue, type SessionEvents } from './events.ts';
import { HeaderDecoder } from './hpack/decoder.ts';
import { HeaderEncoder } from './hpack/encoder.ts';
import { type Item, Queue } from './items.ts';
import { GLITCH_BURST, GLITCHES_PER_SECOND, MAX_QUEUED_ANSWERS } from './limits.ts';
import { RateLimit } from './rate-limit.ts';
import { type Setting, Settings } from './settings.ts';
import { Shut, Stream, StreamState } from './stream.ts';
import { ReceiveWindow, SendWindow } from './windows.ts';

export interface SessionOptions {
  readonly isServer: boolean;
  /** Milliseconds of any clock. */
  readonly now: () => number;
  readonly maxEncoderTableBytes: number;
  readonly maxReservedStreams: number;
  readonly maxSentHeaderBytes: number;
  readonly peerMaxConcurrentStreams: number;
  readonly maxSettingsEntries: number;
  readonly strictFieldSpaces: boolean;
  readonly streamResetBurst: number;
  readonly streamResetsPerSecond: number;
}

const encodeReason = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

export class Connection {
  readonly options: SessionOptions;
  readonly events: SessionEvents;
  readonly isServer: boolean;
  readonly local = new Settings();
  readonly remote = new Settings();
  readonly streams = new Map<number, Stream>();
  readonly decoder = new HeaderDecoder(DEFAULT_HEADER_TABLE_BYTES);
  readonly encoder: HeaderEncoder;
  readonly receiveWindow = new ReceiveWindow(DEFAULT_WINDOW_SIZE);
  readonly sendWindow = new SendWindow(DEFAULT_WINDOW_SIZE);

  readonly urgent = new Queue<Item>();
  readonly regular = new Queue<Item>();
  /** What begins streams of this side: waits for the peer's limit of them. */
  readonly opening = new Queue<Extract<Item, { kind: 'headers' }>>();
  /** Streams whose body can be sent, in the order in which they became so. */
  readonly sending = new Set<Stream>();
  /** Settings that the peer has not acknowledged. */
  readonly unacknowledged: (readonly Setting[])[] = [];
  queuedAnswers = 0;

  nextStreamId: number;
  lastReceivedStreamId = 0;
  lastProcessedStreamId = 0;
  lastSentStreamId = 0;
  localLastStreamId: number = MAX_STREAM_ID;
  remoteLastStreamId: number = MAX_STREAM_ID;
  incomingStreams = 0;
  outgoingStreams = 0;
  incomingReserved = 0;
  pendingMaxConcurrentStreams = Infinity;
  pendingEnablePush = true;

  goawayQueued = false;
  goawaySent = false;
  goawayReceived = false;
  /** A GOAWAY that ends everything waits; then it was sent. */
  terminating = false;
  terminated = false;
  /** What follows from a frame that the owner was just told of: it may want to do something before. */
  afterwards: (() => void) | undefined;
  readonly #glitches: RateLimit;

  constructor(options: SessionOptions, events: SessionEvents) {
    this.options = options;
    this.events = events;
    this.isServer = options.isServer;
    this.nextStreamId = options.isServer ? 2 : 1;
    this.encoder = new HeaderEncoder(DEFAULT_HEADER_TABLE_BYTES, options.maxEncoderTableBytes);
    this.remote.maxConcurrentStreams = options.peerMaxConcurrentStreams;
    this.#glitches = new RateLimit(GLITCH_BURST, GLITCHES_PER_SECOND, options.now());
  }

  isMine(streamId: number): boolean {
    return streamId !== 0 && streamId % 2 === (this.isServer ? 0 : 1);
  }

  /** No frame of this stream can have been sent by anybody. */
  isIdle(streamId: number): boolean {
    return this.isMine(streamId) ? streamId > this.lastSentStreamId : streamId > this.lastReceivedStreamId;
  }

  openStream(id: number, state: StreamState): Stream {
    const stream = new Stream(id, state, {
      receive: this.local.initialWindowSize,
      send: this.remote.initialWindowSize,
    });
    this.streams.set(id, stream);
    const mine = this.isMine(id);
    if (state === StreamState.reserved) {
      // The side that promised sends only, the other reads only.
      stream.shut = mine ? Shut.read : Shut.write;
      if (!mine) this.incomingReserved++;
    } else if (mine) this.outgoingStreams++;
    else this.incomingStreams++;
    return stream;
  }

  /** A promise is kept: the stream counts as begun. */
  fulfil(stream: Stream): void {
    stream.isPromised = false;
    stream.state = StreamState.opened;
    if (this.isMine(stream.id)) this.outgoingStreams++;
    else {
      this.incomingReserved--;
      this.incomingStreams++;
    }
  }

  closeStream(stream: Stream, code: number): void {
    if (this.streams.get(stream.id) !== stream) return;
    this.sending.delete(stream);
    stream.body = undefined;
    this.events.streamClosed(stream.id, code);
    if (!this.streams.delete(stream.id)) return;
    const mine = this.isMine(stream.id);
    if (!stream.isPromised) {
      if (mine) this.outgoingStreams--;
      else this.incomingStreams--;
    } else if (!mine) this.incomingReserved--;
  }

  closeIfShut(stream: Stream): void {
    if (stream.shut === Shut.both) this.closeStream(stream, ErrorCode.none);
  }

  /** Streams beyond what a GOAWAY named were not and will not be processed. */
  closeBeyond(lastStreamId: number, mine: boolean): void {
    for (const stream of [...this.streams.values()]) {
      if (stream.id > lastStreamId && this.isMine(stream.id) === mine)
        this.closeStream(stream, ErrorCode.refusedStream);
    }
  }

  add(item: Item): void {
    if (item.kind === 'settings' || item.kind === 'ping') this.urgent.push(item);
    else if (item.kind === 'headers' && (item.isRequest || this.#isReserved(item.streamId)))
      this.opening.push(item);
    else this.regular.push(item);
  }
  #isReserved(streamId: number): boolean {
    return this.streams.get(streamId)?.state === StreamState.reserved;
  }

  /** An answer to a PING or SETTINGS. False: so many wait that this is a flood. */
  addAnswer(item: Item): boolean {
    if (this.queuedAnswers >= MAX_QUEUED_ANSWERS) return false;
    this.queuedAnswers++;
    this.add(item);
    return true;
  }

  addReset(streamId: number, code: number, evenIfUnknown = true): void {
    const stream = this.streams.get(streamId);
    if (stream?.state === StreamState.closing) return;
    if (!this.isServer && this.isMine(streamId)) {
      const waiting = this.opening.find((item) => item.streamId === streamId);
      if (waiting !== undefined) {
        waiting.canceled = code;
        return;
      }
    }
    if (stream === undefined && !evenIfUnknown) return;
    if (stream !== undefined) stream.state = StreamState.closing;
    this.add({ kind: 'rstStream', streamId, code });
  }

  addGoaway(lastStreamId: number, code: number, data: Uint8Array, terminates: boolean): void {
    this.goawayQueued = true;
    // A later GOAWAY must not name a stream that an earlier one left out.
    const last = Math.min(lastStreamId, this.localLastStreamId);
    this.localLastStreamId = last;
    this.add({ kind: 'goaway', lastStreamId: last, code, data, terminates });
  }

  /** Everything ends once this GOAWAY is sent; nothing more is read. */
  terminate(code: number, reason = '', lastStreamId = this.lastProcessedStreamId): void {
    if (this.terminating) return;
    this.terminating = true;
    this.addGoaway(lastStreamId, code, encodeReason(reason), true);
  }

  addWindowUpdate(streamId: number, window: ReceiveWindow, increment: number): void {
    if (increment === 0) return;
    window.updateQueued = true;
    this.add({ kind: 'windowUpdate', streamId, increment });
  }

  /** The owner is told, and the session ends. */
  failConnection(streamId: number, libError: number, reason: string): Continue {
    const verdict = this.events.invalidFrame(streamId, libError);
    if (verdict === Continue.yes) this.terminate(errorCodeOf(libError), reason);
    return verdict;
  }

  /** The stream is reset, and the owner told, who counts such frames. */
  failStream(streamId: number, libError: number): Continue {
    this.addReset(streamId, errorCodeOf(libError));
    return this.events.invalidFrame(streamId, libError);
  }

  /** A peer that sends over and over what serves nothing is sent away. */
  countGlitch(): void {
    if (!this.#glitches.take(this.options.now())) this.terminate(ErrorCode.enhanceYourCalm);
  }

  consumeConnection(bytes: number): void {
    this.addWindowUpdate(0, this.receiveWindow, this.receiveWindow.consume(bytes));
  }
  consumeStream(streamId: number, bytes: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) return;
    const increment = stream.receiveWindow.consume(bytes);
    if (stream.state !== StreamState.closing && (stream.shut & Shut.read) === 0)
      this.addWindowUpdate(streamId, stream.receiveWindow, increment);
  }

  /** The body goes on, where it waited for `what`. */
  resume(stream: Stream, what: 'data' | 'window'): void {
    const { body } = stream;
    if (body === undefined || body.waitsFor !== what) return;
    body.waitsFor = 'nothing';
    this.sending.add(stream);
  }

  /** → a client may begin no more. */
  get isClosing(): boolean {
    return this.terminating;
  }
  get isOutgoingFull(): boolean {
    return this.outgoingStreams >= this.remote.maxConcurrentStreams;
  }
  /** Whether a stream that the peer begins now is to be looked at. */
  get acceptsStreams(): boolean {
    return !this.terminating && !this.goawaySent;
  }
  canRequest(): number {
    if (this.isServer) return LibError.protocol;
    return this.nextStreamId > MAX_STREAM_ID ? LibError.streamIdNotAvailable : 0;
  }
}
