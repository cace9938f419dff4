/**
 * One HTTP/2 connection without its input and output: bytes come in by `receive`, `send` gives the bytes to go out, and
 * the owner is told the rest (events.ts). What it may be asked and what it answers is nghttp2's session, beneath which
 * Node's library was written.
 */
import { Connection, type SessionOptions } from './connection.ts';
import { ErrorCode, LibError, MAX_STREAM_ID, MAX_WINDOW_SIZE, SettingId } from './constants.ts';
import type { SessionEvents } from './events.ts';
import type { SentField } from './hpack/encoder.ts';
import { Incoming } from './incoming.ts';
import { IncomingData } from './incoming-data.ts';
import { IncomingHeaders } from './incoming-headers.ts';
import { IncomingSettings } from './incoming-settings.ts';
import { Outgoing, type Sink } from './outgoing.ts';
import { Receiver } from './receiver.ts';
import { areSettingsRight, type Setting, type Settings } from './settings.ts';
import { Shut, StreamState } from './stream.ts';

/** nghttp2_stream_proto_state. */
const ProtocolState = {
  idle: 1,
  open: 2,
  reservedLocal: 3,
  reservedRemote: 4,
  halfClosedLocal: 5,
  halfClosedRemote: 6,
} as const;

export interface StreamFigures {
  readonly state: number;
  readonly localClosed: boolean;
  readonly remoteClosed: boolean;
  readonly localWindow: number;
}
export interface SessionFigures {
  readonly effectiveLocalWindow: number;
  readonly effectiveReceived: number;
  readonly nextStreamId: number;
  readonly localWindow: number;
  readonly lastProcessedStreamId: number;
  readonly remoteWindow: number;
  readonly queued: number;
  readonly encoderTable: number;
  readonly decoderTable: number;
}

export class Session {
  readonly #connection: Connection;
  readonly #receiver: Receiver;
  readonly #outgoing: Outgoing;

