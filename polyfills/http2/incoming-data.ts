/** DATA frames of the peer: which of them count, and the windows that they fill (RFC 9113, sections 5.2 and 6.1). */
import type { Connection } from './connection.ts';
import { ErrorCode, Flag, LibError } from './constants.ts';
import { Continue } from './events.ts';
import type { IncomingFrame } from './receiver.ts';
import { Shut, type Stream, StreamState } from './stream.ts';

export class IncomingData {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** False: the payload is to be skipped. */
  begin({ streamId }: IncomingFrame): boolean {
    const connection = this.#connection;
    const fail = (code: number, reason: string): boolean => {
      connection.terminate(code, reason);
      return false;
    };
    if (streamId === 0) return fail(ErrorCode.protocol, 'DATA: stream_id == 0');
    if (connection.isIdle(streamId)) return fail(ErrorCode.protocol, 'DATA: stream in idle');
    const stream = connection.streams.get(streamId);
    if (stream === undefined) return false;
    if ((stream.shut & Shut.read) !== 0)
      return fail(ErrorCode.streamClosed, 'DATA: stream in half-closed(remote)');
    if (stream.state === StreamState.closing) return false;
    if (connection.isMine(streamId) && stream.state !== StreamState.opened)
      return fail(ErrorCode.protocol, 'DATA: stream not opened');
    if (stream.state === StreamState.reserved) return fail(ErrorCode.protocol, 'DATA: stream in reserved');
    return true;
  }

  /** False: the peer sent more than it may, and the session ends. */
  receive({ streamId }: IncomingFrame, bytes: number): boolean {
    const connection = this.#connection;
    const stream = connection.streams.get(streamId);
    const fits =
      connection.receiveWindow.receive(bytes) &&
      (stream === undefined || stream.receiveWindow.receive(bytes));
    if (!fits) connection.terminate(ErrorCode.flowControl);
    return fits;
  }

  /** Padding: nobody else will. */
  consume({ streamId }: IncomingFrame, bytes: number): void {
    if (bytes === 0) return;
    this.#connection.consumeConnection(bytes);
    this.#connection.consumeStream(streamId, bytes);
  }

  skip(bytes: number): void {
    const connection = this.#connection;
    if (connection.receiveWindow.receive(bytes)) connection.consumeConnection(bytes);
    else connection.terminate(ErrorCode.flowControl);
  }

  /** False: the rest of the payload is to be skipped. */
  chunk({ streamId }: IncomingFrame, data: Uint8Array): boolean {
    if (data.length === 0) return true;
    const connection = this.#connection;
    const stream = connection.streams.get(streamId);
    if (stream !== undefined && !stream.message.onData(data.length)) {
      connection.consumeConnection(data.length);
      connection.failStream(streamId, LibError.protocol);
      return false;
    }
    connection.events.data(streamId, data);
    return true;
  }

  end({ streamId, flags, length }: IncomingFrame): Continue {
    const connection = this.#connection;
    const stream = connection.streams.get(streamId);
    if (stream === undefined || stream.state === StreamState.closing) return Continue.yes;
    const endsStream = (flags & Flag.endStream) !== 0;
    let verdict: Continue = Continue.yes;
    if (endsStream && !stream.message.endStream()) connection.addReset(streamId, ErrorCode.protocol);
    else verdict = connection.events.frameReceived({ kind: 'data', flags, streamId, length });
    if (verdict === Continue.yes && endsStream) connection.afterwards = () => this.#shut(stream);
    return verdict;
  }
  #shut(stream: Stream): void {
    stream.shut |= Shut.read;
    this.#connection.closeIfShut(stream);
  }
}
