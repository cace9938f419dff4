/** What a session sends: which frame is next, whether it may still be sent, and what follows from it. */
import { blockBound } from './hpack/encoder.ts';
import type { Connection } from './connection.ts';
import {
  CLIENT_MAGIC,
  ErrorCode,
  Flag,
  FrameType,
  LibError,
  MAX_PADDING_BYTES,
  MIN_MAX_FRAME_SIZE,
} from './constants.ts';
import {
  altsvcPayload,
  type Bytes,
  dataHead,
  frame,
  goawayPayload,
  headerFrames,
  originPayload,
  uint32Payload,
} from './frames.ts';
import type { Item } from './items.ts';
import { packSettings } from './settings.ts';
import { Shut, type Stream, StreamState } from './stream.ts';

export type Sink = (bytes: Bytes) => void;
type Headers = Extract<Item, { kind: 'headers' }>;
type Promise_ = Extract<Item, { kind: 'pushPromise' }>;

const PRIORITY_BYTES = 5;
const NOTHING: Bytes = new Uint8Array(0);
const START_STREAM_NOT_ALLOWED = -516;
/** Padding can be told for this much only, whatever the peer's frames may be. */
const PADDED_FRAME_BYTES = MIN_MAX_FRAME_SIZE;

const TYPES: Readonly<Record<Item['kind'], number>> = {
  headers: FrameType.headers,
  pushPromise: FrameType.pushPromise,
  rstStream: FrameType.rstStream,
  settings: FrameType.settings,
  ping: FrameType.ping,
  goaway: FrameType.goaway,
  windowUpdate: FrameType.windowUpdate,
  altsvc: FrameType.altsvc,
  origin: FrameType.origin,
};
const streamIdOf = (item: Item): number => ('streamId' in item ? item.streamId : 0);