  constructor(options: SessionOptions, events: SessionEvents) {
    const connection = (this.#connection = new Connection(options, events));
    const headers = new IncomingHeaders(connection);
    const incoming = new Incoming(connection, headers, new IncomingSettings(connection));
    this.#receiver = new Receiver(connection, incoming, new IncomingData(connection));
    this.#outgoing = new Outgoing(connection);
  }

  get localSettings(): Settings {
    return this.#connection.local;
  }
  get remoteSettings(): Settings {
    return this.#connection.remote;
  }
  get wantsToSend(): boolean {
    return this.#outgoing.wantsToSend;
  }
  get wantsToReceive(): boolean {
    const { terminated, streams, goawaySent, goawayReceived } = this.#connection;
    if (terminated) return false;
    return streams.size > 0 || !(goawaySent || goawayReceived);
  }

  /** Called while `receive` runs: it returns as soon as what it is at allows. */
  pause(): void {
    this.#receiver.pause();
  }
  /** → bytes taken, fewer than all only when the owner paused; or an error of nghttp2's. Go on even with no more bytes. */
  receive(input: Uint8Array): number {
    return this.#receiver.receive(input);
  }
  send(sink: Sink): void {
    this.#outgoing.send(sink);
  }

  submitSettings(settings: readonly Setting[]): number {
    if (!areSettingsRight(settings)) return LibError.invalidArgument;
    const connection = this.#connection;
    connection.unacknowledged.push(settings);
    for (const { id, value } of settings) {
      if (id === SettingId.maxConcurrentStreams) connection.pendingMaxConcurrentStreams = value;
      else if (id === SettingId.enablePush) connection.pendingEnablePush = value !== 0;
    }
    connection.add({ kind: 'settings', ack: false, settings });
    return 0;
  }

  /** → the new stream's id, or an error. */
  submitRequest(fields: readonly SentField[], hasBody: boolean): number {
    const connection = this.#connection;
    const error = connection.canRequest();
    if (error !== 0) return error;
    const streamId = connection.nextStreamId;
    connection.nextStreamId += 2;
    const ends = { endStream: !hasBody, body: hasBody };
    connection.add({ kind: 'headers', streamId, fields, ...ends, isRequest: true, canceled: undefined });
    return streamId;
  }

  submitResponse(streamId: number, fields: readonly SentField[], hasBody: boolean): number {
    return this.#submitHeaders(streamId, fields, hasBody ? 'body' : 'end');
  }
  /** An informational response. */
  submitInfo(streamId: number, fields: readonly SentField[]): number {
    return this.#submitHeaders(streamId, fields, 'open');
  }
  submitTrailers(streamId: number, fields: readonly SentField[]): number {
    return this.#submitHeaders(streamId, fields, 'end');
  }
  #submitHeaders(streamId: number, fields: readonly SentField[], then: 'body' | 'end' | 'open'): number {
    const ends = { endStream: then === 'end', body: then === 'body' };
    this.#connection.add({
      kind: 'headers',
      streamId,
      fields,
      ...ends,
      isRequest: false,
      canceled: undefined,
    });
    return 0;
  }

  /** Asks `readData` for what is left, and ends the stream with it. */
  submitData(streamId: number): number {
    const stream = this.#connection.streams.get(streamId);
    if (stream === undefined) return LibError.streamClosed;
    return this.#outgoing.attachBody(stream, true) ? 0 : LibError.dataExists;
  }
  resumeData(streamId: number): void {
    const stream = this.#connection.streams.get(streamId);
    if (stream !== undefined) this.#connection.resume(stream, 'data');
  }

  /** → the promised stream's id, or an error. */
  submitPushPromise(streamId: number, fields: readonly SentField[]): number {
    const connection = this.#connection;
    if (!connection.isServer) return LibError.protocol;
    if (connection.nextStreamId > MAX_STREAM_ID) return LibError.streamIdNotAvailable;
    if (!connection.streams.has(streamId)) return LibError.streamClosed;
    const promisedId = connection.nextStreamId;
    connection.nextStreamId += 2;
    connection.lastSentStreamId = promisedId;
    connection.openStream(promisedId, StreamState.reserved);
    connection.add({ kind: 'pushPromise', streamId, promisedId, fields });
    return promisedId;
  }

  submitReset(streamId: number, code: number): void {
    if (streamId !== 0) this.#connection.addReset(streamId, code, false);
  }
  submitPing(payload: Uint8Array): void {
    this.#connection.add({ kind: 'ping', ack: false, payload });
  }
  submitGoaway(lastStreamId: number, code: number, data: Uint8Array): number {
    const connection = this.#connection;
    if (connection.terminating) return 0;
    if (connection.isMine(lastStreamId)) return LibError.invalidArgument;
    connection.addGoaway(lastStreamId, code, data, false);
    return 0;
  }
  /** A GOAWAY after which nothing is sent or read. */
  terminate(code: number = ErrorCode.none): void {
    this.#connection.terminate(code);
  }
  submitAltsvc(streamId: number, origin: string, value: string): number {
    const connection = this.#connection;
    if (!connection.isServer) return LibError.protocol;
    if (streamId === 0 ? origin === '' : origin !== '') return LibError.invalidArgument;
    connection.add({ kind: 'altsvc', streamId, origin, value });
    return 0;
  }
  submitOrigin(origins: readonly string[]): number {
    if (!this.#connection.isServer) return LibError.protocol;
    this.#connection.add({ kind: 'origin', origins });
    return 0;
  }

  setNextStreamId(id: number): boolean {
    const connection = this.#connection;
    const fits = id > 0 && id >= connection.nextStreamId && id % 2 === connection.nextStreamId % 2;
    if (fits) connection.nextStreamId = id;
    return fits;
  }
  /** Of the whole connection. */
  setLocalWindow(size: number): number {
    const connection = this.#connection;
    if (size < 0 || size > MAX_WINDOW_SIZE) return LibError.invalidArgument;
    const increment = connection.receiveWindow.setSize(size);
    if (increment === undefined) return LibError.flowControl;
    connection.addWindowUpdate(0, connection.receiveWindow, increment);
    return 0;
  }

  /** The program has read this much: the windows open again. */
  consumeConnection(bytes: number): void {
    this.#connection.consumeConnection(bytes);
  }
  consumeStream(streamId: number, bytes: number): void {
    if (bytes > 0) this.#connection.consumeStream(streamId, bytes);
  }

  figures(): SessionFigures {
    const connection = this.#connection;
    const { receiveWindow, urgent, regular, opening } = connection;
    return {
      effectiveLocalWindow: receiveWindow.size,
      effectiveReceived: Math.max(0, receiveWindow.received),
      nextStreamId: connection.nextStreamId,
      localWindow: receiveWindow.size - receiveWindow.received,
      lastProcessedStreamId: connection.lastProcessedStreamId,
      remoteWindow: connection.sendWindow.left,
      queued: urgent.length + regular.length + opening.length,
      encoderTable: connection.encoder.tableBytes,
      decoderTable: connection.decoder.tableBytes,
    };
  }

  /** → undefined for a stream that is not (yet, or any more). */
  streamFigures(streamId: number): StreamFigures | undefined {
    const stream = this.#connection.streams.get(streamId);
    if (stream === undefined) return undefined;
    const localClosed = (stream.shut & Shut.write) !== 0;
    const remoteClosed = (stream.shut & Shut.read) !== 0;
    let state: number = ProtocolState.open;
    if (stream.isPromised) state = remoteClosed ? ProtocolState.reservedLocal : ProtocolState.reservedRemote;
    else if (remoteClosed) state = ProtocolState.halfClosedRemote;
    else if (localClosed) state = ProtocolState.halfClosedLocal;
    const { size, received } = stream.receiveWindow;
    return { state, localClosed, remoteClosed, localWindow: size - received };
  }
}
