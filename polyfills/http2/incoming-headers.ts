/** HEADERS, PUSH_PROMISE and CONTINUATION of the peer (RFC 9113, sections 6.2, 6.6 and 6.10). */
import { readUint31 } from './bytes.ts';
import type { Connection } from './connection.ts';
import { Category, ErrorCode, Flag, FrameType, LibError } from './constants.ts';
import { Continue } from './events.ts';
import type { ReceivedField } from './hpack/decoder.ts';
import { MAX_CONTINUATIONS } from './limits.ts';
import { Verdict } from './messages.ts';
import type { IncomingFrame } from './receiver.ts';
import { Shut, type Stream, StreamState } from './stream.ts';

const PRIORITY_BYTES = 5;
const PROMISED_ID_BYTES = 4;

/** A header block that is being received. */
interface Block {
  readonly frame: IncomingFrame;
  readonly category: number;
  /** The stream that gets the fields; undefined when they are read for the table's sake only. */
  stream: Stream | undefined;
  readonly parts: Uint8Array[];
  continuations: number;
}
/** Whose block follows, and as what. `stream` undefined: it is to be ignored. */
interface Target {
  stream: Stream | undefined;
  category: number;
}
const IGNORED: Target = { stream: undefined, category: Category.headers };

export class IncomingHeaders {
  readonly #connection: Connection;
  #block: Block | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get expectedStreamId(): number {
    return this.#block?.frame.streamId ?? 0;
  }

  /** → Continue, or an error of nghttp2's (negative). */
  onFrame(frame: IncomingFrame, payload: Uint8Array): number {
    if (frame.type === FrameType.continuation) return this.#continuation(frame, payload);
    const fragment = this.#unpad(frame, payload);
    if (fragment === undefined) return Continue.yes;
    const isPromise = frame.type === FrameType.pushPromise;
    const skipped = isPromise ? PROMISED_ID_BYTES : (frame.flags & Flag.priority) !== 0 ? PRIORITY_BYTES : 0;
    if (fragment.length < skipped) {
      this.#connection.terminate(ErrorCode.frameSize);
      return Continue.yes;
    }
    if (skipped === PRIORITY_BYTES && readUint31(fragment, 0) === frame.streamId) {
      this.#connection.terminate(ErrorCode.protocol, 'request HEADERS: depend on itself');
      return Continue.yes;
    }
    const target = isPromise ? this.#promise(frame, readUint31(fragment, 0)) : this.#headers(frame);
    if (typeof target === 'number') return target;
    if (this.#connection.terminating) return Continue.yes;
    const { stream, category } = target;
    this.#block = { frame, category, stream, parts: [fragment.slice(skipped)], continuations: 0 };
    return this.#begun();
  }

  #unpad({ flags, length }: IncomingFrame, payload: Uint8Array): Uint8Array | undefined {
    if ((flags & Flag.padded) === 0) return payload;
    const padding = payload[0];
    if (padding === undefined || padding + 1 > length) {
      this.#connection.terminate(ErrorCode.protocol, 'HEADERS: invalid padding');
      return undefined;
    }
    return payload.subarray(1, length - padding);
  }

  #continuation(frame: IncomingFrame, payload: Uint8Array): number {
    const block = this.#block;
    if (block === undefined) {
      this.#connection.terminate(ErrorCode.protocol, 'CONTINUATION: unexpected');
      return Continue.yes;
    }
    if (++block.continuations > MAX_CONTINUATIONS) return LibError.tooManyContinuations;
    block.parts.push(payload.slice());
    return (frame.flags & Flag.endHeaders) === 0 ? Continue.yes : this.#ended(block);
  }

  #begun(): number {
    const block = this.#block;
    if (block === undefined) return Continue.yes;
    const { stream, frame } = block;
    if (stream !== undefined) {
      const verdict = this.#connection.events.headersBegin(stream.id, block.category);
      if (verdict === Continue.fail) return verdict;
      if (verdict === Continue.refuse) {
        this.#connection.addReset(stream.id, ErrorCode.internal);
        block.stream = undefined;
      }
    }
    return (frame.flags & Flag.endHeaders) === 0 ? Continue.yes : this.#ended(block);
  }

  #fail(frame: IncomingFrame, reason: string, libError: number = LibError.protocol): number {
    return this.#connection.failConnection(frame.streamId, libError, reason);
  }

  #headers(frame: IncomingFrame): Target | number {
    const connection = this.#connection;
    const { streamId } = frame;
    if (streamId === 0) return this.#fail(frame, 'HEADERS: stream_id == 0');
    const stream = connection.streams.get(streamId);
    if (stream === undefined) return this.#newStream(frame);
    if (stream.state === StreamState.reserved) return this.#promised(frame, stream);
    if ((stream.shut & Shut.read) !== 0)
      return this.#fail(frame, 'HEADERS: stream closed', LibError.streamClosed);
    if (connection.isMine(streamId) && stream.state === StreamState.opening) {
      stream.state = StreamState.opened;
      return { stream, category: Category.response };
    }
    const isRead = connection.isMine(streamId)
      ? stream.state === StreamState.opened
      : stream.state !== StreamState.closing;
    return isRead ? { stream, category: Category.headers } : IGNORED;
  }

  #newStream(frame: IncomingFrame): Target | number {
    const connection = this.#connection;
    const { streamId } = frame;
    if (!connection.isServer) {
      return connection.isIdle(streamId)
        ? this.#fail(frame, 'request HEADERS: client received request')
        : IGNORED;
    }
    if (connection.isMine(streamId)) {
      return connection.isIdle(streamId) ? this.#fail(frame, 'request HEADERS: invalid stream_id') : IGNORED;
    }
    if (streamId <= connection.lastReceivedStreamId) return IGNORED;
    connection.lastReceivedStreamId = streamId;
    if (connection.incomingStreams >= connection.local.maxConcurrentStreams)
      return this.#fail(frame, 'request HEADERS: max concurrent streams exceeded');
    if (!connection.acceptsStreams) return IGNORED;
    if (connection.incomingStreams >= connection.pendingMaxConcurrentStreams) {
      const verdict = connection.failStream(streamId, LibError.refusedStream);
      return verdict === Continue.yes ? IGNORED : verdict;
    }
    const stream = connection.openStream(streamId, StreamState.opening);
    connection.lastProcessedStreamId = streamId;
    return { stream, category: Category.request };
  }

  /** The response that a promise was made of. */
  #promised(frame: IncomingFrame, stream: Stream): Target | number {
    const connection = this.#connection;
    if (connection.isServer)
      return this.#fail(frame, 'HEADERS: no HEADERS allowed from client in reserved state');
    if (connection.incomingStreams >= connection.local.maxConcurrentStreams)
      return this.#fail(frame, 'push response HEADERS: max concurrent streams exceeded');
    if (!connection.acceptsStreams) return IGNORED;
    if (connection.incomingStreams >= connection.pendingMaxConcurrentStreams) {
      const verdict = connection.failStream(stream.id, LibError.refusedStream);
      return verdict === Continue.yes ? IGNORED : verdict;
    }
    connection.fulfil(stream);
    return { stream, category: Category.pushResponse };
  }

  #promise(frame: IncomingFrame, promisedId: number): Target | number {
    const connection = this.#connection;
    const { streamId } = frame;
    if (streamId === 0) return this.#fail(frame, 'PUSH_PROMISE: stream_id == 0');
    if (connection.isServer || connection.local.enablePush === 0)
      return this.#fail(frame, 'PUSH_PROMISE: push disabled');
    if (!connection.isMine(streamId)) return this.#fail(frame, 'PUSH_PROMISE: invalid stream_id');
    if (!connection.acceptsStreams) return IGNORED;
    const isNew = !connection.isMine(promisedId) && promisedId > connection.lastReceivedStreamId;
    if (!isNew) return this.#fail(frame, 'PUSH_PROMISE: invalid promised_stream_id');
    if (connection.isIdle(streamId)) return this.#fail(frame, 'PUSH_PROMISE: stream in idle');
    connection.lastReceivedStreamId = promisedId;
    const parent = connection.streams.get(streamId);
    const isUnwanted =
      parent === undefined ||
      parent.state === StreamState.closing ||
      !connection.pendingEnablePush ||
      connection.incomingReserved >= connection.options.maxReservedStreams;
    if (isUnwanted) {
      connection.addReset(promisedId, ErrorCode.cancel);
      return IGNORED;
    }
    if ((parent.shut & Shut.read) !== 0)
      return this.#fail(frame, 'PUSH_PROMISE: stream closed', LibError.streamClosed);
    const stream = connection.openStream(promisedId, StreamState.reserved);
    connection.lastProcessedStreamId = promisedId;
    return { stream, category: Category.request };
  }

  /** The block is whole. */
  #ended(block: Block): number {
    this.#block = undefined;
    const connection = this.#connection;
    const outcome: { verdict: Continue } = { verdict: Continue.yes };
    const isRight = connection.decoder.decode(joined(block.parts), (field) => {
      if (outcome.verdict === Continue.yes) outcome.verdict = this.#field(block, field);
    });
    if (!isRight) {
      if (block.stream !== undefined) connection.addReset(block.stream.id, ErrorCode.compression);
      connection.terminate(ErrorCode.compression);
      return Continue.yes;
    }
    if (outcome.verdict === Continue.fail) return outcome.verdict;
    return block.stream === undefined ? Continue.yes : this.#finish(block, block.stream);
  }

  #field(block: Block, { name, value, sensitive }: ReceivedField): Continue {
    const { stream, category, frame } = block;
    const connection = this.#connection;
    if (stream === undefined) return Continue.yes;
    const { isServer, local, options } = connection;
    const isPromise = frame.type === FrameType.pushPromise;
    const isTrailer = category === Category.headers && (isServer || !stream.message.expectsFinal);
    const verdict = stream.message.onField(name, value, {
      isRequest: isServer || isPromise,
      isTrailer,
      allowsProtocol: isServer && local.enableConnectProtocol === 1,
      strictSpaces: options.strictFieldSpaces,
    });
    if (verdict === Verdict.ignore || verdict === Verdict.remove) return Continue.yes;
    if (verdict === Verdict.reject) {
      block.stream = undefined;
      return connection.failStream(stream.id, LibError.httpHeader);
    }
    const answer = connection.events.header(stream.id, name, value, sensitive);
    if (answer === Continue.refuse) {
      connection.addReset(stream.id, ErrorCode.internal);
      block.stream = undefined;
      return Continue.yes;
    }
    return answer;
  }

  #finish({ frame, category }: Block, stream: Stream): number {
    const connection = this.#connection;
    const { flags, streamId, length } = frame;
    if (!isMessageRight(stream, frame, category))
      return connection.failStream(stream.id, LibError.httpMessaging);
    const isPromise = frame.type === FrameType.pushPromise;
    const verdict = connection.events.frameReceived(
      isPromise
        ? { kind: 'pushPromise', flags, streamId, length, promisedId: stream.id }
        : { kind: 'headers', flags, streamId, length, category },
    );
    if (verdict !== Continue.yes || isPromise || (flags & Flag.endStream) === 0) return verdict;
    connection.afterwards = () => {
      stream.shut |= Shut.read;
      if (category !== Category.request) connection.closeIfShut(stream);
    };
    return verdict;
  }
}

function isMessageRight({ message }: Stream, { type, flags }: IncomingFrame, category: number): boolean {
  if (type === FrameType.pushPromise) return message.endRequest(type);
  let isRight: boolean;
  if (category === Category.request) isRight = message.endRequest(type);
  else if (category === Category.headers && !message.expectsFinal) isRight = message.endTrailers(flags);
  else isRight = message.endResponse();
  return isRight && ((flags & Flag.endStream) === 0 || message.endStream());
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