export class Outgoing {
  readonly #connection: Connection;
  #magicSent: boolean;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#magicSent = connection.isServer;
  }

  get wantsToSend(): boolean {
    const { terminated, urgent, regular, opening, isOutgoingFull, sending, sendWindow } = this.#connection;
    if (terminated) return false;
    return (
      urgent.length > 0 ||
      regular.length > 0 ||
      (opening.length > 0 && !isOutgoingFull) ||
      (sending.size > 0 && sendWindow.left > 0)
    );
  }

  /** Everything that can be sent now. */
  send(sink: Sink): void {
    const connection = this.#connection;
    if (!this.#magicSent) {
      this.#magicSent = true;
      sink(Uint8Array.from(CLIENT_MAGIC, (char) => char.charCodeAt(0)));
    }
    for (;;) {
      const item = this.#next();
      if (item !== undefined) this.#sendItem(item, sink);
      else {
        const stream = connection.sendWindow.left > 0 ? first(connection.sending) : undefined;
        if (stream === undefined) return;
        this.#sendBody(stream);
      }
    }
  }

  #next(): Item | undefined {
    const { urgent, regular, opening, isOutgoingFull } = this.#connection;
    return urgent.shift() ?? regular.shift() ?? (isOutgoingFull ? undefined : opening.shift());
  }

  #sendItem(item: Item, sink: Sink): void {
    const connection = this.#connection;
    if ((item.kind === 'ping' || item.kind === 'settings') && item.ack) connection.queuedAnswers--;
    if (item.kind === 'headers' && item.isRequest) {
      connection.openStream(item.streamId, StreamState.initial);
      connection.lastSentStreamId = item.streamId;
    }
    const error = this.#refusal(item);
    if (error !== 0) {
      this.#refused(item, error);
      return;
    }
    for (const bytes of this.#encode(item)) sink(bytes);
    connection.events.frameSent(TYPES[item.kind]);
    this.#sent(item);
  }

  #refused(item: Item, error: number): void {
    const connection = this.#connection;
    connection.events.frameNotSent(TYPES[item.kind], streamIdOf(item), error);
    // What it should have begun will never be.
    const begun =
      item.kind === 'pushPromise'
        ? item.promisedId
        : item.kind === 'headers' && item.isRequest
          ? item.streamId
          : 0;
    const stream = connection.streams.get(begun);
    const code = item.kind === 'headers' ? (item.canceled ?? ErrorCode.refusedStream) : ErrorCode.internal;
    if (stream !== undefined) connection.closeStream(stream, code);
  }

  /** Why a frame cannot be sent any more; 0 when it can. */
  #refusal(item: Item): number {
    const connection = this.#connection;
    const closing = connection.isClosing ? LibError.sessionClosing : 0;
    switch (item.kind) {
      case 'headers':
        return this.#headersRefusal(item);
      case 'pushPromise':
        return this.#promiseRefusal(item);
      case 'settings':
        return item.ack ? closing : 0;
      case 'goaway':
        return 0;
      case 'windowUpdate': {
        if (closing !== 0 || item.streamId === 0) return closing;
        const stream = connection.streams.get(item.streamId);
        if (stream === undefined) return LibError.streamClosed;
        return stream.state === StreamState.closing ? LibError.streamClosing : 0;
      }
      default:
        return closing;
    }
  }

  #streamRefusal(stream: Stream | undefined): number {
    if (stream === undefined) return LibError.streamClosed;
    if (this.#connection.isClosing) return LibError.sessionClosing;
    return (stream.shut & Shut.write) !== 0 ? LibError.streamShutWrite : 0;
  }

  #headersRefusal(item: Headers): number {
    const connection = this.#connection;
    const stream = connection.streams.get(item.streamId);
    if (item.isRequest) {
      if (item.canceled !== undefined) return LibError.streamClosing;
      if (connection.isClosing) return LibError.sessionClosing;
      if (connection.goawayReceived) return START_STREAM_NOT_ALLOWED;
      return this.#sizeRefusal(item);
    }
    const refusal = this.#streamRefusal(stream);
    if (refusal !== 0 || stream === undefined) return refusal;
    if (stream.state === StreamState.closing) return LibError.streamClosing;
    if (stream.state === StreamState.reserved && connection.goawayReceived) return START_STREAM_NOT_ALLOWED;
    return this.#sizeRefusal(item);
  }

  #promiseRefusal(item: Promise_): number {
    const connection = this.#connection;
    const parent = connection.streams.get(item.streamId);
    const refusal = this.#streamRefusal(parent);
    if (refusal !== 0 || parent === undefined) return refusal;
    if (connection.remote.enablePush === 0) return LibError.pushDisabled;
    if (parent.state === StreamState.closing) return LibError.streamClosing;
    if (connection.goawayReceived) return START_STREAM_NOT_ALLOWED;
    return this.#sizeRefusal(item);
  }

  #sizeRefusal({ fields }: Headers | Promise_): number {
    const bytes = blockBound(fields) + PRIORITY_BYTES;
    return bytes > this.#connection.options.maxSentHeaderBytes ? LibError.frameSize : 0;
  }

  #encode(item: Item): Bytes[] {
    const head = { type: TYPES[item.kind], flags: 0, streamId: streamIdOf(item) };
    const ack = (isAck: boolean) => ({ ...head, flags: isAck ? Flag.ack : 0 });
    switch (item.kind) {
      case 'headers':
        return this.#encodeHeaders({ ...head, flags: item.endStream ? Flag.endStream : 0 }, NOTHING, item);
      case 'pushPromise':
        return this.#encodeHeaders(head, uint32Payload(item.promisedId), item);
      case 'rstStream':
        return [frame(head, uint32Payload(item.code))];
      case 'settings':
        return [frame(ack(item.ack), packSettings(item.settings))];
      case 'ping':
        return [frame(ack(item.ack), item.payload)];
      case 'goaway':
        return [frame(head, goawayPayload(item.lastStreamId, item.code, item.data))];
      case 'windowUpdate':
        return [frame(head, uint32Payload(item.increment))];
      case 'altsvc':
        return [frame(head, altsvcPayload(item.origin, item.value))];
      case 'origin':
        return [frame(head, originPayload(item.origins))];
    }
  }

  #encodeHeaders(
    head: Parameters<typeof headerFrames>[0],
    start: Bytes,
    { fields }: Headers | Promise_,
  ): Bytes[] {
    const { encoder, events, remote } = this.#connection;
    const block = encoder.encode(fields);
    const length = start.length + block.length;
    const most = Math.min(length + MAX_PADDING_BYTES, PADDED_FRAME_BYTES);
    const padding = length >= most ? 0 : events.padTo(length, most) - length;
    return headerFrames(head, start, block, {
      maxFrameSize: Math.min(remote.maxFrameSize, PADDED_FRAME_BYTES),
      padding,
    });
  }

  #sent(item: Item): void {
    const connection = this.#connection;
    switch (item.kind) {
      case 'headers':
        this.#headersSent(item);
        break;
      case 'rstStream': {
        const stream = connection.streams.get(item.streamId);
        if (stream !== undefined) connection.closeStream(stream, item.code);
        break;
      }
      case 'goaway':
        if (item.terminates) connection.terminated = true;
        connection.goawaySent = true;
        connection.closeBeyond(item.lastStreamId, false);
        break;
      case 'windowUpdate': {
        const window =
          item.streamId === 0
            ? connection.receiveWindow
            : connection.streams.get(item.streamId)?.receiveWindow;
        if (window === undefined) break;
        window.updateQueued = false;
        connection.addWindowUpdate(item.streamId, window, window.takeUpdate());
        break;
      }
    }
  }

  #headersSent(item: Headers): void {
    const connection = this.#connection;
    const stream = connection.streams.get(item.streamId);
    if (stream === undefined) return;
    if (item.isRequest) {
      stream.state = StreamState.opening;
      const method = item.fields.find(({ name }) => name === ':method');
      if (method !== undefined) stream.message.recordMethod(method.value);
    } else if (stream.state === StreamState.reserved) connection.fulfil(stream);
    else if (!connection.isMine(stream.id)) stream.state = StreamState.opened;
    if (item.endStream) {
      stream.shut |= Shut.write;
      connection.closeIfShut(stream);
    }
    if (item.body) this.attachBody(stream, true);
  }

  /** False: it has one. */
  attachBody(stream: Stream, endsStream: boolean): boolean {
    if (stream.body !== undefined) return false;
    stream.body = { endsStream, waitsFor: 'nothing' };
    this.#connection.sending.add(stream);
    return true;
  }

  #sendBody(stream: Stream): void {
    const connection = this.#connection;
    const { body } = stream;
    const isWritable =
      body !== undefined &&
      !connection.isClosing &&
      (stream.shut & Shut.write) === 0 &&
      stream.state !== StreamState.closing &&
      stream.state !== StreamState.reserved;
    if (!isWritable) {
      stream.body = undefined;
      connection.sending.delete(stream);
      return;
    }
    const most = Math.min(connection.remote.maxFrameSize, connection.sendWindow.left, stream.sendWindow.left);
    if (most <= 0) {
      body.waitsFor = 'window';
      connection.sending.delete(stream);
      return;
    }
    const read = connection.events.readData(stream.id, Math.min(most, PADDED_FRAME_BYTES));
    if (read === undefined) {
      // What was read for may have ended the stream.
      body.waitsFor = 'data';
      connection.sending.delete(stream);
      return;
    }
    const endStream = read.isLast && body.endsStream && !read.trailersFollow;
    // A frame that says nothing need not be sent.
    const isEmpty = read.length === 0 && read.isLast && !endStream;
    let padding = 0;
    if (!isEmpty) {
      const padded = Math.min(most, PADDED_FRAME_BYTES, read.length + MAX_PADDING_BYTES);
      padding = read.length >= padded ? 0 : connection.events.padTo(read.length, padded) - read.length;
      const head = dataHead(stream.id, endStream ? Flag.endStream : 0, read.length, padding);
      connection.sendWindow.left -= read.length + padding;
      stream.sendWindow.left -= read.length + padding;
      connection.events.writeData(stream.id, head, read.length, Math.max(0, padding - 1));
    }
    if (read.isLast) {
      stream.body = undefined;
      connection.sending.delete(stream);
    }
    if (!isEmpty) connection.events.frameSent(FrameType.data);
    if (endStream) {
      stream.shut |= Shut.write;
      connection.closeIfShut(stream);
    }
  }
}

function first(streams: ReadonlySet<Stream>): Stream | undefined {
  for (const stream of streams) return stream;
  return undefined;
}
