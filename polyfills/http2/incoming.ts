/** Frames of the peer that are no DATA: what each does to the session. */
import { readUint16, readUint31, readUint32 } from './bytes.ts';
import type { Connection } from './connection.ts';
import { ErrorCode, Flag, FrameType, LibError } from './constants.ts';
import { Continue, type FrameBase, type ReceivedFrame } from './events.ts';
import type { IncomingHeaders } from './incoming-headers.ts';
import type { IncomingSettings } from './incoming-settings.ts';
import { RateLimit } from './rate-limit.ts';
import type { IncomingFrame } from './receiver.ts';
import { Shut, StreamState } from './stream.ts';

/** → Continue, or an error of nghttp2's, which is negative. */
type Handler = (frame: FrameBase, payload: Uint8Array) => number;

export class Incoming {
  readonly #connection: Connection;
  readonly #headers: IncomingHeaders;
  readonly #resets: RateLimit;
  readonly #handlers: Readonly<Record<number, Handler>>;

  constructor(connection: Connection, headers: IncomingHeaders, settings: IncomingSettings) {
    this.#connection = connection;
    this.#headers = headers;
    const { streamResetBurst, streamResetsPerSecond, now } = connection.options;
    this.#resets = new RateLimit(streamResetBurst, streamResetsPerSecond, now());
    this.#handlers = {
      // Nothing follows from priorities (RFC 9113, section 5.3.2), and nobody is told.
      [FrameType.priority]: () => Continue.yes,
      [FrameType.rstStream]: (frame, payload) => this.#rstStream(frame, payload),
      [FrameType.settings]: (frame, payload) => settings.onFrame(frame, payload),
      [FrameType.ping]: (frame, payload) => this.#ping(frame, payload),
      [FrameType.goaway]: (frame, payload) => this.#goaway(frame, payload),
      [FrameType.windowUpdate]: (frame, payload) => this.#windowUpdate(frame, payload),
      [FrameType.altsvc]: (frame, payload) => this.#altsvc(frame, payload),
      [FrameType.origin]: (frame, payload) => this.#origin(frame, payload),
    };
  }

  /** The stream whose header block has not ended: nothing else may come. 0 for none. */
  get expectedContinuation(): number {
    return this.#headers.expectedStreamId;
  }

  /** → 0, or the error that ends the session. */
  onFrame(frame: IncomingFrame, payload: Uint8Array): number {
    const handler = this.#handlers[frame.type];
    const verdict = handler === undefined ? this.#headers.onFrame(frame, payload) : handler(frame, payload);
    if (verdict < 0) return verdict;
    return verdict === Continue.yes ? 0 : LibError.callbackFailure;
  }

  #tell(frame: ReceivedFrame): Continue {
    return this.#connection.events.frameReceived(frame);
  }
  #fail(streamId: number, reason: string, libError: number = LibError.protocol): Continue {
    return this.#connection.failConnection(streamId, libError, reason);
  }

  #rstStream({ flags, streamId, length }: FrameBase, payload: Uint8Array): Continue {
    const connection = this.#connection;
    if (streamId === 0) return this.#fail(0, 'RST_STREAM: stream_id == 0');
    if (connection.isIdle(streamId)) return this.#fail(streamId, 'RST_STREAM: stream in idle');
    const code = readUint32(payload, 0);
    const stream = connection.streams.get(streamId);
    if (stream !== undefined) stream.shut |= Shut.read;
    const verdict = this.#tell({ kind: 'rstStream', flags, streamId, length, code });
    if (verdict !== Continue.yes) return verdict;
    if (stream !== undefined) connection.closeStream(stream, code);
    // Requests that are reset as fast as they are made cost the server more than the client (CVE-2023-44487).
    const isLimited = connection.isServer && !connection.goawayQueued;
    if (isLimited && !this.#resets.take(connection.options.now()))
      connection.addGoaway(connection.lastReceivedStreamId, ErrorCode.internal, new Uint8Array(0), false);
    return Continue.yes;
  }

  #ping({ flags, streamId, length }: FrameBase, payload: Uint8Array): Continue {
    if (streamId !== 0) return this.#fail(streamId, 'PING: stream_id != 0');
    const copy = copyOf(payload);
    if ((flags & Flag.ack) === 0 && !this.#connection.isClosing)
      this.#connection.addAnswer({ kind: 'ping', ack: true, payload: copy });
    return this.#tell({ kind: 'ping', flags, streamId, length, payload: copy });
  }

  #goaway({ flags, streamId, length }: FrameBase, payload: Uint8Array): Continue {
    const connection = this.#connection;
    if (streamId !== 0) return this.#fail(streamId, 'GOAWAY: stream_id != 0');
    const lastStreamId = readUint31(payload, 0);
    const isForeign = lastStreamId > 0 && !connection.isMine(lastStreamId);
    if (isForeign || lastStreamId > connection.remoteLastStreamId)
      return this.#fail(0, 'GOAWAY: invalid last_stream_id');
    connection.goawayReceived = true;
    connection.remoteLastStreamId = lastStreamId;
    const code = readUint32(payload, 4);
    const data = copyOf(payload.subarray(8));
    const verdict = this.#tell({ kind: 'goaway', flags, streamId, length, lastStreamId, code, data });
    if (verdict === Continue.yes) connection.afterwards = () => connection.closeBeyond(lastStreamId, true);
    return verdict;
  }

  #windowUpdate({ flags, streamId, length }: FrameBase, payload: Uint8Array): Continue {
    const connection = this.#connection;
    const increment = readUint31(payload, 0);
    const zero = 'WINDOW_UPDATE: window_size_increment == 0';
    if (streamId === 0) {
      if (increment === 0) return this.#fail(0, zero);
      if (!connection.sendWindow.open(increment)) return this.#fail(0, '', LibError.flowControl);
    } else {
      if (connection.isIdle(streamId)) return this.#fail(streamId, 'WINDOW_UPDATE to idle stream');
      const stream = connection.streams.get(streamId);
      if (stream === undefined) return Continue.yes;
      if (stream.state === StreamState.reserved && !connection.isMine(streamId))
        return this.#fail(streamId, 'WINDOW_UPDATE to reserved stream');
      if (increment === 0) return this.#fail(streamId, zero);
      if (!stream.sendWindow.open(increment))
        return this.#fail(streamId, 'WINDOW_UPDATE: window size overflow', LibError.flowControl);
      if (stream.sendWindow.left > 0) connection.resume(stream, 'window');
    }
    return this.#tell({ kind: 'windowUpdate', flags, streamId, length, increment });
  }

  /** RFC 7838, section 4: a frame that says nothing is ignored. */
  #altsvc({ flags, streamId, length }: FrameBase, payload: Uint8Array): Continue {
    if (length < 2) {
      this.#connection.terminate(ErrorCode.frameSize);
      return Continue.yes;
    }
    const originLength = readUint16(payload, 0);
    if (2 + originLength > length) {
      this.#connection.terminate(ErrorCode.frameSize);
      return Continue.yes;
    }
    const origin = latin1(payload, 2, 2 + originLength);
    const value = latin1(payload, 2 + originLength, length);
    const stream = this.#connection.streams.get(streamId);
    const isForStream = streamId !== 0;
    const isMeant = isForStream
      ? originLength === 0 && stream !== undefined && stream.state !== StreamState.closing
      : originLength > 0;
    if (!isMeant || value === '') return Continue.yes;
    return this.#tell({ kind: 'altsvc', flags, streamId, length, origin, value });
  }

  /** RFC 8336. */
  #origin({ flags, streamId, length }: FrameBase, payload: Uint8Array): Continue {
    if (streamId !== 0 || (flags & 0xf) !== 0) return Continue.yes;
    const origins: string[] = [];
    for (let at = 0; at < length;) {
      const bytes = at + 2 <= length ? readUint16(payload, at) : Infinity;
      if (at + 2 + bytes > length) {
        this.#connection.terminate(ErrorCode.frameSize);
        return Continue.yes;
      }
      origins.push(latin1(payload, at + 2, at + 2 + bytes));
      at += 2 + bytes;
    }
    return this.#tell({ kind: 'origin', flags, streamId, length, origins });
  }
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}
